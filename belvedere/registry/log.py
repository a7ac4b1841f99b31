# ruff: noqa: S608  (names come from the models; every value is bound)
"""The registry's log: every write of devices, series, rules, cameras and rights adds what it changed.

Whoever keeps a part of the registry in memory reads it (tail.py). A number is taken under the lock of the counter's
row, in the transaction of the change: so numbers have no gaps, and nobody sees n+1 before n.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

from django.db import connection, transaction

from belvedere.domain.changes import Change, ChangeKind
from belvedere.domain.provided import Provided
from belvedere.domain.times import now_ms
from belvedere.registry.models import RegistryChange, RegistryCounter
from belvedere.registry.sql import execute, fetch_all

KEPT_CHANGES = 10_000  # a reader that is further behind reads everything anew
PAGE = 500
_THE_ONE = 1
_COUNTER = RegistryCounter._meta.db_table
_CHANGES = RegistryChange._meta.db_table
_COLUMNS = "n, kind, `key`, data"  # `key` is a reserved word of MariaDB


class Follower(Protocol):
    """Reads the log for the parts of this process. Implemented by tail.py."""

    def catch_up(self) -> None:
        """Something was committed: read it now, in this thread. Raises nothing."""

    def keep_up(self) -> None:
        """Something may have been committed by another process: read it now, in this thread. Raises nothing."""


class Nobody:
    """In a process that keeps nothing of the registry in memory, such as a command."""

    def catch_up(self) -> None:
        """Nothing."""

    def keep_up(self) -> None:
        """Nothing."""


# Called in the thread that committed: it finds its change everywhere in this process. Others see it by looking.
follower: Provided[Follower] = Provided("follower of the registry's log", Nobody())


class _Entry(NamedTuple):
    kind: ChangeKind
    key: str
    data: dict[str, Any]


def append(kind: ChangeKind, key: object, **data: Any) -> None:
    """Log a change, in the transaction that makes it and as its last step. data: `site_id` where pages show it.

    Last, because the counter's row is held from here to the commit: it is the last lock of all, after those of sites
    and alert logs.
    """
    _append([_Entry(kind, str(key), data)])


def append_each(kind: ChangeKind, keys: Iterable[object], **data: Any) -> None:
    """Log the same change of several, as `append` does."""
    _append([_Entry(kind, str(key), data) for key in keys])


def _append(entries: list[_Entry]) -> None:
    if not entries:
        return
    at_ms = now_ms()
    with transaction.atomic():
        rows = [
            (n, entry.kind.value, entry.key, json.dumps(entry.data), at_ms)
            for n, entry in enumerate(entries, _take_numbers(len(entries)))
        ]
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {_CHANGES} ({_COLUMNS}, at_ms) VALUES (%s, %s, %s, %s, %s)", rows)
        transaction.on_commit(_tell_follower, robust=True)


def _tell_follower() -> None:
    follower().catch_up()


def _take_numbers(count: int) -> int:
    """The first of so many new numbers; the counter's row, which a migration has made, is locked from here on."""
    execute(f"UPDATE {_COUNTER} SET n = n + %s WHERE id = %s", [count, _THE_ONE])
    return newest() - count + 1


def newest() -> int:
    """The number of the newest committed change; 0 where there is none."""
    (row,) = fetch_all(f"SELECT n FROM {_COUNTER} WHERE id = %s", [_THE_ONE])
    return int(row[0])


def changes_after(n: int, limit: int = PAGE) -> list[Change]:
    """The committed changes after this number, in order; from a later one where the log was trimmed."""
    rows = fetch_all(f"SELECT {_COLUMNS} FROM {_CHANGES} WHERE n > %s ORDER BY n LIMIT {limit:d}", [n])
    return [Change(n, ChangeKind(kind), key, json.loads(data)) for n, kind, key, data in rows]


def last_of_sites() -> dict[int, int]:
    """Site -> number of the last line that names it."""
    rows = fetch_all(f"SELECT n, data FROM {_CHANGES} ORDER BY n")
    named = ((n, json.loads(data).get("site_id")) for n, data in rows)
    return {site_id: n for n, site_id in named if site_id is not None}


def trim() -> None:
    """Forget all but the newest KEPT_CHANGES."""
    RegistryChange.objects.filter(n__lte=newest() - KEPT_CHANGES).delete()
