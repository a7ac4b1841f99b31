from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import OperationalError, transaction

from belvedere.accounts.models import Site
from belvedere.alerts import outbox
from belvedere.alerts.log import lock_log, publisher
from belvedere.alerts.models import Alert, AlertEvent, AlertLog, OutboxCursor
from belvedere.alerts.outbox import CursorMovedError, Drain, drain_once, read_cursor
from belvedere.alerts.tests.conftest import T0, ListStore, Transition
from belvedere.devices.models import Device, Series
from belvedere.live.port import Frame
from belvedere.rules.models import Rule

pytestmark = pytest.mark.django_db


def told() -> list[tuple[int, str]]:
    return list(AlertEvent.objects.order_by("seq").values_list("seq", "kind"))


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
    assert frame["alert"] == {
        "id": event.alert_id,
        "site": "farm",
        "rule": hot.pk,
        "series": thermometer.pk,
        "device": "d0",
        "device_name": "Nhiệt kế",
        "camera": "",
        "zone": "Chuồng 1",
        "metric": "temperature",
        "unit": "°C",
        "title": "Nóng",
        "severity": "critical",
        "state": "open",
        "condition": hot.condition,
        "value": 36.0,
        "peak": 36.0,
        "flaps": 0,
        "opened_ms": T0 + 1000,
        "acknowledged_ms": None,
        "acknowledged_by": None,
        "resolved_ms": None,
        "resolved_by": None,
        "last_seq": 1,
    }


def test_resolved_ends_it_with_its_peak(happens: Transition) -> None:
    happens(1, "opened", 36.0)
    happens(2, "updated", 39.5)
    happens(3, "resolved", 33.0)
    alert = Alert.objects.get()
    assert (alert.state, alert.peak, alert.resolved_ms, alert.resolved_by) == ("resolved", 39.5, T0 + 3000, None)
    assert told() == [(1, "opened"), (2, "resolved")]
    assert json.loads(AlertEvent.objects.get(seq=2).frame)["alert"]["peak"] == 39.5


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
    assert (alert.state, alert.value) == ("open", 41.0)


def test_a_rule_that_was_turned_to_another_series_opens_nothing_on_the_old_one(
    store: ListStore, hot: Rule, thermometer: Series, elsewhere: Site
) -> None:
    device = Device.objects.create(id="e0", site=elsewhere, name="e")
    theirs = Series.objects.create(device=device, site=elsewhere, metric="temperature")
    store.add(hot, theirs, 0, "opened", 36.0)
    drain_once(store)
    assert told() == []


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


def test_a_batch_copied_twice_adds_nothing(store: ListStore, hot: Rule, thermometer: Series) -> None:
    store.add(hot, thermometer, 0, "opened", 36.0)
    store.add(hot, thermometer, 1, "resolved", 33.0)
    assert drain_once(store) == 2
    before = told()
    assert drain_once(store) == 2
    OutboxCursor.objects.all().delete()  # as if it had been lost: the sources still tell
    assert drain_once(store) == 2
    assert told() == before


