"""What becomes of alerts and waits when somebody edits a rule while the pipeline runs."""

import sqlite3
import threading

import pytest

from belvedere.domain.reading import Reading
from belvedere.pipeline.tests.conftest import NOW, Make, Pipeline
from belvedere.readings.store.batch import Batch
from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.rules.conditions import Above, Condition, IsTrue, NoData, Rate
from belvedere.rules.evaluate.rule import CompiledRule, compile_rule


def rule_of(condition: Condition, version: int = 1) -> CompiledRule:
    return compile_rule(7, version, 1, condition)


async def sent(pipeline: Pipeline, *values: float) -> None:
    """These values, a second apart."""
    for value in values:
        pipeline.clock.pass_by(1)
        pipeline.send(Reading(pipeline.clock.wall_ms, {"temperature": value}))
        await pipeline.outcome(len(pipeline.sink.told) + 1)


async def edited(pipeline: Pipeline, *rules: CompiledRule) -> None:
    pipeline.book.rules = rules
    pipeline.worker.take_up_rules()
    await pipeline.ticks(3)


async def test_a_rule_that_is_made_while_its_condition_holds_opens_without_another_reading(pipelines: Make) -> None:
    pipeline = await pipelines()
    await sent(pipeline, 1.0)
    pipeline.clock.pass_by(600)
    await edited(pipeline, rule_of(IsTrue()))
    row = pipeline.store.outbox_after(0, 9)[0]
    assert (row.kind, row.ts_ms, row.value) == ("opened", pipeline.clock.wall_ms, 1.0)


async def test_another_level_opens_and_resolves_without_another_reading(pipelines: Make) -> None:
    pipeline = await pipelines(rule_of(Above(50.0)))
    await sent(pipeline, 40.0)
    await edited(pipeline, rule_of(Above(30.0), 2))
    assert pipeline.told_kinds() == ["opened"]
    await edited(pipeline, rule_of(Above(45.0), 3))
    assert pipeline.told_kinds() == ["opened", "resolved"]


