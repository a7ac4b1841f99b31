"""Jobs run when they are due, also after they failed, and once more at the stop."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from belvedere.config.schedule import Job, Schedule

PATIENCE_SECONDS = 30.0


class Time:
    """Passes while somebody waits; the stop comes after `ends_after` seconds."""

    def __init__(self, ends_after: float) -> None:
        self.now = 0.0
        self._end = ends_after

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        self.now = min(self.now + seconds, self._end)
        return self.now >= self._end


def runs(ends_after: float, **every_seconds: float) -> dict[str, list[float]]:
    """When each job ran in so many seconds; the last time is that of the stop. A job called `broken` fails."""
    time = Time(ends_after)
    ran: dict[str, list[float]] = defaultdict(list)

    def doing(name: str) -> Callable[[], None]:
        def run() -> None:
            ran[name].append(time.now)
            if name == "broken":
                raise ValueError("once more")

        return run

    jobs = tuple(Job(name, seconds, doing(name)) for name, seconds in every_seconds.items())
    schedule = Schedule(jobs, time.monotonic, time.wait)
    schedule.start()
    schedule.stop(PATIENCE_SECONDS)
    return ran


@pytest.mark.django_db
def test_each_job_runs_after_its_own_interval_again_and_again() -> None:
    assert runs(125, presence=10, intervals=60) == {
        "presence": [*range(10, 130, 10), 125],
        "intervals": [60, 120, 125],
    }


@pytest.mark.django_db
def test_a_job_that_fails_runs_again_and_the_others_too() -> None:
    with capture_logs() as lines:
        assert runs(25, broken=10, whole=10) == {"broken": [10, 20, 25], "whole": [10, 20, 25]}
    assert [line["job"] for line in lines if line["event"] == "job_failed"] == ["broken"] * 3


@pytest.mark.django_db
def test_a_stop_wakes_the_schedule_and_runs_each_job_once() -> None:
    ran: list[str] = []
    threads = set()

    def job(name: str) -> Job:
        def run() -> None:
            ran.append(name)
            threads.add(threading.current_thread().name)

        return Job(name, 3600.0, run)

    schedule = Schedule((job("presence"), job("intervals")))
    schedule.start()
    schedule.stop(PATIENCE_SECONDS)
    assert ran == ["presence", "intervals"]
    assert threads == {"schedule"}
