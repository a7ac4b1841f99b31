"""A site at one glance: counts by place that agree with what the single rows say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from belvedere.accounts.models import Site, Zone
from belvedere.alerts import overview
from belvedere.alerts.models import Alert, AlertState
from belvedere.devices.models import Device, Series
from belvedere.devices.selectors import presences
from belvedere.devices.site_cache import registry_number
from belvedere.domain.times import now_ms
from belvedere.readings.selectors import latest_values

pytestmark = pytest.mark.django_db
URL = "/api/v1/sites/farm/overview"
BUDGET_MS = 10_000


class Presence(NamedTuple):
    online: bool
    last_seen_ms: int | None = None
    clock_skew_ms: int | None = None
    protocol: str = ""


class Presences:
    def get(self, device_id: str) -> Presence:
        return Presence(device_id != "d1")


class Registry:
    """The number of the last change, which a test may move."""

    def __init__(self) -> None:
        self.number = 1

    def __call__(self, _site_id: int) -> int:
        return self.number


@pytest.fixture
def registry() -> Iterator[Registry]:
    registry = Registry()
    registry_number.bind(registry)
    yield registry
    overview._layouts.clear()


@pytest.fixture
def cold(farm: Site) -> Zone:
    return Zone.objects.create(site=farm, name="Cold room", note="fish", position=0)


@pytest.fixture
def ages_ms(farm: Site, cold: Zone, registry: Registry) -> dict[int, int]:
    """Series -> age of its value, which a test may fill. d0 and d1 stand in the cold room, d2 nowhere."""
    ages: dict[int, int] = {}
    for n in range(3):
        device = Device.objects.create(id=f"d{n}", site=farm, name=f"d{n}", zone=cold if n < 2 else None)
        for metric in ("temperature", "humidity"):
            Series.objects.create(device=device, site=farm, metric=metric, freshness_seconds=BUDGET_MS // 1000)
    presences.bind(Presences())
    latest_values.bind(lambda _site: {series: (now_ms() - age, 1.0) for series, age in ages.items()})
    return ages


def alert(series: Series, severity: str, state: AlertState = AlertState.OPEN) -> None:
    Alert.objects.create(
        site=series.site,
        series=series,
        subject=f"series:{series.pk}/{severity}",
        title="x",
        severity=severity,
        state=state,
        opened_ms=1,
        resolved_ms=2 if state is AlertState.RESOLVED else None,
    )


def counts(place: dict[str, Any], *fields: str) -> list[int]:
    return [place[field] for field in fields]


def test_each_place_says_how_many_series_are_fresh_late_stale_or_without_any_value(
    charlie_api: APIClient, ages_ms: dict[int, int]
) -> None:
    ids = list(Series.objects.order_by("id").values_list("id", flat=True))
    budget = BUDGET_MS
    ages_ms.update(zip(ids, (0, budget + 1_000, 4 * budget, -60_000), strict=False))
    site = charlie_api.get(URL).json()
    fields = ("series", "fresh", "late", "stale", "silent", "devices", "offline")
    cold, nowhere = site["zones"]
    assert (cold["name"], cold["note"], counts(cold, *fields)) == ("Cold room", "fish", [4, 1, 2, 1, 0, 2, 1])
    assert (nowhere["id"], counts(nowhere, *fields)) == (None, [2, 0, 0, 0, 2, 1, 0])
    assert counts(site, *fields) == [6, 1, 2, 1, 2, 3, 1]


def test_alerts_are_counted_where_their_device_stands_now_until_they_are_resolved(
    charlie_api: APIClient, ages_ms: dict[int, int]
) -> None:
    first, second, *_, last = Series.objects.order_by("id")
    alert(first, "critical")
    alert(first, "warning", AlertState.ACKNOWLEDGED)
    alert(second, "critical")
    alert(second, "info", AlertState.RESOLVED)
    alert(last, "info")
    cold, nowhere = charlie_api.get(URL).json()["zones"]
    assert counts(cold, "critical", "warning", "info") == [2, 1, 0]
    assert counts(nowhere, "critical", "warning", "info") == [0, 0, 1]


def test_what_the_registry_says_is_read_again_when_it_changed(
    charlie_api: APIClient, farm: Site, ages_ms: dict[int, int], registry: Registry
) -> None:
    assert charlie_api.get(URL).json()["series"] == 6
    Series.objects.create(device_id="d2", site=farm, metric="co2")
    assert charlie_api.get(URL).json()["series"] == 6, "kept"
    registry.number += 1
    assert charlie_api.get(URL).json()["series"] == 7


def test_a_retired_device_and_an_empty_nowhere_are_not_there(
    charlie_api: APIClient, farm: Site, ages_ms: dict[int, int]
) -> None:
    Device.objects.filter(pk="d2").update(retired_at=timezone.now())
    site = charlie_api.get(URL).json()
    assert [zone["name"] for zone in site["zones"]] == ["Cold room"]
    assert counts(site, "series", "devices") == [4, 2]
