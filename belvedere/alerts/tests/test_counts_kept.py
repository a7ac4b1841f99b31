"""What a process has counted once it carries on from entry to entry, and it is what the database would count."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from belvedere.accounts.models import Site, User
from belvedere.alerts import counts, log, services, silences
from belvedere.alerts.counts import count_active
from belvedere.alerts.models import Alert, AlertEvent, AlertState, Silence
from belvedere.alerts.outbox import BATCH, drain_once
from belvedere.alerts.sql import load_watched
from belvedere.alerts.tests.conftest import T0, ListStore, Transition
from belvedere.devices.models import Device, Series
from belvedere.domain.times import now_ms
from belvedere.rules.models import Rule

pytestmark = pytest.mark.django_db(transaction=True)

STEPS = 120
HOUR_MS = 3_600_000


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sites for which the log has asked the database."""
    sites: list[int] = []

    def count_and_note(site_id: int) -> counts.Counts:
        sites.append(site_id)
        return count_active(site_id)

    monkeypatch.setattr(log, "count_active", count_and_note)
    return sites


@contextmanager
def another_process(monkeypatch: pytest.MonkeyPatch, its_own: dict[int, Any]) -> Iterator[None]:
    """With what another process has counted in the place of this one's."""
    with monkeypatch.context() as patch:
        patch.setattr(counts, "_last", its_own)
        yield


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """Those that are run meanwhile with their values, but for the transaction's own."""
    run: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, *rest: Any) -> Any:
        if sql.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            run.append((sql, params))
        return execute(sql, params, *rest)

    with connection.execute_wrapper(note):
        yield run


def test_an_alert_that_opens_takes_six_statements(
    store: ListStore, happens: Transition, hot: Rule, thermometer: Series, asked: list[int]
) -> None:
    happens(0, "opened", 36.0)
    happens(1, "resolved", 33.0)
    store.add(hot, thermometer, 1_000, "opened", 37.0)
    with statements() as run:
        drain_once(store, after=2)
    assert len(run) == 6, [sql for sql, _ in run]
    assert len(asked) == 1  # by the first


def test_what_transitions_are_about_is_found_by_keys(happens: Transition, hot: Rule, thermometer: Series) -> None:
    happens(0, "opened", 36.0)
    damp = Series.objects.create(device=thermometer.device, site=hot.site, metric="humidity", unit="%")
    with statements() as run:
        load_watched([(hot.pk, thermometer.pk), (hot.pk, damp.pk)], now_ms())
    ((sql, values),) = run
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values)
            steps = {step for *_, step in cursor.fetchall() if step.startswith("SCAN")}
            assert steps == {"SCAN w", "SCAN CONSTANT ROW"}
        else:
            cursor.execute(f"EXPLAIN {sql}", values)
            found = {row[2]: row[3] for row in cursor.fetchall()}  # table -> how its rows are found
            # Tables of one row, as the others are here, it reads whole.
            assert {found["a"], found["x"]} <= {"eq_ref", "ref", "range"}, found


def test_silences_are_looked_up_while_there_are_some(
    happens: Transition, farm: Site, bob: User, hot: Rule, thermometer: Series
) -> None:
    ends = now_ms() + HOUR_MS
    silences.do_silence(farm, bob, {"rule": hot, "from_ms": now_ms(), "to_ms": ends}, now_ms())
    with statements() as run:
        happens(0, "opened", 36.0)
    assert Alert.objects.get().silenced_until_ms == ends
    assert any("FROM alerts_silence WHERE" in sql for sql, _ in run)
    Silence.objects.update(to_ms=now_ms())
    happens(1, "resolved", 33.0)
    with statements() as run:
        happens(1_000, "opened", 36.0)
    assert not Alert.objects.filter(silenced_until_ms__isnull=False).exists()
    assert not any("FROM alerts_silence WHERE" in sql for sql, _ in run)


