"""Threads that end the process once its work stands still; whoever supervises it starts it again."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
WITHOUT_TASKS_SECONDS = 10.0
FIRST_TASK_SECONDS = 60.0
STUCK_SECONDS = 15.0  # longer than Celery takes to connect to a Redis that is back


def end_without_tasks(idle_seconds: Callable[[], float]) -> None:
    """End a worker to which no task comes: after a restart of its broker Celery may live on and receive nothing.

    idle_seconds: how long no task has come. The first one may take longer: Celery is still starting.
    """

    def watch() -> None:
        before, limit = 0.0, FIRST_TASK_SECONDS
        while (idle := idle_seconds()) <= limit:
            if idle < before:
                limit = WITHOUT_TASKS_SECONDS
            before = idle
            time.sleep(LOOK_SECONDS)
        log.error("no_task_came", seconds=round(idle))
        os._exit(1)

    threading.Thread(target=watch, name="tasks-watchdog", daemon=True).start()


def end_without_sending(is_stuck: Callable[[], bool]) -> None:
    """End a beat that sends nothing. is_stuck: whether it should, because its broker answers."""

    def watch() -> None:
        stuck_seconds = 0.0
        while stuck_seconds < STUCK_SECONDS:
            time.sleep(LOOK_SECONDS)
            stuck_seconds = stuck_seconds + LOOK_SECONDS if is_stuck() else 0.0
        log.error("no_task_sent", seconds=round(stuck_seconds))
        os._exit(1)

    threading.Thread(target=watch, name="beat-watchdog", daemon=True).start()
