"""What becomes of an alert while its rule and people say more about it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from belvedere.alerts.models import Alert, AlertEvent
from belvedere.alerts.outbox import drain_once
from belvedere.alerts.tests.conftest import T0, ListStore, Transition, told
from belvedere.devices.models import Series
from belvedere.rules.models import Rule

pytestmark = pytest.mark.django_db


def just_opened(alert: Alert, rule: Rule, series: Series) -> dict[str, Any]:
    """What a frame says of an alert at its first event."""
    return {
        "id": alert.pk,
        "site": "farm",
        "rule": rule.pk,
        "series": series.pk,
        "device": "d0",
        "device_name": "Nhiệt kế",
        "camera": "",
        "zone": "Chuồng 1",
        "metric": "temperature",
        "unit": "°C",
        "title": "Nóng",
        "title_code": "",
        "severity": "critical",
        "state": "open",
        "condition": rule.condition,
        "value": 36.0,
        "peak": 36.0,
        "peak_ms": T0 + 1000,
        "cleared_value": None,
        "spans": [[T0 + 1000, None]],
        "spans_joined": 0,
        "flaps": 0,
        "opened_ms": T0 + 1000,
        "acknowledged_ms": None,
        "acknowledged_by": None,
        "resolved_ms": None,
        "resolved_by": None,
        "assigned_to": None,
        "assigned_username": None,
        "silenced_until_ms": None,
        "last_seq": 1,
    }


def test_an_opened_transition_becomes_an_alert_with_an_event_and_a_frame(
    happens: Transition, hot: Rule, thermometer: Series
) -> None:
    happens(1, "opened", 36.0)
    event = AlertEvent.objects.get()
    frame = json.loads(event.frame)
    assert {key: frame[key] for key in ("type", "seq", "kind", "at", "actor", "text")} == {
        "type": "event",
        "seq": 1,
        "kind": "opened",
        "at": "2025-11-23T12:13:21.000Z",
        "actor": None,
        "text": "",
    }
    assert frame["alert"] == just_opened(event.alert, hot, thermometer)


def test_an_alert_has_the_code_of_its_rules_name_and_loses_it_when_it_comes_back_under_another(
    happens: Transition, hot: Rule
) -> None:
    Rule.objects.filter(pk=hot.pk).update(name="Nhiệt độ cao", name_code="temperature_high")
    happens(1, "opened", 36.0)
    alert = Alert.objects.get()
    assert alert.title_code == "temperature_high"
    assert " high temperature" in alert.words
    assert json.loads(AlertEvent.objects.get().frame)["alert"]["title_code"] == "temperature_high"
    happens(2, "resolved", 33.0)
    Rule.objects.filter(pk=hot.pk).update(name="Kho nóng", name_code="")
    happens(3, "opened", 36.0)
    alert = Alert.objects.get()
    assert (alert.title, alert.title_code) == ("Kho nóng", "")
    assert " high temperature" not in alert.words


def test_resolved_ends_it_with_its_peak(happens: Transition) -> None:
    happens(1, "opened", 36.0)
    happens(2, "updated", 39.5)
    happens(3, "resolved", 33.0)
    alert = Alert.objects.get()
    assert (alert.state, alert.peak, alert.resolved_ms, alert.resolved_by) == ("resolved", 39.5, T0 + 3000, None)
    assert told() == [(1, "opened"), (2, "resolved")]
    assert json.loads(AlertEvent.objects.get(seq=2).frame)["alert"]["peak"] == 39.5


def test_it_keeps_what_raised_it_its_worst_and_what_ended_it_each_with_its_time(happens: Transition) -> None:
    happens(1, "opened", 36.0)
    happens(2, "updated", 39.5)
    happens(3, "updated", 37.0)
    happens(4, "resolved", 33.0)
    alert = Alert.objects.get()
    assert (alert.value, alert.opened_ms) == (36.0, T0 + 1000)
    assert (alert.peak, alert.peak_ms) == (39.5, T0 + 2000)
    assert (alert.cleared_value, alert.resolved_ms) == (33.0, T0 + 4000)
    assert alert.spans == [[T0 + 1000, T0 + 4000]]


def test_the_time_between_two_raisings_belongs_to_no_span(happens: Transition) -> None:
    happens(0, "opened", 36.0)
    happens(10, "resolved", 33.0)
    happens(60, "opened", 35.5)
    alert = Alert.objects.get()
    assert alert.spans == [[T0, T0 + 10_000], [T0 + 60_000, None]]
    assert (alert.value, alert.peak, alert.peak_ms, alert.cleared_value) == (36.0, 36.0, T0, None)
    happens(70, "resolved", 33.5)
    alert.refresh_from_db()
    assert alert.spans == [[T0, T0 + 10_000], [T0 + 60_000, T0 + 70_000]]
    assert alert.cleared_value == 33.5


def test_who_resolves_by_hand_ends_the_span_and_no_value_did(happens: Transition, bob_api: Any) -> None:
    happens(0, "opened", 36.0)
    answer = bob_api.post(f"/api/v1/alerts/{Alert.objects.get().pk}/resolve").json()
    assert answer["spans"] == [[T0, answer["resolved_ms"]]]
    assert answer["cleared_value"] is None


def test_an_alert_never_ends_before_it_began(happens: Transition) -> None:
    happens(10, "opened", 36.0)
    happens(3, "resolved", 33.0)  # after the server's clock was set back
    alert = Alert.objects.get()
    assert (alert.state, alert.resolved_ms) == ("resolved", T0 + 10_000)
    assert AlertEvent.objects.get(seq=2).at_ms == T0 + 10_000


def test_a_rule_that_raises_twice_at_one_millisecond_is_told_twice(
    store: ListStore, hot: Rule, thermometer: Series
) -> None:
    # A device whose clock is ahead: what it sends together counts as of its receipt.
    for kind, value in (("opened", 40.0), ("resolved", 20.0), ("opened", 41.0)):
        store.add(hot, thermometer, 1, kind, value)
    drain_once(store)
    assert told() == [(1, "opened"), (2, "resolved"), (3, "opened")]
    alert = Alert.objects.get()
    assert (alert.state, alert.value, alert.peak) == ("open", 40.0, 41.0)
    assert alert.spans == [[T0 + 1000, None]], "no time passed between: one span"


def test_flapping_is_counted_in_one_alert_and_every_change_is_an_event(happens: Transition) -> None:
    for second in range(0, 40, 10):
        happens(second, "opened", 36.0)
        happens(second + 5, "resolved", 33.0)
    alert = Alert.objects.get()
    assert (alert.flaps, alert.opened_ms, alert.state) == (3, T0, "resolved")
    assert told() == [(n, ("opened", "resolved")[(n - 1) % 2]) for n in range(1, 9)]


def test_raising_again_after_5_minutes_is_a_new_alert(happens: Transition) -> None:
    happens(0, "opened", 36.0)
    happens(1, "resolved", 33.0)
    happens(302, "opened", 36.0)
    assert [alert.state for alert in Alert.objects.order_by("id")] == ["resolved", "open"]


def test_what_a_person_resolved_is_not_reopened(happens: Transition, bob_api: Any) -> None:
    happens(0, "opened", 36.0)
    first = Alert.objects.get()
    assert bob_api.post(f"/api/v1/alerts/{first.pk}/resolve").status_code == 200
    happens(0.5, "updated", 39.0)
    first.refresh_from_db()
    assert first.peak == 36.0, "what is over does not get worse"
    happens(1, "resolved", 33.0)
    assert told() == [(1, "opened"), (2, "resolved")]
    happens(2, "opened", 36.0)
    assert Alert.objects.count() == 2


def test_a_reopened_alert_wants_to_be_acknowledged_again(happens: Transition, bob_api: Any) -> None:
    happens(0, "opened", 36.0)
    alert = Alert.objects.get()
    assert bob_api.post(f"/api/v1/alerts/{alert.pk}/acknowledge").status_code == 200
    happens(1, "resolved", 33.0)
    assert json.loads(AlertEvent.objects.get(seq=3).frame)["alert"]["acknowledged_by"] == "bob"
    happens(2, "opened", 36.0)
    alert.refresh_from_db()
    assert (alert.state, alert.acknowledged_by, alert.resolved_ms) == ("open", None, None)


def test_one_alert_a_rule_and_series_is_open_at_a_time(happens: Transition) -> None:
    happens(0, "opened", 36.0)
    happens(1, "opened", 37.0)
    assert told() == [(1, "opened")]
