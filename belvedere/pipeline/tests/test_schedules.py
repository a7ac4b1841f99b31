"""The edges of a rule's schedule while the pipeline runs, and when it is killed at one."""

from __future__ import annotations

import pytest

from belvedere.domain.reading import Reading
from belvedere.pipeline.tests.conftest import Make, Pipeline
from belvedere.rules.conditions import IsTrue, NoData
from belvedere.rules.evaluate.rule import compile_rule, suspend_rule

DOOR = compile_rule(7, 1, 1, IsTrue())
OUTSIDE = suspend_rule(DOOR)


async def sent(pipeline: Pipeline, value: float) -> None:
    pipeline.clock.pass_by(1)
    pipeline.send(Reading(pipeline.clock.wall_ms, {"temperature": value}))
    await pipeline.outcome(len(pipeline.sink.told) + 1)


async def test_a_tick_ends_what_is_open_as_the_schedule_ends_and_opens_it_as_it_begins(pipelines: Make) -> None:
    pipeline = await pipelines(DOOR)
    await sent(pipeline, 1.0)
    assert await pipeline.transitions() == ["opened"]
    pipeline.clock.pass_by(3_600)
    pipeline.book.later = (OUTSIDE,)
    assert await pipeline.transitions(2) == ["opened", "suspended"]
    assert pipeline.store.outbox_after(0, 9)[1].ts_ms == pipeline.clock.wall_ms
    await sent(pipeline, 0.0)
    await sent(pipeline, 1.0)
    pipeline.clock.pass_by(3_600)
    pipeline.book.later = (DOOR,)
    assert await pipeline.transitions(3) == ["opened", "suspended", "opened"]
    assert pipeline.store.outbox_after(0, 9)[2].ts_ms == pipeline.clock.wall_ms


async def test_outside_the_schedule_nothing_is_raised_and_readings_are_stored(pipelines: Make) -> None:
    pipeline = await pipelines(OUTSIDE, suspend_rule(compile_rule(8, 1, 1, NoData(for_seconds=5))))
    await sent(pipeline, 1.0)
    pipeline.clock.pass_by(60)
    await pipeline.ticks(3)
    assert pipeline.told_kinds() == []
    assert pipeline.latest.values[1][1] == 1.0


@pytest.mark.parametrize(
    ("before", "since", "kinds"),
    [(DOOR, OUTSIDE, ["opened", "suspended"]), (OUTSIDE, DOOR, ["opened"])],
    ids=["it has ended", "it has begun"],
)
async def test_an_edge_that_came_before_a_kill_is_made_up_for_at_the_start(
    pipelines: Make, monkeypatch: pytest.MonkeyPatch, before: object, since: object, kinds: list[str]
) -> None:
    pipeline = await pipelines(before)
    await sent(pipeline, 1.0)
    monkeypatch.setattr(pipeline.flow, "take_up_rules", lambda *_edit: None)  # killed before it looked
    pipeline.book.later = (since,)  # type: ignore[assignment]  # parametrized
    await pipeline.ticks(3)
    pipeline.worker.stop(30)
    again = await pipelines(since, clock=pipeline.clock)
    assert await again.transitions(len(kinds)) == kinds
    again.worker.stop(30)
    third = await pipelines(since, clock=pipeline.clock)
    await third.ticks(3)
    assert third.told_kinds() == kinds, "said once"


async def test_a_start_opens_nothing_by_a_schedule_that_was_judged_before_the_clock(pipelines: Make) -> None:
    pipeline = await pipelines(OUTSIDE)
    await sent(pipeline, 1.0)
    pipeline.worker.stop(30)
    # The book is read before the clock is judged; the store that the judgement needs is opened later.
    again = await pipelines(DOOR, clock=pipeline.clock, later=(OUTSIDE,))
    await again.ticks(3)
    assert again.told_kinds() == []


async def test_what_is_open_is_ended_at_the_start_where_the_schedule_ended_while_the_server_was_off(
    pipelines: Make,
) -> None:
    pipeline = await pipelines(DOOR)
    await sent(pipeline, 1.0)
    pipeline.worker.stop(30)
    pipeline.clock.pass_by(8 * 3_600)
    again = await pipelines(DOOR, clock=pipeline.clock)
    again.book.later = (OUTSIDE,)  # as the real book finds it with the first look at a clock that has been judged
    assert await again.transitions(2) == ["opened", "suspended"]
