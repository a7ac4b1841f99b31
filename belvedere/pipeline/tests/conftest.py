"""A worker over a real store, with doubles of what stands around it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from belvedere.domain.reading import Outcome, Reading, Rejection
from belvedere.pipeline import worker as worker_module
from belvedere.pipeline.flow import Flow
from belvedere.pipeline.ingest.port import Untold
from belvedere.pipeline.ingest.still import StillClocks
from belvedere.pipeline.rulebook import Now
from belvedere.pipeline.stream.memory import MemoryStream
from belvedere.pipeline.stream.port import Receipt, Record, Taken
from belvedere.pipeline.worker import Worker
from belvedere.readings.latest.memory import MemoryLatest
from belvedere.readings.store.port import StoreUnavailable
from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.rules.evaluate.rule import CompiledRule

NOW = 1_763_900_000_000


class Device:
    def __init__(self, series: dict[str, int]) -> None:
        self.id, self.site_id, self.series = "d0", 1, series
        self.data_key, self.digest, self.gone = ":d0", "0" * 64, False
        self.binary: set[str] = set()
        self.valueless: set[str] = set()
        self.last_stamp_ms = self.stamped_at_ms = 0


class Clock:
    """The server's clock, which can be set, and the time that passes."""

    def __init__(self) -> None:
        self.wall_ms = self.steady_ms = NOW

    def set_by(self, seconds: float) -> None:
        self.wall_ms += int(seconds * 1000)

    def now(self) -> Now:
        return Now(self.wall_ms, self.steady_ms)

    def pass_by(self, seconds: float) -> None:
        self.wall_ms += int(seconds * 1000)
        self.steady_ms += int(seconds * 1000)


class Allocator:
    """Numbers series from 100; `fails` makes the registry fail so many times first."""

    def __init__(self, device: Device) -> None:
        self.fails = 0
        self.flags: dict[str, bool | None] = {}
        self.numbers: dict[str, int] = {}
        self.device = device

    def site_of(self, series: int) -> int | None:
        return 1

    def get(self, device_id: str) -> Device | None:
        return self.device if device_id == self.device.id else None

    def make_binary(self, pairs: Any) -> None:
        for device, metric in pairs:
            device.binary.add(metric)

    def allocate(self, wanted: Any) -> None:
        if self.fails:
            self.fails -= 1
            raise StoreUnavailable("belvedere.db is locked")
        for device, metric, is_flag in wanted:
            self.flags[metric] = is_flag
            if metric == "poison":
                raise ValueError("nobody foresaw this")
            if is_flag:
                device.binary.add(metric)
            if is_flag is None:
                device.valueless.add(metric)
            device.series[metric] = self.numbers.get(metric, 100 + len(device.series))


class Book:
    """The rules all watch series 1 and, where `metric` is given, wait for it.

    later: the rules from the next tick on.
    """

    def __init__(self, *rules: CompiledRule) -> None:
        self.rules = rules
        self.metric: str | None = None
        self.later: tuple[CompiledRule, ...] | None = None

    def map_watching(self) -> dict[int, tuple[CompiledRule, ...]]:
        return {1: self.rules}

    def list_awaited(self) -> list[tuple[str, str]]:
        return [("d0", self.metric)] if self.metric else []

    def get_rule(self, rule_id: int) -> CompiledRule | None:
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def list_watched(self) -> list[tuple[CompiledRule, int]]:
        return [(rule, 1) for rule in self.rules]

    def follow_time(self) -> bool:
        due, self.later = self.later, None
        self.rules = self.rules if due is None else due
        return due is not None

    def list_ticking(self) -> list[tuple[CompiledRule, int]]:
        return [(rule, 1) for rule in self.rules if rule.silence]


class Timekeeper:
    """Counts its ticks. remembered_with: how many values were committed when it was asked to remember."""

    def __init__(self, committed: Callable[[], int]) -> None:
        self.ticks = 0
        self.remembered_with: list[int] = []
        self._committed = committed

    def tick(self) -> None:
        self.ticks += 1

    def remember(self) -> None:
        self.remembered_with.append(self._committed())


class Latest(MemoryLatest):
    """values: what has moved, whether or not a tick has passed."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[int, tuple[int, float]] = {}

    def moved(self, site_id: int, series_id: int, ts_ms: int, value: float) -> None:
        super().moved(site_id, series_id, ts_ms, value)
        self.values[series_id] = (ts_ms, value)


class Sink:
    """Remembers what it was told, and what the poll would have shown at that moment."""

    def __init__(self, latest: Latest) -> None:
        self.latest, self.told, self.shown = latest, [], []  # type: ignore[var-annotated]  # filled below
        self.failures: list[int] = []
        self.changed = asyncio.Event()

    def failed(self, token: int) -> None:
        self.failures.append(token)
        self.changed.set()

    def settle(self, tokens: list[int], outcomes: list[Outcome]) -> None:
        self.told += zip(tokens, outcomes, strict=True)
        self.shown.append(dict(self.latest.values))
        self.changed.set()


class Pipeline:
    """A worker over a real store, with its doubles."""

    def __init__(
        self,
        path: Path,
        *rules: CompiledRule,
        max_bytes: int = 1 << 20,
        clock: Clock | None = None,
        later: tuple[CompiledRule, ...] | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.stream = MemoryStream(asyncio.get_running_loop(), max_bytes, lambda: self.clock.steady_ms)
        self.store = SqliteStore(path)
        self.store.open()
        self.device = Device({"temperature": 1})
        self.latest, self.allocator = Latest(), Allocator(self.device)
        self.sink = Sink(self.latest)
        self.book = Book(*rules)
        self.book.later = later
        self.timekeeper = Timekeeper(lambda: self.flow.figures.committed)
        self.woken = threading.Event()
        self.flow = Flow(
            self.stream,
            self.store,
            self.allocator,
            self.book,
            self.latest,
            StillClocks(Untold()),
            self.woken.set,
            self.clock.now,
        )
        self.worker = Worker(
            self.flow,
            self.stream,
            self.store,
            self.book,
            self.timekeeper,
            self.clock.now,
        )

    def send(
        self,
        *readings: Reading,
        rejected: list[Rejection] | None = None,
        token: int = 1,
        from_quarantine: bool = False,
    ) -> None:
        received_ms = self.clock.wall_ms
        record = Record(self.device, list(readings), rejected or [], received_ms, b"{}", 0, from_quarantine)
        self.stream.submit(record, Receipt(self.sink, token))

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """What is sent meanwhile waits in the queue."""
        self.stream.take = lambda timeout_seconds: Taken([], [])  # type: ignore[method-assign]  # nothing comes
        try:
            yield
        finally:
            del self.stream.take

    async def transitions(self, count: int = 1) -> list[str]:
        """The kinds of the outbox's rows, once there are so many."""
        async with asyncio.timeout(30):
            while len(self.told_kinds()) < count:
                await asyncio.sleep(0.01)
        return self.told_kinds()

    def told_kinds(self) -> list[str]:
        return [row.kind for row in self.store.outbox_after(0, 99) if row.kind != "remains"]

    async def ticks(self, count: int = 2) -> None:
        """Until the worker has ticked so often: what a tick could fire has fired."""
        before = self.flow.figures.ticks
        async with asyncio.timeout(30):
            while self.flow.figures.ticks < before + count:
                await asyncio.sleep(0.01)

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
    monkeypatch.setattr(worker_module, "TICK_SECONDS", 0.01)
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
