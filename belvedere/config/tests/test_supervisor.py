"""When a role that has ended is started again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from belvedere.config import supervisor
from belvedere.config.supervisor import AGAIN_SECONDS, LONGEST_AGAIN_SECONDS, STABLE_SECONDS, Child

Run = Callable[..., float]


class Process:
    """It has ended."""

    returncode = 1

    def poll(self) -> int:
        return self.returncode


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Lets a role run for some seconds and end; gives the seconds until it is started again."""
    now, starts = 1_000.0, 0

    def start(*_: object, **__: object) -> Process:
        nonlocal starts
        starts += 1
        return Process()

    monkeypatch.setattr(supervisor, "time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr("belvedere.config.supervisor.subprocess.Popen", start)
    child = Child("worker 1", "worker", [], tmp_path)
    child.start()

    def run(seconds: float, *, served: bool) -> float:
        nonlocal now
        if served:
            (tmp_path / "worker 1.json").write_text("{}")
        now += seconds
        ended, before = now, starts
        while starts == before:
            child.keep_running()
            now += 0.125
        return now - 0.125 - ended

    return run


def test_a_role_that_served_is_back_after_a_second_however_often_it_ends(run: Run) -> None:
    assert [run(2, served=True) for _ in range(20)] == [AGAIN_SECONDS] * 20


def test_a_role_that_cannot_start_is_tried_later_each_time(run: Run) -> None:
    waits = [run(2, served=False) for _ in range(20)]
    assert waits[:3] == [AGAIN_SECONDS, 2 * AGAIN_SECONDS, 3 * AGAIN_SECONDS]
    assert waits[-1] == LONGEST_AGAIN_SECONDS
    assert run(2, served=True) == AGAIN_SECONDS


def test_a_role_that_ran_for_a_while_is_back_at_once(run: Run) -> None:
    assert run(2, served=False) == AGAIN_SECONDS
    assert run(STABLE_SECONDS, served=True) == 0.0
