"""How the roles of a cluster are, by what each leaves in the databases: marks, leases, the pulse of beat."""

from __future__ import annotations

from collections.abc import Iterable

from belvedere.config.celery import MOST_WAITING, QUEUE
from belvedere.config.findings import Unknown, Unwell
from belvedere.config.pulse import KEPT_SECONDS, SILENT_SECONDS, read_pulse
from belvedere.config.redis_clients import connect
from belvedere.config.settings.env import Env
from belvedere.config.wiring import pictures
from belvedere.config.wiring.backlog import Backlog, describe_late, describe_unheld
from belvedere.pipeline.stream.kafka.marks import LOST_SECONDS, Written, list_marks

REPORT_SECONDS = 10  # who writes a mark each second, and has written none for so long, is away
NAMED = 4
SILENCE_WAITS = f"No silence of a device counts until {LOST_SECONDS} s have passed; all else works."


def look_at_endpoints() -> str:
    """Those that take readings by MQTT. Raises Unwell or DatabaseError."""
    return _describe_reports("endpoint")


def look_at_webs() -> str:
    """Those that serve pages; the one with the cameras does so too. Raises Unwell or DatabaseError."""
    return _describe_reports("web", "cameras")


def look_at_cameras() -> str:
    """Who runs the media server, and what it says of it. Raises Unwell or DatabaseError."""
    try:
        process = _describe_reports("cameras")
    except Unwell:
        if pictures.count_cameras():
            raise
        return "No process runs them, and no camera is switched on."
    return f"{process} {pictures.look_at_cameras()}"


def _describe_reports(*roles: str) -> str:
    marks = [mark for mark in list_marks() if mark.name.partition("-")[0] in roles]
    alive = [mark for mark in marks if mark.seconds <= REPORT_SECONDS]
    lost = [mark for mark in marks if REPORT_SECONDS < mark.seconds <= LOST_SECONDS]
    gone = [mark for mark in marks if mark.seconds > LOST_SECONDS]
    if not alive:
        last = f"; the last was {_name(marks[:1])}" if marks else ""
        raise Unwell(f"None reports{last}.")
    if lost:
        raise Unwell(f"Nothing is heard any more of {_name(lost)}. {_count(alive)}", SILENCE_WAITS)
    ended = f" Ended without a word in the last hour: {_name(gone)}." if gone else ""
    return f"{_count(alive)}{ended}"


def _count(alive: list[Written]) -> str:
    return f"{len(alive)} {'reports' if len(alive) == 1 else 'report'}: {_name(alive)}."


def _name(marks: Iterable[Written]) -> str:
    named = [f"{mark.name} ({mark.seconds} s ago)" for mark in marks]
    more = [f"{len(named) - NAMED} more"] if len(named) > NAMED else []
    return ", ".join([*named[:NAMED], *more])


def look_at_beat(env: Env) -> str:
    """By the note of its last task. Raises Unwell or RedisError."""
    seconds = read_pulse(connect(env.redis))
    if seconds is None:
        raise Unwell(f"It has sent no task for {KEPT_SECONDS // 60} minutes, or never.")
    if seconds > SILENT_SECONDS:
        raise Unwell(f"It has sent no task for {seconds:.0f} s.")
    return f"It sent a task {seconds:.0f} s ago."


def look_at_leases(env: Env, *, knows_ends: bool) -> str:
    """By their leases and what waits; silent devices let nothing wait. knows_ends: whether Kafka answers.

    Raises Unwell, StoreUnavailable or StoreBroken.
    """
    backlog = Backlog(env)
    lags = backlog.count_lag()
    unheld = describe_unheld(lags)
    if unheld is not None:
        raise Unwell(unheld)
    waiting = backlog.measure(lags) if knows_ends else {}
    late = describe_late(waiting)
    if late is not None:
        raise Unwell(late)
    workers = len({lag.lease_owner for lag in lags})
    at_work = f"{workers} {'works' if workers == 1 else 'work'} on {len(lags)} partitions."
    if not waiting:
        return f"{at_work} How many records wait is not known: Kafka has not told in time."
    return f"{at_work} {sum(one.records for one in waiting.values()):,} records wait."


def look_at_queue(env: Env) -> str:
    """By the tasks that nobody takes, where the database does not tell. Raises Unwell, Unknown or RedisError."""
    waiting = int(connect(env.redis).llen(QUEUE))
    if waiting >= MOST_WAITING:
        raise Unwell(f"{waiting} tasks wait in Redis: none runs, or each hangs.")
    raise Unknown(f"The database, which tells it, does not answer; {waiting} tasks wait for one in Redis.")
