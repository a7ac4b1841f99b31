"""The worker of one partition: which rules it minds, and what it leaves to whoever holds it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest

from belvedere.domain.changes import Change, ChangeKind
from belvedere.domain.reading import Reading
from belvedere.pipeline.partition import FencedStore, PartitionBook, PartitionWorker
from belvedere.pipeline.tests.conftest import NOW, Book, Pipeline
from belvedere.readings.store.batch import Batch
from belvedere.readings.store.port import Fenced, StoreUnavailable
from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.rules.conditions import Above, NoData
from belvedere.rules.evaluate.rule import CompiledRule, compile_rule

HOT = compile_rule(7, 1, 1, Above(level=35, clear=34))
SILENT = compile_rule(8, 1, 1, NoData(for_seconds=120))


class SiteBook(Book):
    """The rules watch a series of each of two partitions."""

    def list_watched(self) -> list[tuple[CompiledRule, int]]:
        return [(rule, series) for rule in self.rules for series in (1, 2)]

    def list_ticking(self) -> list[tuple[CompiledRule, int]]:
        return [pair for pair in self.list_watched() if pair[0].silence]

    def list_awaited(self) -> list[tuple[str, str]]:
        return [("d0", "smoke"), ("d1", "smoke")]


class Store(SqliteStore):
    """The embedded store as if other workers had it, too. error: of the next commit."""

    heard: Mapping[int, int]
    error: Exception | None = None

    def commit(self, batch: Batch) -> None:
        error, self.error = self.error, None
        if error is not None:
            raise error
        super().commit(batch)


class Partition(Pipeline):
    """One over the store that the worker before it left."""

    def __init__(
        self, path: Path, *rules: CompiledRule, heard: Mapping[int, int] | None = None, seconds: float = 0.0
    ) -> None:
        """seconds: after the first one."""
        self.has_room = True
        super().__init__(path, *rules)
        self.clock.pass_by(seconds)
        self.store = self.shared_store = Store(path)
        self.store.open()
        self.shared_store.heard = heard or {}
        book = PartitionBook(SiteBook(*rules), lambda series: series == 1, lambda device_id: device_id == "d0")
        self.flow._store, self.flow._book = self.store, book
        self.flow.rules = type(self.flow.rules)(book, self.store.present, self.store.rule_history)
        self.worker = self.partition_worker = PartitionWorker(
            self.flow,
            self.stream,
            cast("FencedStore", self.store),
            book,
            self.timekeeper,
            self.clock.now,
            lambda key: key == ":d0",
            lambda: self.has_room,
        )
        self.worker.restore()

    def turn(self) -> None:
        self.stream.nudge()
        self.worker.turn()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "readings.db"


def test_a_book_of_a_partition_names_its_own_series_and_devices_alone() -> None:
    book = PartitionBook(SiteBook(HOT, SILENT), lambda series: series == 2, lambda device_id: device_id == "d1")
    assert book.list_watched() == [(HOT, 2), (SILENT, 2)]
    assert book.list_ticking() == [(SILENT, 2)]
    assert book.list_awaited() == [("d1", "smoke")]
    assert book.get_rule(HOT.id) is HOT


async def test_a_partition_notes_the_time_with_its_commits(path: Path) -> None:
    partition = Partition(path)
    for _ in range(2):
        partition.worker._next_tick = 0.0
        partition.turn()
    assert partition.timekeeper.ticks == 2


async def test_a_partition_keeps_states_of_its_own_series_alone(path: Path) -> None:
    partition = Partition(path, HOT, SILENT)
    partition.turn()
    assert {(state.rule, state.series) for state in partition.store.rule_states()} == {(7, 1), (8, 1)}


@pytest.mark.parametrize("error", [Fenced("another worker has committed"), StoreUnavailable("MySQL does not answer")])
async def test_an_error_that_is_no_records_fault_passes_at_once_and_blames_no_record(
    path: Path, error: Exception
) -> None:
    partition = Partition(path, HOT)
    partition.turn()
    partition.send(Reading(NOW, {"temperature": 40.0}))
    partition.shared_store.error = error
    with pytest.raises(type(error)):
        partition.turn()
    assert partition.sink.failures == []
    again = Partition(path, HOT)
    again.turn()
    again.send(Reading(NOW, {"temperature": 40.0}))
    again.turn()
    assert again.told_kinds() == ["opened"]


async def test_a_hand_over_renews_no_wait_for_a_silence(path: Path) -> None:
    first = Partition(path, SILENT)
    first.turn()
    first.send(Reading(NOW, {"temperature": 20.0}))
    first.turn()
    for hand_over in range(1, 6):  # each 30 s
        heir = Partition(path, SILENT, heard={1: NOW}, seconds=30.0 * hand_over)
        heir.turn()
        assert heir.told_kinds() == (["opened"] if hand_over >= 4 else [])


async def test_since_an_endpoint_was_started_anew_no_silence_of_before_counts(path: Path) -> None:
    first = Partition(path, SILENT)
    first.turn()
    heir = Partition(path, SILENT, heard={1: NOW}, seconds=121.0)
    heir.partition_worker.wait_anew(NOW + 60_000)
    heir.turn()
    assert heir.told_kinds() == []
    heir.clock.pass_by(60.0)
    heir.worker._next_tick = 0.0
    heir.turn()
    assert heir.told_kinds() == ["opened"]


async def test_a_silence_is_told_only_of_a_time_in_which_devices_could_be_heard(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Partition(path, SILENT).turn()
    partition = Partition(path, SILENT, heard={1: NOW}, seconds=150.0)
    monkeypatch.setattr(partition.stream, "silence_ms", lambda for_ms: NOW + for_ms - 1)
    partition.turn()
    assert partition.told_kinds() == []
    monkeypatch.setattr(partition.stream, "silence_ms", lambda for_ms: NOW + for_ms)
    partition.worker._next_tick = 0.0
    partition.turn()
    assert partition.told_kinds() == ["opened"]


async def test_what_was_refused_of_a_deleted_device_is_dropped_by_the_partition_of_that_device(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    partition = Partition(path)
    dropped: list[str] = []
    monkeypatch.setattr(partition.store, "drop_device", dropped.append)
    deleted = [
        Change(n, ChangeKind.DEVICE_DELETED, f"d{n}", {"data_key": f":d{n}", "site_id": 1, "series": []})
        for n in (0, 1)
    ]
    partition.worker.apply(deleted)
    partition.turn()
    assert dropped == [":d0"]


async def test_a_partition_without_room_takes_nothing_until_it_has_some(path: Path) -> None:
    partition = Partition(path, HOT)
    partition.turn()
    partition.has_room = False
    partition.send(Reading(NOW, {"temperature": 40.0}))
    partition.turn()
    assert (partition.told_kinds(), partition.sink.failures, partition.stream.pending) == ([], [], 1)
    partition.has_room = True
    partition.turn()
    assert partition.told_kinds() == ["opened"]
    assert partition.stream.pending == 0
