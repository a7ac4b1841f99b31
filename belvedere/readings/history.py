"""What a chart asks for: a range in about as many points as it has pixels, from the tier that fits."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TypedDict

from belvedere.readings.store.chunk import Columns
from belvedere.readings.store.port import HistoryReader
from belvedere.readings.tiers import MINUTE, TIERS, Bucket, Tier, coarser, joined, of_readings

DEFAULT_POINTS = 1_000
MAX_POINTS = 5_000
UNKNOWN_INTERVAL_MS = 5_000
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


def history(
    reader: HistoryReader, series: int, from_ms: int, to_ms: int, points: int, interval_ms: int | None
) -> History:
    """The range in at most about `points` points; interval_ms: how often the series reports, if known."""
    interval = interval_ms or UNKNOWN_INTERVAL_MS
    width = max(1, math.ceil((to_ms - from_ms) / points))
    if (to_ms - from_ms) / interval <= points * RAW_POINTS_FACTOR or width < MINUTE.width_ms:
        return _from_raw(reader.raw(series, from_ms, to_ms), points, width)
    tier = fitting(width)
    wanted = math.ceil(width / tier.width_ms) * tier.width_ms
    return _columns(tier.name, coarser(reader.buckets(series, tier, from_ms, to_ms), wanted))


def fitting(width_ms: int) -> Tier:
    """The coarsest tier that is not wider than a point."""
    return next((tier for tier in reversed(TIERS) if tier.width_ms <= width_ms), MINUTE)


def _from_raw(columns: Columns, points: int, width_ms: int) -> History:
    if len(columns.ts) <= points * RAW_POINTS_FACTOR:
        return {"tier": "raw", "t": columns.ts.tolist(), "v": columns.values.tolist()}
    return _columns("merged", of_readings(columns, width_ms))


def _columns(name: str, buckets: list[Bucket]) -> History:
    return {
        "tier": name,
        "t": [bucket.start for bucket in buckets],
        "min": [bucket.min for bucket in buckets],
        "max": [bucket.max for bucket in buckets],
        "avg": [short(bucket.sum / bucket.n) for bucket in buckets],
        "n": [bucket.n for bucket in buckets],
    }


def short(value: float) -> float:
    """Six significant digits: more than a screen shows, half the bytes."""
    return float(f"{value:.6g}")


def sparkline(buckets: list[Bucket], from_ms: int, step_ms: int, points: int) -> dict[str, object]:
    """{"avg": one number or None a step, "min", "max" of all}."""
    merged: list[Bucket | None] = [None] * points
    for bucket in buckets:
        at = (bucket.start - from_ms) // step_ms
        if 0 <= at < points:
            known = merged[at]
            merged[at] = bucket if known is None else joined(known, bucket)
    filled = [bucket for bucket in merged if bucket is not None]
    return {
        "avg": [None if bucket is None else short(bucket.sum / bucket.n) for bucket in merged],
        "min": min((bucket.min for bucket in filled), default=None),
        "max": max((bucket.max for bucket in filled), default=None),
    }


def csv_rows(pages: Iterator[Columns]) -> Iterator[str]:
    """CSV text, a page a string: ts_ms, RFC 3339 time in UTC, value as stored."""
    yield "ts_ms,time,value\r\n"
    for page in pages:
        yield "".join(f"{ts},{rfc3339(ts)},{value!r}\r\n" for ts, value in zip(page.ts, page.values, strict=True))


def rfc3339(ts_ms: int) -> str:
    """2026-11-23T14:32:08.123Z of Unix ms."""
    return datetime.fromtimestamp(ts_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{ts_ms % 1000:03d}Z"