async def test_a_rule_that_is_switched_off_and_on_at_once_opens_again(
    pipelines: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its alert was resolved when it was switched off, before this thread came to it.
    smoke = rule_of(IsTrue())
    pipeline = await pipelines(smoke)
    await sent(pipeline, 1.0)
    assert await pipeline.transitions() == ["opened"]
    look, released = pipeline.flow.take_up_rules, threading.Event()
    monkeypatch.setattr(pipeline.flow, "take_up_rules", lambda *edit: released.wait(30) and look(*edit))
    pipeline.book.rules = ()
    pipeline.worker.take_up_rules()
    pipeline.book.rules = (smoke,)
    pipeline.worker.take_up_rules()
    released.set()
    assert await pipeline.transitions(2) == ["opened", "opened"]


async def test_a_rule_that_was_off_for_a_moment_before_a_kill_says_at_the_start_what_remains_open(
    pipelines: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    smoke = rule_of(IsTrue())
    pipeline = await pipelines(smoke)
    await sent(pipeline, 1.0)
    began = pipeline.clock.wall_ms
    monkeypatch.setattr(pipeline.flow, "take_up_rules", lambda *_edit: None)  # killed before it looked
    pipeline.worker.take_up_rules()
    pipeline.worker.stop(30)
    again = await pipelines(smoke, clock=pipeline.clock)
    await again.ticks(3)
    rows = again.store.outbox_after(0, 9)
    assert [(row.kind, row.ts_ms, row.value) for row in rows] == [("opened", began, 1.0), ("remains", began, 1.0)]
    again.worker.take_up_rules()
    await again.ticks(3)
    assert len(again.store.outbox_after(0, 9)) == 2, "said once a start"


@pytest.mark.parametrize(("before", "unseen", "kinds"), [(0.0, 1.0, ["opened"]), (1.0, 0.0, ["opened", "resolved"])])
async def test_a_value_that_came_while_the_rule_was_off_before_a_kill_is_judged_at_the_start(
    pipelines: Make, monkeypatch: pytest.MonkeyPatch, before: float, unseen: float, kinds: list[str]
) -> None:
    smoke = rule_of(IsTrue())
    pipeline = await pipelines(smoke)
    await sent(pipeline, before)
    monkeypatch.setattr(pipeline.flow, "take_up_rules", lambda *_edit: None)
    pipeline.book.rules = ()
    pipeline.worker.take_up_rules()
    await sent(pipeline, unseen)
    pipeline.worker.stop(30)
    again = await pipelines(smoke, clock=pipeline.clock)
    await again.ticks(3)
    assert again.told_kinds() == kinds


async def test_a_start_neither_ends_a_silence_nor_begins_a_wait_anew(pipelines: Make) -> None:
    door, silence = rule_of(IsTrue(for_seconds=60)), compile_rule(8, 1, 1, NoData(for_seconds=20))
    pipeline = await pipelines(door, silence)
    await sent(pipeline, 1.0)
    pipeline.clock.pass_by(30)
    assert await pipeline.transitions() == ["opened"]
    pipeline.worker.stop(30)
    again = await pipelines(door, silence, clock=pipeline.clock)
    await again.ticks(3)
    assert again.told_kinds() == ["opened"]
    again.clock.pass_by(31)
    assert await again.transitions(2) == ["opened", "opened"]


async def test_a_new_name_starts_no_wait_anew(pipelines: Make) -> None:
    pipeline = await pipelines(rule_of(IsTrue(for_seconds=60)))
    await sent(pipeline, 1.0)
    pipeline.clock.pass_by(50)
    await edited(pipeline, rule_of(IsTrue(for_seconds=60), 2))
    pipeline.clock.pass_by(11)
    assert await pipeline.transitions() == ["opened"]


async def test_an_open_rate_alert_survives_an_edit_and_a_restart_until_its_window_is_calm(pipelines: Make) -> None:
    pipeline = await pipelines(rule_of(Rate(60.0, "up", 60)))
    await sent(pipeline, 20.0, 99.0)
    assert pipeline.told_kinds() == ["opened"]
    await edited(pipeline, rule_of(Rate(50.0, "up", 60), 2))
    await sent(pipeline, 99.0)
    assert pipeline.told_kinds() == ["opened"]
    pipeline.worker.stop(30)
    again = await pipelines(rule_of(Rate(50.0, "up", 60), 2), clock=pipeline.clock)
    await sent(again, 99.0)
    assert again.told_kinds() == ["opened"]
    again.clock.pass_by(60)
    await sent(again, 99.0)
    assert again.told_kinds() == ["opened", "resolved"]


async def test_a_rate_rule_that_is_made_after_the_jump_sees_it_in_what_is_stored(pipelines: Make) -> None:
    pipeline = await pipelines()
    await sent(pipeline, 20.0, 99.0)
    await edited(pipeline, rule_of(Rate(50.0, "up", 60)))
    assert pipeline.told_kinds() == ["opened"]


async def test_states_of_a_deleted_rule_are_forgotten_in_memory_and_on_disk(pipelines: Make) -> None:
    pipeline = await pipelines(rule_of(IsTrue()))
    await sent(pipeline, 1.0)
    assert len(pipeline.store.rule_states()) == 1
    await edited(pipeline)
    assert pipeline.store.rule_states() == []
    assert pipeline.flow.rules._states == {}


async def test_states_of_a_rule_that_was_deleted_while_the_server_was_off_are_forgotten(pipelines: Make) -> None:
    pipeline = await pipelines(rule_of(IsTrue()))
    await sent(pipeline, 1.0)
    pipeline.worker.stop(30)
    again = await pipelines()
    await again.ticks(3)
    assert again.store.rule_states() == []


async def test_a_rule_that_was_changed_while_the_server_was_off_is_judged_at_the_start(pipelines: Make) -> None:
    pipeline = await pipelines(rule_of(Above(50.0)))
    await sent(pipeline, 40.0)
    pipeline.worker.stop(30)
    again = await pipelines(rule_of(Above(30.0), 2), clock=pipeline.clock)
    assert await again.transitions() == ["opened"]


async def test_a_rule_waits_for_a_metric_that_its_device_has_never_sent(pipelines: Make) -> None:
    pipeline = await pipelines()
    pipeline.device.series = {}
    pipeline.book.metric = "temperature"
    pipeline.allocator.numbers = {"temperature": 1}
    await edited(pipeline, rule_of(NoData(for_seconds=60)))
    assert pipeline.device.series == {"temperature": 1}
    pipeline.clock.pass_by(60)
    await pipeline.transitions()
    row = pipeline.store.outbox_after(0, 9)[0]
    assert (row.series_id, row.ts_ms, row.value) == (1, NOW + 60_000, None)
    await sent(pipeline, 20.0)
    assert pipeline.told_kinds() == ["opened", "resolved"]


async def test_an_edit_while_the_disk_is_full_is_taken_up_when_it_is_not(
    pipelines: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = await pipelines()
    await sent(pipeline, 1.0)
    write, failures = SqliteStore._write, [3]

    def failing(store: SqliteStore, batch: Batch) -> None:
        if failures[0]:
            failures[0] -= 1
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorname = "SQLITE_FULL"
            raise error
        write(store, batch)

    monkeypatch.setattr(SqliteStore, "_write", failing)
    pipeline.book.rules = (rule_of(IsTrue()),)
    pipeline.worker.take_up_rules()
    assert await pipeline.transitions() == ["opened"]
    assert failures == [0]


async def test_a_wait_begins_with_the_edit_however_long_the_pipeline_is_busy(
    pipelines: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = await pipelines()
    take_up, released = pipeline.flow.take_up_rules, threading.Event()
    monkeypatch.setattr(pipeline.flow, "take_up_rules", lambda *edit: released.wait(30) and take_up(*edit))
    pipeline.book.rules = (compile_rule(8, 1, 1, NoData(for_seconds=60)),)
    pipeline.worker.take_up_rules()
    pipeline.clock.pass_by(61)
    released.set()
    assert await pipeline.transitions() == ["opened"]
