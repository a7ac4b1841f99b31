from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from belvedere.accounts.models import AuditEntry, Site, Zone
from belvedere.accounts.signals import site_created
from belvedere.devices.models import Device, Series
from belvedere.domain.changes import ChangeKind
from belvedere.registry.log import changes_after
from belvedere.rules.models import Rule

HOT: dict[str, Any] = {
    "site": "farm",
    "name": "Nóng",
    "metric": "temperature",
    "severity": "critical",
    "condition": {"kind": "above", "level": 35, "clear": 34, "for_seconds": 0},
}


@pytest.fixture
def thermometer(farm: Site) -> Series:
    device = Device.objects.create(id="d0", site=farm, name="Nhiệt kế")
    return Series.objects.create(device=device, site=farm, metric="temperature")


def create(api: APIClient, **changes: Any) -> Any:
    return api.post("/api/v1/rules", {**HOT, **changes}, format="json")


def test_a_rule_for_the_whole_site_comes_back_as_it_was_made(alice_api: APIClient) -> None:
    answer = create(alice_api)
    assert answer.status_code == 201
    assert answer["ETag"] == '"1"'
    body = answer.json()
    assert {key: body[key] for key in HOT} == HOT
    assert (body["device"], body["series"], body["enabled"], body["template"], body["version"]) == (
        None,
        None,
        True,
        "",
        1,
    )
    assert alice_api.get(f"/api/v1/rules/{body['id']}").json() == body
    assert alice_api.get("/api/v1/rules?site=farm").json() == [body]


def test_a_rule_for_a_series_takes_its_metric_and_device(alice_api: APIClient, thermometer: Series) -> None:
    answer = create(alice_api, series=thermometer.pk, metric="temperature").json()
    assert (answer["series"], answer["device"], answer["metric"]) == (thermometer.pk, "d0", "temperature")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"condition": {"kind": "above", "level": 35, "clear": 36}}, "condition.clear"),
        ({"condition": None}, "condition"),
        ({"condition": {"kind": "magic"}}, "condition.kind"),
        ({"metric": "Temperature"}, "metric"),
        ({"metric": "a b"}, "metric"),
        ({"severity": "fatal"}, "severity"),
        ({"device": "nobody"}, "device"),
        ({"series": 999}, "series"),
        ({"name": ""}, "name"),
    ],
)
def test_what_cannot_be_used_is_named(alice_api: APIClient, changes: dict[str, Any], field: str) -> None:
    answer = create(alice_api, **changes)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]


def test_a_device_or_series_of_another_site_is_no_scope(alice_api: APIClient, elsewhere: Site) -> None:
    device = Device.objects.create(id="theirs", site=elsewhere, name="x")
    series = Series.objects.create(device=device, site=elsewhere, metric="temperature")
    assert "device" in create(alice_api, device="theirs").json()["errors"]
    assert "series" in create(alice_api, series=series.pk).json()["errors"]


def test_owners_write_members_read_and_others_see_nothing(
    alice_api: APIClient, bob_api: APIClient, charlie_api: APIClient, mallory_api: APIClient, stranger: APIClient
) -> None:
    rule = create(alice_api).json()["id"]
    assert charlie_api.get(f"/api/v1/rules/{rule}").status_code == 200
    for api in (bob_api, charlie_api):
        assert create(api).status_code == 403
        assert api.patch(f"/api/v1/rules/{rule}", {"name": "x"}, format="json").status_code == 403
        assert api.delete(f"/api/v1/rules/{rule}").status_code == 403
    assert mallory_api.get(f"/api/v1/rules/{rule}").status_code == 404
    assert mallory_api.delete(f"/api/v1/rules/{rule}").status_code == 404
    assert create(mallory_api).status_code == 404
    assert mallory_api.get("/api/v1/rules").json() == []
    assert stranger.get("/api/v1/rules?site=farm").status_code == 401


def test_an_edit_makes_a_new_version_and_does_not_overwrite_anothers(alice_api: APIClient) -> None:
    url = f"/api/v1/rules/{create(alice_api).json()['id']}"
    edited = alice_api.patch(url, {"condition": {"kind": "above", "level": 40}}, format="json", HTTP_IF_MATCH='"1"')
    assert edited.json()["version"] == 2
    assert edited.json()["condition"] == {"kind": "above", "level": 40.0, "clear": 40.0, "for_seconds": 0}
    assert edited.json()["name"] == "Nóng"
    stale = alice_api.patch(url, {"name": "x"}, format="json", HTTP_IF_MATCH='"1"')
    assert (stale.status_code, stale.json()["code"]) == (412, "conflict")
    assert alice_api.delete(url, HTTP_IF_MATCH='"1"').status_code == 412
    assert alice_api.delete(url, HTTP_IF_MATCH='"2"').status_code == 204
    assert alice_api.get(url).status_code == 404


def test_a_scope_can_be_changed_and_is_checked_as_a_whole(alice_api: APIClient, thermometer: Series) -> None:
    url = f"/api/v1/rules/{create(alice_api, metric='humidity').json()['id']}"
    narrowed = alice_api.patch(url, {"series": thermometer.pk}, format="json").json()
    assert (narrowed["series"], narrowed["metric"]) == (thermometer.pk, "temperature")
    assert alice_api.patch(url, {"metric": "humidity"}, format="json").status_code == 400
    widened = alice_api.patch(url, {"series": None, "device": None, "metric": "humidity"}, format="json").json()
    assert (widened["series"], widened["device"], widened["metric"]) == (None, None, "humidity")


