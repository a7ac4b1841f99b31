"""A machine's clocks for tests."""

from __future__ import annotations

from belvedere.domain.clock import ServerClock, Sources

NOW = 1_763_900_000_000


class Times:
    """The clocks of a machine, moved by hand, ms."""

    def __init__(self, wall: float = NOW) -> None:
        self.wall, self.monotonic, self.suspended = wall, 5_000.0, 0.0
        self.boot = "one"
        self.sources = Sources(lambda: self.wall, lambda: self.monotonic, lambda: self.suspended, lambda: self.boot)

    def pass_by(self, ms: float) -> None:
        self.wall += ms
        self.monotonic += ms

    def sleep(self, ms: float) -> None:
        self.wall += ms
        self.suspended += ms

    def reboot(self, off_ms: float = 0.0) -> None:
        """The machine was off for so long; its wall clock went on."""
        self.wall += off_ms
        self.monotonic, self.suspended, self.boot = 1_000.0, 0.0, self.boot + " more"

    def clock(self) -> ServerClock:
        """The server's clock over them."""
        return ServerClock(self.sources)
