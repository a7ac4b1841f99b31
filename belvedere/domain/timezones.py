"""Finds time zones by city or country, in Vietnamese and English, with or without the marks. Pure, without Django.

The names are in timezones.tsv, which scripts/timezones writes from the tz database and CLDR.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from belvedere.domain.folding import fold

MINUTE = timedelta(minutes=1)
_FILE = Path(__file__).with_name("timezones.tsv")
_LANGUAGES = ("vi", "en")
_SEPARATORS = str.maketrans("_/-.,'", "      ")  # of words, in names of zones and cities


class Place(NamedTuple):
    """A time zone with a city and the country it is named by. offset_minutes: east of UTC, at the time asked for."""

    name: str
    city: str
    country: str
    offset_minutes: int


class _Row(NamedTuple):
    name: str
    cities: tuple[str, str]  # by _LANGUAGES
    countries: tuple[str, str]
    best: frozenset[str]  # names of cities in full, as _fold() gives them
    text: str  # all names, each after a space


def _fold(text: str) -> str:
    """Words separated by one space: "Ho_Chi" and "Hồ Chí" are alike."""
    return " ".join(fold(text).translate(_SEPARATORS).split())


@cache
def _read() -> list[_Row]:
    rows = []
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        name, city_vi, city_en, country_vi, country_en, others = line.split("\t")
        cities = [_fold(city) for city in (name.rpartition("/")[2], city_vi, city_en, *others.split("; "))]
        names = [_fold(name), *cities, _fold(country_vi), _fold(country_en)]
        joined = [city.replace(" ", "") for city in cities]  # "Hanoi" finds "Hà Nội"
        text = "".join(f" {word}" for word in (*names, *joined))
        rows.append(_Row(name, (city_vi, city_en), (country_vi, country_en), frozenset((*cities, *joined)), text))
    return rows


def find_timezones(query: str, language: str, now: datetime, limit: int) -> list[Place]:
    """The zones with a name in which each word of the query begins a word; whole cities first, then by city.

    language: "vi" or "en", of the answer; the query may be in either.
    """
    wanted = _fold(query)
    column = _LANGUAGES.index(language)
    found = [row for row in _read() if all(f" {word}" in row.text for word in wanted.split())]
    found.sort(key=lambda row: (wanted not in row.best, f" {wanted}" not in row.text, _fold(row.cities[column])))
    return [_make_place(row, column, now) for row in found[:limit]]


def _make_place(row: _Row, column: int, now: datetime) -> Place:
    offset = now.astimezone(ZoneInfo(row.name)).utcoffset() or timedelta()
    return Place(row.name, row.cities[column], row.countries[column], offset // MINUTE)
