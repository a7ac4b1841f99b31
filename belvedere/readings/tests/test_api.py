"""History, export and sparklines over REST, over a real store."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from rest_framework.test import APIClient

from belvedere.accounts.models import Site
from belvedere.devices.models import Device, Series
from belvedere.readings import api
from belvedere.readings.store.port import Keep
from belvedere.readings.store.sqlite.tests.forgetting import forget
from belvedere.readings.tests.bound_store import open_bound_store

pytestmark = pytest.mark.django_db

NOW = 1_763_942_400_000
HOUR_MS = 3_600_000
SPARKLINES = "/api/v1/sites/farm/sparklines"


@pytest.fixture
def series(farm: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Two hours of a reading a minute, the second hour past its retention no more than the first is."""
    monkeypatch.setattr(api, "now_ms", lambda: NOW)
    device = Device.objects.create(id="probe", site=farm, name="Probe")
    one = Series.objects.create(site=farm, device=device, metric="temperature", interval_ms=60_000)
    with open_bound_store(tmp_path) as store:
        batch = store.stage()
        for minute in range(120):
            batch.add(one.id, NOW - minute * 60_000 - 1_000, 20.0 + minute / 100)
        store.commit(batch)
        store.flush.move_all()
        forget(store, NOW + 30 * 24 * HOUR_MS - HOUR_MS, {one.id: Keep(30, 366)})
        yield one.id


async def parts_of(answer: Any) -> list[bytes]:
    return [part async for part in answer.streaming_content]


@pytest.mark.parametrize(("hours", "points"), [(1, 500), (1, 60), (1, 7), (24, 48), (24, 500), (744, 2)])
def test_sparklines_span_the_asked_hours_however_many_points(
    charlie_api: APIClient, series: int, hours: int, points: int
) -> None:
    answer = charlie_api.get(SPARKLINES, {"hours": hours, "points": points}).json()
    span_ms = answer["to_ms"] - answer["from_ms"]
    assert hours * HOUR_MS <= span_ms <= hours * HOUR_MS + points
    line = answer["series"][str(series)]
    assert len(line["avg"]) * answer["step_ms"] == span_ms
    assert len(line["avg"]) == min(points, hours * 60)
    assert line["avg"][-1] is not None


def test_history_and_export_tell_what_is_past_its_retention_too(charlie_api: APIClient, series: int) -> None:
    asked = {"from": NOW - 2 * HOUR_MS, "to": NOW}
    assert sum(charlie_api.get(f"/api/v1/series/{series}/history", asked).json()["n"]) == 120
    assert charlie_api.get(f"/api/v1/series/{series}/history", {**asked, "from": NOW - HOUR_MS}).json()["tier"] == "raw"
    export = charlie_api.get(f"/api/v1/series/{series}/readings.csv", asked)
    rows = b"".join(async_to_sync(parts_of)(export)).decode().splitlines()
    assert [row.startswith("#") for row in rows].count(True) == 2
    assert len(rows) == 1 + 2 + 120


def test_history_says_when_a_series_began_and_from_when_on_readings_are_kept(
    charlie_api: APIClient, series: int, farm: Site
) -> None:
    asked = {"from": NOW - 5 * HOUR_MS, "to": NOW}
    got = charlie_api.get(f"/api/v1/series/{series}/history", asked).json()
    assert got["first_ms"] == NOW - 119 * 60_000 - 1_000  # deleted since, but known
    assert got["raw_from_ms"] == NOW - HOUR_MS
    device = Device.objects.get(pk="probe")
    new = Series.objects.create(site=farm, device=device, metric="humidity")
    got = charlie_api.get(f"/api/v1/series/{new.id}/history", asked).json()
    assert (got["first_ms"], got["raw_from_ms"], got["t"]) == (None, 0, [])


def test_sparklines_of_named_series_are_those_of_the_whole_site(
    charlie_api: APIClient, series: int, farm: Site, elsewhere: Site
) -> None:
    device = Device.objects.get(pk="probe")
    other = Series.objects.create(site=farm, device=device, metric="humidity")
    foreign = Series.objects.create(site=elsewhere, device=device, metric="co2")
    whole = charlie_api.get(SPARKLINES).json()
    assert set(whole["series"]) == {str(series), str(other.id)}
    assert whole["to_ms"] == NOW
    named = charlie_api.get(SPARKLINES, {"series": f"{series},{foreign.id},999"}).json()
    assert named == {**whole, "series": {str(series): whole["series"][str(series)]}}


@pytest.mark.parametrize("text", ["", "x", "1,", ",".join(map(str, range(1, 502)))])
def test_no_more_than_five_hundred_named_series_at_once(charlie_api: APIClient, farm: Site, text: str) -> None:
    answer = charlie_api.get(SPARKLINES, {"series": text})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["series"])
