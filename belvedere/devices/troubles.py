"""The last troubles of each device, in memory and saved now and then, as presence is."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from django.db import DatabaseError, connection, transaction

from belvedere.devices.models import Device
from belvedere.domain.changes import Change, ChangeKind
from belvedere.domain.trouble import Trouble, TroubleCode
from belvedere.domain.visible import escape

MOST_SHOWN = 5
MOST_STRANGERS = 20
# What a stranger can bring about who only guesses an id. It has one place, so that it pushes nothing else out.
_OF_STRANGERS = TroubleCode.BAD_CREDENTIALS
_KNOWN = frozenset(TroubleCode)  # an older program may meet what a newer one saved
_SAVE = "UPDATE devices_device SET troubles = %s WHERE data_key = %s"


class Stranger(NamedTuple):
    """Somebody who tried to log in with an id that no device has. id: safe to show."""

    id: str
    host: str
    at_ms: int


class Owner(Protocol):
    """A device, as far as its troubles go."""

    data_key: str


class TroubleBook:
    """Any thread. Kept by data key, so that a device made anew with an old id has none of the old one."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._troubles: dict[str, dict[tuple[TroubleCode, str], int]] = {}
        self._strangers: dict[str, Stranger] = {}
        self._changed: set[str] = set()
        self._lock = threading.Lock()

    def load(self) -> None:
        """What was known before the start."""
        for data_key, saved in Device.objects.exclude(troubles=[]).values_list("data_key", "troubles"):
            known = [Trouble(at_ms, TroubleCode(code), detail) for at_ms, code, detail in saved if code in _KNOWN]
            self._troubles.setdefault(data_key, {(one.code, one.detail): one.at_ms for one in reversed(known)})

    def tell(self, device: Owner, code: TroubleCode, detail: str) -> None:
        """Something happened. The same again is only of a later time; a stranger's last try replaces the one before."""
        with self._lock:
            known = self._troubles.setdefault(device.data_key, {})
            if code is _OF_STRANGERS:
                for one in [one for one in known if one[0] is code]:
                    del known[one]
            known.pop((code, detail), None)  # so that it becomes the youngest
            known[code, detail] = self._now_ms()
            own = [one for one in known if one[0] is not _OF_STRANGERS]
            if len(own) > MOST_SHOWN:
                del known[own[0]]
            self._changed.add(device.data_key)

    def tell_stranger(self, claimed_id: str, host: str) -> None:
        """Kept until the next start, the last ones only: anybody can make them up."""
        name = escape(claimed_id)
        with self._lock:
            self._strangers.pop(name, None)
            self._strangers[name] = Stranger(name, host, self._now_ms())
            if len(self._strangers) > MOST_STRANGERS:
                del self._strangers[next(iter(self._strangers))]

    def strangers(self) -> list[Stranger]:
        """The newest first."""
        with self._lock:
            return list(reversed(self._strangers.values()))

    def list_troubles(self, data_key: str) -> list[Trouble]:
        """The newest first."""
        with self._lock:
            known = list(self._troubles.get(data_key, {}).items())
        return [Trouble(at_ms, code, detail) for (code, detail), at_ms in reversed(known)][:MOST_SHOWN]

    def apply(self, changes: Sequence[Change]) -> None:
        """Forget the devices that are deleted."""
        for change in changes:
            if change.kind is ChangeKind.DEVICE_DELETED:
                self.forget(change.data["data_key"])

    def forget(self, data_key: str) -> None:
        """The device is deleted."""
        with self._lock:
            self._troubles.pop(data_key, None)
            self._changed.discard(data_key)

    def save(self) -> None:
        """Write what changed since the last save. A thread with the ORM; may be called often."""
        with self._lock:
            changed, self._changed = self._changed, set()
        rows = [(json.dumps(self.list_troubles(data_key)), data_key) for data_key in sorted(changed)]
        if not rows:
            return
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.executemany(_SAVE, rows)
        except DatabaseError:
            with self._lock:
                self._changed |= changed
            raise
