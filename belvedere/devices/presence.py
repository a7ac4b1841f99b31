"""Which devices are there, when they were last heard, and how wrong their clocks are."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from itertools import count

from django.db import DatabaseError

from belvedere.devices.posting import Posting
from belvedere.devices.presence_rows import DeviceColumns, Presence, PresenceRows
from belvedere.domain.changes import Change, ChangeKind, keys_of
from belvedere.domain.times import now_ms

HTTP = "http"
SKEW_SECONDS = 120.0  # how long the best estimate of a clock holds against worse ones
SLOW_MS = 5000  # a reading may take so long to arrive
SURE_SECONDS = 25.0  # a slow clock goes on to say the same for so long; ingest tells each 30 s
SURE_WITHIN_MS = 2000
LONGEST_BUFFER_MS = 366 * 24 * 3600 * 1000  # no reading that a device kept is older


def _tell_nobody(_device_id: str) -> None:
    """In tests that ask for no site's number."""


class PresenceBook:
    """Memory first; `save` writes what changed. Calls come from the event loop, reads from any thread.

    site_of: the site of a device, None where it is gone. Whenever one of its devices comes or goes, a site has another
    number (`seq_of`); numbers begin with the time of the start, so that none is given again after it. rows: where it is
    kept.
    """

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        site_of: Callable[[str], int | None] = _tell_nobody,
        rows: PresenceRows | None = None,
    ) -> None:
        self._rows = rows or DeviceColumns()
        self._monotonic = monotonic
        self._site_of = site_of
        self._numbers = count(now_ms() * 1_000)
        self._first = next(self._numbers)
        self._seq: dict[int, int] = {}
        self._posts: set[str] = set()  # those that were last told to be online because they post
        self._connection_numbers = count(1)
        self._connection: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self._skew: dict[str, int] = {}
        self._skew_at: dict[str, float] = {}
        self._slow: dict[str, tuple[int, float]] = {}  # estimates that may come of readings that waited
        self._protocol: dict[str, str] = {}
        self._posting: dict[str, Posting] = {}
        self._changed: set[str] = set()  # since they were saved; those of them that came or went are in `_moved` too
        self._moved: set[str] = set()
        self._gone: set[str] = set()
        self._saved_seen: dict[str, int] = {}
        self._lock = threading.Lock()

    def load(self) -> None:
        """What was known before the start; nobody is connected yet."""
        for device_id, (online, seen, skew, protocol), interval_ms in self._rows.load():
            if device_id in self._protocol:
                continue  # what is in memory is newer
            if seen is not None:
                self._seen[device_id] = self._saved_seen[device_id] = seen
            if skew is not None:
                self._skew[device_id] = skew
            self._protocol[device_id] = protocol
            if online:
                self._changed.add(device_id)
            if protocol == HTTP and seen is not None:
                silent_seconds = max(0, now_ms() - seen) / 1000
                self._posting[device_id] = Posting(self._monotonic() - silent_seconds, (interval_ms or 0) / 1000)
                self._posts.add(device_id)

    def mark_connected(self, device_id: str, protocol: str) -> int:
        """A connection is made; gives its number, by which `mark_disconnected` tells it from later ones."""
        number = next(self._connection_numbers)
        self._connection[device_id] = number
        self._protocol[device_id] = protocol
        self.mark_seen(device_id, now_ms())
        self._note_change(device_id)
        return number

    def mark_disconnected(self, device_id: str, connection: int) -> None:
        """That connection is gone; a newer one of the same device stays."""
        if self._connection.get(device_id) == connection:
            del self._connection[device_id]
            self._note_change(device_id)

    def mark_seen(self, device_id: str, now_ms: int) -> None:
        """Something arrived from the device."""
        self._seen[device_id] = now_ms

    def set_clock_skew(self, device_id: str, skew_ms: int) -> None:
        """The device's time minus ours, by one of its readings.

        A reading that waited (a back-fill, a bad line) makes a clock look slow, nothing makes it look fast: so the
        greatest estimate of the last two minutes holds, and a slow one counts once a later one says the same.
        """
        now = self._monotonic()
        known = self._skew.get(device_id)
        if known is not None and skew_ms < known and now - self._skew_at.get(device_id, -SKEW_SECONDS) < SKEW_SECONDS:
            return
        if -LONGEST_BUFFER_MS <= skew_ms < -SLOW_MS and not self._is_sure(device_id, skew_ms, now):
            return
        self._slow.pop(device_id, None)
        self._skew[device_id] = skew_ms
        self._skew_at[device_id] = now
        self._changed.add(device_id)

    def _is_sure(self, device_id: str, skew_ms: int, now: float) -> bool:
        """Whether an estimate from a while ago says the same: those of readings that waited differ."""
        first_ms, first_at = self._slow.get(device_id, (skew_ms, now))
        if abs(skew_ms - first_ms) > SURE_WITHIN_MS:
            first_ms, first_at = skew_ms, now
        self._slow[device_id] = first_ms, first_at
        return now - first_at >= SURE_SECONDS

    def mark_posted(self, device_id: str, now_ms: int) -> None:
        """A reading came over HTTP."""
        if device_id not in self._connection:
            self._protocol[device_id] = HTTP
        now = self._monotonic()
        posting = self._posting.get(device_id)
        if posting is None:
            self._posting[device_id] = Posting(now)
        else:
            posting.note_post(now)
        self.mark_seen(device_id, now_ms)
        if device_id not in self._posts:
            self._posts.add(device_id)
            self._note_change(device_id)

    def get(self, device_id: str) -> Presence:
        """What is known now."""
        seen = self._seen.get(device_id)
        protocol = self._protocol.get(device_id, "")
        online = device_id in self._connection
        posting = self._posting.get(device_id)
        if not online and protocol == HTTP and posting is not None:
            online = posting.is_due(self._monotonic())
        return Presence(online, seen, self._skew.get(device_id), protocol)

    def seq_of(self, site_id: int) -> int:
        """A number that is another one after any device of the site came or went."""
        return self._seq.get(site_id, self._first)

    def note_silence(self) -> None:
        """Find the devices that have not posted in their time: nothing else tells. Any thread; to be called often."""
        now = self._monotonic()
        for device_id in tuple(self._posts):
            posting = self._posting.get(device_id)
            if posting is None or not posting.is_due(now):
                self._posts.discard(device_id)
                self._note_change(device_id)

    def _note_change(self, device_id: str) -> None:
        self._changed.add(device_id)
        self._moved.add(device_id)
        site_id = self._site_of(device_id)
        if site_id is not None:
            self._seq[site_id] = next(self._numbers)

    def apply(self, changes: Sequence[Change]) -> None:
        """Forget the devices that are deleted."""
        for device_id in keys_of(changes, ChangeKind.DEVICE_DELETED):
            self.forget(device_id)

    def forget(self, device_id: str) -> None:
        """It was deleted; one that is made anew with this id begins with nothing."""
        self._connection.pop(device_id, None)
        self._seen.pop(device_id, None)
        self._saved_seen.pop(device_id, None)
        self._skew.pop(device_id, None)
        self._skew_at.pop(device_id, None)
        self._slow.pop(device_id, None)
        self._protocol.pop(device_id, None)
        self._posting.pop(device_id, None)
        self._posts.discard(device_id)
        self._changed.discard(device_id)
        self._moved.discard(device_id)
        self._gone.add(device_id)

    def save(self) -> None:
        """Write what changed since the last save to the database. A thread with the ORM; may be called often."""
        self.note_silence()
        with self._lock:
            heard = {device for device, seen in dict(self._seen).items() if self._saved_seen.get(device) != seen}
            self._save(self._changed | heard)

    def save_moves(self) -> None:
        """The same for those that came or went alone: for each second, where other processes show it."""
        with self._lock:
            self._save(self._moved.copy())

    def _save(self, wanted: set[str]) -> None:
        if not self._rows.confirm():
            self._moved.update(self._connection, self._posts)
            wanted |= self._connection.keys() | self._posts
        gone, self._gone = self._gone, set()
        # Taken out before it is read: what changes meanwhile is for the next save.
        moved = wanted & self._moved
        self._moved.difference_update(wanted)
        self._changed.difference_update(wanted)
        rows = {device_id: self.get(device_id) for device_id in wanted}
        try:
            if gone:
                self._rows.drop(gone)
            if rows:
                sites = {site for site in map(self._site_of, moved) if site is not None}
                self._rows.write(rows, sites)
        except DatabaseError:
            self._changed.update(wanted)
            self._moved.update(moved)
            self._gone.update(gone)
            raise
        self._saved_seen.update({key: row.last_seen_ms for key, row in rows.items() if row.last_seen_ms})
