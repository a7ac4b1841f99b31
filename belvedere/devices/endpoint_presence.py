# ruff: noqa: S608  (names come from the models; every value is bound)
"""Presence where devices connect to several processes: a row by device and endpoint, which that endpoint alone writes.

A write takes a number under the lock of a counter's row, so readers (presence_replica.py) find what is new by it, in
the order of the commits. An endpoint shows that it is alive by a counter of its own; one that has stopped is retired by
whoever notices: its rows become columns of the devices, offline.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models.constants import OnConflict

from belvedere.devices.models import Device, DevicePresence, PresenceEndpoint, PresenceNumber
from belvedere.devices.presence_rows import Known, Presence
from belvedere.registry.sql import execute, fetch_all, placeholders

OF_ALL = 0  # the number of the last write of all; those of sites have the site's id
_DEVICES = Device._meta.db_table
_ROWS = DevicePresence._meta.db_table
_ENDPOINTS = PresenceEndpoint._meta.db_table
_NUMBERS = PresenceNumber._meta.db_table
_COLUMNS = ("device_key", "endpoint", "online", "last_seen_ms", "clock_skew_ms", "protocol", "n")
_FOLD = (
    f"UPDATE {_DEVICES} SET online = %s, last_seen_ms = %s, clock_skew_ms = %s, protocol = %s"
    " WHERE id = %s AND (last_seen_ms IS NULL OR last_seen_ms <= %s)"
)


class EndpointRows:
    """The rows of this process. name: its own in each run, at most 32 characters."""

    def __init__(self, name: str) -> None:
        self._name = name

    def load(self) -> Iterable[Known]:
        """Nothing: a new endpoint has no devices."""
        return ()

    def confirm(self) -> bool:
        """Show that this endpoint is alive. False where it is new, or was taken for dead and its rows are gone."""
        if execute(f"UPDATE {_ENDPOINTS} SET beat = beat + 1 WHERE name = %s", [self._name]):
            return True
        PresenceEndpoint.objects.get_or_create(name=self._name)
        return False

    def drop(self, device_ids: Collection[str]) -> None:
        """Those of this endpoint."""
        statement = f"DELETE FROM {_ROWS} WHERE endpoint = %s AND device_key IN ({placeholders(device_ids)})"
        execute(statement, [self._name, *sorted(device_ids)])

    def write(self, rows: Mapping[str, Presence], sites: Collection[int]) -> None:
        """All of them in one transaction, by statements of many rows."""
        with transaction.atomic():
            n = _take_number()
            _upsert(_ROWS, _COLUMNS, 2, [(key, self._name, *row, n) for key, row in sorted(rows.items())])
            _number_sites(sites, n)

    def retire(self) -> None:
        """The process ends: nobody is connected to it any more."""
        retire(self._name)


def retire(name: str, beat: int | None = None) -> None:
    """Turn the rows of an endpoint that is gone into columns of the devices. beat: only if it is still at this one."""
    with transaction.atomic():
        n = _take_number()
        endpoints = PresenceEndpoint.objects.filter(name=name)
        if not (endpoints if beat is None else endpoints.filter(beat=beat)).delete()[0]:
            return  # it lives, or somebody else was faster
        rows = fetch_all(
            "SELECT p.device_key, p.online, p.last_seen_ms, p.clock_skew_ms, p.protocol, d.site_id"
            f" FROM {_ROWS} p JOIN {_DEVICES} d ON d.id = p.device_key WHERE p.endpoint = %s ORDER BY p.device_key",
            [name],
        )
        with connection.cursor() as cursor:
            cursor.executemany(_FOLD, [(False, seen, skew, word, key, seen) for key, _, seen, skew, word, _ in rows])
        _number_sites({site for _, online, _, _, _, site in rows if online}, n)
        execute(f"DELETE FROM {_ROWS} WHERE endpoint = %s", [name])


def _take_number() -> int:
    """The next number; its row, which a migration has made, is locked from here to the commit."""
    execute(f"UPDATE {_NUMBERS} SET n = n + 1 WHERE site_id = %s", [OF_ALL])
    (row,) = fetch_all(f"SELECT n FROM {_NUMBERS} WHERE site_id = %s", [OF_ALL])
    return int(row[0])


def _number_sites(sites: Collection[int], n: int) -> None:
    _upsert(_NUMBERS, ("site_id", "n"), 1, [(site, n) for site in sorted(sites)])


def _upsert(table: str, columns: tuple[str, ...], keys: int, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows; of one whose first `keys` columns are there already, set the others."""
    if not rows:
        return
    suffix = connection.ops.on_conflict_suffix_sql(columns, OnConflict.UPDATE, columns[keys:], columns[:keys])
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({placeholders(columns)}) {suffix}"
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)
