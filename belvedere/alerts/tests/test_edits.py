"""What becomes of an alert when its rule, its series or its site is edited, switched off or deleted."""

from __future__ import annotations

from typing import Any

import pytest

from belvedere.accounts.models import Site
from belvedere.alerts.models import Alert, AlertEvent
from belvedere.alerts.outbox import drain_once, read_cursor
from belvedere.alerts.tests.conftest import T0, ListStore, Transition, told
from belvedere.devices.models import Device, Series
from belvedere.rules.models import Rule

pytestmark = pytest.mark.django_db


def test_a_rule_that_was_turned_to_another_series_opens_nothing_on_the_old_one(
    store: ListStore, hot: Rule, thermometer: Series, elsewhere: Site
) -> None:
    device = Device.objects.create(id="e0", site=elsewhere, name="e")
    theirs = Series.objects.create(device=device, site=elsewhere, metric="temperature")
    store.add(hot, theirs, 0, "opened", 36.0)
    drain_once(store)
    assert told() == []


def test_deleting_the_rule_resolves_its_alert_and_says_why(happens: Transition, hot: Rule) -> None:
    happens(0, "opened", 36.0)
    hot.delete()
    alert = Alert.objects.get()
    assert (alert.state, alert.rule, alert.title) == ("resolved", None, "Nóng")
    assert AlertEvent.objects.get(seq=2).text == "The rule was deleted."


def test_switching_the_rule_off_or_elsewhere_resolves_its_alert(
    happens: Transition, hot: Rule, thermometer: Series
) -> None:
    happens(0, "opened", 36.0)
    hot.enabled = False
    hot.save()
    assert Alert.objects.get().state == "resolved"
    hot.enabled = True
    hot.save()
    happens(1, "opened", 36.0)
    assert Alert.objects.latest("id").state == "open"
    hot.metric = "humidity"
    hot.save()
    assert Alert.objects.latest("id").state == "resolved"
    assert AlertEvent.objects.order_by("-seq")[0].text == "The rule looks elsewhere now."


def test_what_remains_open_by_its_rule_is_open_again_after_it_was_switched_off_and_on(
    happens: Transition, hot: Rule
) -> None:
    happens(0, "opened", 36.0)
    happens(0, "remains", 37.0)
    assert told() == [(1, "opened")], "it is open: no news"
    for hot.enabled in (False, True):
        hot.save()
    ended_ms = Alert.objects.get().resolved_ms
    happens(0, "remains", 37.0)
    alert = Alert.objects.get()
    assert (alert.state, alert.flaps, alert.value, alert.peak) == ("open", 1, 36.0, 37.0)
    assert AlertEvent.objects.order_by("-seq")[0].at_ms == ended_ms
    assert told() == [(1, "opened"), (2, "resolved"), (3, "opened")]


def test_what_remains_open_is_opened_in_a_log_that_does_not_know_it(happens: Transition) -> None:
    """As after a restore of an older belvedere.db."""
    happens(0, "remains", 37.0)
    alert = Alert.objects.get()
    assert (alert.state, alert.opened_ms) == ("open", T0)


def test_what_a_person_resolved_does_not_come_back_at_a_start(happens: Transition, bob_api: Any) -> None:
    happens(0, "opened", 36.0)
    assert bob_api.post(f"/api/v1/alerts/{Alert.objects.get().pk}/resolve").status_code == 200
    happens(0, "remains", 37.0)
    assert told() == [(1, "opened"), (2, "resolved")]


def test_what_remains_open_of_a_rule_that_is_off_opens_nothing(happens: Transition, hot: Rule) -> None:
    hot.enabled = False
    hot.save()
    happens(0, "remains", 37.0)
    assert told() == []


def test_an_edit_that_still_watches_leaves_its_alert_open(happens: Transition, hot: Rule) -> None:
    happens(0, "opened", 36.0)
    hot.name = "Rất nóng"
    hot.save()
    assert Alert.objects.get().state == "open"


def test_deleting_the_device_resolves_its_alerts_and_keeps_their_names(
    happens: Transition, thermometer: Series
) -> None:
    happens(0, "opened", 36.0)
    thermometer.device.delete()
    alert = Alert.objects.get()
    assert (alert.state, alert.device, alert.device_name, alert.metric) == (
        "resolved",
        None,
        "Nhiệt kế",
        "temperature",
    )


def test_deleting_a_site_takes_its_log_along(happens: Transition, farm: Site) -> None:
    happens(0, "opened", 36.0)
    farm.delete()
    assert AlertEvent.objects.count() == Alert.objects.count() == 0


def test_late_transitions_of_a_rule_that_is_gone_or_off_open_nothing(
    store: ListStore, hot: Rule, thermometer: Series
) -> None:
    store.add(hot, thermometer, 0, "opened", 36.0)
    hot.enabled = False
    hot.save()
    drain_once(store)
    store.add(hot, thermometer, 1, "opened", 36.0)
    hot.delete()
    drain_once(store)
    assert Alert.objects.count() == 0
    assert read_cursor(store) == 2


def test_the_end_of_a_schedule_resolves_its_alert_and_says_why(happens: Transition) -> None:
    happens(0, "opened", 36.0)
    happens(60, "suspended", 37.0)
    alert = Alert.objects.get()
    assert (alert.state, alert.resolved_ms, alert.resolved_by, alert.cleared_value) == (
        "resolved",
        T0 + 60_000,
        None,
        None,
    )
    assert AlertEvent.objects.get(seq=2).text == "Outside the schedule of the rule."
    happens(400, "opened", 36.0)
    assert Alert.objects.count() == 2
