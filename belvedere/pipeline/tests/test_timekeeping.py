"""The server's clock over starts: what is remembered in readings.db, and how a person confirms it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from belvedere.domain.clock import DAY_MS, STEP_MS, Doubt, Ground
from belvedere.domain.reading import Reading
from belvedere.domain.tests.times import Times
from belvedere.pipeline import timekeeping
from belvedere.pipeline.tests.conftest import Make
from belvedere.pipeline.timekeeping import (
    IDLE_NOTE_SECONDS,
    NOTE_SECONDS,
    Timekeeper,
    confirmation_file,
    write_confirmation,
)
from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.rules.conditions import Above
from belvedere.rules.evaluate.rule import compile_rule
from belvedere.rules.evaluate.sample import evaluate_sample
from belvedere.rules.evaluate.state import Phase, Present, RuleState, restore_state, to_row
from belvedere.rules.evaluate.tick import evaluate_tick

HOUR_MS = 3_600_000


class Run:
    """One run of the program on a data folder."""

    def __init__(self, folder: Path, times: Times) -> None:
        self.times, self.clock = times, times.clock()
        self.store = SqliteStore(folder / "readings.db")
        self.store.open()
        self.keeper = Timekeeper(self.clock, self.store, folder, lambda: times.monotonic / 1000)
        self.keeper.begin()

    def ticks(self, seconds: float, *, readings: bool = False) -> None:
        for _ in range(int(seconds)):
            self.times.pass_by(1000)
            if readings:
                batch = self.store.stage()
                batch.add(1, int(self.times.wall), 1.0)
                self.store.commit(batch)
            self.keeper.tick()

    @property
    def doubt(self) -> Doubt | None:
        return self.clock.untrusted.doubt if self.clock.untrusted else None


Start = Callable[[Times], Run]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    runs: list[Run] = []

    def make(times: Times) -> Run:
        runs.append(Run(tmp_path, times))
        return runs[-1]

    yield make
    for run in runs:
        run.store.close()


def remembered(run: Run) -> int | None:
    other = SqliteStore(run.store.database.path)
    other.open()
    other.close()
    return None if other.last_seen is None else other.last_seen.ms


@pytest.mark.parametrize(("readings", "seconds"), [(True, NOTE_SECONDS), (False, IDLE_NOTE_SECONDS + NOTE_SECONDS)])
def test_after_a_power_cut_the_time_last_seen_is_known_to_some_seconds(
    start: Start, readings: bool, seconds: float
) -> None:
    run = start(Times())
    run.ticks(300, readings=readings)
    seen = remembered(run)
    assert seen is not None
    assert run.times.wall - seen <= (seconds + 2) * 1000


def test_the_time_is_written_with_a_commit_and_not_with_each(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    run = start(Times())
    written: list[int] = []
    save_seen = "belvedere.readings.store.sqlite.store.save_seen"
    monkeypatch.setattr(save_seen, lambda db, seen: written.append(db.in_transaction))
    run.ticks(300, readings=True)
    assert len(written) == pytest.approx(300 / NOTE_SECONDS, rel=0.2)
    assert all(written), "each went with the readings"
    written.clear()
    run.ticks(300)
    assert len(written) == pytest.approx(300 / (IDLE_NOTE_SECONDS + NOTE_SECONDS), abs=1)


def test_a_stop_remembers_the_time_to_the_second(start: Start) -> None:
    run = start(Times())
    run.ticks(5)
    run.keeper.remember()
    assert remembered(run) == int(run.times.wall)


async def test_the_pipeline_remembers_at_its_stop(pipelines: Make) -> None:
    pipeline = await pipelines()
    with pipeline.held():
        pipeline.send(Reading(pipeline.clock.wall_ms, {"temperature": 1.0}))
        assert pipeline.timekeeper.remembered_with == []
    assert pipeline.worker.stop(30)
    assert pipeline.timekeeper.remembered_with == [1], "after the last commit"


async def test_the_pipeline_looks_at_the_clock_each_tick(pipelines: Make) -> None:
    pipeline = await pipelines()
    await pipeline.ticks(3)
    assert pipeline.timekeeper.ticks >= 2


def test_starts_with_a_wrong_date_are_doubted_each_time_and_the_right_date_ends_it(start: Start) -> None:
    times = Times()
    run = start(times)
    run.ticks(5)
    run.keeper.remember()
    times.wall += 400 * DAY_MS
    for _ in range(3):
        run = start(times)
        assert run.doubt is Doubt.AHEAD
        run.ticks(100, readings=True)
        run.keeper.remember()
    times.wall -= 400 * DAY_MS
    assert start(times).doubt is None


def test_a_doubt_and_its_end_are_told_once_with_both_times(start: Start) -> None:
    times = Times()
    run = start(times)
    times.wall -= HOUR_MS
    with capture_logs() as lines:
        run.ticks(5)
    (line,) = lines
    assert (line["event"], line["doubt"]) == ("clock_untrusted", "stepped")
    assert "2025-11-23T11:13:21Z" in line["reason"]
    assert "2025-11-23T12:13:21Z" in line["reason"]
    times.wall += HOUR_MS
    with capture_logs() as lines:
        run.ticks(5)
    assert [(line["event"], line["ground"]) for line in lines] == [("clock_trusted", "back")]


@pytest.mark.parametrize("running", [True, False])
def test_the_command_confirms_whether_the_server_runs_or_not(start: Start, tmp_path: Path, running: bool) -> None:
    times = Times()
    run = start(times)
    run.keeper.remember()
    times.wall += 30 * DAY_MS
    if running:
        run.ticks(1)
        assert run.doubt is Doubt.STEPPED
    write_confirmation(tmp_path, int(times.wall))
    if not running:
        run = start(times)
    run.ticks(1)
    assert run.doubt is None
    assert run.clock.ground is Ground.CONFIRMED
    assert not confirmation_file(tmp_path).exists()
    assert start(times).doubt is None


@pytest.mark.parametrize("after_ms", [-STEP_MS - 1, DAY_MS + 1])
def test_a_confirmation_of_another_time_says_nothing_of_this_one(start: Start, tmp_path: Path, after_ms: int) -> None:
    times = Times()
    start(times).keeper.remember()
    times.wall += 30 * DAY_MS
    write_confirmation(tmp_path, int(times.wall) - after_ms)
    run = start(times)
    assert run.doubt is Doubt.AHEAD
    assert not confirmation_file(tmp_path).exists()


def test_a_confirmation_that_is_none_is_thrown_away(start: Start, tmp_path: Path) -> None:
    times = Times()
    confirmation_file(tmp_path).write_text("yes")
    run = start(times)
    times.wall += HOUR_MS
    run.ticks(2)
    assert run.doubt is Doubt.STEPPED
    assert not confirmation_file(tmp_path).exists()
    assert timekeeping.take_confirmation(confirmation_file(tmp_path)) is None


# --- waits of rules over a restart

WARM = compile_rule(1, 1, 1, Above(level=30.0, for_seconds=600))
WAIT_S = 600


def raised(run: Run) -> tuple[RuleState, Present]:
    """The rule begins to wait; what a kill leaves of that."""
    now_ms, steady_ms = run.clock.now_ms(), run.clock.steady_ms()
    clear = RuleState(Phase.CLEAR, 0, None, steady_ms, WARM.fingerprint)
    state, _ = evaluate_sample(WARM, clear, now_ms, 31.0, now_ms, steady_ms)
    return state, Present(now_ms, 31.0)


def fires_after(run: Run, state: RuleState, present: Present) -> int:
    """How many seconds of this run pass before the rule fires."""
    state = restore_state(WARM, to_row(state), present, run.clock.steady_ms())
    for second in range(3 * WAIT_S):
        run.ticks(1)
        if evaluate_tick(WARM, state, run.clock.steady_ms(), 0)[1]:
            return second
    return -1


@pytest.mark.parametrize("confirmed", [True, False])
@pytest.mark.parametrize("step_ms", [HOUR_MS, -HOUR_MS, 2 * DAY_MS, -2 * DAY_MS, 240_000, -240_000])
def test_after_a_step_and_a_kill_a_wait_is_as_long_as_it_was(start: Start, step_ms: int, confirmed: bool) -> None:
    times = Times()
    run = start(times)
    run.ticks(30)
    waiting = raised(run)
    run.ticks(50)
    times.wall += step_ms
    run.ticks(30)
    if confirmed:
        run.clock.confirm()
    run.ticks(30)
    times.pass_by(40_000)
    assert fires_after(start(times), *waiting) == WAIT_S - 50 - 60 - 40


@pytest.mark.parametrize("step_ms", [HOUR_MS, -HOUR_MS, 2 * DAY_MS, 0])
def test_after_a_confirmed_step_and_a_power_cut_a_wait_is_as_long_as_it_was(start: Start, step_ms: int) -> None:
    times = Times()
    run = start(times)
    run.ticks(30)
    waiting = raised(run)
    run.ticks(50)
    times.wall += step_ms
    run.ticks(2)
    run.clock.confirm()
    run.ticks(1 if step_ms else NOTE_SECONDS + IDLE_NOTE_SECONDS, readings=not step_ms)
    passed = 53 if step_ms else 52 + NOTE_SECONDS + IDLE_NOTE_SECONDS
    times.reboot(off_ms=40_000)
    assert fires_after(start(times), *waiting) == pytest.approx(WAIT_S - passed - 40, abs=1)


def test_a_time_that_an_older_version_remembered_begins_the_steady_line(start: Start) -> None:
    run = start(Times())
    run.ticks(30)
    run.keeper.remember()
    run.store.database.db.execute("DELETE FROM meta WHERE key='seen'")
    assert remembered(run) == run.times.wall
    run.store.database.db.execute("INSERT INTO meta VALUES('seen', '{}')")
    assert remembered(run) == run.times.wall


def test_a_version_that_knows_no_steady_line_and_ran_in_between_leaves_no_old_one(start: Start) -> None:
    run = start(Times())
    run.ticks(30)
    run.keeper.remember()
    run.store.database.db.execute("UPDATE meta SET value=value+3600000 WHERE key='seen_ms'")
    run.times.wall += HOUR_MS
    assert start(run.times).clock.steady_ms() == run.times.wall
