"""How fast a worker moves readings to MongoDB, and deletes them there, so that no batch waits long for that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

FIRST_SERIES, MOST_SERIES = 4, 512  # at once
GROUP_SECONDS = 0.05  # what a group should take: all partitions of the worker wait meanwhile
SHARE = 0.25  # of the worker's time


class Pace:
    """Finds how many series to move at once, by how long the last ones took, and rests in between.

    One thread; shared by all partitions of a process, so that their folds and retention together take no more than
    `share` of it.
    """

    def __init__(self, share: float = SHARE, clock: Callable[[], float] = monotonic) -> None:
        self._rest = 1 / share - 1  # seconds a second of work
        self._clock = clock
        self._rests_until = float("-inf")
        self.series_at_once = FIRST_SERIES

    @property
    def rests(self) -> bool:
        """Whether nothing is to be moved now."""
        return self._clock() < self._rests_until

    @contextmanager
    def working(self) -> Iterator[None]:
        """Rest after the block for as long as it deserves, also where it fails: it may have hung."""
        begun = self._clock()
        try:
            yield
        finally:
            ended = self._clock()
            self._rests_until = ended + self._rest * (ended - begun)

    @contextmanager
    def timing(self, series: int) -> Iterator[None]:
        """The same, and learn from how long it takes to move so many series."""
        begun, is_done = self._clock(), False
        try:
            with self.working():
                yield
            is_done = True
        finally:
            self._learn(series, self._clock() - begun, is_done)

    def _learn(self, series: int, seconds: float, is_done: bool) -> None:
        if seconds > GROUP_SECONDS:
            self.series_at_once = max(1, int(series * GROUP_SECONDS / seconds))
        elif is_done and seconds < GROUP_SECONDS / 2 and series >= self.series_at_once:
            self.series_at_once = min(MOST_SERIES, 2 * series)
