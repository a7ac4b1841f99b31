"""Celery, as the cluster profile uses it: tasks say that it is time, and carry no readings.

Its broker is Redis. Nothing is acknowledged late and no result is kept: a task that is lost or doubled changes nothing
(pipeline/turns.py), so neither Redis's visibility timeout nor a task's fate carries any truth.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from celery import Celery, signals
from celery.beat import Scheduler
from django.db import connection

QUEUE = "belvedere"  # of beat's tasks: any worker takes them
MOST_WAITING = 100  # tasks in it: while no worker is there, none is added
BEAT_SECONDS = 1.0
EXPIRES_SECONDS = 2  # an older task of the beat says nothing that a newer one does not
CHAINED_EXPIRES_SECONDS = 10
BROKER_SECONDS = 3.0  # for an answer, and for a connection
HEALTH_SECONDS = 3  # how long a worker waits for more than the second after which Redis answers that there is no task
ADVANCE = "belvedere.advance"
RUN_JOB = "belvedere.run_job"


class Advances(Protocol):
    """One turn of a slot (pipeline/turns.py)."""

    def advance(self, slot: int, *, chained: bool) -> bool:
        """Whether a successor is due."""


def make_app(broker: str) -> Celery:
    """The application without tasks."""
    # Without its part for Django, which closes the connection to the database before and after each task.
    app = Celery("belvedere", broker=broker, set_as_current=False, fixups=[])
    app.conf.update(
        task_ignore_result=True,
        task_default_queue=QUEUE,
        # No limit. A solo worker takes one message at a time anyway, and where Redis goes away before a message is
        # acknowledged, that one would stand against the limit for ever: the worker would never ask for another.
        worker_prefetch_multiplier=0,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        # A host that has lost its power closes no connection: who waits for its answer has to give up.
        # By name, and QUEUE is before every worker's own: else a busy worker reads one message of it a turn, more come
        # than that, and it would find only those that have expired.
        broker_transport_options={
            "queue_order_strategy": "sorted",
            "socket_timeout": BROKER_SECONDS,
            "socket_connect_timeout": BROKER_SECONDS,
            "socket_keepalive": True,
            "health_check_interval": HEALTH_SECONDS,
        },
        timezone="UTC",
    )
    return app


def add_tasks(app: Celery, turns: Advances, jobs: dict[str, Callable[[], object]], own_queue: str) -> None:
    """The tasks of a worker. own_queue: where it alone listens, so that a slot stays where its state is in memory."""

    def advance(slot: int, chained: bool = False) -> None:
        _close_lost_connection()
        if turns.advance(slot, chained=chained):
            task.apply_async((slot, True), queue=own_queue, expires=CHAINED_EXPIRES_SECONDS)

    def run_job(name: str) -> None:
        _close_lost_connection()
        job = jobs.get(name)
        if job is not None:
            job()

    task: Any = app.task(name=ADVANCE)(advance)
    app.task(name=RUN_JOB)(run_job)


def _close_lost_connection() -> None:
    """Another one is made where it is needed; one that works stays: each new one would hold up a turn."""
    if connection.errors_occurred:
        connection.close()


def when_stopping(call: Callable[[], None]) -> None:
    """Call it once the worker of this process is told to stop, in the signal's handler: within a task, mostly."""

    def tell(**_: Any) -> None:
        call()

    signals.worker_shutting_down.connect(tell, weak=False)


def schedule_beat(app: Celery, slots: int, every_seconds: dict[str, float]) -> None:
    """What beat sends: a turn of each slot a second, and each job when it is due."""
    schedule: dict[str, dict[str, Any]] = {
        f"advance {slot}": {
            "task": ADVANCE,
            "schedule": BEAT_SECONDS,
            "args": (slot,),
            "options": {"expires": EXPIRES_SECONDS},
        }
        for slot in range(slots)
    }
    for name, seconds in every_seconds.items():
        schedule[name] = {"task": RUN_JOB, "schedule": seconds, "args": (name,), "options": {"expires": seconds}}
    app.conf.beat_schedule = schedule


class BoundedScheduler(Scheduler):  # type: ignore[misc]  # Celery has no types
    """Beat's scheduler, which keeps its times in memory and fills no queue that nobody reads.

    note: called when something that was due is with the broker, or was left out because as much waits there already.
    """

    def __init__(self, *args: Any, note: Callable[[], object] = lambda: None, **kwargs: Any) -> None:
        self._note = note
        super().__init__(*args, **kwargs)

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        """Send what is due, unless as much waits already."""
        try:
            waiting = int(self.connection.default_channel.client.llen(QUEUE))
        except Exception:  # noqa: BLE001  (whatever the broker's client raises: sending tells it in the log)
            waiting = 0
        if waiting < MOST_WAITING:
            super().apply_entry(entry, producer=producer)
        else:
            self._note()

    def apply_async(self, *args: Any, **options: Any) -> Any:
        """Send it; what this raises is logged by the caller."""
        sent = super().apply_async(*args, **options)
        self._note()
        return sent
