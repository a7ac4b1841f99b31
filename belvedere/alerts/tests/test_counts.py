"""The server counts; a page that has read only a part of a list can say how long it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from belvedere.accounts.models import Site, Zone
from belvedere.alerts import services
from belvedere.alerts.counts import count_active
from belvedere.alerts.models import Alert, AlertEvent
from belvedere.alerts.tests.conftest import T0, Transition
from belvedere.cameras.models import Camera
from belvedere.devices.models import Series

pytestmark = pytest.mark.django_db

NONE = {"active": 0, "open": 0, "acknowledged": 0, "silenced": 0, "critical": 0, "warning": 0, "info": 0}


@pytest.fixture
def gate(farm: Site) -> Camera:
    zone = Zone.objects.create(site=farm, name="Cổng")
    camera = Camera.objects.create(id="gate", site=farm, zone=zone, name="Gate", url="rtsp://camera.example/1")
    services.open_subject(farm.pk, "camera:gate", "Gate", "warning", {"kind": "camera_offline"}, T0)
    return camera


def test_a_site_without_alerts_counts_none(charlie_api: APIClient, farm: Site) -> None:
    assert charlie_api.get("/api/v1/alerts/counts?site=farm").json() == {"seq": 0, **NONE}


def test_each_state_and_severity_is_counted_and_what_is_over_is_not(
    happens: Transition, gate: Camera, charlie_api: APIClient, bob_api: APIClient
) -> None:
    def counts() -> dict[str, Any]:
        found: dict[str, Any] = charlie_api.get("/api/v1/alerts/counts?site=farm").json()
        return {name: count for name, count in found.items() if count and name != "seq"}

    happens(0, "opened", 36.0)
    assert counts() == {"active": 2, "open": 2, "critical": 1, "warning": 1}
    bob_api.post(f"/api/v1/alerts/{Alert.objects.get(camera='gate').pk}/acknowledge")
    assert counts() == {"active": 2, "open": 1, "acknowledged": 1, "critical": 1, "warning": 1}
    happens(1, "resolved", 33.0)
    assert counts() == {"active": 1, "acknowledged": 1, "warning": 1}


def test_zones_and_series_are_counted_where_asked_for(
    happens: Transition, gate: Camera, thermometer: Series, charlie_api: APIClient
) -> None:
    happens(0, "opened", 36.0)
    of_sensor = NONE | {"active": 1, "open": 1, "critical": 1}
    zones = charlie_api.get("/api/v1/alerts/counts?site=farm&by=zone").json()["by_zone"]
    assert sorted(zones, key=lambda one: one["zone"]) == sorted(
        [
            {"zone": thermometer.device.zone_id, **of_sensor},
            {"zone": gate.zone_id, **NONE, "active": 1, "open": 1, "warning": 1},
        ],
        key=lambda one: one["zone"],  # type: ignore[arg-type,return-value]  # zones have numbers
    )
    series = charlie_api.get("/api/v1/alerts/counts?site=farm&by=series").json()["by_series"]
    assert series == [{"series": thermometer.pk, **of_sensor}]
    assert charlie_api.get("/api/v1/alerts/counts?site=farm&by=day").status_code == 400


def test_each_frame_tells_the_counts_after_it_and_when_it_was_sent(happens: Transition) -> None:
    happens(0, "opened", 36.0)
    happens(1, "resolved", 33.0)
    frames = [json.loads(event.frame) for event in AlertEvent.objects.order_by("seq")]
    assert [frame["counts"] for frame in frames] == [NONE | {"active": 1, "open": 1, "critical": 1}, NONE]
    assert all(frame["sent_ms"] > T0 for frame in frames)


def test_one_statement_counts_a_site_by_an_index_alone(
    happens: Transition, farm: Site, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1) as queries:
        count_active(farm.pk)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + queries[0]["sql"])
            assert "COVERING INDEX" in str(cursor.fetchall())
