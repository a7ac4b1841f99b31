"""Which clock decides what: order by effective time, waits by the time that passes."""

import asyncio

import pytest

from belvedere.domain.reading import Reading, Reason, Rejection
from belvedere.pipeline.tests.conftest import NOW, Make, Pipeline
from belvedere.rules.conditions import Above, Condition, IsTrue, NoData
from belvedere.rules.evaluate.rule import CompiledRule, compile_rule

HOUR = 3_600
AHEAD_MS = 290_000  # within what a device's clock may be ahead


def rule_of(condition: Condition) -> CompiledRule:
    return compile_rule(7, 1, 1, condition)


def reading(ts_ms: int, temperature: float, **others: float) -> Reading:
    return Reading(ts_ms, {"temperature": temperature, **others})


HOT = rule_of(Above(level=35, clear=34))


async def test_after_a_devices_clock_was_set_right_its_next_reading_counts_and_shows(pipelines: Make) -> None:
    pipeline = await pipelines(HOT)
    pipeline.send(reading(NOW + AHEAD_MS, 20))
    await pipeline.outcome()
    assert pipeline.latest.values[1] == (NOW, 20.0), "the time told is not in the server's future"
    pipeline.clock.pass_by(1)
    pipeline.send(reading(NOW + 500, 99))
    await pipeline.outcome(2)
    assert pipeline.told_kinds() == ["opened"]
    assert pipeline.latest.values[1] == (NOW + 500, 99.0)


async def test_after_a_restart_the_reading_shown_is_the_last_one_though_another_claims_to_be_newer(
    pipelines: Make,
) -> None:
    pipeline = await pipelines(HOT)
    pipeline.send(reading(NOW + AHEAD_MS, 20))
    pipeline.clock.pass_by(1)
    pipeline.send(reading(NOW + 500, 99))
    await pipeline.outcome(2)
    pipeline.worker.stop(30)
    again = await pipelines(HOT, clock=pipeline.clock)
    assert again.store.present[1][:2] == (NOW + 500, 99.0)
    again.send(reading(NOW + 400, 20), token=3)
    await again.outcome()
    assert again.told_kinds() == ["opened"], "what is older than that is late"
    again.clock.pass_by(AHEAD_MS / 1000)
    again.send(reading(again.clock.wall_ms, 21))
    await again.outcome(2)
    again.worker.stop(30)
    last = Pipeline(again.store.database.path, HOT)
    assert last.store.present[1][1] == 21.0, "a clock that is right again leaves nothing behind"
    last.store.close()


@pytest.mark.parametrize("restarted", [False, True])
async def test_after_the_servers_clock_came_back_behind_the_next_reading_counts_and_shows(
    pipelines: Make, restarted: bool
) -> None:
    pipeline = await pipelines(HOT)
    pipeline.send(reading(NOW, 20))
    await pipeline.outcome()
    pipeline.clock.set_by(-HOUR / 2)
    if restarted:
        pipeline.worker.stop(30)
        pipeline = await pipelines(HOT, clock=pipeline.clock)
    pipeline.clock.pass_by(1)
    now_ms = pipeline.clock.wall_ms
    pipeline.send(reading(now_ms, 99))
    pipeline.send(reading(now_ms - 100, 20))
    await pipeline.outcome(2)
    assert pipeline.told_kinds() == ["opened"]
    assert pipeline.latest.values[1] == (now_ms, 99.0)


async def test_late_readings_are_late_after_a_restart_as_well(pipelines: Make) -> None:
    pipeline = await pipelines(HOT)
    pipeline.send(reading(NOW, 20))
    await pipeline.outcome()
    pipeline.worker.stop(30)
    again = await pipelines(HOT)
    again.clock.pass_by(10)
    again.send(reading(NOW - 1, 99))
    await again.outcome()
    assert again.told_kinds() == []
    assert 1 not in again.latest.values


async def test_readings_that_the_server_stamps_ahead_of_its_clock_count_one_after_the_other(pipelines: Make) -> None:
    # A device without a clock sent three within a millisecond: the stamps rise, the receipt is one.
    pipeline = await pipelines(HOT)
    pipeline.send(reading(NOW, 99), reading(NOW + 1, 20), reading(NOW + 2, 98))
    await pipeline.outcome()
    assert pipeline.told_kinds() == ["opened", "resolved", "opened"]
    assert {row.ts_ms for row in pipeline.store.outbox_after(0, 9)} == {NOW}, "no alert begins in the future"
    assert pipeline.latest.values[1] == (NOW, 98.0)


async def test_a_body_that_comes_newest_first_is_judged_in_order_of_time(pipelines: Make) -> None:
    pipeline = await pipelines(rule_of(Above(level=35, for_seconds=60)))
    minutes = [20.0, 40.0, 41.0, 42.0, 20.0]
    body = [reading(NOW - 60_000 * age, value) for age, value in enumerate(reversed(minutes))]
    pipeline.send(*body)
    await pipeline.outcome()
    rows = pipeline.store.outbox_after(0, 9)
    assert [(row.kind, row.ts_ms) for row in rows if row.kind != "updated"] == [
        ("opened", NOW - 120_000),
        ("resolved", NOW),
    ]


