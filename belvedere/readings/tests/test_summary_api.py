"""The figures of a series and the sheet of its days over REST, over a real store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rest_framework.test import APIClient

from belvedere.accounts.models import Site
from belvedere.devices.models import Device, Series
from belvedere.readings.store.port import Keep
from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.readings.store.sqlite.tests.forgetting import forget
from belvedere.readings.summary import api
from belvedere.readings.tests.bound_store import open_bound_store

pytestmark = pytest.mark.django_db

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
MIDNIGHT = round(datetime(2026, 11, 24, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")).timestamp() * 1000)
NOW = MIDNIGHT + 36 * HOUR_MS


def is_warm(minute: int) -> bool:
    """Three times 9,2 °C: over midnight for half an hour, then a minute, then five minutes up to now."""
    return 1425 <= minute < 1455 or minute == 1700 or minute >= 2155


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqliteStore]:
    monkeypatch.setattr(api, "now_ms", lambda: NOW)
    with open_bound_store(tmp_path) as store:
        yield store


@pytest.fixture
def series(farm: Site, store: SqliteStore) -> int:
    """A day and a half of a reading a minute at its third second."""
    device = Device.objects.create(id="cold-1", site=farm, name="Kho lạnh 1")
    one = Series.objects.create(site=farm, device=device, metric="temperature", interval_ms=60_000)
    batch = store.stage()
    for minute in range(2160):
        batch.add(one.id, MIDNIGHT + minute * MINUTE_MS + 3_000, 9.2 if is_warm(minute) else 4.0)
    store.commit(batch)
    store.flush.move_all()
    return one.id


def ask(person: APIClient, series: int, **query: Any) -> dict[str, Any]:
    answer = person.get(f"/api/v1/series/{series}/summary", {"from": MIDNIGHT, "to": NOW, **query})
    assert answer.status_code == 200, answer.json()
    body: dict[str, Any] = answer.json()
    return body


def exactly(figure: int) -> dict[str, int]:
    return {"low": figure, "high": figure}


def test_a_summary_gives_time_number_and_longest_of_the_excursions(charlie_api: APIClient, series: int) -> None:
    got = ask(charlie_api, series, above="8")
    assert got["exact"]
    assert (got["count"], got["first_ms"], got["last_ms"]) == (2160, MIDNIGHT + 3_000, NOW - 57_000)
    assert got["hold_ms"] == 450_000
    assert got["with_data_ms"] == exactly(NOW - MIDNIGHT - 3_000)
    beyond = got["beyond"]
    assert beyond["condition"] == {"kind": "above", "level": 8.0}
    assert beyond["time_ms"] == exactly(36 * MINUTE_MS - 3_000)
    assert beyond["count"] == exactly(3)
    assert beyond["longest_ms"] == exactly(30 * MINUTE_MS)
    assert (beyond["first_ms"], beyond["last_ms"]) == (MIDNIGHT + 1425 * MINUTE_MS + 3_000, NOW)
    assert got["max"] == {"value": 9.2, "from_ms": beyond["first_ms"], "to_ms": beyond["first_ms"]}
    assert got["days"] is None


def test_days_are_those_of_the_site_and_add_up(charlie_api: APIClient, series: int) -> None:
    got = ask(charlie_api, series, above="8", by="day")
    assert [day["date"] for day in got["days"]] == ["2026-11-24", "2026-11-25"]
    assert got["days"][1]["from_ms"] == MIDNIGHT + DAY_MS
    assert [day["beyond"]["time_ms"]["low"] for day in got["days"]] == [897_000, 1_260_000]
    assert sum(day["beyond"]["time_ms"]["low"] for day in got["days"]) == got["beyond"]["time_ms"]["low"]
    assert [day["beyond"]["count"] for day in got["days"]] == [exactly(1), exactly(3)]
    assert sum(day["count"] for day in got["days"]) == got["count"]


def test_where_readings_are_deleted_bounds_say_so_and_hold_the_truth(
    charlie_api: APIClient, series: int, store: SqliteStore
) -> None:
    before = ask(charlie_api, series, above="8")
    forget(store, MIDNIGHT + DAY_MS + 31 * DAY_MS, {series: Keep(31, 366)})
    got = ask(charlie_api, series, above="8")
    assert not got["exact"]
    assert got["raw_from_ms"] == MIDNIGHT + DAY_MS
    assert got["with_data_ms"] == before["with_data_ms"]
    time_ms = got["beyond"]["time_ms"]
    assert time_ms["low"] <= before["beyond"]["time_ms"]["low"] <= time_ms["high"]
    assert time_ms["high"] - time_ms["low"] <= MINUTE_MS
    assert got["beyond"]["count"] == exactly(3)
    assert got["max"] == {
        "value": 9.2,
        "from_ms": MIDNIGHT + 1425 * MINUTE_MS,
        "to_ms": MIDNIGHT + 1426 * MINUTE_MS - 1,
    }
    assert ask(charlie_api, series, above="8", **{"from": MIDNIGHT + 30 * HOUR_MS})["exact"]


def test_a_binary_series_tells_how_long_it_was_open(charlie_api: APIClient, farm: Site, store: SqliteStore) -> None:
    device = Device.objects.create(id="door-1", site=farm, name="Cửa")
    door = Series.objects.create(site=farm, device=device, metric="door", kind="binary", freshness_seconds=3600)
    batch = store.stage()
    for minute, state in [(0, 0.0), (10, 1.0), (12, 0.0), (60, 1.0), (65, 1.0), (70, 0.0)]:
        batch.add(door.id, MIDNIGHT + minute * MINUTE_MS, state)
    store.commit(batch)
    beyond = ask(charlie_api, door.id, **{"is": "1"})["beyond"]
    assert beyond["condition"] == {"kind": "is", "value": 1}
    assert (beyond["count"], beyond["time_ms"]) == (exactly(2), exactly(12 * MINUTE_MS))
    assert beyond["longest_ms"] == exactly(10 * MINUTE_MS)
    shut = ask(charlie_api, door.id, **{"is": "0"})["beyond"]
    # The last state holds for three hours, which is three budgets.
    assert shut["time_ms"] == exactly((10 + 48 + 180) * MINUTE_MS)


def test_a_new_series_has_figures_of_nothing(charlie_api: APIClient, farm: Site, store: SqliteStore) -> None:
    device = Device.objects.create(id="new", site=farm, name="New")
    one = Series.objects.create(site=farm, device=device, metric="temperature")
    got = ask(charlie_api, one.id, outside="2,8")
    assert (got["exact"], got["count"], got["min"], got["mean"], got["first_ms"]) == (True, 0, None, None, None)
    assert got["beyond"]["time_ms"] == got["with_data_ms"] == exactly(0)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"above": "x"}, "above"),
        ({"above": "nan"}, "above"),
        ({"outside": "8,2"}, "outside"),
        ({"outside": "8"}, "outside"),
        ({"above": "8", "below": "2"}, "below"),
        ({"is": "1"}, "is"),
        ({"is": "2"}, "is"),
        ({"by": "week"}, "by"),
        ({"by": "day", "from": NOW - 500 * DAY_MS}, "from"),
        ({"by": "day", "from": 1 << 52, "to": (1 << 52) + 1}, "to"),
        ({"from": NOW}, "from"),
    ],
)
def test_a_limit_that_cannot_be_is_refused_by_its_name(
    charlie_api: APIClient, series: int, query: dict[str, Any], field: str
) -> None:
    answer = charlie_api.get(f"/api/v1/series/{series}/summary", {"from": MIDNIGHT, "to": NOW, **query})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


def test_the_sheet_has_a_row_for_each_day_and_says_what_is_exact(
    charlie_api: APIClient, series: int, store: SqliteStore
) -> None:
    forget(store, MIDNIGHT + DAY_MS + 31 * DAY_MS, {series: Keep(31, 366)})
    asked: dict[str, Any] = {"from": MIDNIGHT, "to": NOW, "outside": "2,8"}
    answer = charlie_api.get(f"/api/v1/series/{series}/summary.csv", asked)
    assert "cold-1-temperature-days.csv" in answer["Content-Disposition"]
    lines = answer.content.decode().splitlines()
    comments, (head, *rows) = [line for line in lines if line[0] == "#"], [line for line in lines if line[0] != "#"]
    assert "exact is no" in comments[-1]
    days = [dict(zip(head.split(","), row.split(","), strict=True)) for row in rows]
    assert [(day["date"], day["exact"]) for day in days] == [("2026-11-24", "no"), ("2026-11-25", "yes")]
    assert days[0]["from"] == "2026-11-24T00:00:00+07:00"
    assert (days[0]["readings"], days[0]["min"], days[0]["max"]) == ("1440", "4.0", "9.2")
    assert (days[0]["beyond_seconds_low"], days[0]["beyond_seconds_high"]) == ("840", "900")
    assert (days[0]["with_data_percent_low"], days[0]["with_data_percent_high"]) == ("99.99", "100.00")
    assert (days[1]["beyond_seconds_low"], days[1]["excursions_high"]) == ("1260", "3")
    assert days[1]["with_data_percent_low"] == "100.00"


def test_a_stranger_sees_no_figures(mallory_api: APIClient, series: int) -> None:
    assert mallory_api.get(f"/api/v1/series/{series}/summary").status_code == 404
    assert mallory_api.get(f"/api/v1/series/{series}/summary.csv").status_code == 404


def test_a_damaged_chunk_makes_bounds_instead_of_a_wrong_figure(
    charlie_api: APIClient, series: int, store: SqliteStore
) -> None:
    before = ask(charlie_api, series, above="8")
    store.database.db.execute("UPDATE chunk SET data=x'00' WHERE series=? AND first_ts<=?", (series, MIDNIGHT + 3_000))
    got = ask(charlie_api, series, above="8")
    assert not got["exact"]
    assert (got["count"], got["mean"]) == (before["count"], before["mean"])
    for figure in ("time_ms", "count", "longest_ms"):
        assert got["beyond"][figure]["low"] <= before["beyond"][figure]["low"] <= got["beyond"][figure]["high"]
    assert got["with_data_ms"]["low"] <= before["with_data_ms"]["low"] <= got["with_data_ms"]["high"]
    assert ask(charlie_api, series, above="8", **{"from": NOW - 6 * HOUR_MS})["exact"]
