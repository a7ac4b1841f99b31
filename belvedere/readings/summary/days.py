"""The local days of a site. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def list_midnights(from_ms: int, to_ms: int, zone: ZoneInfo) -> Iterator[int]:
    """Yield the begins of local days with from_ms < begin < to_ms."""
    day = find_date(from_ms, zone)
    while True:
        day += timedelta(days=1)
        begin_ms = round(datetime.combine(day, time(), zone).timestamp() * 1000)
        if begin_ms >= to_ms:
            return
        if begin_ms > from_ms:
            yield begin_ms


def find_date(at_ms: int, zone: ZoneInfo) -> date:
    """Return the local date of an instant."""
    return datetime.fromtimestamp(at_ms / 1000, zone).date()
