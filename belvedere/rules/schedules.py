"""At which hours of which days a rule applies, by the clock of its site. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple, TypedDict
from zoneinfo import ZoneInfo

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOCK_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\Z")
_DAY = timedelta(days=1)


class ScheduleJson(TypedDict):
    """A schedule as it is stored and sent. start, end: "HH:MM"."""

    days: list[str]
    start: str
    end: str


class Schedule(NamedTuple):
    """Hours of the days that begin with `days` (0 = Monday). start, end: minutes of the day.

    An end that is not after the start is one of the next day: 22:00 to 06:00 is a night, 08:00 to 08:00 is 24 hours.
    """

    days: frozenset[int]
    start: int
    end: int


def parse_schedule(data: ScheduleJson) -> Schedule:
    """The schedule of its JSON. Raises ValueError where that is none."""
    try:
        days = frozenset(DAYS.index(day) for day in data["days"])
        return Schedule(days, _parse_time(data["start"]), _parse_time(data["end"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"{data!r} is no schedule") from error


def _parse_time(text: str) -> int:
    found = CLOCK_TIME.match(text)
    if found is None:
        raise ValueError(f"{text!r} is no time such as 06:30")
    return int(found[1]) * 60 + int(found[2])


def is_within(schedule: Schedule, now_ms: int, zone: ZoneInfo) -> bool:
    """Whether the moment lies in the hours of the schedule by the clock of this zone.

    Where that clock is put forward, an hour that it leaves out begins and ends with the change. Where it is put back,
    hours begin the first time that it shows their start and end the last time that it shows their end.
    """
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    today = now.astimezone(zone).date()
    return any(
        day.weekday() in schedule.days and _is_between(schedule, day, now, zone) for day in (today, today - _DAY)
    )


def _is_between(schedule: Schedule, day: date, now: datetime, zone: ZoneInfo) -> bool:
    last_day = day if schedule.end > schedule.start else day + _DAY
    first = _find_moment(day, schedule.start, zone, last=False)
    return first <= now < _find_moment(last_day, schedule.end, zone, last=True)


def _find_moment(day: date, minutes: int, zone: ZoneInfo, *, last: bool) -> datetime:
    """When the clock of the zone shows this time of this day, or passes it over."""
    shown = datetime.combine(day, datetime.min.time(), zone).replace(hour=minutes // 60, minute=minutes % 60)
    before, after = shown.replace(fold=0).astimezone(UTC), shown.replace(fold=1).astimezone(UTC)
    if before > after:
        return _find_change(after, before, zone)
    return after if last else before


def _find_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The moment between these two at which the clock of the zone is put forward."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
