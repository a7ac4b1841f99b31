"""Readings of which only a part is stored."""

from __future__ import annotations

import pytest

from belvedere.domain.reading import Reading, Reason, Rejection
from belvedere.pipeline.tests.conftest import NOW, Make
from belvedere.rules.conditions import IsTrue, NoData
from belvedere.rules.evaluate.rule import compile_rule

FLAG = compile_rule(7, 1, 1, IsTrue())


async def test_a_series_too_many_costs_a_reading_only_that_value(pipelines: Make) -> None:
    pipeline = await pipelines()
    pipeline.device.series = {f"m{i}": i for i in range(2, 202)}
    pipeline.send(Reading(NOW, {"m2": 1.0, "too_many": 1.0}), Reading(NOW, {"other": 1.0}))
    outcome = (await pipeline.outcome())[0][1]
    assert (outcome.stored, outcome.duplicate) == (1, 0)
    assert [(one.index, one.reason, one.metric, one.whole) for one in outcome.rejected] == [
        (0, Reason.TOO_MANY_SERIES, "too_many", False),
        (1, Reason.TOO_MANY_SERIES, "other", True),
    ]
    assert pipeline.store.raw(2, NOW, NOW).values.tolist() == [1.0]


async def test_only_readings_of_which_nothing_is_left_move_the_others_in_their_body(pipelines: Make) -> None:
    pipeline = await pipelines()
    pipeline.device.series = {f"m{i}": i for i in range(2, 202)}
    refused = [
        Rejection(0, Reason.BAD_VALUE, "", "a", False),
        Rejection(1, Reason.BAD_METRIC, "", "A", True),
        Rejection(1, Reason.BAD_VALUE, "", "b", True),
    ]
    pipeline.send(Reading(NOW, {"m2": 1.0}), Reading(NOW, {"too_many": 1.0}), rejected=refused)
    outcome = (await pipeline.outcome())[0][1]
    assert (outcome.rejected[-1].index, outcome.rejected[-1].metric) == (2, "too_many")


async def test_a_flag_is_a_number_to_the_store_the_rules_and_their_states(pipelines: Make) -> None:
    pipeline = await pipelines(FLAG)
    pipeline.device.series = {"battery_low": 1}
    pipeline.send(Reading(NOW, {"battery_low": True}))
    await pipeline.outcome()
    assert [row.kind for row in pipeline.store.outbox_after(0, 9)] == ["opened"]
    assert pipeline.store.raw(1, NOW, NOW).values.tolist() == [1.0]
    pipeline.worker.stop(30)
    again = await pipelines(FLAG)
    again.device.series = {"battery_low": 1}
    again.send(Reading(NOW + 1, {"battery_low": False}))
    await again.outcome()
    assert again.told_kinds() == ["opened", "resolved"]


async def test_what_is_refused_of_a_deleted_device_is_kept_for_nobody(pipelines: Make) -> None:
    pipeline = await pipelines()
    pipeline.device.gone = True
    pipeline.send(rejected=[Rejection(0, Reason.BAD_JSON)])
    await pipeline.outcome()
    assert pipeline.store.quarantined(":d0", 1 << 60, 9) == []
    pipeline.device.gone = False
    pipeline.send(rejected=[Rejection(0, Reason.BAD_JSON)])
    await pipeline.outcome(2)
    assert pipeline.store.refused_counts(":d0") == {"bad_json": 1}
    pipeline.worker.errand(lambda: pipeline.store.drop_device(":d0")).result(30)
    assert (pipeline.store.quarantined(":d0", 1 << 60, 9), pipeline.store.refused_counts(":d0")) == ([], {})


async def test_quarantine_names_each_refused_metric_and_keeps_the_body_once_a_reason(pipelines: Make) -> None:
    pipeline = await pipelines()
    refused = [
        Rejection(0, Reason.BAD_VALUE, "a is not a number.", "a", False),
        Rejection(0, Reason.BAD_VALUE, "b is not a number.", "b", False),
        Rejection(1, Reason.BAD_VALUE, "a is not a number.", "a", False),
        Rejection(1, Reason.OUT_OF_RANGE, "c is beyond 1e15.", "c", False),
    ]
    pipeline.send(Reading(NOW, {"temperature": 1.0}), Reading(NOW, {"temperature": 1.0}), rejected=refused)
    await pipeline.outcome()
    assert [(row.reason, row.detail) for row in pipeline.store.quarantined(":d0", 1 << 60, 9)] == [
        ("out_of_range", "c is beyond 1e15."),
        ("bad_value", "a is not a number. Also: b."),
    ]


async def test_what_came_as_true_or_false_makes_a_binary_series_by_its_first_value(pipelines: Make) -> None:
    pipeline = await pipelines()
    pipeline.send(Reading(NOW, {"a": True, "b": 1.0}), Reading(NOW + 1, {"a": 0.5, "b": False}))
    outcome = (await pipeline.outcome())[0][1]
    assert pipeline.allocator.flags == {"a": True, "b": False}
    told = [(one.index, one.reason, one.metric, one.whole) for one in outcome.rejected]
    assert told == [(1, Reason.BAD_VALUE, "a", False)], "also in the body that made the series"
    assert pipeline.flow.figures.rejected == {Reason.BAD_VALUE: 1}


async def test_a_series_that_is_binary_in_the_registry_refuses_what_is_neither_0_nor_1(pipelines: Make) -> None:
    pipeline = await pipelines()
    pipeline.device.series = {"lid": 1, "weight": 2}
    pipeline.device.binary = {"lid"}
    refused = [Rejection(0, Reason.BAD_METRIC, "", "A", True)]
    good: list[dict[str, float]] = [{"lid": 1.0}, {"lid": False}, {"lid": True, "weight": 0.4}, {"lid": 0.0}]
    bad: list[dict[str, float]] = [{"lid": 0.4}, {"lid": 2.0, "weight": 0.5}]
    values = [bad[0], *good, bad[1]]
    pipeline.send(*(Reading(NOW + n, one) for n, one in enumerate(values)), rejected=refused)
    outcome = (await pipeline.outcome())[0][1]
    told = [(one.index, one.reason, one.metric, one.whole) for one in outcome.rejected[1:]]
    assert told == [(1, Reason.BAD_VALUE, "lid", True), (6, Reason.BAD_VALUE, "lid", False)]
    assert outcome.stored == 5
    assert pipeline.store.raw(1, NOW, NOW + 9).values.tolist() == [1.0, 0.0, 1.0, 0.0]
    assert pipeline.store.raw(2, NOW, NOW + 9).values.tolist() == [0.4, 0.5]
    assert [row.reason for row in pipeline.store.quarantined(":d0", 1 << 60, 9)] == ["bad_value", "bad_metric"]


@pytest.mark.parametrize(("first", "is_binary"), [(True, True), (False, True), (1.0, False)])
async def test_a_series_that_a_rule_waited_for_becomes_binary_by_its_first_value(
    pipelines: Make, first: float, is_binary: bool
) -> None:
    pipeline = await pipelines(compile_rule(8, 1, 1, NoData(for_seconds=60)))
    pipeline.book.metric = "lid"
    pipeline.worker.take_up_rules()
    await pipeline.ticks(3)
    assert pipeline.device.valueless == {"lid"}
    pipeline.send(Reading(NOW, {"lid": first}), Reading(NOW + 1, {"lid": True}))
    await pipeline.outcome()
    assert pipeline.device.binary == ({"lid"} if is_binary else set())
    assert pipeline.device.valueless == set()
