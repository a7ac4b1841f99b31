from __future__ import annotations

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from belvedere.accounts.models import Site, User
from belvedere.alerts import services
from belvedere.alerts.models import Alert, AlertEvent
from belvedere.alerts.tests.conftest import T0, Transition
from belvedere.devices.models import Series

pytestmark = pytest.mark.django_db


@pytest.fixture
def alert(happens: Transition) -> Alert:
    happens(0, "opened", 36.0)
    return Alert.objects.get()


def url(alert: Alert, what: str = "") -> str:
    return f"/api/v1/alerts/{alert.pk}" + (f"/{what}" if what else "")


def test_the_list_shows_what_the_frame_showed(alert: Alert, charlie_api: APIClient) -> None:
    page = charlie_api.get("/api/v1/alerts?site=farm").json()
    assert page == {"next": None, "previous": None, "results": [json.loads(AlertEvent.objects.get().frame)["alert"]]}


def test_it_is_filtered_by_state_and_series(alert: Alert, happens: Transition, charlie_api: APIClient) -> None:
    def count(query: str) -> int:
        return len(charlie_api.get(f"/api/v1/alerts?site=farm&{query}").json()["results"])

    assert [count(f"state={state}") for state in ("open", "active", "acknowledged", "resolved")] == [1, 1, 0, 0]
    happens(1, "resolved", 33.0)
    assert [count(f"state={state}") for state in ("open", "active", "acknowledged", "resolved")] == [0, 0, 0, 1]
    assert [count(f"series={alert.series_id}"), count("series=999")] == [1, 0]


