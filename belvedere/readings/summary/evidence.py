"""What is known of a range of readings: exactly where they are kept, within bounds where only buckets are left. Pure.

A value holds until the next reading, but at most `hold_ms`. So at each instant a series has a value or none, and the
figures of a range are lengths of sets of time: of the time with data, and of the time with a value beyond a limit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from belvedere.readings.summary.spans import Spans


class Band(NamedTuple):
    """The values that are not beyond: low <= value <= high."""

    low: float
    high: float

    def holds(self, low: float, high: float) -> bool:
        """Whether no value from `low` to `high` is beyond."""
        return self.low <= low and high <= self.high

    def excludes(self, low: float, high: float) -> bool:
        """Whether every value from `low` to `high` is beyond."""
        return high < self.low or low > self.high


class Time(NamedTuple):
    """A set of time within bounds. sure: certainly in it. maybe: nothing else is; the same where it is exact."""

    sure: Spans
    maybe: Spans


class Extreme(NamedTuple):
    """A minimum or maximum. It was measured at from_ms <= ts <= to_ms: one instant, or somewhere in a bucket."""

    value: float
    from_ms: int
    to_ms: int


class Cell(NamedTuple):
    """Readings with from_ms <= ts < to_ms, of which there is at least one.

    first_ms, last_ms: the times of the first and the last one; None where only their bucket is left.
    """

    from_ms: int
    to_ms: int
    n: int
    sum: float
    min: Extreme
    max: Extreme
    first_ms: int | None
    last_ms: int | None


class Begins(NamedTuple):
    """At most so many excursions begin at from_ms <= t < to_ms. some: at least one value there is beyond."""

    from_ms: int
    to_ms: int
    most: int
    some: bool


class Evidence(NamedTuple):
    """All that the figures of a range and of its days are worked out of.

    lost_ms: nothing is known of what was before it. cells: in order, none across an edge of a day.
    data, beyond: the times with any value, and with one beyond the limit (nothing where no limit is asked for).
    """

    lost_ms: int
    cells: list[Cell]
    data: Time
    beyond: Time
    begins: list[Begins]


def pick_extreme(cells: list[Cell], pick: Callable[[Cell], Extreme], sign: int) -> Extreme | None:
    """Return the least (sign 1) or greatest (sign -1) extreme; of equal ones the first."""
    return min(map(pick, cells), key=lambda one: sign * one.value, default=None)