def test_every_change_is_logged(alice_api: APIClient) -> None:
    rule = str(create(alice_api).json()["id"])
    alice_api.patch(f"/api/v1/rules/{rule}", {"enabled": False}, format="json")
    alice_api.delete(f"/api/v1/rules/{rule}")
    assert [(change.kind, change.key) for change in changes_after(0)] == [(ChangeKind.RULE, rule)] * 3


def test_a_new_site_is_given_the_four_ready_rules_switched_off(farm: Site, alice_api: APIClient) -> None:
    with transaction.atomic():
        site_created.send(sender=Site, site=farm)
    rules = Rule.objects.filter(site=farm)
    assert [(rule.metric, rule.enabled) for rule in rules] == [
        ("temperature", False),
        ("motion", False),
        ("smoke", False),
        ("water_leak", False),
    ]
    ready = alice_api.get("/api/v1/rules/templates").json()
    assert [one["template"] for one in ready] == [rule.template for rule in rules]
    assert ready[0]["condition"] == {"kind": "above", "level": 35.0, "clear": 34.0, "for_seconds": 0}


def test_a_ready_rule_keeps_the_code_of_its_name_until_somebody_gives_it_another(
    alice_api: APIClient, farm: Site
) -> None:
    site_created.send(sender=None, site=farm)
    rule = Rule.objects.get(template="smoke")
    url = f"/api/v1/rules/{rule.pk}"
    assert alice_api.get(url).json()["name_code"] == "smoke"
    switched = alice_api.patch(url, {"enabled": True, "name": rule.name}, format="json").json()
    assert (switched["name"], switched["name_code"]) == ("Có khói", "smoke")
    renamed = alice_api.patch(url, {"name": "Khói ở bếp"}, format="json").json()
    assert (renamed["name"], renamed["name_code"], renamed["template"]) == ("Khói ở bếp", "", "smoke")
    assert create(alice_api).json()["name_code"] == ""
    entries = AuditEntry.objects.filter(kind="rule.changed").order_by("id")
    assert [(one.subject, one.data.get("name_code")) for one in entries] == [("Có khói", "smoke"), ("Khói ở bếp", None)]


NIGHTS = {"days": ["sun", "mon", "mon"], "start": "22:00", "end": "06:00"}


def test_a_rule_may_have_hours_and_days_and_mind_the_away_switch(alice_api: APIClient) -> None:
    plain = create(alice_api).json()
    assert (plain["schedule"], plain["applies"]) == (None, "always")
    body = create(alice_api, schedule=NIGHTS, applies="away").json()
    assert body["schedule"] == {"days": ["mon", "sun"], "start": "22:00", "end": "06:00"}
    assert body["applies"] == "away"
    url = f"/api/v1/rules/{body['id']}"
    assert alice_api.patch(url, {"name": "x"}, format="json").json()["schedule"] == body["schedule"]
    assert alice_api.patch(url, {"schedule": None}, format="json").json()["schedule"] is None


def test_a_part_of_a_schedule_takes_no_schedules_place(alice_api: APIClient) -> None:
    body = create(alice_api, schedule=NIGHTS).json()
    url = f"/api/v1/rules/{body['id']}"
    for part in ({}, {"start": "21:00"}, {"days": ["mon"], "end": "06:00"}):
        refused = alice_api.patch(url, {"schedule": part}, format="json")
        named = {key.split(".")[0] for key in refused.json()["errors"]}
        assert (refused.status_code, named) == (400, {"schedule"})
    assert alice_api.get(url).json()["schedule"] == body["schedule"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"schedule": {**NIGHTS, "days": []}}, "schedule"),
        ({"schedule": {**NIGHTS, "days": ["someday"]}}, "schedule"),
        ({"schedule": {**NIGHTS, "start": "24:00"}}, "schedule"),
        ({"schedule": {"days": ["mon"]}}, "schedule"),
        ({"applies": "sometimes"}, "applies"),
    ],
)
def test_a_schedule_that_cannot_be_used_is_named(alice_api: APIClient, changes: dict[str, Any], field: str) -> None:
    answer = create(alice_api, **changes)
    assert answer.status_code == 400
    assert any(key.split(".")[0] == field for key in answer.json()["errors"]), answer.json()


def test_a_rule_tells_what_it_watches(alice_api: APIClient, thermometer: Series, farm: Site) -> None:
    zone = Zone.objects.create(site=farm, name="Kho 1", position=0)
    other = Device.objects.create(id="d1", site=farm, name="Tủ đông", zone=zone)
    frozen = Series.objects.create(device=other, site=farm, metric="temperature", unit="K")
    for changes in ({}, {"device": "d1"}, {"series": frozen.pk}, {"metric": "humidity"}):
        create(alice_api, **changes)
    watched = [rule["watched"] for rule in alice_api.get("/api/v1/rules?site=farm").json()]
    assert watched == [
        {"series_count": 2, "unit": "°C", "place": ""},
        {"series_count": 1, "unit": "K", "place": "Tủ đông"},
        {"series_count": 1, "unit": "K", "place": "Kho 1"},
        {"series_count": 0, "unit": "%", "place": ""},
    ]
    Device.objects.filter(id="d1").update(retired_at=timezone.now())
    counts = [rule["watched"]["series_count"] for rule in alice_api.get("/api/v1/rules?site=farm").json()]
    assert counts == [1, 0, 0, 0]


def test_a_list_of_rules_costs_the_same_queries_however_long(
    alice_api: APIClient, thermometer: Series, django_assert_max_num_queries: Any
) -> None:
    for _ in range(10):
        create(alice_api)
        create(alice_api, series=thermometer.pk)
        create(alice_api, device="d0")
    with django_assert_max_num_queries(9):
        assert len(alice_api.get("/api/v1/rules?site=farm").json()) == 30