async def test_in_a_body_that_comes_newest_first_a_refused_reading_is_named_by_its_place(pipelines: Make) -> None:
    pipeline = await pipelines()
    pipeline.device.series = {f"m{i}": i for i in range(2, 202)}
    fits, too_many = Reading(NOW - 1, {"m2": 1.0}), Reading(NOW - 2, {"one_more": 1.0})
    pipeline.send(fits, too_many, fits._replace(ts_ms=NOW - 3), rejected=[Rejection(0, Reason.BAD_VALUE)])
    outcome = (await pipeline.outcome())[0][1]
    assert [(one.index, one.reason) for one in outcome.rejected] == [(0, "bad_value"), (2, "too_many_series")]


async def test_silence_raises_no_data_without_any_reading(pipelines: Make) -> None:
    pipeline = await pipelines(rule_of(NoData(for_seconds=120)))
    pipeline.send(reading(NOW, 30))
    await pipeline.outcome()
    pipeline.clock.pass_by(119)
    await pipeline.ticks()
    assert pipeline.told_kinds() == []
    pipeline.clock.pass_by(1)
    assert await pipeline.transitions() == ["opened"]


async def test_what_held_for_so_long_opens_without_another_reading(pipelines: Make) -> None:
    pipeline = await pipelines(rule_of(IsTrue(for_seconds=600)))
    pipeline.send(reading(NOW, 1))
    await pipeline.outcome()
    pipeline.clock.pass_by(600)
    await pipeline.ticks()
    assert pipeline.told_kinds() == []
    pipeline.clock.pass_by(1)
    assert await pipeline.transitions() == ["opened"]
    assert pipeline.store.outbox_after(0, 9)[0].ts_ms == NOW + 600_000


@pytest.mark.parametrize("condition", [NoData(for_seconds=600), IsTrue(for_seconds=600)])
@pytest.mark.parametrize("step", [HOUR, -HOUR])
async def test_a_step_of_the_servers_clock_neither_fires_nor_delays(
    pipelines: Make, condition: Condition, step: int
) -> None:
    pipeline = await pipelines(rule_of(condition))
    pipeline.send(reading(NOW, 1))
    await pipeline.outcome()
    pipeline.clock.set_by(step)
    pipeline.clock.pass_by(599)
    await pipeline.ticks()
    assert pipeline.told_kinds() == []
    pipeline.clock.pass_by(2)
    assert await pipeline.transitions() == ["opened"]


async def test_a_device_that_is_an_hour_behind_is_not_silent(pipelines: Make) -> None:
    pipeline = await pipelines(rule_of(NoData(for_seconds=60)))
    for minute in range(3):
        pipeline.send(reading(pipeline.clock.wall_ms - HOUR * 1000, minute))
        await pipeline.outcome(minute + 1)
        pipeline.clock.pass_by(59)
        await pipeline.ticks()
    assert pipeline.told_kinds() == []


async def test_what_waits_in_the_queue_is_not_silence(pipelines: Make) -> None:
    pipeline = await pipelines(rule_of(NoData(for_seconds=60)))
    pipeline.send(reading(NOW, 1))
    await pipeline.outcome()
    with pipeline.held():
        await pipeline.ticks()
        pipeline.send(reading(NOW + 1_000, 2))
        pipeline.clock.pass_by(HOUR)
        await pipeline.ticks()
        assert pipeline.told_kinds() == []
    await pipeline.outcome(2)
    await pipeline.ticks()
    assert pipeline.told_kinds() == []


async def test_a_time_in_which_nothing_could_be_stored_is_not_silence(
    pipelines: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = await pipelines(rule_of(NoData(for_seconds=60)))
    pipeline.send(reading(NOW, 1))
    await pipeline.outcome()
    pipeline.allocator.fails = 1 << 30
    pipeline.send(Reading(NOW, {"humidity": 1.0}))
    async with asyncio.timeout(30):
        while pipeline.stream.stalled is None:
            await asyncio.sleep(0.01)
    pipeline.clock.pass_by(HOUR)
    pipeline.allocator.fails = 0
    await pipeline.outcome(2)
    await pipeline.ticks()
    assert pipeline.told_kinds() == []
    pipeline.clock.pass_by(60)
    assert await pipeline.transitions() == ["opened"]


async def test_after_an_outage_of_the_server_the_wait_for_data_begins_anew(pipelines: Make) -> None:
    rule = rule_of(NoData(for_seconds=600))
    pipeline = await pipelines(rule)
    pipeline.send(reading(NOW, 1))
    await pipeline.outcome()
    pipeline.worker.stop(30)
    pipeline.clock.pass_by(HOUR)
    again = await pipelines(rule, clock=pipeline.clock)
    await again.ticks()
    again.clock.pass_by(599)
    await again.ticks()
    assert again.told_kinds() == []
    again.clock.pass_by(1)
    assert await again.transitions() == ["opened"]


async def test_a_wait_goes_on_over_an_outage(pipelines: Make) -> None:
    rule = rule_of(IsTrue(for_seconds=600))
    pipeline = await pipelines(rule)
    pipeline.send(reading(NOW, 1))
    await pipeline.outcome()
    pipeline.worker.stop(30)
    pipeline.clock.pass_by(500)
    again = await pipelines(rule, clock=pipeline.clock)
    await again.ticks()
    assert again.told_kinds() == []
    again.clock.pass_by(101)
    assert await again.transitions() == ["opened"]