@pytest.mark.parametrize("query", ["state=gone", "limit=-1", "limit=x", "series=x", "cursor=x", "cursor=1.", "limit=²"])
def test_a_query_that_makes_no_sense_is_a_400(charlie_api: APIClient, query: str) -> None:
    answer = charlie_api.get(f"/api/v1/alerts?site=farm&{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_pages_follow_each_other_newest_first_without_holes(happens: Transition, charlie_api: APIClient) -> None:
    for number in range(7):
        happens(number * 1000, "opened", 36.0)
        happens(number * 1000 + 1, "resolved", 33.0)
    seen: list[int] = []
    next_url: str | None = "/api/v1/alerts?site=farm&limit=3"
    while next_url:
        page = charlie_api.get(next_url).json()
        seen += [alert["opened_ms"] for alert in page["results"]]
        next_url = page["next"]
    assert seen == [T0 + number * 1_000_000 for number in reversed(range(7))]


def test_alerts_of_one_millisecond_are_not_lost_between_two_pages(farm: Site, charlie_api: APIClient) -> None:
    for number in range(7):
        services.open_subject(farm.pk, f"camera:c{number}", "x", "warning", {"kind": "camera_offline"}, T0)
    seen: list[int] = []
    next_url: str | None = "/api/v1/alerts?site=farm&limit=3"
    while next_url:
        page = charlie_api.get(next_url).json()
        seen += [alert["id"] for alert in page["results"]]
        next_url = page["next"]
    assert seen == sorted(Alert.objects.values_list("id", flat=True), reverse=True)


def test_an_operator_acknowledges_once(alert: Alert, bob_api: APIClient, alice_api: APIClient) -> None:
    body = bob_api.post(url(alert, "acknowledge")).json()
    assert (body["state"], body["acknowledged_by"], body["last_seq"]) == ("acknowledged", "bob", 2)
    again = alice_api.post(url(alert, "acknowledge"))
    assert (again.status_code, again.json()["code"]) == (409, "already_acknowledged")
    assert "by bob at 20" in again.json()["detail"]
    frame = json.loads(AlertEvent.objects.get(seq=2).frame)
    assert (frame["kind"], frame["actor"], frame["alert"]) == ("acknowledged", "bob", body)


def test_resolving_by_hand_says_who(alert: Alert, bob_api: APIClient) -> None:
    body = bob_api.post(url(alert, "resolve")).json()
    assert (body["state"], body["resolved_by"]) == ("resolved", "bob")
    for what in ("resolve", "acknowledge"):
        again = bob_api.post(url(alert, what))
        assert (again.status_code, again.json()["code"]) == (409, "already_resolved")
    assert AlertEvent.objects.count() == 2


def test_a_comment_is_an_event_in_any_state(alert: Alert, bob_api: APIClient) -> None:
    bob_api.post(url(alert, "resolve"))
    said = bob_api.post(url(alert, "comments"), {"text": "Đã mở quạt"}, format="json")
    assert said.status_code == 200
    frame = json.loads(AlertEvent.objects.get(seq=3).frame)
    assert (frame["kind"], frame["actor"], frame["text"]) == ("commented", "bob", "Đã mở quạt")
    assert bob_api.post(url(alert, "comments"), {"text": "  "}, format="json").status_code == 400
    assert bob_api.post(url(alert, "comments"), {"text": "x" * 2001}, format="json").status_code == 400


def test_an_alert_tells_its_history(alert: Alert, bob_api: APIClient) -> None:
    bob_api.post(url(alert, "acknowledge"))
    bob_api.post(url(alert, "comments"), {"text": "Quạt hỏng"}, format="json")
    body = bob_api.get(url(alert)).json()
    assert [(e["seq"], e["kind"], e["actor"], e["text"]) for e in body["events"]] == [
        (1, "opened", None, ""),
        (2, "acknowledged", "bob", ""),
        (3, "commented", "bob", "Quạt hỏng"),
    ]
    assert body["events"][0]["at_ms"] == T0


def test_viewers_look_on_and_others_see_nothing(
    alert: Alert, charlie_api: APIClient, mallory_api: APIClient, stranger: APIClient
) -> None:
    for what in ("acknowledge", "resolve", "comments"):
        assert charlie_api.post(url(alert, what), {"text": "x"}, format="json").status_code == 403
        assert mallory_api.post(url(alert, what), {"text": "x"}, format="json").status_code == 404
        assert stranger.post(url(alert, what), {"text": "x"}, format="json").status_code in (401, 403)
    assert charlie_api.get(url(alert)).status_code == 200
    assert mallory_api.get(url(alert)).status_code == 404
    assert mallory_api.get("/api/v1/alerts").json()["results"] == []
    for path in ("alerts?site=farm", "alerts/events?site=farm"):
        assert mallory_api.get(f"/api/v1/{path}").status_code == 404
        assert stranger.get(f"/api/v1/{path}").status_code == 401
    assert AlertEvent.objects.count() == 1


def test_events_are_the_frames_from_after_a_number(alert: Alert, happens: Transition, charlie_api: APIClient) -> None:
    happens(1, "resolved", 33.0)
    happens(2, "opened", 36.0)
    frames = [json.loads(event.frame) for event in AlertEvent.objects.order_by("seq")]

    def events(query: str) -> Any:
        return charlie_api.get(f"/api/v1/alerts/events?site=farm&{query}").json()

    everything = events("after=0")
    assert (everything["seq"], everything["events"]) == (3, frames)
    assert len(everything["log_id"]) == 16
    assert events("after=1")["events"] == frames[1:]
    assert events("after=0&limit=2")["events"] == frames[:2]
    assert events("after=3")["events"] == events("after=99")["events"] == []
    assert charlie_api.get("/api/v1/alerts/events").status_code == 400


def test_a_site_without_alerts_has_a_log_to_hold_on_to(farm: Site, charlie_api: APIClient) -> None:
    first = charlie_api.get("/api/v1/alerts/events?site=farm&after=0").json()
    assert (first["seq"], first["events"]) == (0, [])
    assert charlie_api.get("/api/v1/alerts/events?site=farm&after=0").json() == first


def test_a_camera_that_goes_offline_is_an_alert_and_flaps_like_the_others(farm: Site, charlie_api: APIClient) -> None:
    def offline(at_ms: int) -> Alert | None:
        condition = {"kind": "camera_offline"}
        return services.open_subject(farm.pk, "camera:gate", "Cổng mất tín hiệu", "warning", condition, at_ms)

    assert offline(T0) is not None
    assert offline(T0 + 1) is None
    assert services.resolve_subject(farm.pk, "camera:gate", T0 + 2)
    assert not services.resolve_subject(farm.pk, "camera:gate", T0 + 3)
    assert offline(T0 + 4) is not None
    (body,) = charlie_api.get("/api/v1/alerts?site=farm").json()["results"]
    assert (body["camera"], body["series"], body["state"], body["flaps"]) == ("gate", None, "open", 1)


def test_the_person_who_acknowledged_may_leave(
    alert: Alert, bob_api: APIClient, bob: User, alice_api: APIClient
) -> None:
    bob_api.post(url(alert, "acknowledge"))
    bob.delete()
    body = alice_api.get(url(alert)).json()
    assert (body["state"], body["acknowledged_by"]) == ("acknowledged", None)
    assert json.loads(AlertEvent.objects.get(seq=2).frame)["actor"] == "bob"


def test_the_list_costs_the_same_however_long(
    happens: Transition, charlie_api: APIClient, django_assert_max_num_queries: Any, thermometer: Series
) -> None:
    for number in range(20):
        happens(number * 1000, "opened", 36.0)
        happens(number * 1000 + 1, "resolved", 33.0)
    with django_assert_max_num_queries(6):
        assert len(charlie_api.get("/api/v1/alerts?site=farm").json()["results"]) == 20
