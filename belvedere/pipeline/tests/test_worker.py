import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from belvedere.domain.reading import Outcome, Reading, Reason, Rejection
from belvedere.pipeline import worker as worker_module
from belvedere.pipeline.stream.memory import MemoryStream
from belvedere.pipeline.stream.port import StreamFull, Submission
from belvedere.pipeline.worker import Worker
from belvedere.readings.retention import Retention
from belvedere.readings.store.batch import Batch
from belvedere.readings.store.port import StoreBroken, StoreUnavailable
from belvedere.readings.store.sqlite import SqliteStore
from belvedere.rules.conditions import Above, NoData
from belvedere.rules.evaluate import CompiledRule, compile_rule

NOW = 1_763_900_000_000
HOT = compile_rule(7, 1, 1, Above(level=35, clear=34))


class Device:
    def __init__(self, series: dict[str, int]) -> None:
        self.id, self.site_id, self.series, self.last_stamp_ms = "d0", 1, series, 0


class Allocator:
    """Numbers series from 100; `fails` makes the registry fail so many times first."""

    def __init__(self) -> None:
        self.fails = 0

    def allocate(self, wanted: Any) -> None:
        if self.fails:
            self.fails -= 1
            raise StoreUnavailable("belvedere.db is locked")
        for device, metric in wanted:
            device.series[metric] = 100 + len(device.series)


class Book:
    def __init__(self, *rules: CompiledRule) -> None:
        self.rules = rules

    def of_series(self, series_id: int) -> tuple[CompiledRule, ...]:
        return self.rules if series_id == 1 else ()

    def of(self, rule_id: int) -> CompiledRule | None:
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def watched(self) -> list[tuple[CompiledRule, int]]:
        return [(rule, 1) for rule in self.rules]

    def ticking(self) -> list[tuple[CompiledRule, int]]:
        return [(rule, 1) for rule in self.rules if rule.silence]


class Latest:
    def __init__(self) -> None:
        self.values: dict[int, tuple[int, float]] = {}

    def moved(self, site_id: int, series_id: int, ts_ms: int, value: float) -> None:
        self.values[series_id] = (ts_ms, value)


class Sink:
    """Remembers what it was told, and what the poll would have shown at that moment."""

    def __init__(self, latest: Latest) -> None:
        self.latest, self.told, self.shown = latest, [], []  # type: ignore[var-annotated]  # filled below
        self.changed = asyncio.Event()

    def settle(self, outcomes: list[tuple[int, Outcome]]) -> None:
        self.told += outcomes
        self.shown.append(dict(self.latest.values))
        self.changed.set()


class Pipeline:
    """A worker over a real store, with its doubles."""

    def __init__(self, path: Path, *rules: CompiledRule, max_bytes: int = 1 << 20) -> None:
        self.stream = MemoryStream(asyncio.get_running_loop(), max_bytes)
        self.store = SqliteStore(path)
        self.store.open()
        self.latest, self.allocator = Latest(), Allocator()
        self.sink = Sink(self.latest)
        self.device = Device({"temperature": 1})
        self.worker = Worker(
            self.stream,
            self.store,
            self.allocator,
            Book(*rules),
            self.latest,
            lambda _series: 1,
            Retention(self.store, dict),
        )

    def send(self, *readings: Reading, rejected: list[Rejection] | None = None, token: int = 1) -> None:
        body = b"{}"
        self.stream.submit(Submission(self.device, list(readings), rejected or [], NOW, body, self.sink, token))

    async def outcome(self, count: int = 1) -> list[tuple[int, Outcome]]:
        async with asyncio.timeout(30):
            while len(self.sink.told) < count:
                self.sink.changed.clear()
                await self.sink.changed.wait()
        return list(self.sink.told)


@pytest.fixture
def pipelines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Awaitable[Pipeline]]]:
    """Makes started pipelines over one database; stops them at the end."""
    monkeypatch.setattr(worker_module, "RETRY_SECONDS", 0.01)
    made: list[Pipeline] = []

    async def make(*rules: CompiledRule, **options: Any) -> Pipeline:
        pipeline = Pipeline(tmp_path / "readings.db", *rules, **options)
        pipeline.worker.start()
        made.append(pipeline)
        return pipeline

    yield make
    for pipeline in made:
        pipeline.worker.stop(30)


Make = Callable[..., Awaitable[Pipeline]]


def reading(ts_ms: int, **values: float) -> Reading:
    return Reading(ts_ms, values)


async def test_an_acknowledged_reading_is_in_the_store_and_in_the_poll(pipelines: Make) -> None:
    pipeline = await pipelines()
    pipeline.send(reading(NOW, temperature=21.5, humidity=60.0), token=9)
    assert await pipeline.outcome() == [(9, Outcome(1, 0, []))]
    assert pipeline.sink.shown == [{1: (NOW, 21.5), 101: (NOW, 60.0)}]
    again = SqliteStore(pipeline.store.path)
    again.open()
    assert again.raw(1, NOW, NOW).values.tolist() == [21.5]


async def test_the_same_reading_twice_is_stored_once_and_said_to_be_a_duplicate(pipelines: Make) -> None:
    pipeline = await pipelines()
    pipeline.send(reading(NOW, temperature=21.5), reading(NOW, temperature=21.5))
    assert (await pipeline.outcome())[0][1] == Outcome(1, 1, [])
    pipeline.send(reading(NOW, temperature=22.0))
    assert (await pipeline.outcome(2))[1][1] == Outcome(0, 1, [])
    assert pipeline.worker.conflicts == 1


