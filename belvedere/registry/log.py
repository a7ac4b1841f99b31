"""The registry's log: every write of devices, series, rules, cameras and rights adds what it changed.

Whoever keeps a part of the registry in memory reads it (tail.py). A number is taken under the lock of the counter's
row, in the transaction of the change: so numbers have no gaps, and nobody sees n+1 before n.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

from django.db import connection, transaction
from django.db.models import F

from belvedere.domain.changes import Change, ChangeKind
from belvedere.domain.provided import Provided
from belvedere.domain.times import now_ms
from belvedere.registry.models import RegistryChange, RegistryCounter

KEPT_CHANGES = 10_000  # a reader that is further behind reads everything anew
PAGE = 500
_THE_ONE = 1


class Follower(Protocol):
    """Reads the log for the parts of this process. Implemented by tail.py."""

    def catch_up(self) -> None:
        """Something was committed: read it now, in this thread. Raises nothing."""


class Nobody:
    """In a process that keeps nothing of the registry in memory, such as a command."""

    def catch_up(self) -> None:
        """Nothing."""


# Called in the thread that committed: it finds its change everywhere in this process. Others see it by looking.
follower: Provided[Follower] = Provided("follower of the registry's log", Nobody())


class _Entry(NamedTuple):
    kind: ChangeKind
    key: str
    data: dict[str, Any]


def append(kind: ChangeKind, key: object, **data: Any) -> None:
    """Log a change, in the transaction that makes it and as its last step.

    Last, because the counter's row is held from here to the commit: it is the last lock of all, after those of sites
    and alert logs.
    """
    _append([_Entry(kind, str(key), data)])


def append_each(kind: ChangeKind, keys: Iterable[object]) -> None:
    """Log the same change of several, as `append` does."""
    _append([_Entry(kind, str(key), {}) for key in keys])


def _append(entries: list[_Entry]) -> None:
    if not entries:
        return
    at_ms = now_ms()
    with transaction.atomic():
        first = _take_numbers(len(entries))
        with connection.cursor() as cursor:
            cursor.executemany(
                _insert_statement(),
                [
                    (n, entry.kind.value, entry.key, json.dumps(entry.data), at_ms)
                    for n, entry in enumerate(entries, first)
                ],
            )
        transaction.on_commit(_hint, robust=True)


def _insert_statement() -> str:
    """Written out: new devices log their series by the thousand, which takes `bulk_create` several times as long."""
    quote = connection.ops.quote_name
    columns = ", ".join(quote(name) for name in ("n", "kind", "key", "data", "at_ms"))
    return f"INSERT INTO {quote(RegistryChange._meta.db_table)} ({columns}) VALUES (%s, %s, %s, %s, %s)"  # noqa: S608  (names of the model)


def _hint() -> None:
    follower().catch_up()


def _take_numbers(count: int) -> int:
    """The first of so many new numbers; the counter's row is locked from here on."""
    counter = RegistryCounter.objects.filter(pk=_THE_ONE)
    if not counter.update(n=F("n") + count):
        RegistryCounter.objects.get_or_create(pk=_THE_ONE)  # the migration makes it; a test may have emptied the table
        counter.update(n=F("n") + count)
    return counter.values_list("n", flat=True).get() - count + 1


def newest() -> int:
    """The number of the newest committed change; 0 where there is none."""
    return RegistryCounter.objects.filter(pk=_THE_ONE).values_list("n", flat=True).first() or 0


def changes_after(n: int, limit: int = PAGE) -> list[Change]:
    """The committed changes after this number, in order; from a later one where the log was trimmed."""
    rows = RegistryChange.objects.filter(n__gt=n).order_by("n").values_list("n", "kind", "key", "data")
    return [Change(n, ChangeKind(kind), key, data) for n, kind, key, data in rows[:limit]]


def trim() -> None:
    """Forget all but the newest KEPT_CHANGES."""
    RegistryChange.objects.filter(n__lte=newest() - KEPT_CHANGES).delete()
