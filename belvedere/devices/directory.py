# ruff: noqa: S608  (names come from the models; every value is bound)
"""Who may connect and which series they write, in memory: thousands reconnect at once after a power cut."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Collection, Container, Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple, Protocol

from django.db import connection, transaction
from django.db.models import F

from belvedere.accounts.keys import hash_with_key
from belvedere.devices.models import Device, Series
from belvedere.domain.changes import Change, ChangeKind, keys_of
from belvedere.domain.metrics import BINARY_METRICS, Kind, find_metric
from belvedere.registry.log import append, append_each
from belvedere.registry.sql import fetch_all, insert_all, placeholders

MAX_SERIES_A_DEVICE = 200
_DEVICES = Device._meta.db_table
_SERIES = Series._meta.db_table


class SeriesInfo(NamedTuple):
    """What the data path must know of a series."""

    id: int
    device_id: str
    site_id: int
    metric: str


class SeriesOwner(Protocol):
    """A device, as far as its series go."""

    id: str
    site_id: int
    data_key: str
    series: dict[str, int]
    binary: set[str]


class DeviceHandle:
    """One device as the data path knows it.

    series: metric -> series id. binary: metrics whose series takes 0 and 1 alone, beside those that do so by their
    name. valueless: metrics whose series had no value so far. digest: "" when revoked or retired. gone: deleted,
    whatever its connections still bring.
    """

    __slots__ = (
        "binary",
        "data_key",
        "digest",
        "gone",
        "id",
        "last_stamp_ms",
        "series",
        "site_id",
        "stamped_at_ms",
        "valueless",
    )

    def __init__(self, device_id: str, site_id: int, digest: str, data_key: str) -> None:
        self.id = device_id
        self.site_id = site_id
        self.digest = digest
        self.data_key = data_key
        self.gone = False
        self.series: dict[str, int] = {}
        self.binary: set[str] = set()
        self.valueless: set[str] = set()
        self.last_stamp_ms = self.stamped_at_ms = 0


class DeviceDirectory:
    """All devices and series, by the registry's log. Reads are memory only and safe from any thread."""

    def __init__(self, digest_key: bytes) -> None:
        self._digest_key = digest_key
        self._devices: dict[str, DeviceHandle] = {}
        self._lock = threading.Lock()
        self.series: dict[int, SeriesInfo] = {}

    def load(self) -> None:
        """Read everything from the database."""
        with self._lock:
            self._take_in(list(self._devices), None)

    def apply(self, changes: Sequence[Change]) -> None:
        """Read the devices of these changes again, with their series."""
        ids = keys_of(changes, ChangeKind.DEVICE, ChangeKind.DEVICE_DELETED, ChangeKind.SERIES)
        if ids:
            with self._lock:  # also while it reads: of two at once, the later one reads what both have written
                self._take_in(ids, ids)

    def _take_in(self, known: Iterable[str], ids: Collection[str] | None) -> None:
        """Take over what the database has of some devices, or of all. known: those that are gone without a row."""
        rows = {row[0]: row for row in _read_devices(ids)}
        for device_id in known:
            handle = self._devices.get(device_id)
            if handle is not None and (device_id not in rows or rows[device_id][3] != handle.data_key):
                self._forget(handle)
        for device_id, row in rows.items():
            self._devices.setdefault(device_id, DeviceHandle(*row)).digest = row[2]
        binary: dict[str, set[str]] = {device_id: set() for device_id in rows}
        for series_id, device_id, site_id, metric, kind, data_key in _read_series(ids):
            if self._is_known(device_id, data_key):  # else it was deleted between the two queries
                self._remember(SeriesInfo(series_id, device_id, site_id, metric))
                if kind == Kind.BINARY and metric not in BINARY_METRICS:
                    binary.setdefault(device_id, set()).add(metric)
        for device_id, metrics in binary.items():
            self._devices[device_id].binary = metrics

    def note_valueless(self, with_values: Container[int], owns: Callable[[str], bool] = bool) -> None:
        """Note the series that have no value, as those have that were made for a rule that waits for them.

        owns: data key -> whether `with_values` speaks of this device.
        """
        for device in list(self._devices.values()):
            if not owns(device.data_key):
                continue
            device.valueless = {metric for metric, series in device.series.items() if series not in with_values}

    def _remember(self, info: SeriesInfo) -> None:
        self.series[info.id] = info
        self._devices[info.device_id].series[info.metric] = info.id

    def _forget(self, handle: DeviceHandle) -> None:
        handle.gone = True
        for series_id in handle.series.values():
            self.series.pop(series_id, None)
        del self._devices[handle.id]

    @staticmethod
    def reserve_ids(highest: int) -> None:
        """Give no new series an id up to this one: readings.db has readings of it, perhaps of another registry."""
        with transaction.atomic(), connection.cursor() as cursor:
            table = Series._meta.db_table
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name=%s", [table])
            row = cursor.fetchone()
            if row is None:
                cursor.execute("INSERT INTO sqlite_sequence(name, seq) VALUES(%s, %s)", [table, highest])
            elif row[0] < highest:
                cursor.execute("UPDATE sqlite_sequence SET seq=%s WHERE name=%s", [highest, table])

    def get(self, device_id: str) -> DeviceHandle | None:
        """The device of this id, revoked or not."""
        return self._devices.get(device_id)

    def site_of_device(self, device_id: str) -> int | None:
        """The site of a device; None where it is gone."""
        device = self._devices.get(device_id)
        return device.site_id if device is not None else None

    def site_of(self, series: int) -> int | None:
        """The site of a series; None where it is gone."""
        info = self.series.get(series)
        return info.site_id if info is not None else None

    def authenticate(self, device_id: str, secret: str) -> DeviceHandle | None:
        """The device, where the secret is its own."""
        device = self._devices.get(device_id)
        digest = hash_with_key(self._digest_key, secret)
        expected = device.digest if device is not None and device.digest else "0" * 64
        return device if hmac.compare_digest(digest, expected) else None

    def allocate(self, wanted: Iterable[tuple[SeriesOwner, str, bool | None]]) -> None:
        """Make series for (device, metric, whether its first value is true or false) that have none.

        None: it has no value yet. Those of a device that is gone are left out.

        The pipeline's thread calls this; django.db.Error passes through and nothing was made then.
        """
        new = [(device, metric, is_flag) for device, metric, is_flag in wanted if metric not in device.series]
        with transaction.atomic():
            there = _find_keys({device.data_key for device, _, _ in new})
            rows = [_make_series(*one) for one in new if one[0].data_key in there]
            insert_all(rows, ignore_conflicts=True)
            for site_id, made in groupby(sorted(rows, key=_get_site), _get_site):
                append_each(ChangeKind.SERIES, dict.fromkeys(row.device_id for row in made), site_id=site_id)
        with self._lock:
            # As a rule nothing is left: this directory, as a reader of the log, has taken in what was committed.
            left = {one.id for one, metric, _ in new if one.data_key in there and metric not in one.series}
            if left:
                self._take_in(left, left)
            for device, metric, is_flag in new:
                handle = self._devices.get(device.id)
                if is_flag is None and handle is not None and metric in handle.series:
                    handle.valueless.add(metric)

    def make_binary(self, pairs: Iterable[tuple[SeriesOwner, str]]) -> None:
        """The series of these (device, metric) are binary from now on; the pipeline's thread, as `allocate`."""
        for device, metric in pairs:
            rows = Series.objects.filter(device__data_key=device.data_key, metric=metric)
            with transaction.atomic():
                if rows.update(kind=Kind.BINARY, version=F("version") + 1):
                    append(ChangeKind.SERIES, device.id, site_id=device.site_id)
            device.binary.add(metric)

    def _is_known(self, device_id: str, data_key: str) -> bool:
        """A device may be deleted, or made anew, while its series are written."""
        device = self._devices.get(device_id)
        return device is not None and device.data_key == data_key