async def test_what_was_refused_is_acknowledged_and_kept_with_its_whole_body(pipelines: Make) -> None:
    pipeline = await pipelines()
    refused = [Rejection(0, Reason.BAD_VALUE)]
    pipeline.send(reading(NOW, temperature=1.0), rejected=refused)
    assert (await pipeline.outcome())[0][1] == Outcome(1, 0, refused)
    assert [row.body for row in pipeline.store.quarantined("d0", 1 << 60, 9)] == [b"{}"]


async def test_a_reading_that_needs_a_series_too_many_is_refused_whole(pipelines: Make) -> None:
    pipeline = await pipelines()
    pipeline.device.series = {f"m{i}": i for i in range(2, 201)}
    pipeline.send(reading(NOW, m2=1.0, fits=1.0), reading(NOW, m2=2.0, too_many=1.0))
    outcome = (await pipeline.outcome())[0][1]
    assert (outcome.stored, [one.reason for one in outcome.rejected]) == (1, [Reason.TOO_MANY_SERIES])
    assert pipeline.worker.rejected == {Reason.TOO_MANY_SERIES: 1}


async def test_a_transition_is_committed_with_the_reading_that_caused_it_and_survives_a_restart(
    pipelines: Make,
) -> None:
    pipeline = await pipelines(HOT)
    woken = threading.Event()
    pipeline.worker.wake_drain = woken.set
    pipeline.send(reading(NOW, temperature=36.0))
    await pipeline.outcome()
    assert woken.wait(30)
    assert [row.kind for row in pipeline.store.outbox_after(0, 9)] == ["opened"]
    pipeline.worker.stop(30)
    again = await pipelines(HOT)
    again.send(reading(NOW + 1, temperature=37.0))
    again.send(reading(NOW + 2, temperature=33.0))
    await again.outcome(2)
    assert [row.kind for row in again.store.outbox_after(1, 9)][-1] == "resolved"
    assert [row.kind for row in again.store.outbox_after(0, 9)].count("opened") == 1


async def test_a_late_reading_is_stored_but_does_not_raise_an_alert(pipelines: Make) -> None:
    pipeline = await pipelines(HOT)
    pipeline.send(reading(NOW, temperature=30.0))
    pipeline.send(reading(NOW - 1_000, temperature=40.0))
    await pipeline.outcome(2)
    assert len(pipeline.store.raw(1, 0, NOW).ts) == 2
    assert list(pipeline.store.outbox_after(0, 9)) == []


async def test_silence_raises_no_data_without_any_reading(pipelines: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [NOW]
    monkeypatch.setattr(worker_module, "_now_ms", lambda: clock[0])
    monkeypatch.setattr(worker_module, "TICK_SECONDS", 0.01)
    pipeline = await pipelines(compile_rule(8, 1, 1, NoData(for_seconds=120)))
    pipeline.send(reading(NOW, temperature=30.0))
    await pipeline.outcome()
    clock[0] += 121_000
    async with asyncio.timeout(30):
        while not pipeline.store.outbox_after(0, 9):
            await asyncio.sleep(0.01)
    assert pipeline.store.outbox_after(0, 9)[0].kind == "opened"


async def test_while_nothing_can_be_stored_nothing_is_acknowledged_and_then_everything_is(
    pipelines: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = await pipelines()
    write, full = pipeline.store._write, [True]

    def failing(batch: Batch) -> None:
        if full[0]:
            import sqlite3

            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorname = "SQLITE_FULL"
            raise error
        write(batch)

    monkeypatch.setattr(pipeline.store, "_write", failing)
    pipeline.send(reading(NOW, temperature=1.0), token=1)
    async with asyncio.timeout(30):
        while pipeline.stream.stalled is None:
            await asyncio.sleep(0.01)
    assert "disk is full" in pipeline.stream.stalled
    pipeline.send(reading(NOW + 1, temperature=2.0), token=2)
    await asyncio.sleep(0.1)
    assert pipeline.sink.told == []
    full[0] = False
    assert [token for token, _ in await pipeline.outcome(2)] == [1, 2]
    assert pipeline.stream.stalled is None


async def test_a_disk_that_fails_fsync_ends_the_process(pipelines: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = await pipelines()
    ended = threading.Event()
    monkeypatch.setattr("os._exit", lambda _code: ended.set())

    def lying(_batch: Batch) -> None:
        raise StoreBroken("fsync failed", disk_lies=True)

    monkeypatch.setattr(pipeline.store, "commit", lying)
    pipeline.send(reading(NOW, temperature=1.0))
    assert await asyncio.to_thread(ended.wait, 30)
    assert pipeline.sink.told == []


async def test_a_registry_that_is_locked_only_delays(pipelines: Make) -> None:
    pipeline = await pipelines()
    pipeline.allocator.fails = 3
    pipeline.send(reading(NOW, humidity=60.0))
    assert (await pipeline.outcome())[0][1].stored == 1


async def test_a_full_queue_says_so_and_calls_back_when_there_is_room(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path / "readings.db", max_bytes=300)
    called = asyncio.Event()
    pipeline.send(reading(NOW, temperature=1.0))
    pipeline.send(reading(NOW + 1, temperature=1.0))
    assert not pipeline.stream.has_room()
    with pytest.raises(StreamFull):
        pipeline.send(reading(NOW + 2, temperature=1.0))
    pipeline.stream.when_room(called.set)
    pipeline.worker.start()
    async with asyncio.timeout(30):
        await called.wait()
    pipeline.worker.stop(30)


async def test_a_stop_commits_what_was_taken(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path / "readings.db")
    for step in range(100):
        pipeline.send(reading(NOW + step, temperature=1.0), token=step)
    pipeline.worker.start()
    assert pipeline.worker.stop(30)
    assert len(pipeline.store.raw(1, 0, NOW + 100).ts) == 100
