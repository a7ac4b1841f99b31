import asyncio
import threading
from pathlib import Path

import pytest

from belvedere.domain.reading import Outcome, Reading, Reason, Rejection
from belvedere.pipeline.stream import memory
from belvedere.pipeline.stream.port import StreamFull
from belvedere.pipeline.tests.conftest import NOW, Make, Pipeline
from belvedere.readings.store.batch import Batch
from belvedere.readings.store.port import StoreBroken
from belvedere.readings.store.sqlite import flush as flush_module
from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.rules.conditions import Above, IsTrue
from belvedere.rules.evaluate.rule import compile_rule

HOT = compile_rule(7, 1, 1, Above(level=35, clear=34))


def reading(ts_ms: int, **values: float) -> Reading:
    return Reading(ts_ms, values)


async def test_an_acknowledged_reading_is_in_the_store_and_in_the_poll(pipelines: Make) -> None:
    pipeline = await pipelines()
    pipeline.send(reading(NOW, temperature=21.5, humidity=60.0), token=9)
    assert await pipeline.outcome() == [(9, Outcome(1, 0, []))]
    assert pipeline.sink.shown == [{1: (NOW, 21.5), 101: (NOW, 60.0)}]
    again = SqliteStore(pipeline.store.database.path)
    again.open()
    assert again.raw(1, NOW, NOW).values.tolist() == [21.5]


async def test_the_position_of_the_stream_is_committed_with_its_records_also_where_they_are_taken_one_by_one(
    tmp_path: Path,
) -> None:
    pipeline = Pipeline(tmp_path / "readings.db")
    pipeline.send(reading(NOW, temperature=21.5))
    pipeline.send(reading(NOW + 1, temperature=22.5))
    taken = pipeline.stream.take(0)._replace(position=12)
    assert [single.position for single in taken.singly()] == [None, 12]
    pipeline.flow.process(taken, lambda step: step())
    assert pipeline.store.position == 12
    pipeline.store.close()


async def test_the_same_reading_twice_is_stored_once_and_said_to_be_a_duplicate(pipelines: Make) -> None:
    pipeline = await pipelines()
    pipeline.send(reading(NOW, temperature=21.5), reading(NOW, temperature=21.5))
    assert (await pipeline.outcome())[0][1] == Outcome(1, 1, [])


async def test_two_events_in_one_second_are_both_stored_and_both_move_the_rules(pipelines: Make) -> None:
    pipeline = await pipelines(HOT)
    pipeline.clock.pass_by(1)
    body = [reading(NOW, temperature=20.0), reading(NOW, temperature=36.0), reading(NOW, temperature=30.0)]
    pipeline.send(*body)
    assert (await pipeline.outcome())[0][1] == Outcome(3, 0, [], 2)
    assert [(row.kind, row.ts_ms) for row in pipeline.store.outbox_after(0, 9)] == [
        ("opened", NOW + 1),
        ("resolved", NOW + 2),
    ]
    assert pipeline.sink.shown == [{1: (NOW + 2, 30.0)}]
    pipeline.send(*body)
    assert (await pipeline.outcome(2))[1][1] == Outcome(0, 3, [])
    assert (pipeline.flow.figures.adjusted, pipeline.flow.figures.duplicates) == (2, 3)
    assert len(pipeline.store.outbox_after(0, 9)) == 2


async def test_a_value_without_a_place_in_its_second_is_refused_and_costs_its_reading_nothing_else(
    pipelines: Make,
) -> None:
    pipeline = await pipelines()
    pipeline.send(*(reading(NOW, temperature=float(n)) for n in range(1_000)))
    body = [reading(NOW + 2_000, temperature=1.0), reading(NOW, temperature=-1.0, humidity=60.0)]
    pipeline.send(*body)
    outcome = (await pipeline.outcome(2))[1][1]
    assert (outcome.stored, outcome.duplicate) == (2, 0)
    assert [(one.index, one.reason) for one in outcome.rejected] == [(1, Reason.CONFLICT)]
    assert "temperature" in outcome.rejected[0].detail
    assert [row.reason for row in pipeline.store.quarantined(":d0", 1 << 60, 9)] == ["conflict"]
    assert pipeline.flow.figures.rejected == {Reason.CONFLICT: 1}
    pipeline.send(*body, from_quarantine=True)
    outcome = (await pipeline.outcome(3))[2][1]
    assert (outcome.stored, outcome.duplicate, len(outcome.rejected)) == (0, 2, 1)
    assert len(pipeline.store.quarantined(":d0", 1 << 60, 9)) == 1