@pytest.mark.django_db(transaction=True)
def test_a_crash_before_the_commit_repeats_the_copy_and_adds_it_once(
    store: ListStore, hot: Rule, thermometer: Series, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add(hot, thermometer, 0, "opened", 36.0)

    def crash(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(outbox.Copy, "run", crash)
        with pytest.raises(KeyboardInterrupt):
            drain_once(store)
    assert told() == []
    assert read_cursor(store) == 0
    drain_once(store)
    assert told() == [(1, "opened")]


def test_sites_are_locked_in_the_order_of_their_ids(
    store: ListStore, hot: Rule, thermometer: Series, elsewhere: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = Rule.objects.create(site=elsewhere, name="Hot", metric="temperature", condition=hot.condition)
    locked: list[int] = []

    def lock_and_note(site_id: int) -> Any:
        locked.append(site_id)
        return lock_log(site_id)

    monkeypatch.setattr(outbox, "lock_log", lock_and_note)
    for each in (rule, hot, rule):
        store.add(each, thermometer, 0, "opened", 36.0)
    drain_once(store)
    assert locked == sorted([hot.site_id, elsewhere.pk])


@pytest.mark.django_db(transaction=True)
def test_who_copies_from_an_old_cursor_adds_nothing(store: ListStore, hot: Rule, thermometer: Series) -> None:
    store.add(hot, thermometer, 0, "opened", 36.0)
    assert drain_once(store) == 1
    with pytest.raises(CursorMovedError):
        drain_once(store, after=0)
    assert told() == [(1, "opened")]


def test_the_log_has_no_gaps_and_each_site_its_own(
    store: ListStore, hot: Rule, thermometer: Series, elsewhere: Site
) -> None:
    device = Device.objects.create(id="e0", site=elsewhere, name="e")
    theirs = Series.objects.create(device=device, site=elsewhere, metric="temperature")
    their_rule = Rule.objects.create(site=elsewhere, name="x", metric="temperature", condition=hot.condition)
    for second in range(0, 100, 2):
        for rule, series in ((hot, thermometer), (their_rule, theirs)):
            store.add(rule, series, second, "opened", 36.0)
            store.add(rule, series, second + 1, "resolved", 33.0)
    while drain_once(store, limit=7) < len(store.rows):
        pass
    for site in (hot.site, elsewhere):
        assert list(site.alert_events.order_by("seq").values_list("seq", flat=True)) == list(range(1, 101))
        assert AlertLog.objects.get(site=site).seq == 100
    assert len(set(AlertLog.objects.values_list("log_id", flat=True))) == 2


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
    assert (alert.state, alert.flaps, alert.value) == ("open", 1, 37.0)
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


class Heard:
    """Stands in for the hub."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.some = threading.Event()

    def publish(self, frames: Sequence[Frame]) -> None:
        self.frames += frames
        self.some.set()


def test_entries_are_announced_after_the_commit_and_never_without(
    store: ListStore, hot: Rule, thermometer: Series, django_capture_on_commit_callbacks: Any
) -> None:
    hub = Heard()
    publisher.bind(hub)
    store.add(hot, thermometer, 0, "opened", 36.0)
    with django_capture_on_commit_callbacks(execute=True):
        drain_once(store)
        assert hub.frames == []
    assert [(frame.site_id, frame.seq) for frame in hub.frames] == [(hot.site_id, 1)]
    assert hub.frames[0].text == AlertEvent.objects.get().frame


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


@pytest.mark.django_db(transaction=True)
def test_the_drain_copies_when_it_is_woken(
    store: ListStore, hot: Rule, thermometer: Series, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "LOOK_SECONDS", 3600.0)  # it does not look unasked
    hub = Heard()
    publisher.bind(hub)
    drain = Drain(store)
    drain.start()
    try:
        time.sleep(0.2)
        store.add(hot, thermometer, 0, "opened", 36.0)
        drain.wake()
        assert hub.some.wait(30)
    finally:
        assert drain.stop()
    assert told() == [(1, "opened")]


@pytest.mark.django_db(transaction=True)
def test_a_wake_up_for_rows_that_were_copied_already_is_not_measured(
    store: ListStore, hot: Rule, thermometer: Series
) -> None:
    drain = Drain(store)
    drain._woken_at = time.monotonic() - 1000  # told long ago
    drain._catch_up()
    store.add(hot, thermometer, 0, "opened", 36.0)
    drain.wake()
    drain._catch_up()
    assert len(drain.copy_seconds) == 1
    assert drain.copy_seconds[0] < 500


@pytest.mark.django_db(transaction=True)
def test_the_drain_goes_on_after_errors_and_where_the_last_one_stopped(
    store: ListStore, hot: Rule, thermometer: Series
) -> None:
    for second in range(20):
        store.add(hot, thermometer, second, ("opened", "resolved")[second % 2], 36.0)
    drain_once(store, limit=5)
    store.broken = [OperationalError("database is locked"), OSError("disk"), OperationalError("again")]
    drain = Drain(store)
    drain.start()
    try:
        assert wait_for(lambda: AlertEvent.objects.count() == 20)
        assert wait_for(lambda: not drain.failing)
    finally:
        assert drain.stop()
    assert [seq for seq, _ in told()] == list(range(1, 21))


@pytest.mark.django_db(transaction=True)
def test_a_row_that_cannot_be_applied_does_not_hold_up_the_others(
    store: ListStore, hot: Rule, thermometer: Series, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "LONGEST_PAUSE_SECONDS", 0.01)
    store.add(hot, thermometer, 0, "opened", 36.0)
    bad = store.add(hot, thermometer, 1, "resolved", 33.0)
    store.rows[-1] = bad._replace(ts_ms="soon")  # type: ignore[arg-type]  # what a bug would write
    store.add(hot, thermometer, 2, "resolved", 33.0)
    drain = Drain(store)
    drain.start()
    try:
        assert wait_for(lambda: AlertEvent.objects.count() == 2)
    finally:
        assert drain.stop()
    assert told() == [(1, "opened"), (2, "resolved")]


@pytest.mark.django_db(transaction=True)
def test_two_writers_of_one_log_never_take_the_same_number(
    store: ListStore, hot: Rule, thermometer: Series, bob: Any
) -> None:
    from belvedere.alerts import services

    store.add(hot, thermometer, 0, "opened", 36.0)
    drain_once(store)
    alert = Alert.objects.get()

    def comment() -> None:
        from django.db import connection

        for number in range(20):
            services.do_comment(alert.pk, bob, str(number), T0)
        connection.close()

    threads = [threading.Thread(target=comment) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [seq for seq, _ in told()] == list(range(1, 62))
    with transaction.atomic():
        assert Alert.objects.get().last_seq == 61
