"""A backup of MySQL that is older than what MongoDB holds: what the stream repeats is stored, and counted, once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from belvedere.readings.store.cluster.store import ClusterStore
from belvedere.readings.store.port import Fenced, Keep
from belvedere.readings.tiers import DAY, MINUTE, TIERS, Bucket
from tests.contract.cluster_stores import ClusterSubject, needs_servers
from tests.contract.stores import EVER

pytestmark = needs_servers

NOON = 1_763_900_000_000 - 1_763_900_000_000 % DAY.width_ms + DAY.width_ms // 2
LATER = NOON + 30 * DAY.width_ms
MONTH = {1: Keep(30, 366), 2: Keep(30, 366)}
TABLES = ("fence", "log", "head", "horizon", "rule_state", "rule_history", "outbox")
STEP_MS = 5_000
FOLD_MS = 300_000
DATES = pytest.mark.parametrize("wrong_by_ms", [0, -LATER], ids=["right", "behind"])
Rows = list[tuple[int, float]]
Backup = dict[str, tuple[tuple[Any, ...], ...]]


class Restored(ClusterSubject):
    """A partition whose rows in MySQL can be kept and put back. now_ms: of the machine; a fold takes its time."""

    now_ms = LATER

    def _opened(self) -> ClusterStore:
        store = super()._opened()
        store.fold.now_ms = lambda: self.now_ms
        return store

    def back_up(self) -> Backup:
        backup = {}
        for table in TABLES:
            with self._mysql.transaction() as cursor:
                cursor.execute(f"SELECT * FROM readings_{table} WHERE part={self._partition}")
                backup[table] = tuple(cursor.fetchall())
        return backup

    def put_back(self, backup: Backup) -> None:
        for table, rows in backup.items():
            self._mysql.execute(f"DELETE FROM readings_{table} WHERE part={self._partition}")
            for row in rows:
                self._mysql.execute(f"INSERT INTO readings_{table} VALUES ({','.join(['%s'] * len(row))})", row)
        self.kill()

    def fold(self) -> None:
        """As a worker does: after Fenced it loads what is committed."""
        self.now_ms += FOLD_MS
        while self.store.memory.frozen is not None or self.store.memory.active.rows:
            try:
                self.move_all()
            except Fenced:
                self.store.refresh()


@pytest.fixture
def subject() -> Iterator[Restored]:
    made = Restored(None)
    yield made
    made.end()


def make_rows(first: int, last: int, start: int = NOON) -> Rows:
    return [(start + step * STEP_MS, float(step % 7)) for step in range(first, last)]


def list_buckets(rows: Rows, width_ms: int) -> list[tuple[int, int, float]]:
    found: dict[int, list[float]] = {}
    for ts, value in sorted(rows):
        found.setdefault(ts - ts % width_ms, []).append(value)
    return [(start, len(values), sum(values)) for start, values in found.items()]


def tell(buckets: list[Bucket]) -> list[tuple[int, int, float]]:
    return [(bucket.start, bucket.n, bucket.sum) for bucket in buckets]


def check(subject: Restored, expected: Rows) -> None:
    for series in (1, 2):
        columns = subject.store.raw(series, 0, EVER)
        assert list(zip(columns.ts, columns.values, strict=True)) == sorted(expected)
        for tier in TIERS:
            assert tell(subject.store.buckets(series, tier, 0, EVER)) == list_buckets(expected, tier.width_ms)


def commit(subject: Restored, rows: Rows, a_batch: int) -> None:
    for at in range(0, len(rows), a_batch):
        batch = subject.store.stage()
        for ts, value in rows[at : at + a_batch]:
            for series in (1, 2):
                batch.add(series, ts, value)
        subject.store.commit(batch)


@DATES
@pytest.mark.parametrize("batches", [10, 50, 60], ids=["fewer", "as many", "more"])  # than were lost
def test_what_the_stream_repeats_is_moved_again(subject: Restored, batches: int, wrong_by_ms: int) -> None:
    commit(subject, make_rows(0, 20), a_batch=1)
    subject.fold()
    backup = subject.back_up()
    commit(subject, make_rows(20, 70), a_batch=1)
    subject.fold()
    subject.now_ms += wrong_by_ms
    subject.put_back(backup)
    commit(subject, make_rows(20, 20 + 30 * batches), a_batch=30)
    subject.fold()
    check(subject, make_rows(0, 20 + 30 * batches))


@DATES
def test_a_late_reading_of_the_backup_is_counted_once(subject: Restored, wrong_by_ms: int) -> None:
    early, late = make_rows(0, 40), make_rows(100, 110, NOON + 1)
    commit(subject, early, a_batch=1)
    subject.maintain(LATER, MONTH)
    commit(subject, late, a_batch=5)
    backup = subject.back_up()
    commit(subject, make_rows(0, 70, LATER), a_batch=1)
    subject.fold()
    subject.now_ms += wrong_by_ms
    subject.put_back(backup)
    commit(subject, [*late, *make_rows(0, 90, LATER)], a_batch=50)
    subject.fold()
    for series in (1, 2):
        whole = [*early, *late, *make_rows(0, 90, LATER)]
        assert tell(subject.store.buckets(series, MINUTE, 0, EVER)) == list_buckets(whole, MINUTE.width_ms)
