"""A document of MongoDB that cannot be read: it is kept for a repair, said once, and hides nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from belvedere.readings.store.batch import Verdict
from belvedere.readings.store.cluster.mongo import Mongo
from belvedere.readings.store.cluster.reader import ClusterReader
from belvedere.readings.store.cluster.store import ClusterStore
from belvedere.readings.store.port import Keep
from belvedere.readings.tiers import DAY, HOUR, MINUTE, QUARTER, TIERS
from tests.contract.cluster_stores import ClusterSubject, needs_servers, servers
from tests.contract.rows import commit_rows

pytestmark = needs_servers

STEP_MS = 10_000
START = 1_763_900_000_000 - 1_763_900_000_000 % DAY.width_ms
HOURS = 3
N = HOURS * HOUR.width_ms // STEP_MS
END = START + N * STEP_MS
HALF = START + HOUR.width_ms + HOUR.width_ms // 2  # in the middle of the second hour


@pytest.fixture
def subject() -> Iterator[ClusterSubject]:
    """Three hours of series 1, and some readings of series 2, all in MongoDB."""
    made = ClusterSubject(None)
    rows = [(START + n * STEP_MS, float(n % 7)) for n in range(N)]
    commit_rows(made.store, rows)
    commit_rows(made.store, rows[:10], series=2)
    made.move_all()
    yield made
    made.end()


def spoil(subject: ClusterSubject, table: str = "chunk", at: int = 1) -> None:
    """Damage the document of series 1 that begins as the at-th."""
    documents = subject.mongo.collection(table)
    key = list(documents.find({"_id": {"$gte": 1 << 32, "$lt": 2 << 32}}).sort("_id"))[at]["_id"]
    documents.update_one({"_id": key}, {"$set": {"data": b"\1\2\3"}})
    subject.kill()  # nothing of it is in memory


def kept(subject: ClusterSubject) -> list[tuple[int, bytes]]:
    found: list[dict[str, Any]] = list(subject.mongo.collection("damaged").find())
    return [(one["series"], one["data"]) for one in found]


def count(store: ClusterStore | ClusterReader) -> list[int]:
    """How many readings the buckets of each tier say."""
    return [sum(bucket.n for bucket in store.buckets(1, tier, START, END)) for tier in TIERS]


def test_a_range_with_a_damaged_hour_is_told_without_it_and_says_so(subject: ClusterSubject) -> None:
    spoil(subject)
    store = subject.store
    with capture_logs() as logs:
        assert len(store.raw(1, START, END).ts) == N * 2 // 3
        assert sum(len(page.ts) for page in store.pages(1, START, END)) == N * 2 // 3
    assert [one["event"] for one in logs] == ["chunk_damaged"]
    assert store.kept_from(1, START, END) == START + 2 * HOUR.width_ms
    assert store.kept_from(1, START + 2 * HOUR.width_ms, END) == 0
    assert store.deleted_runs(1, START, END, 0) is None
    assert store.remarks()["chunks"].startswith("1 documents of MongoDB cannot be read")
    assert len(store.raw(2, START, END).ts) == 10
    assert count(store) == [N] * len(TIERS)


def test_buckets_of_a_damaged_hour_lose_no_count_when_a_reading_is_added(subject: ClusterSubject) -> None:
    spoil(subject)
    before = count(subject.store)
    assert commit_rows(subject.store, [(HALF + 1, 99.0)]) == [Verdict.NEW]
    minute = subject.store.buckets(1, MINUTE, HALF, HALF)[0]
    assert minute.n == MINUTE.width_ms // STEP_MS, "what is in memory must not hide what is stored"
    subject.move_all()
    assert kept(subject) == [(1, b"\1\2\3")]
    minute = subject.store.buckets(1, MINUTE, HALF, HALF)[0]
    assert (minute.n, minute.max) == (MINUTE.width_ms // STEP_MS + 1, 99.0)
    assert count(subject.store) == [n + 1 for n in before]
    assert subject.store.raw(1, HALF, HALF + 1).values.tolist() == [99.0]


def test_the_question_that_meets_damage_first_is_answered_by_what_is_stored_of_it(subject: ClusterSubject) -> None:
    commit_rows(subject.store, [(END, 1.0), (END + 1, 2.0)])
    subject.move_all()
    spoil(subject, at=3)
    commit_rows(subject.store, [(END + 2, 3.0)])
    assert [bucket.n for bucket in subject.store.buckets(1, QUARTER, END, END + 2)] == [2]


def test_damage_is_heeded_by_the_next_worker_and_by_readers(subject: ClusterSubject) -> None:
    spoil(subject)
    commit_rows(subject.store, [(HALF + 1, 99.0)])
    subject.move_all()
    subject.kill()
    commit_rows(subject.store, [(HALF + 2, 98.0)])
    reader = ClusterReader(servers().mysql, subject.mongo, lambda _series: subject.store.partition)
    assert count(reader) == [N + 1] * len(TIERS), "what is not moved is counted when it is"
    subject.move_all()
    assert count(subject.store) == [N + 2] * len(TIERS)
    assert reader.raw(1, HALF, HALF + 2).values.tolist()[-2:] == [99.0, 98.0]
    assert reader.kept_from(1, START, END) == START + 2 * HOUR.width_ms


@pytest.mark.parametrize("tier", [MINUTE, QUARTER, HOUR, DAY])
def test_damaged_buckets_are_made_anew_from_what_stands_below(subject: ClusterSubject, tier: Any) -> None:
    before = subject.store.buckets(1, tier, START, END)
    spoil(subject, tier.table, 0)
    assert subject.store.buckets(1, tier, START, END) == before
    assert count(subject.store) == [N] * len(TIERS)
    commit_rows(subject.store, [(HALF + 1, 99.0)])
    subject.move_all()
    assert count(subject.store) == [N + 1] * len(TIERS)
    assert kept(subject) == [(1, b"\1\2\3")]


def test_retention_keeps_a_damaged_hour_for_a_repair_and_knows_copies_of_it(subject: ClusterSubject) -> None:
    spoil(subject)
    subject.maintain(END + 30 * DAY.width_ms, {1: Keep(30, 366), 2: Keep(30, 366)})
    assert subject.store.raw(1, START, END).ts.tolist() == []
    assert kept(subject) == [(1, b"\1\2\3")]
    subject.kill()
    assert commit_rows(subject.store, [(HALF, 5.0)]) == [Verdict.DUPLICATE]
    assert count(subject.store) == [N] * len(TIERS)


def test_a_deleted_series_leaves_no_damaged_document_either(subject: ClusterSubject) -> None:
    spoil(subject)
    commit_rows(subject.store, [(HALF + 1, 3.5)])
    subject.move_all()
    subject.maintain(END, {2: Keep(30, 366)}, deleted={1})
    assert kept(subject) == []
    assert subject.store.tables.chunks.damage.count == 0


def test_a_window_of_no_known_form_is_damage_of_that_window_alone() -> None:
    subject = ClusterSubject(None)
    commit_rows(subject.store, [(START, 1.0)])
    subject.move_all()
    documents: Mongo = subject.mongo
    documents.collection("chunk").update_many({}, {"$unset": {"data": ""}})
    assert subject.store.raw(1, START, END).ts.tolist() == []
    assert subject.store.kept_from(1, START, END) == START + HOUR.width_ms
    subject.end()
