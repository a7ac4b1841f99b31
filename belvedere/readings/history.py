"""What a chart asks for: a range in about as many points as it has pixels, from the tier that fits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypedDict

from belvedere.readings.store.chunk import Columns
from belvedere.readings.store.horizon import Horizon, round_up
from belvedere.readings.store.port import HistoryReader
from belvedere.readings.tiers import MINUTE, TIERS, Bucket, Tier, join_buckets, make_buckets, widen_buckets

DEFAULT_POINTS = 1_000
MAX_POINTS = 5_000
UNKNOWN_INTERVAL_MS = 5_000
VISIBLE_SHARE = 0.1  # of the height of a sparkline: about its line's own width
RAW_POINTS_FACTOR = 2  # up to twice the asked points of raw are sent as they are: nothing is lost to merging


class History(TypedDict, total=False):
    """Columns of equal length; times in ms. raw: t, v. Else t (start of bucket), min, max, avg, n."""

    tier: str
    t: list[int]
    v: list[float]
    min: list[float]
    max: list[float]
    avg: list[float]
    n: list[int]


def read_history(
    reader: HistoryReader, series: int, from_ms: int, to_ms: int, points: int, interval_ms: int | None
) -> History:
    """Return the range in about `points` points; interval_ms: how often the series reports, if known."""
    interval = interval_ms or UNKNOWN_INTERVAL_MS
    horizon = reader.horizon(series)
    width = max(1, math.ceil((to_ms - from_ms) / points))
    raw = (to_ms - from_ms) / interval <= points * RAW_POINTS_FACTOR or width < MINUTE.width_ms
    if raw and from_ms >= horizon.raw_ms:
        readings = reader.raw(series, from_ms, to_ms)
        horizon = reader.horizon(series)  # retention may have deleted some of them meanwhile
        if from_ms >= horizon.raw_ms:
            return _show_readings(readings, points, width)
    parts = split_range(horizon, MINUTE if raw else choose_tier(width), from_ms, to_ms)
    buckets = list(read_pieces(reader, series, parts))
    tier = parts[-1].tier
    if not raw or len(buckets) > points * RAW_POINTS_FACTOR:
        buckets = widen_buckets(buckets, math.ceil(width / tier.width_ms) * tier.width_ms)
    return _show_buckets(tier.name, buckets)


def choose_tier(width_ms: int) -> Tier:
    """Return the coarsest tier that is not wider than a point."""
    return next((tier for tier in reversed(TIERS) if tier.width_ms <= width_ms), MINUTE)


class Piece(NamedTuple):
    """A part of a range, in buckets of one width. of_raw: made from readings, because the tier itself is gone."""

    tier: Tier
    from_ms: int
    to_ms: int
    of_raw: bool = False


def split_range(horizon: Horizon, tier: Tier, from_ms: int, to_ms: int) -> list[Piece]:
    """Split the range into pieces of the tier and, where that is deleted, of others; no reading is in two."""
    begin = horizon.complete_from(tier)
    if from_ms >= begin:
        return [Piece(tier, from_ms, to_ms)]
    if horizon.raw_ms < begin:
        older = [Piece(tier, max(from_ms, horizon.raw_ms), begin - 1, of_raw=True)]
    else:
        older, begin = _take_wider(horizon, tier, from_ms, begin)
    parts = [*older, Piece(tier, begin, to_ms)]
    inside = [part._replace(to_ms=min(part.to_ms, to_ms)) for part in parts if part.from_ms <= to_ms]
    return inside or [Piece(tier, from_ms, to_ms)]


def _take_wider(horizon: Horizon, tier: Tier, from_ms: int, until_ms: int) -> tuple[list[Piece], int]:
    """Return pieces of wider tiers from `from_ms` on, and where the last of them ends: at `until_ms` or later."""
    wider = next((other for other in TIERS if other.width_ms > tier.width_ms), None)
    if wider is None:
        return [], until_ms
    begin, end = horizon.complete_from(wider), round_up(until_ms, wider.width_ms)
    if from_ms >= begin:
        return [Piece(wider, from_ms, end - 1)], end
    older, begin = _take_wider(horizon, wider, from_ms, begin)
    return ([*older, Piece(wider, begin, end - 1)], end) if begin < end else (older, begin)


def read_pieces(reader: HistoryReader, series: int, parts: Iterable[Piece]) -> Iterator[Bucket]:
    """Yield the buckets of the pieces, in time order."""
    for tier, from_ms, to_ms, of_raw in parts:
        if of_raw:
            pages = reader.pages(series, from_ms, to_ms)
            yield from widen_buckets(
                (bucket for page in pages for bucket in make_buckets(page, tier.width_ms)), tier.width_ms
            )
        else:
            yield from reader.buckets(series, tier, from_ms, to_ms)


def _show_readings(columns: Columns, points: int, width_ms: int) -> History:
    if len(columns.ts) <= points * RAW_POINTS_FACTOR:
        return {"tier": "raw", "t": columns.ts.tolist(), "v": columns.values.tolist()}
    return _show_buckets("merged", make_buckets(columns, width_ms))


def _show_buckets(name: str, buckets: list[Bucket]) -> History:
    return {
        "tier": name,
        "t": [bucket.start for bucket in buckets],
        "min": [bucket.min for bucket in buckets],
        "max": [bucket.max for bucket in buckets],
        "avg": [average(bucket) for bucket in buckets],
        "n": [bucket.n for bucket in buckets],
    }


def average(bucket: Bucket) -> float:
    """Return the average to 15 significant digits (what a double holds), between the bucket's minimum and maximum."""
    return min(max(float(f"{bucket.sum / bucket.n:.15g}"), bucket.min), bucket.max)


class Sparkline(TypedDict):
    """avg: one number or None for each step; min and max: of all.

    lows and highs, by step: how far its readings went, only where that is further than a line through the averages
    shows. They are few, so that the answer stays small.
    """

    avg: list[float | None]
    min: float | None
    max: float | None
    lows: dict[int, float]
    highs: dict[int, float]


def make_sparkline(buckets: Iterable[Bucket], from_ms: int, step_ms: int, points: int) -> Sparkline:
    """Return the buckets in even steps; each bucket counts to the step in which it begins."""
    merged: list[Bucket | None] = [None] * points
    for bucket in buckets:
        at = (bucket.start - from_ms) // step_ms
        if 0 <= at < points:
            known = merged[at]
            merged[at] = bucket if known is None else join_buckets(known, bucket)
    filled = {step: bucket for step, bucket in enumerate(merged) if bucket is not None}
    low = min((bucket.min for bucket in filled.values()), default=None)
    high = max((bucket.max for bucket in filled.values()), default=None)
    spread = 0.0 if low is None or high is None else high - low
    digits = _choose_digits(spread)
    seen = spread * VISIBLE_SHARE
    return {
        "avg": [None if bucket is None else shorten(average(bucket), bucket, digits) for bucket in merged],
        "min": low,
        "max": high,
        "lows": {step: each.min for step, each in filled.items() if average(each) - each.min > seen},
        "highs": {step: each.max for step, each in filled.items() if each.max - average(each) > seen},
    }


def shorten(value: float, bucket: Bucket, digits: int | None) -> float:
    """Round a value, but not beyond its bucket's minimum and maximum."""
    return value if digits is None else min(max(round(value, digits), bucket.min), bucket.max)


def _choose_digits(spread: float) -> int | None:
    """Return how many decimals show a thousandth of the spread, which is less than a pixel of a small line."""
    return 3 - math.floor(math.log10(spread)) if spread > 0 else None
