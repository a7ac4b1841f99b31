"""Buckets of a range whose newest readings are not moved to where they last: what is stored, made exact."""

from __future__ import annotations

from typing import Protocol

from belvedere.readings.store.chunk import Columns
from belvedere.readings.store.horizon import Horizon
from belvedere.readings.tiers import (
    MINUTE,
    TIERS,
    Bucket,
    Tier,
    find_starts,
    join_ranges,
    make_buckets,
    overlay_buckets,
    widen_buckets,
)


class Source(Protocol):
    """What a store answers. Implemented by: sqlite/history.py, cluster/history.py."""

    def horizon(self, series: int) -> Horizon:
        """What is gone of the series."""

    def in_memory(self, series: int, from_ms: int, to_ms: int) -> Columns:
        """The readings of the range that are not moved yet."""

    def raw(self, series: int, from_ms: int, to_ms: int) -> Columns:
        """All readings of the range."""

    def stored_buckets(self, series: int, tier: Tier, low: int, high: int) -> list[Bucket]:
        """Buckets with low <= start < high, as they are stored."""

    def is_damaged(self, series: int, from_ms: int, to_ms: int) -> bool:
        """Whether a reading of that range may be stored and cannot be read."""


def find_buckets(source: Source, series: int, tier: Tier, from_ms: int, to_ms: int) -> list[Bucket]:
    """Find the buckets of the tier that overlap the range, exact up to the last commit."""
    low = from_ms - from_ms % tier.width_ms
    high = to_ms - to_ms % tier.width_ms + tier.width_ms
    horizon = source.horizon(series)
    recent = source.in_memory(series, max(low, horizon.sealed_before(MINUTE)), high - 1)
    stored = source.stored_buckets(series, tier, low, high)
    if not recent.ts:
        return stored
    if tier is MINUTE:
        return overlay_buckets(stored, _make_minutes(source, series, recent))
    return overlay_buckets(stored, _make_wide(source, series, tier, recent, horizon.sealed_before(tier)))


def _make_wide(source: Source, series: int, tier: Tier, recent: Columns, sealed_ms: int) -> list[Bucket]:
    """Buckets wider than minutes, from `sealed_ms` on, that hold readings which are still in memory."""
    width = tier.width_ms
    wide = {start for start in find_starts(recent.ts, width) if start >= sealed_ms}
    apart = _find_mixed(source, series, width, wide, recent)
    fresh: list[Bucket] = []
    for start, end in join_ranges(wide - apart, width):
        times = recent.between(start, end - 1).ts
        first_ms = times[0] - times[0] % MINUTE.width_ms
        last_ms = times[-1] - times[-1] % MINUTE.width_ms + MINUTE.width_ms - 1
        columns = source.raw(series, first_ms, last_ms)
        if source.is_damaged(series, first_ms, last_ms):  # which may be met here
            apart |= {one for one in wide if start <= one < end}
        else:
            fresh += make_buckets(columns, width)
    for start in apart:
        stored = source.stored_buckets(series, MINUTE, start, start + width)
        minutes = _make_minutes(source, series, recent.between(start, start + width - 1))
        fresh += widen_buckets(overlay_buckets(stored, minutes), width)
    return fresh


def _find_mixed(source: Source, series: int, width_ms: int, wide: set[int], recent: Columns) -> set[int]:
    """Those of the `wide` starts with minutes that hold nothing of `recent`, or with what cannot be read."""
    stored = (
        bucket.start
        for start, end in join_ranges(wide, width_ms)
        for bucket in source.stored_buckets(series, MINUTE, start, end)
    )
    mixed = {start - start % width_ms for start in stored if not recent.has_any(start, start + MINUTE.width_ms - 1)}
    return mixed | {start for start in wide if source.is_damaged(series, start, start + width_ms - 1)}


def _make_minutes(source: Source, series: int, recent: Columns) -> list[Bucket]:
    """Minutes that hold readings which are still in memory, made anew from all their readings."""
    starts = find_starts(recent.ts, MINUTE.width_ms)
    # A late reading must not cost the decoding of all that lies between it and now.
    minutes: list[Bucket] = []
    for start, end in join_ranges(starts, MINUTE.width_ms, gap_ms=TIERS[-1].width_ms):
        minutes += make_buckets(source.raw(series, start, end - 1), MINUTE.width_ms)
    # What is stored and cannot be read is counted in the stored minute alone.
    last_ms = MINUTE.width_ms - 1
    return [
        bucket
        for bucket in minutes
        if bucket.start in starts and not source.is_damaged(series, bucket.start, bucket.start + last_ms)
    ]
