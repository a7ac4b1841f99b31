"""Everybody locks the site, then its log, then the rest: nobody waits in a circle, and nothing is done twice.

SQLite has one writer at a time; where it matters these tests want a database that locks rows (scripts/on-mariadb).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from belvedere.accounts.models import Site, User
from belvedere.accounts.zones import do_save_zone, make_zone
from belvedere.alerts import log, services
from belvedere.alerts.models import Alert, AlertEvent
from belvedere.alerts.outbox import drain_once
from belvedere.alerts.tests.conftest import T0, ListStore, Transition
from belvedere.conftest import person
from belvedere.devices.models import Device, Series
from belvedere.devices.services import do_update_device, lock_device
from belvedere.rules.models import Rule
from belvedere.rules.services import do_save_rule, lock_rule
from belvedere.web_api.problems import Problem

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 8
TURNS = int(os.environ.get("BELVEDERE_TEST_TURNS", "10"))  # scripts/on-mariadb: 40

needs_row_locks = pytest.mark.skipif(
    not connection.features.has_select_for_update, reason="needs a database that locks rows: scripts/on-mariadb"
)


def in_own_thread(do: Callable[[], Any]) -> Any:
    """With a connection of its own, as a request has."""

    def run() -> Any:
        try:
            return do()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(run).result()


def test_two_alerts_of_one_rule_and_series_are_never_open_together(happens: Transition) -> None:
    happens(0, "opened", 36.0)
    alert = Alert.objects.get()
    again = {"site_id": alert.site_id, "rule_id": alert.rule_id, "subject": alert.subject, "opened_ms": T0}
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(**again)
    happens(1, "resolved", 30.0)
    Alert.objects.create(**again)


@needs_row_locks
def test_an_alert_that_somebody_resolves_while_its_rule_goes_is_resolved_once(
    happens: Transition, hot: Rule, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    happens(0, "opened", 36.0)
    alert_id = Alert.objects.get().pk
    lock_log = log.lock_log
    faster = threading.Event()

    def let_bob_be_faster(site_id: int) -> Any:
        if not faster.is_set():
            faster.set()
            in_own_thread(lambda: services.do_resolve(alert_id, bob, T0 + 1))
        return lock_log(site_id)

    monkeypatch.setattr(log, "lock_log", let_bob_be_faster)
    assert services.resolve_all(Alert.objects.filter(rule=hot), T0 + 2, "The rule was deleted.") == 0
    assert AlertEvent.objects.filter(kind="resolved").count() == 1


class Storm:
    """People, owners and the drain at once, at two sites."""

    def __init__(self, store: ListStore, sites: list[Site], rules: list[Rule], series: list[Series]) -> None:
        self.people = [person(f"bob-{number}") for number in range(PEOPLE)]
        self.store, self.sites, self.rules, self.series = store, sites, rules, series
        self.failures: list[BaseException] = []

    def run(self) -> None:
        work: list[Callable[[int], None]] = [self.transition, self.edit_rule, self.edit_device, self.make_zone]
        jobs = [*work, *(self.answer_as(bob) for bob in self.people)]
        self.transition(0)  # so that everybody has something to do from the beginning
        threads = [threading.Thread(target=self._repeat, args=(job,)) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _repeat(self, job: Callable[[int], None]) -> None:
        try:
            for turn in range(TURNS):
                job(turn)
        except Exception as error:  # noqa: BLE001  (the test tells all of them)
            self.failures.append(error)
        finally:
            connection.close()

    def transition(self, turn: int) -> None:
        """Now the one site first, now the other."""
        for rule, series in list(zip(self.rules, self.series, strict=True))[:: 1 if turn % 2 else -1]:
            self.store.add(rule, series, turn * 400, "opened", 36.0)
            self.store.add(rule, series, turn * 400 + 399, "resolved" if turn % 3 == 0 else "updated", 33.0)
        drain_once(self.store)

    def edit_rule(self, turn: int) -> None:
        with transaction.atomic():
            do_save_rule(lock_rule(self.rules[turn % 2].pk), {"enabled": turn % 4 != 3})

    def edit_device(self, turn: int) -> None:
        with transaction.atomic():
            do_update_device(lock_device(self.series[turn % 2].device_id), {"zone": f"Chuồng {turn % 5}"})

    def make_zone(self, turn: int) -> None:
        do_save_zone(make_zone(self.sites[turn % 2], f"Zone {turn}"))

    def answer_as(self, bob: User) -> Callable[[int], None]:
        def answer(turn: int) -> None:
            alert = Alert.objects.order_by("-id").first()
            if alert is None:
                return
            try:
                match turn % 3:
                    case 0:
                        services.do_comment(alert.pk, bob, "Đang tới", T0)
                    case 1:
                        services.do_acknowledge(alert.pk, bob, T0)
                    case _:
                        services.do_resolve(alert.pk, bob, T0)
            except Problem as problem:
                if problem.status != 409:  # somebody was faster
                    raise

        return answer


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")
        return int(cursor.fetchone()[1])


@needs_row_locks
def test_people_owners_and_the_drain_never_wait_in_a_circle(
    store: ListStore, farm: Site, elsewhere: Site, hot: Rule, thermometer: Series
) -> None:
    device = Device.objects.create(id="d1", site=elsewhere, name="Nhiệt kế")
    series = Series.objects.create(device=device, site=elsewhere, metric="temperature")
    rule = Rule.objects.create(site=elsewhere, name="Hot", metric="temperature", condition=hot.condition)
    storm = Storm(store, [farm, elsewhere], [hot, rule], [thermometer, series])
    before = deadlocks()
    storm.run()
    assert storm.failures == []
    assert deadlocks() == before
    for site in (farm, elsewhere):
        events = list(AlertEvent.objects.filter(site=site).order_by("seq").values_list("seq", "alert_id", "kind"))
        assert [seq for seq, _, _ in events] == list(range(1, len(events) + 1))
        assert events
        # Between two endings of an alert it was opened again.
        for alert_id in {alert_id for _, alert_id, _ in events}:
            kinds = [kind for _, of, kind in events if of == alert_id and kind in ("opened", "resolved")]
            assert kinds == (["opened", "resolved"] * len(kinds))[: len(kinds)]
