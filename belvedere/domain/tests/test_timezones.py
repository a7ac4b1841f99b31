"""Time zones are found as people call their cities."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime

import pytest

from belvedere.domain.timezones import find_timezones

NOW = datetime(2026, 1, 15, tzinfo=UTC)
JULY = datetime(2026, 7, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed",
    [
        "Ho Chi",
        "Ho_Chi",
        "hồ chí",
        "Việt",
        "viet nam",
        "Vietnam",
        "Saigon",
        "Sài Gòn",
        "Hanoi",
        "hà nội",
        "Asia/Ho_Chi_Minh",
    ],
)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_vietnam_is_found_as_people_type_it(typed: str, language: str) -> None:
    first = find_timezones(typed, language, NOW, 5)[0]
    assert (first.name, first.offset_minutes) == ("Asia/Ho_Chi_Minh", 420)


def test_the_answer_is_in_the_language_asked_for_and_the_query_in_either() -> None:
    in_vietnamese = find_timezones("Vietnam", "vi", NOW, 1)[0]
    in_english = find_timezones("Việt Nam", "en", NOW, 1)[0]
    assert (in_vietnamese.city, in_vietnamese.country) == ("TP Hồ Chí Minh", "Việt Nam")
    assert (in_english.city, in_english.country) == ("Ho Chi Minh City", "Vietnam")


def test_the_offset_is_that_of_the_season() -> None:
    offsets = [find_timezones("Berlin", "en", now, 1)[0].offset_minutes for now in (NOW, JULY)]
    assert offsets == [60, 120]


def test_a_city_in_full_comes_before_names_that_only_begin_so() -> None:
    assert find_timezones("London", "en", NOW, 5)[0].name == "Europe/London"
    assert find_timezones("Paris", "vi", NOW, 5)[0].name == "Europe/Paris"


def test_what_no_place_is_called_finds_nothing() -> None:
    assert find_timezones("Xyzzy", "vi", NOW, 5) == []


def test_every_zone_that_is_offered_can_be_used() -> None:
    offered = {place.name for place in find_timezones("", "en", NOW, 1000)}
    assert len(offered) > 400
    assert offered <= zoneinfo.available_timezones()
