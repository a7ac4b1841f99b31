# ruff: noqa: S608  (names come from the models; every value is bound)
"""How far each endpoint has heard its devices: each writes a row a second, by which workers know a silence from lag.

A time of a lost endpoint holds the watermark for LOST_SECONDS; by then its devices are connected elsewhere.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db import connection

from belvedere.pipeline.stream.kafka.inlet import Mark
from belvedere.pipeline.stream.kafka.models import EndpointMark
from belvedere.registry.sql import execute, fetch_all

LOST_SECONDS = 60
KEPT_SECONDS = 3600
_TABLE = EndpointMark._meta.db_table


class Written(NamedTuple):
    """name: of a process that takes readings; seconds: since it has written its mark."""

    name: str
    seconds: int


def save_mark(endpoint: str, mark: Mark) -> None:
    """Write the row of this endpoint, with the database's time."""
    row = [endpoint, mark.heard_since_ms, mark.low_ms]
    if connection.vendor == "mysql":
        statement = (
            f"INSERT INTO {_TABLE} (endpoint, heard_since_ms, low_ms, written_at)"
            " VALUES (%s, %s, %s, UNIX_TIMESTAMP()) ON DUPLICATE KEY UPDATE heard_since_ms = VALUES(heard_since_ms),"
            " low_ms = VALUES(low_ms), written_at = VALUES(written_at)"
        )
        execute(statement, row)
        return
    execute(f"REPLACE INTO {_TABLE} VALUES (%s, %s, %s, unixepoch())", row)


def drop_mark(endpoint: str) -> None:
    """The endpoint has stopped: it holds nothing back."""
    execute(f"DELETE FROM {_TABLE} WHERE endpoint = %s", [endpoint])


def read_mark() -> Mark | None:
    """The least of all endpoints that live; None where none does, so that nothing can be called silent.

    heard_since_ms is the latest: the devices of an endpoint that has just started may still be on their way to it.
    """
    rows = fetch_all(
        f"SELECT MAX(heard_since_ms), MIN(low_ms) FROM {_TABLE} WHERE written_at > {_find_clock()} - %s", [LOST_SECONDS]
    )
    since_ms, low_ms = rows[0]
    return None if low_ms is None else Mark(since_ms, low_ms)


def list_marks() -> list[Written]:
    """Return who has written one in the last hour and not dropped it, the latest first."""
    now = _find_clock()
    rows = fetch_all(
        f"SELECT endpoint, {now} - written_at FROM {_TABLE} WHERE written_at > {now} - %s"
        " ORDER BY written_at DESC, endpoint",
        [KEPT_SECONDS],
    )
    return [Written(name, int(seconds)) for name, seconds in rows]


def trim_marks() -> None:
    """Forget endpoints that were lost an hour ago."""
    execute(f"DELETE FROM {_TABLE} WHERE written_at < {_find_clock()} - %s", [KEPT_SECONDS])


def _find_clock() -> str:
    return "UNIX_TIMESTAMP()" if connection.vendor == "mysql" else "unixepoch()"
