"""Who may connect and which series they write, in memory: thousands reconnect at once after a power cut."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from django.db import transaction

from belvedere.accounts.keys import keyed_hash
from belvedere.devices.models import Device, Series
from belvedere.domain.metrics import Kind, metric_defaults

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
    series: dict[str, int]


class DeviceHandle:
    """One device as the data path knows it. series: metric -> series id. digest: "" when revoked."""

    __slots__ = ("digest", "id", "last_stamp_ms", "series", "site_id", "stamped_at_ms")

    def __init__(self, device_id: str, site_id: int, digest: str) -> None:
        self.id = device_id
        self.site_id = site_id
        self.digest = digest
        self.series: dict[str, int] = {}
        self.last_stamp_ms = self.stamped_at_ms = 0


class DeviceDirectory:
    """All devices and series. Reads are memory only and safe from any thread."""

    def __init__(self, digest_key: bytes) -> None:
        self._digest_key = digest_key
        self._devices: dict[str, DeviceHandle] = {}
        self._lock = threading.Lock()
        self._revoked: list[Callable[[str], None]] = []
        self._added: list[Callable[[SeriesInfo], None]] = []
        self._removed: list[Callable[[SeriesInfo], None]] = []
        self.series: dict[int, SeriesInfo] = {}

    def load(self) -> None:
        """Read everything from the database."""
        for device_id, site_id, digest in Device.objects.values_list("id", "site_id", "digest"):
            self._devices[device_id] = DeviceHandle(device_id, site_id, digest)
        for row in Series.objects.values_list("id", "device_id", "site_id", "metric"):
            self._remember(SeriesInfo(*row))

    def _remember(self, info: SeriesInfo) -> None:
        self.series[info.id] = info
        self._devices[info.device_id].series[info.metric] = info.id

    def get(self, device_id: str) -> DeviceHandle | None:
        """The device of this id, revoked or not."""
        return self._devices.get(device_id)

    def authenticate(self, device_id: str, secret: str) -> DeviceHandle | None:
        """The device, where the secret is its own."""
        device = self._devices.get(device_id)
        digest = keyed_hash(self._digest_key, secret)
        expected = device.digest if device is not None and device.digest else "0" * 64
        return device if hmac.compare_digest(digest, expected) else None

    def on_revoked(self, callback: Callable[[str], None]) -> None:
        """Call back with the id of a device whose credential was rotated, revoked or deleted."""
        self._revoked.append(callback)

    def on_series_added(self, callback: Callable[[SeriesInfo], None]) -> None:
        """Call back, in the thread that allocates, when a device begins to send a metric."""
        self._added.append(callback)

    def on_series_removed(self, callback: Callable[[SeriesInfo], None]) -> None:
        """Call back, in the thread that refreshes, when a series went with its device."""
        self._removed.append(callback)

    def forget_stamps(self) -> None:
        """The server's clock was set: the next stamps follow it, also where it went back. Event loop only."""
        for device in list(self._devices.values()):
            device.last_stamp_ms = 0

    def refresh(self, device_id: str) -> None:
        """Read one device again after a change. Of two at once, the later one reads what both have written."""
        gone: list[SeriesInfo] = []
        with self._lock:
            row = Device.objects.filter(pk=device_id).values_list("site_id", "digest").first()
            known = self._devices.get(device_id)
            if row is None:
                gone = self._forget(device_id)
            elif known is None:
                self._devices[device_id] = DeviceHandle(device_id, *row)
            else:
                revoked = known.digest != row[1]
                known.digest = row[1]
                if not revoked:
                    return
        if known is not None:
            for callback in self._revoked:
                callback(device_id)
        for info in gone:
            for removed in self._removed:
                removed(info)

    def _forget(self, device_id: str) -> list[SeriesInfo]:
        device = self._devices.pop(device_id, None)
        series = list(device.series.values()) if device else []
        return [self.series.pop(one) for one in series if one in self.series]

    def allocate(self, wanted: Iterable[tuple[SeriesOwner, str, bool]]) -> None:
        """Make series for (device, metric, whether its first value is true or false) that have none.

        Those of a device that is gone are left out.

        The pipeline's thread calls this; django.db.Error passes through and nothing was made then.
        """
        new = [(device, metric, is_flag) for device, metric, is_flag in wanted if metric not in device.series]
        with transaction.atomic():
            there = set(Device.objects.filter(pk__in={device.id for device, _, _ in new}).values_list("pk", flat=True))
            rows = [_new_series(*one) for one in new if one[0].id in there]
            Series.objects.bulk_create(rows, ignore_conflicts=True)
            made = Series.objects.filter(device_id__in=there).values_list("id", "device_id", "site_id", "metric")
            infos = [SeriesInfo(*row) for row in made]
        with self._lock:
            fresh = [info for info in infos if info.id not in self.series and info.device_id in self._devices]
            for info in fresh:
                self._remember(info)
        for info in fresh:
            for callback in self._added:
                callback(info)


def _new_series(device: SeriesOwner, metric: str, is_flag: bool) -> Series:
    known = metric_defaults(metric)
    kind = Kind.BINARY if is_flag else known.kind
    return Series(device_id=device.id, site_id=device.site_id, metric=metric, unit=known.unit, kind=kind)
