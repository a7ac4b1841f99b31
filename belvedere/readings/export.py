"""A range as CSV: every reading that is kept, and the averages of those that are past their retention."""

from __future__ import annotations

from collections.abc import Iterator

from belvedere.domain.times import rfc3339
from belvedere.readings.history import Piece, average, read_pieces, split_range
from belvedere.readings.store.horizon import Horizon, round_up
from belvedere.readings.store.port import HistoryReader
from belvedere.readings.tiers import DAY, MINUTE

PAGE_MS = 7 * DAY.width_ms  # of buckets


def write_csv(reader: HistoryReader, series: int, from_ms: int, to_ms: int) -> Iterator[str]:
    """CSV text, a page a string: ts_ms, RFC 3339 time in UTC, value as stored.

    A line that begins with # says what the rows below it are, wherever they are not readings.
    """
    yield "ts_ms,time,value\r\n"
    horizon = reader.horizon(series)
    readings_from = _find_first_reading(horizon, from_ms)
    older = split_range(horizon, MINUTE, from_ms, min(to_ms, readings_from - 1)) if from_ms < readings_from else []
    for piece in older:
        yield from _write_averages(reader, series, piece)
    if older and readings_from <= to_ms:
        yield f"# From {rfc3339(readings_from)} on: every reading.\r\n"
    for page in reader.pages(series, readings_from, to_ms):
        yield "".join(f"{ts},{rfc3339(ts)},{value!r}\r\n" for ts, value in zip(page.ts, page.values, strict=True))


def _find_first_reading(horizon: Horizon, from_ms: int) -> int:
    """Return the time from which readings are listed; a minute that is partly deleted is given as an average."""
    if from_ms >= horizon.raw_ms:
        return from_ms
    if horizon.complete_from(MINUTE) > horizon.raw_ms:
        return horizon.raw_ms
    return round_up(horizon.raw_ms, MINUTE.width_ms)


def _write_averages(reader: HistoryReader, series: int, piece: Piece) -> Iterator[str]:
    tier, from_ms, to_ms, _ = piece
    yield (
        f"# From {rfc3339(from_ms)} to {rfc3339(to_ms)} the readings are past their retention:"
        f" one row for each {tier.name} with readings, its begin and its average.\r\n"
    )
    for start in range(from_ms - from_ms % tier.width_ms, to_ms + 1, PAGE_MS):
        page = piece._replace(from_ms=max(start, from_ms), to_ms=min(start + PAGE_MS - 1, to_ms))
        buckets = read_pieces(reader, series, [page])
        yield "".join(f"{one.start},{rfc3339(one.start)},{average(one)!r}\r\n" for one in buckets)
