from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from belvedere.rules.schedules import DAYS, Schedule, ScheduleJson, is_within, parse_schedule

HANOI, BERLIN = ZoneInfo("Asia/Ho_Chi_Minh"), ZoneInfo("Europe/Berlin")
NIGHT = parse_schedule({"days": ["fri"], "start": "22:00", "end": "06:00"})


def within(schedule: Schedule, written: str, zone: ZoneInfo = HANOI, fold: int = 0) -> bool:
    at = datetime.fromisoformat(written).replace(tzinfo=zone, fold=fold)
    return is_within(schedule, int(at.timestamp() * 1000), zone)


def minutes_within(schedule: Schedule, day: str, zone: ZoneInfo) -> int:
    """Of the 30 hours that begin with the day."""
    began = int(datetime.fromisoformat(day).replace(tzinfo=zone).timestamp() * 1000)
    return sum(is_within(schedule, began + minute * 60_000, zone) for minute in range(30 * 60))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-27T21:59:59.999", False),
        ("2026-11-27T22:00", True),  # a Friday
        ("2026-11-28T05:59:59.999", True),
        ("2026-11-28T06:00", False),
        ("2026-11-28T22:00", False),  # the Saturday's night is another one
        ("2026-11-27T05:00", False),  # and so is the Thursday's
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(written: str, expected: bool) -> None:
    assert within(NIGHT, written) is expected


def test_hours_are_those_of_the_site_and_not_of_the_server() -> None:
    office = parse_schedule({"days": ["fri"], "start": "08:00", "end": "17:00"})
    at_ms = int(datetime(2026, 11, 27, 9, tzinfo=HANOI).timestamp() * 1000)
    assert is_within(office, at_ms, HANOI)
    assert not is_within(office, at_ms, BERLIN), "it is three in the morning there"


def test_the_same_start_and_end_are_24_hours() -> None:
    day = parse_schedule({"days": ["mon"], "start": "08:00", "end": "08:00"})
    assert minutes_within(day, "2026-11-23T02:00", HANOI) == 24 * 60
    always = parse_schedule({"days": list(DAYS), "start": "00:00", "end": "00:00"})
    assert minutes_within(always, "2026-11-23", HANOI) == 30 * 60


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("01:00", "04:00", 120),  # the hour from 02:00 to 03:00 is left out
        ("02:30", "04:00", 60),
        ("01:00", "02:30", 60),
        ("02:10", "02:50", 0),
    ],
)
def test_hours_that_the_clock_leaves_out_in_spring_are_no_part(start: str, end: str, minutes: int) -> None:
    schedule = parse_schedule({"days": ["sun"], "start": start, "end": end})
    assert minutes_within(schedule, "2026-03-29", BERLIN) == minutes


def test_a_start_that_the_clock_passes_over_begins_with_the_change() -> None:
    schedule = parse_schedule({"days": ["sun"], "start": "02:30", "end": "04:00"})
    assert not within(schedule, "2026-03-29T01:59", BERLIN)
    assert within(schedule, "2026-03-29T03:00", BERLIN)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("01:00", "04:00", 240),
        ("02:30", "03:30", 120),  # from the first 02:30 on
        ("01:30", "02:30", 120),  # to the second 02:30
        ("02:10", "02:50", 100),
    ],
)
def test_hours_that_the_clock_shows_twice_in_autumn_are_one_stretch(start: str, end: str, minutes: int) -> None:
    schedule = parse_schedule({"days": ["sun"], "start": start, "end": end})
    assert minutes_within(schedule, "2026-10-25", BERLIN) == minutes
    began = datetime.fromisoformat("2026-10-25").replace(tzinfo=BERLIN).timestamp()
    inside = [is_within(schedule, int((began + minute * 60) * 1000), BERLIN) for minute in range(8 * 60)]
    edges = sum(before != after for before, after in itertools.pairwise(inside))
    assert edges == 2, "it begins once and ends once"


def test_a_year_of_nights_has_no_hole_where_clocks_change() -> None:
    schedule = parse_schedule({"days": list(DAYS), "start": "21:00", "end": "07:00"})
    for number in range(365):
        day = datetime(2026, 1, 1, tzinfo=BERLIN) + timedelta(days=number)
        assert is_within(schedule, int(day.timestamp() * 1000), BERLIN), day
        noon = day.replace(hour=12)
        assert not is_within(schedule, int(noon.timestamp() * 1000), BERLIN), noon


@pytest.mark.parametrize(
    "broken",
    [
        {"days": ["tomorrow"], "start": "08:00", "end": "09:00"},
        {"days": ["mon"], "start": "24:00", "end": "09:00"},
        {"days": ["mon"], "start": "08:00"},
        "nights",
    ],
)
def test_what_is_no_schedule_is_refused(broken: object) -> None:
    with pytest.raises(ValueError, match=r"is no|not in tuple"):
        parse_schedule(cast("ScheduleJson", broken))
