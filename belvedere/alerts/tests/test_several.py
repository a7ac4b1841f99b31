"""Assigning, and one thing done to several alerts."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from belvedere.accounts.models import Site, User
from belvedere.alerts import several
from belvedere.alerts.models import Alert, AlertEvent
from belvedere.alerts.services import open_subject
from belvedere.alerts.tests.conftest import T0

pytestmark = pytest.mark.django_db


def add_alerts(site: Site, count: int) -> list[int]:
    for number in range(count):
        open_subject(site.pk, f"camera:c{number}", "x", "warning", {"kind": "camera_offline"}, T0)
    return list(Alert.objects.filter(site=site).order_by("id").values_list("id", flat=True))


def test_an_operator_assigns_a_member_and_the_log_says_whom(
    farm: Site, bob: User, charlie: User, bob_api: APIClient
) -> None:
    [alert] = add_alerts(farm, 1)
    answer = bob_api.post(f"/api/v1/alerts/{alert}/assign", {"user": "charlie"}).json()
    assert (answer["assigned_to"], answer["assigned_username"]) == ("charlie", "charlie")
    event = AlertEvent.objects.get(kind="assigned")
    assert (event.actor, event.text) == (bob, "charlie")
    bob_api.post(f"/api/v1/alerts/{alert}/assign", {"user": "charlie"})
    assert AlertEvent.objects.filter(kind="assigned").count() == 1, "nothing changed: no news"
    assert bob_api.post(f"/api/v1/alerts/{alert}/assign", {"user": None}, format="json").json()["assigned_to"] is None


def test_nobody_of_another_site_can_be_assigned(farm: Site, mallory: User, bob_api: APIClient) -> None:
    [alert] = add_alerts(farm, 1)
    answer = bob_api.post(f"/api/v1/alerts/{alert}/assign", {"user": "mallory"})
    assert (answer.status_code, answer.json()["code"]) == (400, "not_a_member")


def test_what_is_over_is_not_assigned(farm: Site, bob_api: APIClient) -> None:
    [alert] = add_alerts(farm, 1)
    bob_api.post(f"/api/v1/alerts/{alert}/resolve")
    answer = bob_api.post(f"/api/v1/alerts/{alert}/assign", {"user": "bob"})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_resolved")


def test_the_members_are_listed_for_whoever_may_assign(alice: User, bob_api: APIClient, charlie_api: APIClient) -> None:
    listed = bob_api.get("/api/v1/alerts/assignees?site=farm").json()
    assert [one["username"] for one in listed] == ["alice", "bob", "charlie"]


def test_several_are_acknowledged_and_each_that_cannot_be_is_told(
    farm: Site, elsewhere: Site, bob_api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(several, "AT_ONCE", 2)
    ids = add_alerts(farm, 5)
    open_subject(elsewhere.pk, "camera:z", "x", "warning", {"kind": "camera_offline"}, T0)
    theirs = Alert.objects.get(site=elsewhere).pk
    bob_api.post(f"/api/v1/alerts/{ids[1]}/acknowledge")
    answer = post(bob_api, "acknowledge", ids=[*ids, theirs, ids[0]])
    codes = ["done", "already_acknowledged", "done", "done", "done", "not_found"]
    assert [one["code"] for one in answer["results"]] == codes
    assert answer["done"] == 4
    assert answer["results"][0]["alert"]["state"] == "acknowledged"
    assert Alert.objects.get(pk=theirs).state == "open"
    assert list(farm.alert_events.order_by("seq").values_list("seq", flat=True)) == list(range(1, 11))


def test_several_are_resolved_or_assigned(farm: Site, bob_api: APIClient) -> None:
    ids = add_alerts(farm, 3)
    assert post(bob_api, "assign", ids=ids, user="bob")["done"] == 3
    assert set(Alert.objects.values_list("assigned_to__username", flat=True)) == {"bob"}
    assert post(bob_api, "resolve", ids=ids)["done"] == 3
    assert set(Alert.objects.values_list("state", flat=True)) == {"resolved"}


def test_more_than_500_at_once_are_refused(farm: Site, bob_api: APIClient) -> None:
    answer = bob_api.post("/api/v1/alerts/acknowledge", {"site": "farm", "ids": list(range(501))}, format="json")
    assert answer.status_code == 400


def post(client: APIClient, what: str, **body: Any) -> dict[str, Any]:
    answer = client.post(f"/api/v1/alerts/{what}", {"site": "farm", **body}, format="json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found
