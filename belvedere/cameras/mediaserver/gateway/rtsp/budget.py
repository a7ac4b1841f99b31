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
CAREFUL_SECONDS = 1.0


class Turn:
    """The time that one camera's data has taken lately. All times in seconds, monotonic.

    computed: the time that this thread has computed. On a busy machine other programs run in the middle of a turn, and
    what they take is no work of the camera: counted as such, it would be kept waiting for as long again. To ask for it
    is dear, so a turn begins without, until one has been long: that one is not counted, those of the next second are.
    """

    def __init__(self, computed: Callable[[], float] | None = None) -> None:
        self._worked = 0.0
        self._at = 0.0
        self._computed = computed
        self._computed_at: float | None = None
        self._careful_until = 0.0

    def begin(self, now: float) -> None:
        """Begin to work. Earlier work counts less as time passes."""
        left = self._worked - (now - self._at) * SHARE
        self._worked = left if left > 0 else 0.0
        self._at = now
        self._computed_at = None
        if self._computed is not None and now < self._careful_until:
            self._computed_at = self._computed()

    def is_over(self, now: float) -> bool:
        """Return whether the other cameras are next."""
        return self._worked + self._measure(now) >= TURN_SECONDS

    def rest(self, now: float) -> float:
        """End the work; return how long to rest before the next turn, 0 while there is time left."""
        worked = self._worked + self._measure(now)
        self._worked = worked if worked < MAX_REST_SECONDS * SHARE else MAX_REST_SECONDS * SHARE
        self._at = now
        return self._worked / SHARE if self._worked >= TURN_SECONDS else 0.0

    def _measure(self, now: float) -> float:
        """Return the work since `begin`."""
        passed = now - self._at
        if self._computed is None or self._worked + passed < TURN_SECONDS:
            return passed
        if self._computed_at is None:
            self._computed_at, self._at = self._computed(), now
            self._careful_until = now + CAREFUL_SECONDS
            return 0.0
        return min(passed, self._computed() - self._computed_at)


class Rate:
    """Limits what a camera sends, by a leaky bucket for bytes and one for packets."""

    def __init__(self, now: float) -> None:
        self._at = now
        self._bytes: float = 0
        self._items: float = 0

    def count(self, size: int, items: int, now: float) -> None:
        """Count what has come. Raises CameraError where it is more than any camera sends."""
        passed, self._at = now - self._at, now
        left_bytes = self._bytes - passed * MAX_BYTES_PER_SECOND
        left_items = self._items - passed * MAX_ITEMS_PER_SECOND
        self._bytes = left_bytes + size if left_bytes > 0 else size
        self._items = left_items + items if left_items > 0 else items
        if self._bytes > MAX_BYTES_PER_SECOND * BURST_SECONDS:
            raise over_limit("more than 16 MiB a second")
        if self._items > MAX_ITEMS_PER_SECOND * BURST_SECONDS:
            raise over_limit("more than 20,000 packets a second")