class House:
    """People, rules and a drain of a site, one thing after another, by chance. Each is done in whole or not at all."""

    def __init__(self, site: Site, person: User, store: ListStore, rules: list[Rule], series: list[Series]) -> None:
        self.site, self.person, self.store, self.rules, self.series = site, person, store, rules, series
        self.by_chance = random.Random(7)
        self.second = 0

    def step(self) -> None:
        acts = (self.transit, self.transit, self.transit, self.answer, self.answer, self.silence, self.undo)
        self.by_chance.choice(acts)()

    def transit(self) -> None:
        for _ in range(self.by_chance.choice((1, 1, 4))):
            self.second += 200
            kind = self.by_chance.choice(("opened", "opened", "resolved"))
            self.store.add(
                self.by_chance.choice(self.rules), self.by_chance.choice(self.series), self.second, kind, 36.0
            )
        drain_once(self.store)

    def answer(self) -> None:
        active = list(Alert.objects.exclude(state=AlertState.RESOLVED))
        if not active:
            return
        alert = self.by_chance.choice(active)
        acts: list[Callable[[int, User, int], object]] = [services.do_resolve]
        if alert.state == AlertState.OPEN:
            acts.append(services.do_acknowledge)
        self.by_chance.choice(acts)(alert.pk, self.person, T0 + self.second * 1000)

    def silence(self) -> None:
        held = Silence.objects.filter(to_ms__gt=now_ms()).first()
        if held is not None and self.by_chance.random() < 0.6:
            silences.do_end(held, self.person, now_ms())
            return
        fields = {"rule": self.by_chance.choice([None, *self.rules]), "from_ms": now_ms()}
        silences.do_silence(self.site, self.person, {**fields, "to_ms": now_ms() + HOUR_MS}, now_ms())

    def undo(self) -> None:
        """A transaction that is rolled back after all it had to do."""
        with transaction.atomic():
            self.answer()
            services.open_subject(self.site.pk, "camera:x", "x", "info", {"kind": "camera_offline"}, T0)
            transaction.set_rollback(True)


def test_each_frame_tells_what_the_database_counts_whoever_wrote_it(
    farm: Site,
    bob: User,
    store: ListStore,
    hot: Rule,
    thermometer: Series,
    asked: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mild = Rule.objects.create(site=farm, name="Mild", metric="temperature", severity="info", condition=hot.condition)
    damp = Series.objects.create(device=thermometer.device, site=farm, metric="humidity", unit="%")
    house = House(farm, bob, store, [hot, mild], [thermometer, damp])
    its_own: dict[int, Any] = {}
    seen, seq = set(), 0
    for _ in range(STEPS):
        if house.by_chance.random() < 0.2:
            with another_process(monkeypatch, its_own):
                house.step()
        else:
            house.step()
        last = AlertEvent.objects.order_by("seq").last()
        if last is not None and last.seq > seq:
            seq, told = last.seq, json.loads(last.frame)["counts"]
            assert told == count_active(farm.pk)._asdict()
            seen.add(tuple(told.values()))
    assert len(seen) >= 8
    assert 2 <= len(asked) < STEPS / 2  # the others were carried on


def test_a_whole_batch_of_transitions_is_looked_up_at_once(store: ListStore, hot: Rule, thermometer: Series) -> None:
    devices = [Device(id=f"d{n}", site=thermometer.site, name=f"Device {n}") for n in range(1, BATCH)]
    Device.objects.bulk_create(devices)
    Series.objects.bulk_create([Series(device=one, site=one.site, metric="temperature") for one in devices])
    for series in Series.objects.all():
        store.add(hot, series, 0, "opened", 36.0)
    with statements() as run:
        drain_once(store)
    assert len([sql for sql, _ in run if "rules_rule r" in sql]) == 1
    last = AlertEvent.objects.get(seq=BATCH)
    assert json.loads(last.frame)["counts"]["open"] == BATCH
