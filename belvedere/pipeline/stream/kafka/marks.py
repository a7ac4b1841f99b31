# ruff: noqa: S608  (names come from the models; every value is bound)
"""How far each endpoint has heard its devices: each writes a row a second, by which workers know a silence from lag.

A time of a lost endpoint holds the watermark for LOST_SECONDS; by then its devices are connected elsewhere. One that
starts, stops or was suspended holds what is told of silences, for as long. Where nobody of its kind had heard devices
for longer than that, all of these waits begin anew.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db import connection

from belvedere.pipeline.stream.kafka.inlet import Mark
from belvedere.pipeline.stream.kafka.models import EndpointMark
from belvedere.pipeline.stream.kafka.outlet import Heard
from belvedere.registry.sql import execute, fetch_all

LOST_SECONDS = 60
KEPT_SECONDS = 3600
LOST_MS = LOST_SECONDS * 1000
_TABLE = EndpointMark._meta.db_table
_REACHES = "CASE WHEN low_ms > before_ms THEN low_ms ELSE before_ms END"  # how far an endpoint has heard its devices
_HOLDS = f"heard_since_ms < began_ms AND low_ms < began_ms + {LOST_MS}"  # it paused not long ago, others had not


class Written(NamedTuple):
    """name: of a process that takes readings; seconds: since it has written its mark."""

    name: str
    seconds: int


def save_mark(endpoint: str, mark: Mark) -> None:
    """Write the row of this endpoint, with the database's time."""
    known = execute(
        f"UPDATE {_TABLE} SET low_ms = %s, written_at = {_find_clock()} WHERE endpoint = %s AND began_ms = %s",
        [mark.low_ms, endpoint, mark.heard_since_ms],
    )
    if not known:
        _begin(endpoint, mark)


def _begin(endpoint: str, mark: Mark) -> None:
    """It has just begun to hear its devices, or does so again: join those of its kind where there was no long pause."""
    began_ms, before_ms = mark.heard_since_ms, mark.before_ms
    kind = f"{endpoint.partition('-')[0]}-%"
    earliest_ms, reached_ms, now = fetch_all(
        f"SELECT MIN(heard_since_ms), MIN({_REACHES}), {_find_clock()} FROM {_TABLE}"
        f" WHERE endpoint LIKE %s AND {_REACHES} >= %s",
        [kind, began_ms - LOST_MS],
    )[0]
    # A clock that is ahead makes no wait longer.
    since_ms = min(began_ms, now * 1000 + 999)
    if earliest_ms is not None and earliest_ms <= began_ms - LOST_MS:  # else all are just starting
        since_ms, before_ms = earliest_ms, min(before_ms, reached_ms)
    row = [since_ms, mark.low_ms, began_ms, before_ms, endpoint]
    if not execute(
        f"UPDATE {_TABLE} SET heard_since_ms = %s, low_ms = %s, began_ms = %s, before_ms = %s,"
        f" written_at = {_find_clock()} WHERE endpoint = %s",
        row,
    ):
        execute(
            f"INSERT INTO {_TABLE} (heard_since_ms, low_ms, began_ms, before_ms, endpoint, written_at)"
            f" VALUES (%s, %s, %s, %s, %s, {_find_clock()})",
            row,
        )


def drop_mark(endpoint: str) -> None:
    """The endpoint has stopped: its devices connect elsewhere, and nothing else waits for them."""
    # MySQL assigns from left to right, and SQLite from the row as it was: `low_ms` last.
    execute(
        f"UPDATE {_TABLE} SET began_ms = low_ms, before_ms = low_ms, low_ms = 0 WHERE endpoint = %s AND low_ms > 0",
        [endpoint],
    )


def read_mark() -> Heard | None:
    """The least of all endpoints that live; None where none does, so that nothing can be called silent.

    since_ms is the latest: the devices of an endpoint that has just started may still be on their way to it.
    """
    since_ms, low_ms, sure_ms, resumed_ms = fetch_all(
        "SELECT MAX(CASE WHEN low_ms > 0 THEN heard_since_ms END), MIN(NULLIF(low_ms, 0)),"
        f" MIN(CASE WHEN {_HOLDS} THEN before_ms ELSE low_ms END), MAX(CASE WHEN {_HOLDS} THEN began_ms ELSE 0 END)"
        f" FROM {_TABLE} WHERE written_at > {_find_clock()} - %s",
        [LOST_SECONDS],
    )[0]
    return None if low_ms is None else Heard(since_ms, low_ms, sure_ms, resumed_ms)


def list_marks() -> list[Written]:
    """Return who has written one in the last hour and not dropped it, the latest first."""
    now = _find_clock()
    rows = fetch_all(
        f"SELECT endpoint, {now} - written_at FROM {_TABLE} WHERE low_ms > 0 AND written_at > {now} - %s"
        " ORDER BY written_at DESC, endpoint",
        [KEPT_SECONDS],
    )
    return [Written(name, int(seconds)) for name, seconds in rows]


def trim_marks() -> None:
    """Forget endpoints that were lost an hour ago."""
    execute(f"DELETE FROM {_TABLE} WHERE written_at < {_find_clock()} - %s", [KEPT_SECONDS])


def _find_clock() -> str:
    return "UNIX_TIMESTAMP()" if connection.vendor == "mysql" else "unixepoch()"
