"""A silence hides nothing: alerts are made and logged under it, with a mark that ends."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from belvedere.accounts.models import AuditEntry, Site, User, Zone
from belvedere.alerts.models import Alert, AlertEvent, Silence
from belvedere.alerts.silences import apply_all
from belvedere.alerts.silencing import Subject, find_end, find_next_morning, is_date_trusted
from belvedere.alerts.sql import SilenceRow
from belvedere.alerts.tests.conftest import Transition, told
from belvedere.devices.models import Series
from belvedere.domain.times import now_ms
from belvedere.rules.models import Rule

pytestmark = pytest.mark.django_db

HOUR_MS = 3_600_000


def silence(client: APIClient, **body: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/silences", {"site": "farm", "to_ms": now_ms() + HOUR_MS, **body}, format="json")
    assert answer.status_code == 201, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def mark() -> int | None:
    return Alert.objects.get().silenced_until_ms


def test_an_alert_raised_under_a_silence_is_made_logged_and_marked(
    happens: Transition, hot: Rule, bob_api: APIClient
) -> None:
    made = silence(bob_api, rule=hot.pk, reason="Vệ sinh kho")
    happens(0, "opened", 36.0)
    assert mark() == made["to_ms"]
    assert told() == [(1, "opened")]
    assert bob_api.get("/api/v1/alerts/counts?site=farm").json()["silenced"] == 1


def test_what_is_open_already_is_marked_and_the_log_says_by_whom_and_why(
    happens: Transition, bob: User, bob_api: APIClient
) -> None:
    happens(0, "opened", 36.0)
    made = silence(bob_api, reason="Vệ sinh kho")
    assert mark() == made["to_ms"]
    event = AlertEvent.objects.get(kind="silenced")
    assert (event.actor, event.text) == (bob, "Vệ sinh kho")


def test_while_the_date_is_in_doubt_no_silence_holds(happens: Transition, bob_api: APIClient) -> None:
    made = silence(bob_api)
    is_date_trusted.bind(lambda: False)
    happens(0, "opened", 36.0)
    assert mark() is None
    is_date_trusted.bind(lambda: True)
    apply_all(now_ms())
    assert mark() == made["to_ms"]
    is_date_trusted.bind(lambda: False)
    apply_all(now_ms())
    assert mark() is None
    assert [kind for _, kind in told()] == ["opened", "silenced", "unsilenced"]


def test_when_it_ends_by_itself_what_still_burns_is_told_once(happens: Transition, bob_api: APIClient) -> None:
    happens(0, "opened", 36.0)
    made = silence(bob_api)
    apply_all(made["to_ms"] - 1)
    assert told()[-1][1] == "silenced"
    apply_all(made["to_ms"])
    apply_all(made["to_ms"] + 1)
    assert told() == [(1, "opened"), (2, "silenced"), (3, "unsilenced")]
    assert mark() is None


def test_one_that_is_to_come_begins_by_itself(happens: Transition, bob_api: APIClient) -> None:
    happens(0, "opened", 36.0)
    begins = now_ms() + HOUR_MS
    made = silence(bob_api, from_ms=begins, to_ms=begins + HOUR_MS)
    apply_all(begins - 1)
    assert mark() is None
    apply_all(begins)
    assert mark() == made["to_ms"]


def test_an_operator_ends_it_early_and_the_list_keeps_who(happens: Transition, bob_api: APIClient) -> None:
    made = silence(bob_api)
    happens(0, "opened", 36.0)
    ended = bob_api.delete(f"/api/v1/silences/{made['id']}").json()
    assert (ended["ended_by"], mark()) == ("bob", None)
    assert told() == [(1, "opened"), (2, "unsilenced")]
    assert bob_api.get("/api/v1/silences?site=farm").json() == []
    assert [one["id"] for one in bob_api.get("/api/v1/silences?site=farm&state=all").json()] == [made["id"]]


def test_of_two_silences_the_later_end_counts(happens: Transition, hot: Rule, bob_api: APIClient) -> None:
    happens(0, "opened", 36.0)
    short, long = silence(bob_api), silence(bob_api, rule=hot.pk, to_ms=now_ms() + 2 * HOUR_MS)
    assert mark() == long["to_ms"]
    bob_api.delete(f"/api/v1/silences/{long['id']}")
    assert mark() == short["to_ms"]


@pytest.mark.parametrize(
    ("until", "least", "most"),
    [("30_minutes", 30, 30), ("2_hours", 120, 120), ("morning", 0, 24 * 60)],
)
def test_an_alert_is_silenced_for_its_rule_and_series_alone(
    happens: Transition, hot: Rule, thermometer: Series, bob_api: APIClient, until: str, least: int, most: int
) -> None:
    happens(0, "opened", 36.0)
    now = now_ms()
    alert = bob_api.post(f"/api/v1/alerts/{Alert.objects.get().pk}/silence", {"until": until}).json()
    assert least * 60_000 <= alert["silenced_until_ms"] - now <= most * 60_000 + 10_000
    made = Silence.objects.get()
    assert (made.rule, made.series, made.device, made.zone) == (hot, thermometer, None, None)


def test_the_mark_goes_with_the_alert(happens: Transition, bob_api: APIClient) -> None:
    silence(bob_api)
    happens(0, "opened", 36.0)
    happens(1, "resolved", 33.0)
    assert mark() is None


def test_things_of_another_site_and_times_that_are_over_are_refused(
    elsewhere: Site, farm: Site, bob_api: APIClient
) -> None:
    zone = Zone.objects.create(site=elsewhere, name="x").pk
    for wrong in ({"zone": zone}, {"to_ms": 1}, {"rule": 999}, {"to_ms": now_ms() + 400 * 24 * HOUR_MS}):
        body: dict[str, Any] = {"site": "farm", "to_ms": now_ms() + HOUR_MS, **wrong}
        assert bob_api.post("/api/v1/silences", body, format="json").status_code == 400


def test_a_silence_covers_what_agrees_with_all_that_it_names() -> None:
    subject = Subject(1, 2, 3, "d0", 4, "")
    everything = SilenceRow(1, None, None, None, None, "", 9)
    assert find_end([everything], subject) == 9
    others: tuple[dict[str, Any], ...] = (
        *({"site_id": 7}, {"rule_id": 7}, {"series_id": 7}),
        *({"device_id": "x"}, {"zone_id": 7}, {"camera": "x"}),
    )
    for other in others:
        assert find_end([everything._replace(**other)], subject) is None
    named = everything._replace(rule_id=2, series_id=3, device_id="d0", zone_id=4)
    assert find_end([named], subject) == 9


def test_the_morning_is_the_next_seven_oclock_of_the_site() -> None:
    def at(hour: int) -> int:
        return int(datetime(2026, 11, 26, hour, tzinfo=UTC).timestamp() * 1000)

    assert find_next_morning(at(20), "Asia/Ho_Chi_Minh") == at(20) + 4 * HOUR_MS  # 3:00 there
    assert find_next_morning(at(0), "Asia/Ho_Chi_Minh") == at(0) + 24 * HOUR_MS  # 7:00 there


def test_the_audit_log_says_who_silenced_what_and_who_ended_it(
    happens: Transition, hot: Rule, farm: Site, bob_api: APIClient
) -> None:
    happens(0, "opened", 36.0)
    bob_api.post(f"/api/v1/alerts/{Alert.objects.get().pk}/silence", {"until": "2_hours"}, format="json")
    made = silence(bob_api, reason="Vệ sinh kho")
    for _ in range(2):  # the second finds it over
        assert bob_api.delete(f"/api/v1/silences/{made['id']}").status_code == 200
    entries = AuditEntry.objects.filter(kind__startswith="silence.").order_by("id")
    assert list(entries.values_list("who", "kind", "subject")) == [
        ("bob", "silence.created", "Nóng · Nhiệt kế"),
        ("bob", "silence.created", farm.name),
        ("bob", "silence.ended", farm.name),
    ]
    assert entries[0].data["metric"] == "temperature"  # the page has the word, in its own language
    assert "metric" not in entries[1].data
    assert entries[1].data["reason"] == "Vệ sinh kho"


def test_the_audit_log_has_the_code_of_a_ready_rule_in_place_of_its_name(
    hot: Rule, thermometer: Series, bob_api: APIClient
) -> None:
    Rule.objects.filter(pk=hot.pk).update(name="Nhiệt độ cao", name_code="temperature_high")
    made = silence(bob_api, rule=hot.pk)
    assert (made["rule_name"], made["rule_name_code"]) == ("Nhiệt độ cao", "temperature_high")
    silence(bob_api, rule=hot.pk, series=thermometer.pk)
    entries = AuditEntry.objects.filter(kind="silence.created").order_by("id")
    assert [(one.subject, one.data["name_code"]) for one in entries] == [
        ("", "temperature_high"),
        ("Nhiệt kế", "temperature_high"),
    ]
