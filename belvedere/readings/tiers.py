"""The tiers of history: what a bucket holds, how wide buckets are, how they are made from finer ones. Pure."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from typing import NamedTuple

from belvedere.readings.store.chunk import Columns

MINUTE_MS = 60_000


class Tier(NamedTuple):
    """One width of bucket. Its start is a multiple of width_ms since 1970 UTC; table: its name in a store."""

    name: str
    width_ms: int
    table: str


MINUTE = Tier("1m", MINUTE_MS, "tier_1m")
QUARTER = Tier("15m", 15 * MINUTE_MS, "tier_15m")
HOUR = Tier("1h", 60 * MINUTE_MS, "tier_1h")
DAY = Tier("1d", 1440 * MINUTE_MS, "tier_1d")
TIERS = (MINUTE, QUARTER, HOUR, DAY)


class Bucket(NamedTuple):
    """start: ms; n readings, their minimum, maximum and sum, and the last one's value."""

    start: int
    n: int
    min: float
    max: float
    sum: float
    last: float


def make_buckets(columns: Columns, width_ms: int) -> list[Bucket]:
    """Make buckets of time-ordered readings."""
    buckets: list[Bucket] = []
    ts, values = columns
    at = 0
    while at < len(ts):
        start = ts[at] - ts[at] % width_ms
        end = bisect_left(ts, start + width_ms, at)
        part = values[at:end]
        buckets.append(Bucket(start, end - at, min(part), max(part), math.fsum(part), part[-1]))
        at = end
    return buckets


def widen_buckets(buckets: Iterable[Bucket], width_ms: int) -> list[Bucket]:
    """Merge time-ordered buckets into wider ones.

    A year's chart merges 8,760 hours: sums in local names take a sixth of the time of a bucket for each step.
    """
    out: list[Bucket] = []
    begin = end = count = 0
    low = high = total = newest = 0.0
    for start, n, least, most, part, last in buckets:
        if start < end:
            count += n
            low = least if least < low else low
            high = most if most > high else high
            total += part
        else:
            if count:
                out.append(Bucket(begin, count, low, high, total, newest))
            begin = start - start % width_ms
            end = begin + width_ms
            count, low, high, total = n, least, most, part
        newest = last
    if count:
        out.append(Bucket(begin, count, low, high, total, newest))
    return out


def join_buckets(a: Bucket, b: Bucket) -> Bucket:
    """Merge two buckets into one that starts where `a` does; `b` is the later one."""
    return Bucket(a.start, a.n + b.n, min(a.min, b.min), max(a.max, b.max), a.sum + b.sum, b.last)


def overlay_buckets(stored: Iterable[Bucket], fresh: Iterable[Bucket]) -> list[Bucket]:
    """Replace stored buckets by fresh ones with the same start; in time order."""
    by_start = {bucket.start: bucket for bucket in stored}
    by_start.update((bucket.start, bucket) for bucket in fresh)
    return [by_start[start] for start in sorted(by_start)]


def find_starts(ts: array[int], width_ms: int) -> set[int]:
    """Return the starts of the buckets that these times, which are in order, fall into."""
    starts: set[int] = set()
    at = 0
    while at < len(ts):
        start = ts[at] - ts[at] % width_ms
        starts.add(start)
        at += 1
        if at < len(ts) and ts[at] < start + width_ms:
            at = bisect_left(ts, start + width_ms, at)
    return starts


def join_ranges(starts: set[int], width_ms: int, gap_ms: int = 0) -> list[tuple[int, int]]:
    """Join buckets into [start, end) ranges, over gaps of up to `gap_ms`."""
    found: list[tuple[int, int]] = []
    for start in sorted(starts):
        if found and start - found[-1][1] <= gap_ms:
            found[-1] = (found[-1][0], start + width_ms)
        else:
            found.append((start, start + width_ms))
    return found
