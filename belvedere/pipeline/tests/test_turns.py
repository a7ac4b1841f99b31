"""Turns of a worker: which partitions it holds, and what it does where one of them fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest

from belvedere.pipeline import turns as module
from belvedere.pipeline.partition import PartitionWorker
from belvedere.pipeline.stream.port import RecordsLost
from belvedere.pipeline.turns import Held, Turns
from belvedere.readings.store.port import Fenced, StoreUnavailable

PARTITIONS, SLOTS = 4, 2


class Cluster:
    """What several workers share: leases, and who stands by. Time passes with each wait for records."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.leases: dict[int, tuple[str, float]] = {}
        self.opened_at = 0.0
        self.during: Callable[[], object] = lambda: None
        self.standing_by = False
        self.heard_since_ms: int | None = 500
        self.log: list[tuple[str, str, int]] = []  # (worker, what, partition)
        self.errors: dict[int, Exception] = {}  # of the next turn of a partition
        self.versions: dict[int, int] = {}
        self.turned: list[int] = []  # partitions that had a turn
        self.database_error: Exception | None = None
        self.records_come = False
        self.at_turn: Callable[[], object] = lambda: None
        self.rules = 0  # how often they were edited
        self.while_opening: Callable[[], object] = lambda: None

    def worker(self, name: str) -> Turns:
        return Process(self, name).turns


