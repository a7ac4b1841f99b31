"""Who may connect and which series they write, in memory: thousands reconnect at once after a power cut."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Container, Iterable
from typing import NamedTuple, Protocol

from django.db import connection, transaction
from django.db.models import F

from belvedere.accounts.keys import hash_with_key
from belvedere.devices.models import Device, Series
from belvedere.domain.metrics import BINARY_METRICS, Kind, metric_defaults

MAX_SERIES_A_DEVICE = 200


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
    name. valueless: metrics whose series had no value so far. digest: "" when revoked. gone: deleted, whatever its
    connections still bring.
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
    """All devices and series. Reads are memory only and safe from any thread."""

    def __init__(self, digest_key: bytes) -> None:
        self._digest_key = digest_key
        self._devices: dict[str, DeviceHandle] = {}
        self._lock = threading.Lock()
        self._revoked: list[Callable[[str], None]] = []
        self._gone: list[Callable[[DeviceHandle], None]] = []
        self._added: list[Callable[[SeriesInfo], None]] = []
        self._removed: list[Callable[[SeriesInfo], None]] = []
        self.series: dict[int, SeriesInfo] = {}

    def load(self) -> None:
        """Read everything from the database."""
        for row in Device.objects.values_list("id", "site_id", "digest", "data_key"):
            self._devices[row[0]] = DeviceHandle(*row)
        rows = Series.objects.values_list("id", "device_id", "site_id", "metric", "kind")
        for series_id, device_id, site_id, metric, kind in rows:
            self._remember(SeriesInfo(series_id, device_id, site_id, metric), kind)

    def note_valueless(self, with_values: Container[int]) -> None:
        """Note the series that have no value, as those have that were made for a rule that waits for them."""
        for device in self._devices.values():
            device.valueless = {metric for metric, series in device.series.items() if series not in with_values}

    def _remember(self, info: SeriesInfo, kind: str) -> None:
        self.series[info.id] = info
        device = self._devices[info.device_id]
        device.series[info.metric] = info.id
        if kind == Kind.BINARY and info.metric not in BINARY_METRICS:
            device.binary.add(info.metric)

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

    def on_revoked(self, callback: Callable[[str], None]) -> None:
        """Call back with the id of a device whose credential was rotated, revoked or deleted."""
        self._revoked.append(callback)

    def on_gone(self, callback: Callable[[DeviceHandle], None]) -> None:
        """Call back, after those of `on_revoked`, with a device that was deleted."""
        self._gone.append(callback)

    def on_series_added(self, callback: Callable[[SeriesInfo], None]) -> None:
        """Call back, in the thread that allocates, when a device begins to send a metric."""
        self._added.append(callback)

    def on_series_removed(self, callback: Callable[[SeriesInfo], None]) -> None:
        """Call back, in the thread that refreshes, when a series went with its device."""
        self._removed.append(callback)

    def refresh(self, device_id: str) -> None:
        """Read one device again after a change. Of two at once, the later one reads what both have written."""
        with self._lock:
            row = Device.objects.filter(pk=device_id).values_list("site_id", "digest", "data_key").first()
            known = self._devices.get(device_id)
            gone = known is not None and (row is None or known.data_key != row[2])
            revoked = known is not None and row is not None and known.digest != row[1]
            series = self._forget(device_id) if gone else []
            if row is not None and (known is None or gone):
                self._devices[device_id] = DeviceHandle(device_id, *row)
            elif known is not None and row is not None:
                known.digest = row[1]
                binary = Series.objects.filter(device=device_id, kind=Kind.BINARY).values_list("metric", flat=True)
                known.binary = set(binary) - BINARY_METRICS
        if known is not None and (gone or revoked):
            self._tell(known, series)

    def _tell(self, device: DeviceHandle, series: list[SeriesInfo]) -> None:
        for revoked in self._revoked:
            revoked(device.id)
        for removed in self._removed:
            for info in series:
                removed(info)
        if device.gone:
            for gone in self._gone:
                gone(device)

    def _forget(self, device_id: str) -> list[SeriesInfo]:
        device = self._devices.pop(device_id)
        device.gone = True
        return [self.series.pop(one) for one in device.series.values() if one in self.series]

    def allocate(self, wanted: Iterable[tuple[SeriesOwner, str, bool | None]]) -> None:
        """Make series for (device, metric, whether its first value is true or false) that have none.

        None: it has no value yet. Those of a device that is gone are left out.

        The pipeline's thread calls this; django.db.Error passes through and nothing was made then.
        """
        new = [(device, metric, is_flag) for device, metric, is_flag in wanted if metric not in device.series]
        with transaction.atomic():
            keys = {device.data_key for device, _, _ in new}
            there = set(Device.objects.filter(data_key__in=keys).values_list("data_key", flat=True))
            rows = [_new_series(*one) for one in new if one[0].data_key in there]
            Series.objects.bulk_create(rows, ignore_conflicts=True)
            made = Series.objects.filter(device__data_key__in=there)
            rows_made = made.values_list("id", "device_id", "site_id", "metric", "device__data_key", "kind")
            found = [(row[4], row[5], SeriesInfo(*row[:4])) for row in rows_made]
        with self._lock:
            fresh = []
            for key, kind, info in found:
                if info.id not in self.series and self._is_known(info.device_id, key):
                    self._remember(info, kind)
                    fresh.append(info)
            for device, metric, is_flag in new:
                handle = self._devices.get(device.id)
                if is_flag is None and handle is not None and metric in handle.series:
                    handle.valueless.add(metric)
        for info in fresh:
            for callback in self._added:
                callback(info)

    def make_binary(self, pairs: Iterable[tuple[SeriesOwner, str]]) -> None:
        """The series of these (device, metric) are binary from now on; the pipeline's thread, as `allocate`."""
        for device, metric in pairs:
            rows = Series.objects.filter(device__data_key=device.data_key, metric=metric)
            rows.update(kind=Kind.BINARY, version=F("version") + 1)
            device.binary.add(metric)

    def _is_known(self, device_id: str, data_key: str) -> bool:
        """A device may be deleted, or made anew, while its series are written."""
        device = self._devices.get(device_id)
        return device is not None and device.data_key == data_key


def _new_series(device: SeriesOwner, metric: str, is_flag: bool | None) -> Series:
    known = metric_defaults(metric)
    kind = Kind.BINARY if is_flag else known.kind
    return Series(device_id=device.id, site_id=device.site_id, metric=metric, unit=known.unit, kind=kind)
