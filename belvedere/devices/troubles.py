"""The last troubles of each device, in memory and saved now and then, as presence is."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

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
    """Any thread. Kept by data key, so that a device made anew with an old id has none of the old one.

    is_shared: other processes have such books too. Then each adds to what the database has, and `save` takes over what
    the others have added.
    """

    def __init__(self, now_ms: Callable[[], int], *, is_shared: bool = False) -> None:
        self._now_ms = now_ms
        self._is_shared = is_shared
        self._troubles: dict[str, dict[tuple[TroubleCode, str], int]] = {}
        self._strangers: dict[str, Stranger] = {}
        self._changed: set[str] = set()
        self._lock = threading.Lock()

    def load(self) -> None:
        """What was known before the start."""
        for data_key, saved in Device.objects.exclude(troubles=[]).values_list("data_key", "troubles"):
            self._troubles.setdefault(data_key, _parse(saved))

    def _take_over(self, data_key: str, saved: list[Any]) -> None:
        """Add what other processes have told, in the order of time."""
        told = _parse(saved)
        with self._lock:
            known = self._troubles.get(data_key, {})
            for one, at_ms in told.items():
                told[one] = max(at_ms, known.get(one, 0))
            both = sorted((known | told).items(), key=lambda entry: entry[1])
            self._troubles[data_key] = dict(both)
            self._drop_oldest(self._troubles[data_key])

    def tell(self, device: Owner, code: TroubleCode, detail: str) -> None:
        """Something happened. The same again is only of a later time; a stranger's last try replaces the one before."""
        with self._lock:
            known = self._troubles.setdefault(device.data_key, {})
            if code is _OF_STRANGERS:
                for one in [one for one in known if one[0] is code]:
                    del known[one]
            known.pop((code, detail), None)  # so that it becomes the youngest
            known[code, detail] = self._now_ms()
            self._drop_oldest(known)
            self._changed.add(device.data_key)

    @staticmethod
    def _drop_oldest(known: dict[tuple[TroubleCode, str], int]) -> None:
        """Leave the youngest, and the last of a stranger."""
        own = [one for one in known if one[0] is not _OF_STRANGERS]
        of_strangers = [one for one in known if one[0] is _OF_STRANGERS]
        for one in (*own[:-MOST_SHOWN], *of_strangers[:-1]):
            del known[one]

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
        try:
            if changed:
                self._write(sorted(changed))
            if self._is_shared:
                for data_key, saved in Device.objects.exclude(troubles=[]).values_list("data_key", "troubles"):
                    self._take_over(data_key, saved)
        except DatabaseError:
            with self._lock:
                self._changed |= changed
            raise

    def _write(self, data_keys: list[str]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            if self._is_shared:
                # Locked, so that of two processes the later one adds to what the other has written.
                rows = Device.objects.select_for_update().filter(data_key__in=data_keys).order_by("id")
                for data_key, saved in rows.values_list("data_key", "troubles"):
                    self._take_over(data_key, saved)
            told = [(json.dumps(self.list_troubles(data_key)), data_key) for data_key in data_keys]
            cursor.executemany(_SAVE, told)


def _parse(saved: list[Any]) -> dict[tuple[TroubleCode, str], int]:
    """(code, detail) -> time, the oldest first."""
    known = [Trouble(at_ms, TroubleCode(code), detail) for at_ms, code, detail in saved if code in _KNOWN]
    return {(one.code, one.detail): one.at_ms for one in reversed(known)}
