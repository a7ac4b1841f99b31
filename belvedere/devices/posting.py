"""When a device that posts counts as online: it has no connection to lose, so its own rhythm tells."""

from __future__ import annotations

from collections import deque
from statistics import median_high

MISSED = 2.5  # of its intervals: one post may be lost and the next one late
AT_LEAST_SECONDS = 5 * 60.0  # also while the interval is not known
ONE_BURST_SECONDS = 60.0  # several bodies of one waking up; a shorter interval makes no difference beside the minimum
REMEMBERED = 5


class Posting:
    """The posts of one device; times are monotonic seconds, which no step of the wall clock moves."""

    __slots__ = ("_intervals", "_last")

    def __init__(self, now: float, interval_seconds: float = 0.0) -> None:
        """The first post; its interval where that is known from before the start."""
        self._last = now
        self._intervals = deque([interval_seconds] if interval_seconds else [], REMEMBERED)

    def note_post(self, now: float) -> None:
        """One more post. The median of the last intervals survives an outage or two, and follows a new rhythm."""
        interval, self._last = now - self._last, now
        if interval >= ONE_BURST_SECONDS:
            self._intervals.append(interval)

    def is_due(self, now: float) -> bool:
        """Whether the device is still in its time."""
        usual = median_high(self._intervals) if self._intervals else 0.0
        return now - self._last <= max(AT_LEAST_SECONDS, MISSED * usual)
