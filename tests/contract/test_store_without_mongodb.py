"""MongoDB is killed, or hangs, and comes back: batches are committed, the fold waits, history says what it lacks."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from belvedere.readings.store.cluster import fold, mongo
from belvedere.readings.store.cluster.mongo import Mongo, MongoAway
from belvedere.readings.store.cluster.reader import ClusterReader
from belvedere.readings.store.cluster.store import ClusterStore
from belvedere.readings.tiers import HOUR, MINUTE
from tests.cluster.mongo import MongoServer
from tests.contract.cluster_stores import RESTLESS, get_free_partition, needs_servers, servers

pytestmark = needs_servers

START = 1_763_900_000_000 - 1_763_900_000_000 % HOUR.width_ms
STEP_MS = 10_000
ANSWER_SECONDS = 0.5


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MongoServer]:
    """A MongoDB of the test's own, that is asked again at once where it was away; every reading is due."""
    monkeypatch.setattr(mongo, "AWAY_SECONDS", 0.0)
    monkeypatch.setattr(mongo, "FIND_SERVER_MS", 300)
    monkeypatch.setattr(fold, "FREEZE_ROWS", 1)
    running = MongoServer(tmp_path, durable=False)
    yield running
    running.stop()


@pytest.fixture
def client(server: MongoServer) -> Iterator[Mongo]:
    made = Mongo(server.url, answer_seconds=ANSWER_SECONDS)
    yield made
    made.close()


@pytest.fixture
def store(client: Mongo) -> ClusterStore:
    """An hour of readings, in MongoDB."""
    made = ClusterStore(get_free_partition(), servers().mysql, client, pace=RESTLESS)
    made.open()
    add(made, range(360))
    fold_all(made)
    return made


def add(store: ClusterStore, steps: range) -> None:
    batch = store.stage()
    for step in steps:
        batch.add(1, START + step * STEP_MS, float(step))
    store.commit(batch)


def fold_all(store: ClusterStore) -> None:
    while store.maintenance_due:
        store.maintain(1.0)
    assert store.remarks() == {}


def is_away(store: ClusterStore) -> bool:
    """What a turn does, and whether that found MongoDB away."""
    store.maintain(0.02)
    return "Readings are stored in MySQL" in store.remarks().get("mongodb", "")


def test_while_mongodb_is_killed_batches_go_on_and_all_of_them_are_in_history_afterwards(
    server: MongoServer, client: Mongo, store: ClusterStore
) -> None:
    reader = ClusterReader(servers().mysql, client, lambda _series: store.partition)
    server.kill()
    for at in range(360, 400, 10):
        add(store, range(at, at + 10))
        assert is_away(store)
    assert store.present[1] == (START + 399 * STEP_MS, 399.0, START + 399 * STEP_MS)
    assert reader.present_of([1]) == {1: store.present[1]}
    assert store.memory.rows == 40
    for ask in (store.raw, reader.raw):
        with pytest.raises(MongoAway, match="MongoDB does not answer"):
            ask(1, START, START + 400 * STEP_MS)
    another = ClusterStore(store.partition, servers().mysql, client, pace=RESTLESS)
    another.open()  # a worker that is started meanwhile
    assert another.memory.rows == 40
    add(another, range(400, 410))
    assert is_away(another)
    server.start()
    assert reader.raw(1, START, START + 409 * STEP_MS).values.tolist() == [float(step) for step in range(410)]
    fold_all(another)
    assert another.memory.active.rows == 0
    assert another.raw(1, START, START + 409 * STEP_MS).values.tolist() == [float(step) for step in range(410)]
    assert sum(bucket.n for bucket in another.buckets(1, MINUTE, START, START + 409 * STEP_MS)) == 410


def test_a_mongodb_that_hangs_holds_a_turn_no_longer_than_an_answer_may_take(
    server: MongoServer, store: ClusterStore
) -> None:
    add(store, range(360, 370))
    os.kill(server.pid, signal.SIGSTOP)
    try:
        assert is_away(store)
        add(store, range(370, 380))
        assert is_away(store)
    finally:
        os.kill(server.pid, signal.SIGCONT)
    fold_all(store)
    assert store.raw(1, START, START + 380 * STEP_MS).values.tolist() == [float(step) for step in range(380)]
    assert sum(bucket.n for bucket in store.buckets(1, HOUR, START, START + 379 * STEP_MS)) == 380
