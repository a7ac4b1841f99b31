"""The copy of the outbox to the log: once, in order, whatever fails meanwhile."""

from __future__ import annotations

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
from belvedere.alerts.tests.conftest import T0, ListStore, told
from belvedere.devices.models import Device, Series
from belvedere.live.port import Frame
from belvedere.rules.models import Rule

pytestmark = pytest.mark.django_db


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
