"""The content of one transaction, collected reading by reading."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple, Protocol

from belvedere.readings.store.second import GONE, Second

LONG_AGO = -(1 << 62)
FAR = 1 << 62
SECOND_MS = 1_000  # what a clock of whole seconds leaves to tell two events apart
FAR_AHEAD_MS = 1_000  # a device's clock that is no further ahead of ours is as good as right


class Verdict(IntEnum):
    """What the store does with a value. For a reading with several values, the greatest verdict counts.

    CONFLICT: another value has its time, and no later millisecond of that second is free. Not stored.
    DUPLICATE: there already. NEW: stored at its time. ADJUSTED: stored some milliseconds later.
    """

    CONFLICT = 0
    DUPLICATE = 1
    NEW = 2
    ADJUSTED = 3


_COUNT = struct.Struct("<I")
_CONFLICT, _DUPLICATE, _NEW, _ADJUSTED = Verdict  # looked up once, not once a value


class QuarantineEntry(NamedTuple):
    """A refused reading; body: as received."""

    device: str
    at_ms: int
    reason: str
    position: int
    detail: str
    body: bytes


class OutboxRow(NamedTuple):
    """A transition of a rule on a series, on its way to the alert log. id: rises by one a row; 0 until it is stored."""

    site_id: int
    rule_id: int
    rule_version: int
    series_id: int
    ts_ms: int
    kind: str
    value: float | None
    id: int = 0


class Stored(Protocol):
    """The questions that a batch asks the store."""

    def value_at(self, series: int, ts: int) -> float | None:
        """Return the stored value at exactly that time, GONE if only the time is known, None if there is none."""

    def values_between(self, series: int, from_ms: int, to_ms: int) -> dict[int, float]:
        """ts -> value (or GONE) of what is stored with from_ms <= ts <= to_ms."""


class Batch:
    """New values in order of arrival, and all else that must be durable with them.

    heads: series -> newest ts stored. stored: a look-up of what is stored, for late values.
    last: series -> newest ts of this batch, for the series it moves on.
    placed_ms: where the last value judged ADJUSTED stands.
    present: series -> (effective time, value, ts) of its newest value by effective time, as stored. moved: what this
    batch makes of it where that is not the reading of `last` at its own time.
    states: (rule, series) -> the state to save, None to forget it. histories: (rule, series) -> what a `rate` rule
    looks back on after this batch, as (effective time, value).
    open_states: (rule, series) -> what makes the state, where a start finds the rest in the readings but a worker that
    takes over from another would not.
    heard_ms: when the rules ran over it, on the steady line; 0 where none did.
    position: where the stream goes on after this batch, if it counts. epoch: of its last record, for the stream alone.
    """

    __slots__ = (
        "_heads",
        "_index",
        "_newest",
        "_present",
        "_seconds",
        "_stored",
        "adjusted",
        "duplicates",
        "epoch",
        "heard_ms",
        "histories",
        "last",
        "moved",
        "open_states",
        "outbox",
        "placed_ms",
        "position",
        "quarantine",
        "series",
        "states",
        "ts",
        "values",
    )

    def __init__(self, heads: dict[int, int], present: dict[int, tuple[int, float, int]], stored: Stored) -> None:
        self._heads = heads
        self._present = present
        self._stored = stored
        self._index: dict[int, dict[int, float]] | None = None  # series -> ts -> value, once a late value asks
        self._seconds: dict[tuple[int, int], Second] = {}
        self.series = array("I")
        self.ts = array("q")
        self.values = array("d")
        self.last: dict[int, int] = {}
        self._newest: dict[int, float] = {}  # the value at that time
        self.moved: dict[int, tuple[int, float, int]] = {}
        self.states: dict[tuple[int, int], bytes | None] = {}
        self.open_states: dict[tuple[int, int], Callable[[], bytes]] = {}
        self.histories: dict[tuple[int, int], Sequence[tuple[int, float]]] = {}
        self.outbox: list[OutboxRow] = []
        self.quarantine: list[QuarantineEntry] = []
        self.duplicates = 0
        self.adjusted = 0
        self.placed_ms = 0
        self.heard_ms = 0
        self.position: int | None = None
        self.epoch: int | None = None

    def add(self, series: int, ts: int, value: float, received_ms: int = FAR) -> Verdict:
        """Add one value. A value newer than the last is cheap; a late one is looked up."""
        last = self.last.get(series)
        if last is None:
            last = self._heads.get(series, LONG_AGO)
        if ts > last:
            self.last[series] = ts
            self._newest[series] = value
            if ts > received_ms:
                self.moved[series] = (received_ms, float(value), ts)
            elif self.moved:
                self.moved.pop(series, None)
            if self._index is not None:
                self._put(series, ts, value)
        else:
            second = self._seconds.get((series, ts // SECOND_MS)) if self._seconds else None
            known = None if second is None else second.value_at(ts)
            if known is None:
                known = self._find_value(series, ts)
            if known == value or known is GONE:
                self.duplicates += 1
                return _DUPLICATE
            if known is not None:
                return self._add_beside(second or self._load_second(series, ts), series, ts, value, received_ms)
            self._put(series, ts, value)
            self._show(series, ts, value, received_ms)
        self.series.append(series)
        self.ts.append(ts)
        self.values.append(value)
        return _NEW

    def _show(self, series: int, ts: int, value: float, received_ms: int) -> None:
        """Make a value that came late the present one, unless that one is newer and not in the future."""
        at_ms = min(ts, received_ms)
        known_ms = self.last.get(series)
        if known_ms is None or series in self.moved:
            known_ms = (self.moved.get(series) or self._present.get(series) or (LONG_AGO,))[0]
        if not at_ms < known_ms <= received_ms:
            self.moved[series] = (at_ms, float(value), ts)

    def shown(self) -> Iterable[int]:
        """Return the series whose present value this batch changes."""
        return self.last.keys() | self.moved.keys() if self.moved else self.last.keys()

    def present(self) -> dict[int, tuple[int, float, int]]:
        """Return series -> (effective time, value, ts) of the present values that this batch changes."""
        newest = self._newest
        present = {series: (ts, float(newest[series]), ts) for series, ts in self.last.items()}
        if self.moved:
            present.update(self.moved)
        return present

    def odd(self) -> list[tuple[int, int, float]]:
        """Return (series, effective time, value) where the present value is not the newest by ts: a clock was wrong."""
        return [
            (series, at_ms, value)
            for series, (at_ms, value, ts) in self.moved.items()
            if ts != self.last.get(series) or ts - at_ms > FAR_AHEAD_MS
        ]

    def _find_value(self, series: int, ts: int) -> float | None:
        """Return what this batch or the store has at exactly that time."""
        known = self._build_index(series).get(ts)
        return self._stored.value_at(series, ts) if known is None else known

    def _build_index(self, series: int) -> dict[int, float]:
        """Return ts -> value of this series in this batch."""
        if self._index is None:
            self._index = {}
            for one, ts, value in zip(self.series, self.ts, self.values, strict=True):
                self._index.setdefault(one, {})[ts] = value
        return self._index.setdefault(series, {})

    def _add_beside(self, second: Second, series: int, ts: int, value: float, received_ms: int) -> Verdict:
        """Another value stands at `ts`: take the next millisecond of that second that is free or holds this one."""
        free, known = second.search(ts, value)
        if known:
            self.duplicates += 1
            return _DUPLICATE
        if not free:
            return _CONFLICT
        self._insert(series, free, value, received_ms)
        return _ADJUSTED

    def _put(self, series: int, ts: int, value: float) -> None:
        """Keep a new value of this batch for the look-ups that follow."""
        self._build_index(series)[ts] = value
        second = self._seconds.get((series, ts // SECOND_MS)) if self._seconds else None
        if second is not None:
            second.put(ts, value)

    def _insert(self, series: int, ts: int, value: float, received_ms: int) -> None:
        self._put(series, ts, value)
        self._show(series, ts, value, received_ms)
        if ts > self.last.get(series, self._heads.get(series, LONG_AGO)):
            self.last[series] = ts
            self._newest[series] = value
        self.series.append(series)
        self.ts.append(ts)
        self.values.append(value)
        self.placed_ms = ts
        self.adjusted += 1

    def _load_second(self, series: int, ts: int) -> Second:
        """Load a second once for each batch: a device whose clock stands still sends only readings of one second."""
        at = ts // SECOND_MS
        start, end = at * SECOND_MS, (at + 1) * SECOND_MS
        taken = self._stored.values_between(series, start, end - 1)
        mine = self._build_index(series)
        taken.update((place, mine[place]) for place in mine if start <= place < end)
        second = self._seconds[series, at] = Second(taken, start, end)
        return second

    def __len__(self) -> int:
        return len(self.ts)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to commit."""
        return not (self.ts or self.states or self.outbox or self.quarantine) and self.position is None


def pack_rows(batch: Batch) -> bytes:
    """Encode the batch's readings for the log of a store: n, then n series (u32), n times (i64), n values (double)."""
    head = _COUNT.pack(len(batch))
    return b"".join((head, batch.series.tobytes(), batch.ts.tobytes(), batch.values.tobytes()))


def unpack_rows(blob: bytes) -> tuple[array[int], array[int], array[float]]:
    """Decode what `pack_rows` made into the columns series, ts, values."""
    n = _COUNT.unpack_from(blob)[0]
    series, ts, values = array("I"), array("q"), array("d")
    a, b = 4 + 4 * n, 4 + 12 * n
    series.frombytes(blob[4:a])
    ts.frombytes(blob[a:b])
    values.frombytes(blob[b:])
    return series, ts, values