class Process:
    """One worker."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.cluster = cluster
        self.name = name
        self.opened: dict[int, Partition] = {}
        self.turns = Turns(
            self.open_partition,
            self,
            self,
            self,
            self,
            PARTITIONS,
            SLOTS,
            after_round=lambda: None,
            follow_time=lambda: False,
            monotonic=lambda: cluster.now,
        )

    def open_partition(self, partition: int) -> Held:
        error = self.cluster.errors.pop(partition, None)
        if isinstance(error, RecordsLost):
            raise error
        if error is not None:
            self.cluster.errors[partition] = error
        self.cluster.log.append((self.name, "opened", partition))
        self.cluster.opened_at = self.cluster.now
        seen = self.cluster.versions.setdefault(partition, 0)
        self.opened[partition] = opened = Partition(self, partition)
        self.cluster.while_opening()
        return Held(
            cast("PartitionWorker", opened),
            nudge=lambda: None,
            after=lambda: None,
            stale=lambda version: version != seen,
            close=lambda: self.cluster.log.append((self.name, "closed", partition)),
        )

    def fetch(self, timeout_seconds: float) -> bool:
        self.cluster.now += 0.01 if self.cluster.records_come else timeout_seconds
        self.cluster.during()
        return self.cluster.records_come

    def take(self, partition: int, seconds: int) -> bool:
        owner, until = self.cluster.leases.get(partition, ("", 0.0))
        if owner not in ("", self.name) and until > self.cluster.now:
            return False
        self.cluster.leases[partition] = self.name, self.cluster.now + seconds
        return True

    def renew(self, partitions: Sequence[int], seconds: int) -> dict[int, int]:
        if self.cluster.database_error is not None:
            raise self.cluster.database_error
        mine = [one for one in partitions if self.cluster.leases.get(one, ("",))[0] == self.name]
        for one in mine:
            self.cluster.leases[one] = self.name, self.cluster.now + seconds
        return {one: self.cluster.versions.get(one, 0) for one in mine}

    def release(self, partitions: Sequence[int]) -> None:
        for one in partitions:
            if self.cluster.leases.get(one, ("",))[0] == self.name:
                del self.cluster.leases[one]

    def look(self, _partitions: Sequence[int]) -> int | None:
        return self.cluster.heard_since_ms

    def announce(self) -> None:
        self.cluster.standing_by = True

    def wanted(self) -> bool:
        was, self.cluster.standing_by = self.cluster.standing_by, False
        return was


class Partition:
    """The worker of one partition, as far as turns ask it."""

    def __init__(self, process: Process, number: int) -> None:
        self._cluster = process.cluster
        self._name = process.name
        self._number = number
        self.rules = self._cluster.rules

    def turn(self) -> None:
        self._cluster.turned.append(self._number)
        self._cluster.at_turn()
        error = self._cluster.errors.pop(self._number, None)
        if error is not None:
            raise error

    def wait_anew(self, since_ms: int) -> None:
        self._cluster.log.append((self._name, f"waits anew since {since_ms}", self._number))

    def load(self) -> None:
        self.rules = self._cluster.rules

    def apply(self, _changes: Any) -> None:
        self.load()


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


def test_a_slot_goes_to_whoever_asks_first_and_its_successor_stays_there(cluster: Cluster) -> None:
    first, second = cluster.worker("first"), cluster.worker("second")
    assert first.advance(0, chained=False)
    assert not second.advance(0, chained=False)
    assert first.advance(0, chained=True)
    assert (first.held, second.held) == ([0, 2], [])


def test_a_rule_that_is_edited_while_a_partition_is_opened_is_known_there(cluster: Cluster) -> None:
    process = Process(cluster, "first")

    def edit() -> None:
        cluster.rules += 1
        process.turns.apply([])

    cluster.while_opening = edit
    assert process.turns.advance(0, chained=False)
    assert [process.opened[one].rules for one in process.turns.held] == [cluster.rules] * 2


def test_a_message_of_the_beat_starts_no_second_chain_but_revives_one_that_was_lost(cluster: Cluster) -> None:
    worker = cluster.worker("first")
    assert worker.advance(0, chained=False)
    began = cluster.now
    assert not worker.advance(0, chained=False)
    assert cluster.now == began, "it costs no turn"
    cluster.now += module.CHAIN_SECONDS
    assert worker.advance(0, chained=False)


def test_a_killed_workers_partitions_are_taken_over_once_its_lease_ends(cluster: Cluster) -> None:
    dead, heir = cluster.worker("dead"), cluster.worker("heir")
    assert dead.advance(1, chained=False)
    assert not heir.advance(1, chained=False)
    cluster.now += module.LEASE_SECONDS
    assert heir.advance(1, chained=False)
    assert heir.held == [1, 3]


def test_a_worker_that_hung_finds_its_slot_taken_and_forgets_it(cluster: Cluster) -> None:
    hung, heir = cluster.worker("hung"), cluster.worker("heir")
    assert hung.advance(0, chained=False)
    cluster.now += module.LEASE_SECONDS
    assert heir.advance(0, chained=False)
    assert not hung.advance(0, chained=True)
    assert (hung.held, heir.held) == ([], [0, 2])


def test_one_worker_holds_all_slots_and_gives_one_up_to_a_second_worker(cluster: Cluster) -> None:
    first, second = cluster.worker("first"), cluster.worker("second")
    assert first.advance(0, chained=False)
    assert first.advance(1, chained=False)
    assert first.held == [0, 1, 2, 3]
    assert not second.advance(0, chained=False)
    assert not first.advance(1, chained=True), "it is released"
    assert second.advance(1, chained=False)
    assert (first.held, second.held) == ([0, 2], [1, 3])


def test_a_worker_is_idle_between_tasks_however_long_one_takes(cluster: Cluster) -> None:
    worker = cluster.worker("first")
    cluster.now += 3
    assert worker.idle_seconds == 3
    seen: list[tuple[float, float]] = []
    begun = cluster.now
    cluster.during = lambda: seen.append((worker.idle_seconds, worker.busy_seconds - (cluster.now - begun)))
    assert worker.advance(0, chained=False)
    assert set(seen) == {(0.0, 0.0)}
    assert cluster.now > begun
    assert (worker.idle_seconds, worker.busy_seconds) == (0, 0)
    cluster.now += 4
    assert not worker.advance(0, chained=False)
    assert worker.idle_seconds == 0, "one of the beat counts, too"


def test_a_clean_stop_gives_everything_back_at_once(cluster: Cluster) -> None:
    first, second = cluster.worker("first"), cluster.worker("second")
    assert first.advance(0, chained=False)
    first.close()
    assert first.held == []
    assert second.advance(0, chained=False)


def test_a_partition_that_another_worker_has_moved_on_is_opened_anew(cluster: Cluster) -> None:
    worker = cluster.worker("first")
    assert worker.advance(0, chained=False)
    cluster.errors[0] = Fenced("another worker has committed")
    cluster.log.clear()
    assert worker.advance(0, chained=True)
    assert ("first", "closed", 0) in cluster.log
    assert worker.advance(0, chained=True)
    assert ("first", "opened", 0) in cluster.log
    assert worker.held == [0, 2]


def test_a_partition_found_stale_is_opened_anew_before_it_is_used(cluster: Cluster) -> None:
    worker = cluster.worker("first")
    assert worker.advance(0, chained=False)
    cluster.versions[2] += 1
    cluster.log.clear()
    assert worker.advance(0, chained=True)
    assert cluster.log[:2] == [("first", "closed", 2), ("first", "opened", 2)]


def test_while_the_database_is_away_partitions_stay_open_and_wait_however_many_records_come(cluster: Cluster) -> None:
    worker = cluster.worker("first")
    assert worker.advance(0, chained=False)
    cluster.database_error = StoreUnavailable("MySQL does not answer")
    cluster.records_come = True
    cluster.now += module.LOOK_SECONDS
    cluster.log.clear()
    turns = len(cluster.turned)
    for _ in range(3):
        assert worker.advance(0, chained=True)
    assert (len(cluster.turned), cluster.log, worker.held) == (turns, [], [0, 2])
    cluster.database_error, cluster.records_come = None, False
    assert worker.advance(0, chained=True)
    assert (len(cluster.turned) > turns, cluster.log) == (True, [])


def test_a_partition_that_another_worker_had_in_between_is_opened_anew(cluster: Cluster) -> None:
    worker = cluster.worker("first")
    assert worker.advance(0, chained=False)
    cluster.leases[2] = "second", cluster.now  # which has ended
    cluster.log.clear()
    assert worker.advance(0, chained=True)
    assert cluster.log[:2] == [("first", "closed", 2), ("first", "opened", 2)]


def test_a_worker_that_is_told_to_stop_ends_its_turn_after_the_partition_that_it_is_at(cluster: Cluster) -> None:
    worker = cluster.worker("first")
    assert worker.advance(0, chained=False)
    began, turns = cluster.now, len(cluster.turned)
    cluster.at_turn = worker.end_soon
    assert not worker.advance(0, chained=True), "it sends no successor"
    assert cluster.turned[turns:] == [0]
    assert not worker.advance(1, chained=False)
    assert (cluster.now, worker.held) == (began, [0, 2]), "it has waited for no record, and takes no other slot"


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (StoreUnavailable("MySQL does not answer"), module.BACK_OFF_SECONDS),
        (RecordsLost("12 records were deleted"), module.LONG_BACK_OFF_SECONDS),
        (ValueError("unforeseen"), module.LONG_BACK_OFF_SECONDS),
    ],
)
def test_a_partition_that_fails_waits_and_the_others_go_on(cluster: Cluster, error: Exception, seconds: float) -> None:
    worker = cluster.worker("first")
    assert worker.advance(0, chained=False)
    cluster.errors[0] = error
    cluster.log.clear()
    failed_at = cluster.now
    while ("first", "opened", 0) not in cluster.log:
        assert worker.advance(0, chained=True)
        assert 2 in worker.held
    assert cluster.log[0] == ("first", "closed", 0)
    assert seconds <= cluster.opened_at - failed_at <= seconds + 2 * module.TURN_SECONDS


def test_a_partition_is_told_since_when_devices_have_been_heard_at_its_opening_and_when_that_changes(
    cluster: Cluster,
) -> None:
    worker = cluster.worker("first")
    assert worker.advance(0, chained=False)
    cluster.heard_since_ms = 900  # an endpoint was started anew
    assert worker.advance(0, chained=True)
    assert worker.advance(1, chained=False)
    told = [entry for entry in cluster.log if "waits" in entry[1]]
    assert told == [
        ("first", "waits anew since 500", 0),
        ("first", "waits anew since 500", 2),
        ("first", "waits anew since 900", 0),
        ("first", "waits anew since 900", 2),
        ("first", "waits anew since 900", 1),
        ("first", "waits anew since 900", 3),
    ]
