"""After an error that nobody foresaw, the next thing works."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from belvedere.domain.reading import Reading
from belvedere.pipeline.tests.conftest import NOW, Make, Pipeline
from belvedere.readings.store.sqlite.flush import Flush
from belvedere.readings.store.sqlite.retention import Retention
from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.rules.conditions import Above, IsTrue
from belvedere.rules.evaluate.rule import compile_rule

HOT = compile_rule(7, 1, 1, Above(level=35, clear=34))


class SurpriseError(Exception):
    """Of a kind that no code expects."""


def failing(times: int, step: Callable[..., Any]) -> Callable[..., Any]:
    """The step, failing so often first: with its transaction open."""
    left = [times]

    def wrapped(self: Any, *args: Any) -> Any:
        database = self.database if isinstance(self, SqliteStore) else self._database
        if left[0]:
            left[0] -= 1
            if not database.db.in_transaction:
                database.db.execute("BEGIN IMMEDIATE")
            raise SurpriseError
        return step(self, *args)

    return wrapped


async def stores_again(pipeline: Pipeline, ts_ms: int = NOW + 50) -> None:
    told = len(pipeline.sink.told)
    pipeline.send(Reading(ts_ms, {"temperature": 1.0}), token=99)
    assert (await pipeline.outcome(told + 1))[-1][0] == 99
    assert pipeline.worker.broken is None


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_a_failed_transaction_is_left_before_the_next_begins(
    pipelines: Make, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    # 1: the batch fails, each alone works. 2: the first alone fails as well. 3: so does the last one.
    pipeline = await pipelines()
    await pipeline.ticks()
    monkeypatch.setattr(SqliteStore, "_write", failing(times, SqliteStore._write))
    with pipeline.held():
        pipeline.send(Reading(NOW, {"temperature": 20.0}), token=1)
        pipeline.send(Reading(NOW + 1, {"temperature": 21.0}), token=2)
    async with asyncio.timeout(30):
        while len(pipeline.sink.told) + len(pipeline.sink.failures) < 2:
            await asyncio.sleep(0.01)
    assert len(pipeline.sink.failures) == times - 1
    assert pipeline.stream.pending_bytes == 0
    await stores_again(pipeline)


async def test_an_error_of_the_stream_is_not_taken_for_one_of_the_batch_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = Pipeline(tmp_path / "readings.db")
    pipeline.send(Reading(NOW, {"poison": 1.0}), token=2)
    pipeline.worker.turn()

    def surprise(_timeout_seconds: float) -> None:
        raise SurpriseError

    monkeypatch.setattr(pipeline.stream, "take", surprise)
    with pytest.raises(SurpriseError):  # so the loop waits before it asks again
        pipeline.worker.turn()
    await asyncio.sleep(0)
    assert pipeline.sink.failures == [2]
    assert pipeline.stream.pending_bytes == 0
    pipeline.store.close()


async def test_a_transition_is_told_once_though_its_commit_failed_first(
    pipelines: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Had the states been adopted before the commit, the second try would find the alert open already.
    pipeline = await pipelines(HOT)
    await pipeline.ticks()
    monkeypatch.setattr(SqliteStore, "_write", failing(1, SqliteStore._write))
    pipeline.send(Reading(NOW, {"temperature": 40.0}))
    await pipeline.outcome()
    assert pipeline.told_kinds() == ["opened"]


async def test_a_tick_that_fails_comes_round_again(pipelines: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = await pipelines(compile_rule(8, 1, 1, IsTrue(for_seconds=60)))
    pipeline.send(Reading(NOW, {"temperature": 1.0}))
    await pipeline.outcome()
    monkeypatch.setattr(SqliteStore, "_write", failing(1, SqliteStore._write))
    pipeline.clock.pass_by(61)
    assert await pipeline.transitions() == ["opened"]
    await stores_again(pipeline)


async def test_an_edit_that_fails_is_taken_up_again(pipelines: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = await pipelines()
    pipeline.send(Reading(NOW, {"temperature": 40.0}))
    await pipeline.outcome()
    await pipeline.ticks()
    monkeypatch.setattr(SqliteStore, "_write", failing(1, SqliteStore._write))
    pipeline.book.rules = (HOT,)
    pipeline.worker.take_up_rules()
    assert await pipeline.transitions() == ["opened"]
    await stores_again(pipeline)


async def test_an_errand_that_fails_says_so_and_leaves_no_transaction(pipelines: Make) -> None:
    pipeline = await pipelines()

    def surprise() -> None:
        pipeline.store.database.db.execute("BEGIN IMMEDIATE")
        raise SurpriseError

    with pytest.raises(SurpriseError):
        await asyncio.wrap_future(pipeline.worker.errand(surprise))
    await stores_again(pipeline)


@pytest.mark.parametrize("part", ["flush", "retention"])
async def test_housekeeping_that_fails_leaves_no_transaction(
    pipelines: Make, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    pipeline = await pipelines()
    kind = Flush if part == "flush" else Retention
    if part == "flush":
        monkeypatch.setattr(Flush, "due", True)
    monkeypatch.setattr(kind, "step", failing(1, lambda _self, *_budget: None))
    await stores_again(pipeline)