def _find_keys(data_keys: Collection[str]) -> set[str]:
    """Those of these data keys whose device still exists."""
    statement = f"SELECT data_key FROM {_DEVICES} WHERE data_key IN ({placeholders(data_keys)})"
    return {data_key for (data_key,) in fetch_all(statement, list(data_keys))}


def _read_devices(ids: Collection[str] | None) -> list[Any]:
    where = "" if ids is None else f" WHERE id IN ({placeholders(ids)})"
    digest = "CASE WHEN retired_at IS NULL THEN digest ELSE '' END"
    return fetch_all(f"SELECT id, site_id, {digest}, data_key FROM {_DEVICES}{where}", list(ids or ()))


def _read_series(ids: Collection[str] | None) -> list[Any]:
    where = "" if ids is None else f" WHERE s.device_id IN ({placeholders(ids)})"
    return fetch_all(
        "SELECT s.id, s.device_id, s.site_id, s.metric, s.kind, d.data_key"
        f" FROM {_SERIES} s JOIN {_DEVICES} d ON d.id = s.device_id{where}",
        list(ids or ()),
    )


def _get_site(row: Series) -> int:
    return row.site_id


def _make_series(device: SeriesOwner, metric: str, is_flag: bool | None) -> Series:
    known = find_metric(metric)
    kind = Kind.BINARY if is_flag else known.kind
    return Series(device_id=device.id, site_id=device.site_id, metric=metric, unit=known.unit, kind=kind)
