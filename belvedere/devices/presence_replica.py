# ruff: noqa: S608  (names come from the models; every value is bound)
"""The presence of all devices, whichever endpoint they are connected to, as a process that shows it has it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog

from belvedere.devices.endpoint_presence import OF_ALL, retire
from belvedere.devices.models import Device, DevicePresence, PresenceEndpoint, PresenceNumber
from belvedere.devices.presence import HTTP
from belvedere.devices.presence_rows import Presence
from belvedere.domain.changes import Change, ChangeKind, keys_of
from belvedere.registry.sql import fetch_all

DEAD_SECONDS = 15.0  # an endpoint shows each second that it is alive; a pause of the machine is no death
PAUSE_SECONDS = 3.0  # after a longer one without a look, as while the database was away, nothing is known of endpoints

_PRESENCE = "online, last_seen_ms, clock_skew_ms, protocol"
_DEVICES = Device._meta.db_table
_ROWS = DevicePresence._meta.db_table

log = structlog.get_logger(__name__)


class PresenceReplica:
    """Read by `get` and `seq_of` from any thread; `load`, `apply` and `catch_up` in threads with the ORM.

    A site's number is one of the database's, so it is the same in every process.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._resting: dict[str, Presence] = {}  # of the devices' columns
        self._rows: dict[str, dict[str, Presence]] = {}  # device -> endpoint -> what that one knows
        self._sites: dict[int, int] = {}
        self._beats: dict[str, tuple[int, float]] = {}
        self._looked = monotonic()
        self._read_to = 0

    def load(self) -> None:
        """Read everything."""
        self._rows, self._read_to = {}, 0
        self._resting = {
            row[0]: _make_presence(row[1:]) for row in fetch_all(f"SELECT id, {_PRESENCE} FROM {_DEVICES}")
        }
        self.catch_up()

    def apply(self, changes: Sequence[Change]) -> None:
        """Forget the devices that are deleted."""
        for device_id in keys_of(changes, ChangeKind.DEVICE_DELETED):
            self._resting.pop(device_id, None)
            self._rows.pop(device_id, None)

    def catch_up(self) -> None:
        """Take over what the endpoints have written since, and retire those that are dead. To be called each second."""
        # The numbers first: a page that reads its list for a new one finds what it stands for.
        sites = dict(PresenceNumber.objects.exclude(site_id=OF_ALL).values_list("site_id", "n"))
        statement = f"SELECT device_key, endpoint, n, {_PRESENCE} FROM {_ROWS} WHERE n > %s ORDER BY n"
        for device_id, endpoint, n, *presence in fetch_all(statement, [self._read_to]):
            self._rows.setdefault(device_id, {})[endpoint] = _make_presence(presence)
            self._read_to = n
        self._watch_endpoints(dict(PresenceEndpoint.objects.values_list("name", "beat")))
        self._sites = sites

    def get(self, device_id: str) -> Presence | None:
        """What is known of it; None of one that is new."""
        rows = [*self._rows.get(device_id, {}).values()]
        if device_id in self._resting:
            rows.append(self._resting[device_id])
        return merge(rows) if rows else None

    def seq_of(self, site_id: int) -> int:
        """A number that is another one after any device of the site came or went."""
        return self._sites.get(site_id, 0)

    def _watch_endpoints(self, beats: dict[str, int]) -> None:
        now = self._monotonic()
        paused, self._looked = now - self._looked > PAUSE_SECONDS, now
        known, self._beats = self._beats, {}
        for name, beat in beats.items():
            before = None if paused else known.get(name)
            self._beats[name] = before if before is not None and before[0] == beat else (beat, now)
        for name, (beat, since) in self._beats.items():
            if now - since > DEAD_SECONDS:
                log.warning("endpoint_dead", endpoint=name)
                retire(name, beat)
        for name in known.keys() - beats.keys():
            self._retire_endpoint(name)

    def _retire_endpoint(self, endpoint: str) -> None:
        """The endpoint is retired: what it knew stands in the columns of the devices."""
        for device_id, rows in list(self._rows.items()):
            gone = rows.pop(endpoint, None)
            if gone is not None:
                before = self._resting.get(device_id, gone)
                self._resting[device_id] = merge([before, gone])._replace(online=False)
            if not rows:
                self._rows.pop(device_id, None)


def merge(rows: Sequence[Presence]) -> Presence:
    """One device as several know it: it is there where one of them says so; of the rest, who heard it last is right.

    One that posts is taken to be there for a while; that says nothing once it was heard over a connection.
    """
    by_time = sorted(rows, key=lambda row: row.last_seen_ms or 0)
    posts = by_time[-1].protocol == HTTP
    there = [row for row in by_time if row.online and (posts or row.protocol != HTTP)]
    skews = [row.clock_skew_ms for row in by_time if row.clock_skew_ms is not None]
    protocols = [row.protocol for row in there or by_time if row.protocol]
    return Presence(
        bool(there), by_time[-1].last_seen_ms, skews[-1] if skews else None, protocols[-1] if protocols else ""
    )


def _make_presence(columns: Sequence[Any]) -> Presence:
    online, seen_ms, skew_ms, protocol = columns
    return Presence(bool(online), seen_ms, skew_ms, protocol)
