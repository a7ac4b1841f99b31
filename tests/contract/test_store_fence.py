"""What the fence promises: whatever is killed, lost or done by two workers, the outcome is that of one worker alone."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from pymongo.errors import ServerSelectionTimeoutError

from belvedere.pipeline.rulebook import Now, RuleStates
from belvedere.readings.store.cluster import fold, mongo
from belvedere.readings.store.cluster.mongo import Mongo
from belvedere.readings.store.port import Fenced, Store, StoreUnavailable
from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.readings.tiers import TIERS
from tests.contract.cluster_stores import FEW, get_free_partition, needs_servers, servers
from tests.contract.fenced_workers import (
    FAULTS,
    LOST,
    START,
    STEP_MS,
    Book,
    Entry,
    Fault,
    Killed,
    Worker,
    stage,
    take_up,
)
from tests.contract.stores import EVER

FAULT = st.one_of(st.none(), st.builds(Fault, st.sampled_from(FAULTS), st.integers(0, 25)))
ROWS = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from([0, 0, 1, 7]), st.sampled_from([20.0, 26.0, 29.0, 31.0, 36.0, 49.0])),
    max_size=4,
)
WORKER = st.integers(0, 1)


class TwoWorkersAgainstOne(RuleBasedStateMachine):
    """Two workers with faults on one partition, against the embedded store with none: the same in the end."""

    def __init__(self) -> None:
        super().__init__()
        mysql_url, mongo_url = servers().mysql_url, servers().mongo_url
        partition = get_free_partition()
        mongo_url = mongo_url.replace("/belvedere?", f"/partition{partition}?")
        self.workers = [Worker(partition, mysql_url, mongo_url) for _ in range(2)]
        self.stream: list[Entry] = []
        self._folder = tempfile.TemporaryDirectory()
        self.alone = SqliteStore(Path(self._folder.name) / "readings.db")
        self.alone.open()
        self.states = RuleStates(Book(), self.alone.present, self.alone.rule_history)
        take_up(self.alone, self.states, Now(START, START))
        self.now_ms = START

    @contextmanager
    def _with(self, at: int, fault: Fault | None = None) -> Iterator[Worker]:
        """A worker that may die, lose its connection, or be overtaken by the other one meanwhile."""
        worker, other = self.workers[at], self.workers[1 - at]
        worker.faults.arm(fault, lambda: self._overtake(other))
        try:
            yield worker
        except Killed:
            worker.start()
        except (Fenced, StoreUnavailable):
            worker.refresh()
        worker.faults.arm(None, lambda: None)

    def _overtake(self, other: Worker) -> None:
        """What the other worker does while one is stopped: all there is to do."""
        other.go_on(self.stream, 2)
        other.fold_all()

    @rule(entries=st.lists(st.tuples(st.integers(1, 8), ROWS), min_size=1, max_size=3))
    def something_arrives(self, entries: list[tuple[int, list[tuple[int, int, float]]]]) -> None:
        """Readings, or a second in which none came, are in the stream, and the one worker processes them."""
        for steps, rows in entries:
            self.now_ms += steps * STEP_MS
            entry = Entry(self.now_ms, tuple(map(self._choose_value, rows)))
            self.stream.append(entry)
            batch, changes = stage(entry, len(self.stream) - 1, self.alone, self.states)
            self.alone.commit(batch)
            changes.adopt()

    def _choose_value(self, row: tuple[int, int, float]) -> tuple[int, int, float]:
        return row

    @rule(at=WORKER, most=st.integers(1, 3), fault=FAULT)
    def a_worker_goes_on(self, at: int, most: int, fault: Fault | None) -> None:
        with self._with(at, fault) as worker:
            worker.go_on(self.stream, most)

    @rule(at=WORKER, fault=FAULT)
    def a_worker_folds(self, at: int, fault: Fault | None) -> None:
        with self._with(at) as worker:
            worker.go_on(self.stream, 1)
        with self._with(at, fault) as worker:
            worker.fold()

    @rule(at=WORKER)
    def a_worker_is_killed(self, at: int) -> None:
        self.workers[at].start()

    @invariant()
    def nothing_is_shown_that_is_not_true(self) -> None:
        """What is in the outbox already is the beginning of what the one worker told."""
        told = transitions(self.workers[0].store)
        assert told == transitions(self.alone)[: len(told)]

    def teardown(self) -> None:
        for at in (0, 1, 0):
            with self._with(at) as worker:
                worker.go_on(self.stream, len(self.stream))
        for worker in self.workers:
            worker.start()
            self._compare(worker.store)
            worker.store.fold.move_all()
            self._compare(worker.store)
            self._compare_folded(worker.store)
            worker.end()
        self.alone.close()

    def _compare(self, store: Store) -> None:
        assert store.position == (len(self.stream) or None)
        assert transitions(store) == transitions(self.alone)
        for series in (1, 2, 3):
            assert store.raw(series, 0, EVER) == self.alone.raw(series, 0, EVER)
            assert store.present.get(series) == self.alone.present.get(series)
        self._compare_folded(store)

    def _compare_folded(self, store: Store) -> None:
        for series, tier in itertools.product((1, 2, 3), TIERS):
            got, expected = (one.buckets(series, tier, 0, EVER) for one in (store, self.alone))
            assert [row._replace(sum=0) for row in got] == [row._replace(sum=0) for row in expected]
            assert [row.sum for row in got] == pytest.approx([row.sum for row in expected])


class TwoWorkersThatDelete(TwoWorkersAgainstOne):
    """The same where readings are deleted meanwhile: each is counted once, and a copy of it is still one.

    The one worker deletes nothing: so a time always has the same value, and what it counts is what there ever was.
    """

    def __init__(self) -> None:
        super().__init__()
        self.deleted_ms = 0

    def _choose_value(self, row: tuple[int, int, float]) -> tuple[int, int, float]:
        series, age, _ = row
        return series, age, (20.0, 26.0, 31.0, 49.0)[((self.now_ms // STEP_MS) - age + series) % 4]

    @rule(at=WORKER, age=st.integers(0, 20), fault=FAULT)
    def a_worker_deletes(self, at: int, age: int, fault: Fault | None) -> None:
        before_ms = self.now_ms - age * STEP_MS
        self.deleted_ms = max(self.deleted_ms, before_ms)
        with self._with(at, fault) as worker:
            worker.delete(before_ms)

    def _overtake(self, other: Worker) -> None:
        super()._overtake(other)
        if self.deleted_ms:
            other.delete(self.deleted_ms)

    def _compare(self, store: Store) -> None:
        assert store.position == (len(self.stream) or None)
        assert transitions(store) == transitions(self.alone)
        for series in (1, 2, 3):
            got, expected = (one.raw(series, 0, EVER) for one in (store, self.alone))
            assert got.between(self.deleted_ms, EVER) == expected.between(self.deleted_ms, EVER)
            assert set(zip(*got, strict=True)) <= set(zip(*expected, strict=True))

    def _compare_folded(self, store: Store) -> None:
        for series, tier in itertools.product((1, 2, 3), TIERS):
            got, expected = (one.buckets(series, tier, 0, EVER) for one in (store, self.alone))
            # A late reading does not become the last of a bucket that cannot be computed again.
            assert [row[:4] for row in got] == [row[:4] for row in expected]


def transitions(store: Store) -> list[tuple[Any, ...]]:
    return [row[:-1] for row in store.outbox_after(0, 9_999)]


SOME = settings(FEW, max_examples=5, stateful_step_count=30, suppress_health_check=list(HealthCheck))
TestTwoWorkersAgainstOne = needs_servers(TwoWorkersAgainstOne.TestCase)
TestTwoWorkersAgainstOne.settings = SOME
TestTwoWorkersThatDelete = pytest.mark.cluster(needs_servers(TwoWorkersThatDelete.TestCase))
TestTwoWorkersThatDelete.settings = SOME


# --- point by point ---------------------------------------------------------------------------------

RISING = [(2, [(1, 0, 24.0 + step * 2), (2, 0, 20.0)]) for step in range(40)]
POINTS = 30  # a commit passes fewer, and so does the fold of three series


@needs_servers
def test_rules_go_on_as_if_nothing_had_happened_over_a_hand_over_with_each_entry() -> None:
    both = TwoWorkersAgainstOne()
    for at, entry in enumerate([*RISING, (8, []), (1, [(1, 0, 20.0)]), (5, []), (3, []), (1, [(2, 7, 20.0)])]):
        both.something_arrives([entry])
        both.a_worker_goes_on(at % 2, 1, None)
    told = {row[1]: row[5] for row in transitions(both.alone)}
    assert told.keys() == {1, 2, 3, 4}
    assert "updated" in {row[5] for row in transitions(both.alone)}
    both.teardown()


@pytest.mark.cluster
@needs_servers
@pytest.mark.parametrize("name", FAULTS)
def test_a_commit_that_is_cut_or_overtaken_at_any_point_loses_and_doubles_nothing(name: str) -> None:
    both = TwoWorkersAgainstOne()
    for point in range(POINTS if name not in LOST else 1):
        both.something_arrives([(1, [(1, 0, 20.0 + point), (2, 0, 31.0), (3, 1, 1.0)]), (8, [])])
        both.a_worker_goes_on(point % 2, 2, Fault(name, point % 12))
        both.nothing_is_shown_that_is_not_true()
    both.teardown()


@pytest.mark.cluster
@needs_servers
@pytest.mark.parametrize("name", FAULTS)
def test_a_fold_that_is_cut_or_overtaken_at_any_point_loses_and_doubles_nothing(name: str) -> None:
    both = TwoWorkersThatDelete()
    for point in range(POINTS if name not in LOST else 1):
        both.something_arrives([(1, [(1, 0, 0.0), (2, 7, 0.0), (3, 1, 0.0)])])
        both.a_worker_goes_on(0, 9, None)
        if point % 8 == 0:
            both.a_worker_deletes(1, 3, None)
        both.something_arrives([(1, [(1, 0, 0.0), (2, 7, 0.0), (2, 20, 0.0)])])
        both.a_worker_goes_on(0, 1, None)
        # The second entry is left to the other worker.
        both.something_arrives([(1, [(1, 0, 0.0), (2, 7, 0.0), (1, 20, 0.0)]), (1, [(1, 0, 0.0), (2, 0, 0.0)])])
        both.a_worker_folds(0, Fault(name, point))
    both.teardown()


@pytest.mark.cluster
@needs_servers
@pytest.mark.parametrize("name", ["killed", "meanwhile"])
def test_a_deletion_that_is_cut_or_overtaken_at_any_point_deletes_no_more_and_counts_no_less(name: str) -> None:
    both = TwoWorkersThatDelete()
    for point in range(POINTS):
        both.something_arrives([(1, [(1, 0, 0.0), (2, 3, 0.0), (3, 1, 0.0)]), (1, [(1, 20, 0.0)])])
        both.a_worker_goes_on(0, 9, None)
        both.a_worker_deletes(0, 3, Fault(name, point))
    both.teardown()


@needs_servers
def test_while_mongodb_is_away_batches_are_committed_and_folded_once_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mongo, "AWAY_SECONDS", 0.0)
    monkeypatch.setattr(fold, "FREEZE_ROWS", 1)
    both = TwoWorkersAgainstOne()
    worker = both.workers[0]
    worker.faults.away = True
    for at in range(3):
        both.something_arrives([(1, [(1, 0, 20.0 + at * 10), (2, 0, 1.0)])])
        worker.go_on(both.stream, 1)
        worker.store.maintain(0.02)
        assert "Readings are stored in MySQL" in worker.store.remarks()["mongodb"]
    assert transitions(worker.store) == transitions(both.alone) != []
    worker.faults.away = False
    while worker.store.maintenance_due:
        worker.store.maintain(0.02)
    assert worker.store.remarks() == {}
    both.teardown()


def test_whoever_asks_a_mongodb_that_is_away_is_told_at_once_for_some_time(monkeypatch: pytest.MonkeyPatch) -> None:
    away = Mongo("mongodb://127.0.0.1:9/")
    with pytest.raises(mongo.MongoAway), away.answering():
        raise ServerSelectionTimeoutError("no server")
    asked = False
    with pytest.raises(mongo.MongoAway, match="no server"), away.answering():
        asked = True
    assert not asked
    later = time.monotonic() + mongo.AWAY_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    with away.answering():
        asked = True
    assert asked