async def test_what_was_refused_is_acknowledged_and_kept_with_its_whole_body(pipelines: Make) -> None:
    pipeline = await pipelines()
    refused = [Rejection(0, Reason.BAD_VALUE)]
    pipeline.send(reading(NOW, temperature=1.0), rejected=refused)
    assert (await pipeline.outcome())[0][1] == Outcome(1, 0, refused)
    assert [row.body for row in pipeline.store.quarantined(":d0", 1 << 60, 9)] == [b"{}"]


async def test_a_series_too_many_is_refused_and_counted(pipelines: Make) -> None:
    pipeline = await pipelines()
    pipeline.device.series = {f"m{i}": i for i in range(2, 201)}
    pipeline.send(reading(NOW, m2=1.0, fits=1.0), reading(NOW, m2=2.0, too_many=1.0))
    outcome = (await pipeline.outcome())[0][1]
    assert (outcome.stored, [one.metric for one in outcome.rejected]) == (2, ["too_many"])
    assert pipeline.flow.figures.rejected == {Reason.TOO_MANY_SERIES: 1}


async def test_a_refused_reading_is_named_by_its_place_in_the_body(pipelines: Make) -> None:
    pipeline = await pipelines()
    pipeline.device.series = {f"m{i}": i for i in range(2, 202)}
    pipeline.send(reading(NOW, m2=1.0), reading(NOW, too_many=1.0), rejected=[Rejection(0, Reason.BAD_VALUE)])
    outcome = (await pipeline.outcome())[0][1]
    assert [(one.index, one.reason) for one in outcome.rejected] == [(0, "bad_value"), (2, "too_many_series")]


async def test_a_transition_is_committed_with_the_reading_that_caused_it_and_survives_a_restart(
    pipelines: Make,
) -> None:
    pipeline = await pipelines(HOT)
    pipeline.send(reading(NOW, temperature=36.0))
    await pipeline.outcome()
    assert pipeline.woken.wait(30)
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
    assert pipeline.latest.values[1] == (NOW, 30.0)
    assert len(pipeline.store.raw(1, 0, NOW).ts) == 2
    assert list(pipeline.store.outbox_after(0, 9)) == []


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


async def test_a_single_reading_is_moved_from_the_log_to_a_chunk_in_time(
    pipelines: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flush_module, "FREEZE_SECONDS", 0.01)
    pipeline = await pipelines()
    pipeline.send(reading(NOW, temperature=21.5))
    await pipeline.outcome()
    with pipeline.store.database.pool.lend() as db:
        async with asyncio.timeout(30):
            while db.execute("SELECT (SELECT count(*) FROM chunk), (SELECT count(*) FROM log)").fetchone() != (1, 0):
                await asyncio.sleep(0.01)
    assert pipeline.store.raw(1, 0, 1 << 50).values.tolist() == [21.5]


async def test_a_stop_commits_what_was_taken(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path / "readings.db")
    for step in range(100):
        pipeline.send(reading(NOW + step, temperature=1.0), token=step)
    pipeline.worker.start()
    assert pipeline.worker.stop(30)
    assert len(pipeline.store.raw(1, 0, NOW + 100).ts) == 100


async def test_a_stop_commits_what_still_waits_after_the_batch_at_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "MAX_BATCH", 10)
    pipeline = Pipeline(tmp_path / "readings.db")
    for step in range(100):
        pipeline.send(reading(NOW + step, temperature=1.0), token=step)
    pipeline.worker._stopping.set()  # asked to stop before it has taken anything
    pipeline.worker.start()
    assert pipeline.worker.stop(30)
    assert len(pipeline.store.raw(1, 0, NOW + 100).ts) == 100


async def test_a_stop_judges_by_the_rules_that_were_edited_just_before(tmp_path: Path) -> None:
    before = Pipeline(tmp_path / "readings.db")
    before.send(reading(NOW, temperature=1.0))
    before.worker.start()
    assert before.worker.stop(30)
    before.store.close()
    pipeline = Pipeline(tmp_path / "readings.db", compile_rule(7, 1, 1, IsTrue()))
    pipeline.worker._stopping.set()
    pipeline.worker.start()
    assert pipeline.worker.stop(30)
    assert pipeline.told_kinds() == ["opened"]


async def test_a_submission_that_fails_unforeseen_takes_no_other_with_it_and_leaves_no_bytes(pipelines: Make) -> None:
    pipeline = await pipelines()
    pipeline.send(reading(NOW, temperature=20.0), token=1)
    pipeline.send(reading(NOW, poison=1.0), token=2)
    pipeline.send(reading(NOW + 1, temperature=21.0), token=3)
    told = await pipeline.outcome(2)
    assert [(token, outcome.stored + outcome.duplicate) for token, outcome in told] == [(1, 1), (3, 1)]
    assert pipeline.sink.failures == [2]
    assert pipeline.stream.pending_bytes == 0
    assert list(pipeline.store.raw(1, 0, NOW + 10).ts) == [NOW, NOW + 1]
