"""Reads the buckets of a range, each as wide as it may be: a year has half a million minutes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from belvedere.readings.store.port import HistoryReader
from belvedere.readings.summary.buckets import Gone, Side, find_side
from belvedere.readings.summary.evidence import Band, Extreme
from belvedere.readings.tiers import HOUR, MINUTE, QUARTER, Tier

NARROWER = {HOUR: QUARTER, QUARTER: MINUTE}
Range = tuple[int, int]  # [from_ms, to_ms)


def read_finest(
    reader: HistoryReader, series: int, within: Range, edges: Sequence[int], band: Band | None
) -> list[Gone]:
    """Return the buckets of a range, which begins at a whole minute.

    Wider than a minute are those with no edge inside and all values on one side of the band, unless the bucket before
    has others: where the values change sides, minutes tell it best.
    """
    found = _read_tier(reader, series, HOUR, [within], sorted({*edges, *within}), band)
    turns: list[Range] = []
    kept: list[Gone] = []
    before = Side.INSIDE
    for one in found:
        if one.side is not before and one.to_ms - one.from_ms > MINUTE.width_ms:
            turns.append((one.from_ms, one.to_ms))
        else:
            kept.append(one)
        before = one.side
    return sorted([*kept, *_read_minutes(reader, series, turns, band)]) if turns else kept


def _read_tier(
    reader: HistoryReader, series: int, tier: Tier, ranges: list[Range], edges: list[int], band: Band | None
) -> list[Gone]:
    """Return the buckets of the ranges: of the tier, or of narrower ones."""
    narrower = NARROWER.get(tier)
    if narrower is None:
        return list(_read_minutes(reader, series, ranges, band))
    kept: list[Gone] = []
    split: list[Range] = []
    for low_ms, high_ms in ranges:
        for bucket in reader.buckets(series, tier, low_ms, high_ms - 1):
            start, end, side = bucket.start, bucket.start + tier.width_ms, find_side(bucket, band)
            at = bisect_right(edges, start)
            if side is Side.MIXED or (at < len(edges) and edges[at] < end):
                _add_range(split, max(start, low_ms), min(end, high_ms))
            else:
                kept.append(Gone(start, end, bucket.n, side, bucket))
    return sorted([*kept, *_read_tier(reader, series, narrower, split, edges, band)]) if split else kept


def _add_range(ranges: list[Range], from_ms: int, to_ms: int) -> None:
    """Add a range; one that follows the last without a gap is read with it."""
    if ranges and ranges[-1][1] == from_ms:
        ranges[-1] = (ranges[-1][0], to_ms)
    else:
        ranges.append((from_ms, to_ms))


def _read_minutes(reader: HistoryReader, series: int, ranges: list[Range], band: Band | None) -> Iterator[Gone]:
    for low_ms, high_ms in ranges:
        for one in reader.buckets(series, MINUTE, low_ms, high_ms - 1):
            yield Gone(one.start, one.start + MINUTE.width_ms, one.n, find_side(one, band), one)


def narrow_extreme(reader: HistoryReader, series: int, extreme: Extreme | None) -> Extreme | None:
    """Return a minimum or maximum with the minute that it was in, instead of a wider bucket."""
    if extreme is None or extreme.to_ms - extreme.from_ms < MINUTE.width_ms:
        return extreme
    for bucket in reader.buckets(series, MINUTE, extreme.from_ms, extreme.to_ms):
        if extreme.value in (bucket.min, bucket.max):
            return extreme._replace(from_ms=bucket.start, to_ms=bucket.start + MINUTE.width_ms - 1)
    return extreme
