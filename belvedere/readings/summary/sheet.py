"""The days of a range as CSV, as a sheet of a food safety plan (HACCP) lists them. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from belvedere.readings.summary.condition import Limit
from belvedere.readings.summary.days import find_date
from belvedere.readings.summary.figures import Bounds, Figures

DAY_COLUMNS = ("date", "from", "to", "readings", "min", "max", "mean")
SHARE_COLUMNS = ("with_data_percent_low", "with_data_percent_high")
BEYOND_COLUMNS = (
    "beyond_seconds_low",
    "beyond_seconds_high",
    "excursions_low",
    "excursions_high",
    "longest_seconds_low",
    "longest_seconds_high",
)


def write_sheet(
    days: Iterable[Figures], name: str, limit: Limit | None, zone: ZoneInfo, now_ms: int, hold_ms: int
) -> str:
    """Return the sheet: comments, a head, one row for each day. Numbers have a point, times the zone of the site."""
    text = io.StringIO()
    for line in _explain(name, limit, zone, hold_ms):
        text.write(f"# {line}\r\n")
    rows = csv.writer(text)
    rows.writerow((*DAY_COLUMNS, *SHARE_COLUMNS, *(BEYOND_COLUMNS if limit else ()), "exact"))
    for day in days:
        rows.writerow(_make_row(day, limit is not None, zone, now_ms))
    return text.getvalue()


def _explain(name: str, limit: Limit | None, zone: ZoneInfo, hold_ms: int) -> Iterable[str]:
    yield f"{name}, days of {zone.key}; a day is cut where the range or the present cuts it."
    yield f"A value holds until the next one, but at most {hold_ms / 1000:g} s."
    if limit:
        levels = " and ".join(f"{level:g}" for level in limit.levels)
        yield f"Beyond means: {limit.kind} {levels}. An excursion over midnight counts in both days."
    yield "A figure lies between its low and its high. They differ where exact is no: the readings are deleted there."


def _make_row(day: Figures, with_limit: bool, zone: ZoneInfo, now_ms: int) -> list[object]:
    least, greatest = day.min and day.min.value, day.max and day.max.value
    row: list[object] = [find_date(day.from_ms, zone).isoformat(), _show(day.from_ms, zone), _show(day.to_ms, zone)]
    row += [day.readings, *("" if one is None else repr(one) for one in (least, greatest, day.mean))]
    row += _show_share(day, now_ms)
    if with_limit:
        for bounds in (day.beyond.time_ms, Bounds(*(1000 * n for n in day.beyond.excursions)), day.beyond.longest_ms):
            row += [f"{figure / 1000:.15g}" for figure in bounds]
    return [*row, "yes" if day.exact else "no"]


def _show_share(day: Figures, now_ms: int) -> list[str]:
    """Return the share of the day with data, of the part that is over; nothing for a day to come."""
    passed_ms = min(day.to_ms, now_ms) - day.from_ms
    if passed_ms <= 0:
        return ["", ""]
    low, high = day.with_data_ms
    # Rounded outwards: 99.996 % is not 100.
    return [f"{100_00 * low // passed_ms / 100:.2f}", f"{-(-100_00 * high // passed_ms) / 100:.2f}"]


def _show(at_ms: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at_ms / 1000, zone).isoformat(timespec="seconds")
