"""The ways to keep presence that the contract tries: whom devices reach, and whoever shows them."""

from __future__ import annotations

from itertools import count
from typing import Protocol

from belvedere.devices.endpoint_presence import EndpointRows
from belvedere.devices.models import Device
from belvedere.devices.presence import PresenceBook
from belvedere.devices.presence_replica import DEAD_SECONDS, PresenceReplica
from belvedere.devices.presence_rows import Presence
from belvedere.domain.changes import Change, ChangeKind

NOTHING = Presence(False, None, None, "")


def find_site(device_id: str) -> int | None:
    """None of one that is gone."""
    return Device.objects.filter(id=device_id).values_list("site_id", flat=True).first()


def delete(device: Device) -> list[Change]:
    """Delete it; gives what the registry's log says of that."""
    data = {"site_id": device.site_id, "data_key": device.data_key, "series": []}
    change = Change(1, ChangeKind.DEVICE_DELETED, device.id, data)
    device.delete()
    return [change]


class Subject(Protocol):
    """book: what is told of devices, by the process that they reach; its time is in hand."""

    book: PresenceBook

    def wait(self, seconds: float) -> None:
        """So long nothing happens."""

    def show(self, device_id: str) -> Presence:
        """What a page shows of it now."""

    def number(self, site_id: int) -> int:
        """By which a page knows whether anybody of the site came or went."""

    def forget(self, device: Device) -> None:
        """It is deleted: everybody hears of it."""

    def restart(self) -> None:
        """The process that devices reach ends as it should, and is there again; so is the one that shows them."""

    def kill(self) -> None:
        """The same without an orderly end."""


class Embedded:
    """One process that knows all of them."""

    def __init__(self) -> None:
        self._now = 0.0
        self._start()

    def _start(self) -> None:
        self.book = PresenceBook(lambda: self._now, find_site)
        self.book.load()

    def wait(self, seconds: float) -> None:
        self._now += seconds
        self.book.note_silence()

    def show(self, device_id: str) -> Presence:
        return self.book.get(device_id)

    def number(self, site_id: int) -> int:
        return self.book.seq_of(site_id)

    def forget(self, device: Device) -> None:
        self.book.apply(delete(device))
        self.book.save()

    def restart(self) -> None:
        self.book.save()
        self._start()

    def kill(self) -> None:
        self._start()


class Cluster:
    """An endpoint that devices reach, and a web process that shows them."""

    def __init__(self) -> None:
        self._now = 0.0
        self._names = count()
        self._start()

    def _start(self) -> None:
        self._rows = EndpointRows(f"endpoint-{next(self._names)}")
        self.book = PresenceBook(lambda: self._now, find_site, self._rows)
        self.book.load()
        self._shown = PresenceReplica(lambda: self._now)
        self._shown.load()

    def _tell(self) -> None:
        self.book.save()
        self._shown.catch_up()

    def wait(self, seconds: float) -> None:
        self._now += seconds
        self._tell()

    def show(self, device_id: str) -> Presence:
        self._tell()
        return self._shown.get(device_id) or NOTHING

    def number(self, site_id: int) -> int:
        self._tell()
        return self._shown.seq_of(site_id)

    def forget(self, device: Device) -> None:
        gone = delete(device)
        self.book.apply(gone)
        self._shown.apply(gone)
        self._tell()

    def restart(self) -> None:
        self.book.save()
        self._rows.retire()
        self._start()

    def kill(self) -> None:
        self._start()
        for _ in range(int(DEAD_SECONDS) + 2):
            self.wait(1.0)


SUBJECTS: list[type[Subject]] = [Embedded, Cluster]
