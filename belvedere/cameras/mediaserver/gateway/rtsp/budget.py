"""How much of the gateway's time and memory one camera may take, so that the others are served meanwhile. Pure."""

from __future__ import annotations

from collections.abc import Callable

from belvedere.cameras.mediaserver.gateway.errors import over_limit

TURN_SECONDS = 0.005  # of work in a row; with the one item that began before its end it stays below 50 ms
SHARE = 0.5  # of the event loop's time in the long run
MAX_REST_SECONDS = 0.05  # a machine that stood still in the middle of a turn must not make it a long one
# Cameras have 100 Mbit/s to send by, 12.5 MB/s: some 9,000 packets. More comes at once after a stall of the network.
MAX_BYTES_PER_SECOND = 16 * 1024 * 1024
MAX_ITEMS_PER_SECOND = 20_000
BURST_SECONDS = 2.0


class Turn:
    """The time that one camera's data has taken lately. All times in seconds, monotonic.

    computed: the time that this thread has computed. On a busy machine other programs run in the middle of a turn, and
    what they take is no work of the camera: counted as such, it would be kept waiting for as long again.
    """

    def __init__(self, computed: Callable[[], float] | None = None) -> None:
        self._worked = 0.0
        self._at = 0.0
        self._computed = computed
        self._computed_at = 0.0

    def begin(self, now: float) -> None:
        """Begin to work. Earlier work counts less as time passes."""
        self._worked = max(0.0, self._worked - (now - self._at) * SHARE)
        self._at = now
        if self._computed is not None:
            self._computed_at = self._computed()

    def is_over(self, now: float) -> bool:
        """Return whether the other cameras are next."""
        return self._worked + self._measure(now) >= TURN_SECONDS

    def rest(self, now: float) -> float:
        """End the work; return how long to rest before the next turn, 0 while there is time left."""
        self._worked = min(self._worked + self._measure(now), MAX_REST_SECONDS * SHARE)
        self._at = now
        return self._worked / SHARE if self._worked >= TURN_SECONDS else 0.0

    def _measure(self, now: float) -> float:
        """Return the work since `begin`. The thread's clock is dear: it is asked only where it makes a difference."""
        passed = now - self._at
        if self._computed is None or self._worked + passed < TURN_SECONDS:
            return passed
        return min(passed, self._computed() - self._computed_at)


class Rate:
    """Limits what a camera sends, by a leaky bucket for bytes and one for packets."""

    def __init__(self, now: float) -> None:
        self._at = now
        self._bytes = 0.0
        self._items = 0.0

    def count(self, size: int, items: int, now: float) -> None:
        """Count what has come. Raises CameraError where it is more than any camera sends."""
        passed, self._at = now - self._at, now
        self._bytes = max(0.0, self._bytes - passed * MAX_BYTES_PER_SECOND) + size
        self._items = max(0.0, self._items - passed * MAX_ITEMS_PER_SECOND) + items
        if self._bytes > MAX_BYTES_PER_SECOND * BURST_SECONDS:
            raise over_limit("more than 16 MiB a second")
        if self._items > MAX_ITEMS_PER_SECOND * BURST_SECONDS:
            raise over_limit("more than 20,000 packets a second")
