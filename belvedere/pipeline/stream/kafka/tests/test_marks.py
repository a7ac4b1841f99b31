"""Up to when the devices of all endpoints have been heard, as a worker reads it from the endpoints' rows."""

from __future__ import annotations

import pytest

from belvedere.pipeline.stream.kafka.inlet import Mark
from belvedere.pipeline.stream.kafka.marks import drop_mark, read_mark, save_mark, trim_marks
from belvedere.pipeline.stream.kafka.models import EndpointMark

pytestmark = pytest.mark.django_db

LIVE, LOST = Mark(1_000, low_ms=9_000, before_ms=999), Mark(2_000, low_ms=5_000, before_ms=1_999)


def read() -> tuple[int, int] | None:
    """Since when, and up to when devices have been heard."""
    heard = read_mark()
    return None if heard is None else (heard.since_ms, heard.low_ms)


def save_aged(endpoint: str, mark: Mark, seconds: int) -> int:
    """The row of an endpoint that was last written so long ago; gives the database's time, s."""
    save_mark(endpoint, mark)
    now: int = EndpointMark.objects.get(endpoint=endpoint).written_at
    EndpointMark.objects.filter(endpoint=endpoint).update(written_at=now - seconds)
    return now


def read_beside_one_of_age(seconds: int) -> tuple[int, int] | None:
    """What a worker reads while one endpoint lives, and the other was last heard of so long ago."""
    while True:
        now = save_aged("lost", LOST, seconds)
        save_mark("live", LIVE)
        seen = read()
        if save_aged("lost", LOST, seconds) == now:  # no second began in between
            return seen


def test_without_an_endpoint_nothing_can_be_called_silent() -> None:
    assert read() is None


def test_the_endpoint_that_has_heard_least_counts_and_the_one_that_began_last() -> None:
    save_mark("one", LIVE)
    save_mark("other", LOST)
    assert read() == (2_000, 5_000)


def test_an_endpoint_writes_its_row_anew() -> None:
    save_mark("one", LOST)
    save_mark("one", LIVE)
    assert read() == LIVE[:2]
    assert EndpointMark.objects.count() == 1


@pytest.mark.parametrize(("seconds", "seen"), [(0, LOST), (59, LOST), (60, LIVE), (61, LIVE)])
def test_a_lost_endpoint_holds_the_time_for_a_minute(seconds: int, seen: Mark) -> None:
    assert read_beside_one_of_age(seconds) == seen[:2]


def test_where_all_endpoints_are_lost_nothing_can_be_called_silent() -> None:
    save_aged("lost", LOST, 61)
    assert read() is None


def test_an_endpoint_that_has_stopped_holds_nothing_back() -> None:
    save_mark("live", LIVE)
    save_mark("stopped", LOST)
    drop_mark("stopped")
    assert read() == LIVE[:2]
    drop_mark("stopped")
    drop_mark("live")
    assert read() is None


def test_endpoints_that_were_lost_an_hour_ago_are_forgotten() -> None:
    save_mark("live", LIVE)
    save_aged("lost", LOST, 3_000)
    save_aged("forgotten", LOST, 3_700)
    trim_marks()
    assert set(EndpointMark.objects.values_list("endpoint", flat=True)) == {"live", "lost"}
