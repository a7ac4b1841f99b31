"""The embedded profile's scheduled jobs: one thread, one job at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

import structlog
from django.db import connection

log = structlog.get_logger(__name__)


class Job(NamedTuple):
    """Something to do every so often, with the ORM at hand. It must be quick, and may fail."""

    name: str
    every_seconds: float
    run: Callable[[], object]


class Schedule:
    """Runs each job when it is due; a job that fails is logged and runs again next time.

    monotonic: seconds. wait: for so many seconds; True where the stop came meanwhile. Both are replaced in tests.
    """

    def __init__(
        self,
        jobs: tuple[Job, ...],
        monotonic: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._jobs = jobs
        self._monotonic = monotonic
        self._stopping = threading.Event()
        self._wait = wait or self._stopping.wait
        self._thread = threading.Thread(target=self._run, name="schedule", daemon=True)

    def start(self) -> None:
        """Begin; each job runs first after its own interval."""
        self._thread.start()

    def stop(self, timeout_seconds: float = 2.0) -> None:
        """Run every job once more, so that what they save is up to date, and end."""
        self._stopping.set()
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        due = {job: self._monotonic() + job.every_seconds for job in self._jobs}
        while not self._wait(max(0.0, min(due.values()) - self._monotonic())):
            job = min(due, key=due.__getitem__)
            self._do(job)
            due[job] = self._monotonic() + job.every_seconds
        for job in self._jobs:
            self._do(job)
        connection.close()

    @staticmethod
    def _do(job: Job) -> None:
        try:
            job.run()
        except Exception:  # one job that fails must not end the thread of all; it comes round again
            log.exception("job_failed", job=job.name)
            connection.close()
