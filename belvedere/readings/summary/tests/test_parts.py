"""Local days, spans and pages: at their edges."""

from __future__ import annotations

from array import array
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from belvedere.readings.store.chunk import Columns
from belvedere.readings.summary.days import find_date, list_midnights
from belvedere.readings.summary.evidence import Band
from belvedere.readings.summary.readings import Follower
from belvedere.readings.summary.spans import Span, clip, extend, intersect, join

HOUR_MS = 3_600_000


def at(zone: ZoneInfo, year: int, month: int, day: int, hour: int = 0) -> int:
    return round(datetime(year, month, day, hour, tzinfo=zone).timestamp() * 1000)


def test_the_days_of_a_change_of_clocks_have_23_and_25_hours() -> None:
    paris = ZoneInfo("Europe/Paris")
    spring = list(list_midnights(at(paris, 2026, 3, 28), at(paris, 2026, 3, 31), paris))
    assert spring[1] - spring[0] == 23 * HOUR_MS
    autumn = list(list_midnights(at(paris, 2026, 10, 24), at(paris, 2026, 10, 27), paris))
    assert autumn[1] - autumn[0] == 25 * HOUR_MS
    assert find_date(autumn[0], paris) == date(2026, 10, 25)


def test_a_day_whose_midnight_does_not_exist_begins_an_hour_later() -> None:
    cairo = ZoneInfo("Africa/Cairo")
    begin = at(cairo, 2026, 4, 24, 1)
    assert list(list_midnights(at(cairo, 2026, 4, 23, 12), at(cairo, 2026, 4, 24, 12), cairo)) == [begin]


def test_a_range_within_a_day_has_no_midnight() -> None:
    hanoi = ZoneInfo("Asia/Ho_Chi_Minh")
    begin = at(hanoi, 2026, 11, 25)
    assert list(list_midnights(begin, begin + 24 * HOUR_MS, hanoi)) == []


def test_spans_that_touch_are_one() -> None:
    spans: list[Span] = []
    for span in [(0, 5), (5, 7), (6, 6), (9, 12), (10, 11)]:
        extend(spans, *span)
    assert spans == [(0, 7), (9, 12)]
    assert clip(spans, 7, 9) == []
    assert clip(spans, 6, 10) == [(6, 7), (9, 10)]
    assert join(spans, [Span(7, 9)]) == [(0, 12)]
    assert intersect(spans, [Span(3, 10)]) == [(3, 7), (9, 10)]


@given(
    st.lists(st.tuples(st.sampled_from([1, 5, 30, 31]), st.sampled_from([1.0, 9.0])), min_size=1, max_size=40),
    st.lists(st.integers(0, 40), max_size=5),
)
def test_how_readings_are_cut_into_pages_changes_nothing(steps: list[tuple[int, float]], cuts: list[int]) -> None:
    ts, values = array("q"), array("d")
    for step, value in steps:
        ts.append((ts[-1] if ts else 0) + step)
        values.append(value)
    whole, paged = (Follower(30, Band(2.0, 8.0)) for _ in range(2))
    whole.add(Columns(ts, values))
    edges = [0, *sorted(cut % len(ts) for cut in cuts), len(ts)]
    for low, high in pairwise(edges):
        paged.add(Columns(ts[low:high], values[low:high]))
    for follower in (whole, paged):
        follower.end()
    assert (whole.data, whole.beyond) == (paged.data, paged.beyond)
