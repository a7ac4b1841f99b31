"""A rule that is tried on stored readings gives what it would have given on arrival."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from belvedere.accounts.models import Site
from belvedere.devices.models import Device, Series
from belvedere.pipeline import replay_api
from belvedere.pipeline.replay import Player, drop_clear, list_raised
from belvedere.readings.store.chunk import Columns
from belvedere.readings.store.port import Keep
from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.readings.store.sqlite.tests.forgetting import forget
from belvedere.readings.tests.bound_store import open_bound_store
from belvedere.rules.conditions import Above, Condition, IsTrue, NoData, Outside, Rate
from belvedere.rules.evaluate.phases import Transition
from belvedere.rules.evaluate.rule import compile_rule
from belvedere.rules.evaluate.sample import evaluate_sample
from belvedere.rules.evaluate.state import create_state
from belvedere.rules.tests.playing import T0, Sample, Tick, everything, rule_of

MINUTE_MS = 60_000
DAY_MS = 86_400_000
NOW = T0 + 2 * 3_600_000


def columns(readings: Iterable[tuple[int, float]]) -> Columns:
    page = Columns(array("q"), array("d"))
    for ts, value in readings:
        page.ts.append(ts)
        page.values.append(value)
    return page


@given(
    st.lists(st.tuples(st.integers(1, 400), st.sampled_from([0.0, 7.4, 7.9, 8.1, 9.0])), min_size=1, max_size=60),
    st.sampled_from(
        [
            Above(8.0),
            Above(8.0, clear=7.5, for_seconds=60),
            Outside(1.0, 8.0, clear=0.5),
            Rate(0.5, window_seconds=60),
            NoData(300),
            IsTrue(30),
        ]
    ),
    st.integers(1, 9),
)
def test_pages_give_the_transitions_of_one_sample_after_the_other(
    steps: list[tuple[int, float]], condition: Condition, size: int
) -> None:
    rule = compile_rule(7, 1, 1, condition)
    readings = []
    ts = T0
    for seconds, value in steps:
        ts += seconds * 1000
        readings.append((ts, value))
    events: list[Sample | Tick] = []
    for at_ms, value in readings:
        events += [Tick(at_ms)] if rule.silence else []
        events.append(Sample(at_ms, value))
    player = Player(rule, T0)
    player.play(columns(readings[at : at + size]) for at in range(0, len(readings), size))
    assert player.transitions == everything(rule, events)


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 30)), min_size=1, max_size=300), st.integers(1, 150))
def test_a_rate_that_is_played_in_parts_ends_in_the_state_of_one_sample_after_the_other(
    steps: list[tuple[int, int]], size: int
) -> None:
    rule = compile_rule(7, 1, 1, Rate(0.5, window_seconds=600))
    times = accumulate((seconds * 1000 for seconds, _ in steps), initial=T0)
    readings = [(ts, tenths / 10) for ts, (_, tenths) in zip(times, steps, strict=False)]
    player = Player(rule, T0)
    player.play(columns(readings[at : at + size]) for at in range(0, len(readings), size))
    state, transitions = create_state(rule, T0), list[Transition]()
    for ts, value in readings:
        state, more = evaluate_sample(rule, state, ts, value, ts, ts)
        transitions += more
    assert (player.transitions, player.state) == (transitions, state)


def test_an_alert_soon_after_another_is_a_flap_and_an_open_one_ends_with_the_range() -> None:
    rule = rule_of(Above(8.0))
    player = Player(rule, T0)
    player.play([columns([(T0, 9.0), (T0 + 1_000, 7.0), (T0 + 2_000, 9.0), (T0 + 3_000, 7.0), (T0 + 400_000, 9.0)])])
    got = list_raised(player.transitions, T0, T0 + 500_000)
    assert got == [
        (T0, T0 + 1_000, False),
        (T0 + 2_000, T0 + 3_000, True),
        (T0 + 400_000, T0 + 500_000, False),
    ]
    assert list_raised(player.transitions, T0 + 2_500, T0 + 9_000) == [(T0 + 2_500, T0 + 3_000, True)]


def test_a_condition_without_a_clear_level_is_compared_with_nothing() -> None:
    assert drop_clear(Above(8.0, clear=7.5)) == Above(8.0)
    assert drop_clear(Outside(2.0, 8.0, clear=0.5)) == Outside(2.0, 8.0)
    assert [drop_clear(one) for one in (Above(8.0), Above(8.0, clear=8.0), Outside(2.0, 8.0), NoData(60))] == [None] * 4


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqliteStore]:
    monkeypatch.setattr(replay_api, "now_ms", lambda: NOW)
    with open_bound_store(tmp_path) as store:
        yield store


@pytest.fixture
def series(farm: Site, store: SqliteStore) -> int:
    """Two hours of a reading a minute that swings over the level each other minute for half an hour."""
    device = Device.objects.create(id="cold-1", site=farm, name="Kho lạnh 1")
    one = Series.objects.create(site=farm, device=device, metric="temperature", interval_ms=60_000)
    batch = store.stage()
    for minute in range(120):
        swing = 8.3 if minute % 2 else 7.8
        batch.add(one.id, T0 + minute * MINUTE_MS, swing if 30 <= minute < 60 else 5.0)
    store.commit(batch)
    return one.id


def post(person: APIClient, what: str, **body: Any) -> Any:
    return person.post(f"/api/v1/sites/farm/rules/{what}", body, format="json")


@pytest.mark.django_db
def test_a_replay_says_how_often_with_and_without_the_clear_level(charlie_api: APIClient, series: int) -> None:
    condition = {"kind": "above", "level": 8, "clear": 7.5}
    got = post(charlie_api, "replay", metric="temperature", condition=condition).json()
    span = [T0 + 31 * MINUTE_MS, T0 + 60 * MINUTE_MS]
    assert got["with"] == {
        "count": 1,
        "flaps": 0,
        "time_ms": 29 * MINUTE_MS,
        "longest_ms": 29 * MINUTE_MS,
        "spans": [span],
    }
    assert got["without_clear"] == {"count": 15, "flaps": 14, "time_ms": 15 * MINUTE_MS, "longest_ms": MINUTE_MS}
    assert got["series"] == [{"series": series, "count": 1}]
    assert (got["raw_from_ms"], got["covered_ms"], got["partial"]) == (0, 7 * DAY_MS, False)


@pytest.mark.django_db
def test_a_replay_says_what_of_the_range_is_deleted(charlie_api: APIClient, series: int, store: SqliteStore) -> None:
    store.flush.move_all()
    forget(store, T0 + 45 * MINUTE_MS + 30 * DAY_MS, {series: Keep(30, 366)})
    got = post(charlie_api, "replay", series=series, condition={"kind": "above", "level": 8}).json()
    assert (got["raw_from_ms"], got["partial"]) == (T0 + 45 * MINUTE_MS, True)
    assert (got["covered_ms"], got["with"]["count"], got["without_clear"]) == (75 * MINUTE_MS, 8, None)


@pytest.mark.django_db
def test_a_replay_that_is_too_much_work_is_partial(
    charlie_api: APIClient, series: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_api, "MAX_READINGS", 60)
    assert post(charlie_api, "replay", series=series, condition={"kind": "above", "level": 8}).json()["partial"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("condition", "raises", "reason", "waits_ms"),
    [
        ({"kind": "above", "level": 8}, False, "inside", None),
        ({"kind": "above", "level": 4}, True, "beyond", None),
        ({"kind": "above", "level": 4, "for_seconds": 1200}, True, "beyond", None),
        ({"kind": "above", "level": 4, "for_seconds": 7200}, False, "waiting", 3_600_000 + MINUTE_MS),
        ({"kind": "no_data", "for_seconds": 60}, True, "silent", None),
        ({"kind": "no_data", "for_seconds": 61}, False, "inside", None),
        ({"kind": "rate", "per_minute": 1, "window_seconds": 600}, False, "inside", None),
    ],
)
def test_a_rule_tried_now_says_whether_it_would_raise_and_why(
    charlie_api: APIClient,
    series: int,
    condition: dict[str, Any],
    raises: bool,
    reason: str,
    waits_ms: int | None,
    store: SqliteStore,
) -> None:
    if waits_ms is not None:  # it rose above the level an hour ago
        batch = store.stage()
        batch.add(series, T0 + 60 * MINUTE_MS + 1, 3.0)
        store.commit(batch)
    (got,) = post(charlie_api, "try", metric="temperature", condition=condition).json()["series"]
    assert (got["raises"], got["reason"], got["waits_ms"]) == (raises, reason, waits_ms)
    assert (got["value"], got["ts_ms"], got["age_ms"]) == (5.0, NOW - MINUTE_MS, MINUTE_MS)


@pytest.mark.django_db
def test_a_number_of_yesterday_says_nothing_about_now(
    charlie_api: APIClient, series: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_api, "now_ms", lambda: NOW + 2 * DAY_MS)
    (got,) = post(charlie_api, "try", series=series, condition={"kind": "above", "level": 4}).json()["series"]
    assert (got["raises"], got["reason"]) == (False, "old")


@pytest.mark.django_db
@pytest.mark.usefixtures("series")
def test_what_no_rule_could_be_is_refused_by_its_name(charlie_api: APIClient) -> None:
    for what in ("try", "replay"):
        wrong = post(charlie_api, what, metric="temperature", condition={"kind": "above", "level": 8, "clear": 9})
        assert list(wrong.json()["errors"]) == ["condition.clear"]
        assert list(post(charlie_api, what, series=99, condition={"kind": "is_true"}).json()["errors"]) == ["series"]
