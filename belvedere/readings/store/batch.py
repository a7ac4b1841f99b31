"""What one transaction will hold, collected reading by reading."""

from __future__ import annotations

from array import array
from bisect import bisect_right, insort
from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple, Protocol

LONG_AGO = -(1 << 62)
GONE = float("nan")  # a reading stood there; only its time is still known
FAR = 1 << 62
SECOND_MS = 1_000  # what a clock of whole seconds leaves to tell two events apart
FAR_AHEAD_MS = 1_000  # a device's clock that is no further ahead of ours is as good as right


class Verdict(IntEnum):
    """What a value is to the store; of a reading with several values the greatest tells.

    CONFLICT: another value has its time, and no later millisecond of that second is free. Not stored.
    DUPLICATE: there already. NEW: stored at its time. ADJUSTED: stored some milliseconds later.
    """

    CONFLICT = 0
    DUPLICATE = 1
    NEW = 2
    ADJUSTED = 3


class QuarantineEntry(NamedTuple):
    """A refused reading; body: as received."""

    device: str
    at_ms: int
    reason: str
    position: int
    detail: str
    body: bytes


class OutboxEntry(NamedTuple):
    """A transition of a rule on a series."""

    site_id: int
    rule_id: int
    rule_version: int
    series_id: int
    ts_ms: int
    kind: str
    value: float | None


class Stored(Protocol):
    """What a batch asks the store (sqlite.py)."""

    def value_at(self, series: int, ts: int) -> float | None:
        """The stored value at exactly that time, GONE where only the time is known, or None."""

    def values_between(self, series: int, from_ms: int, to_ms: int) -> dict[int, float]:
        """ts -> value (or GONE) of what is stored with from_ms <= ts <= to_ms."""


class Second:
    """The taken milliseconds of one second of a series, so that a place is found without walking over them.

    taken: ts -> value. end: the first millisecond after the second.
    """

    __slots__ = ("_end", "_next", "_places")

    def __init__(self, taken: dict[int, float], end: int) -> None:
        self._end = end
        self._next: dict[int, int] = {}  # a taken place -> one that lies before or at the next free place
        self._places: dict[float, list[int]] = {}
        for place in sorted(taken):
            self.put(place, taken[place])

    def put(self, place: int, value: float) -> None:
        """This place is taken from now on."""
        self._next[place] = place + 1
        # GONE equals nothing, not even itself; one key for all such places.
        insort(self._places.setdefault(value, []), place)

    def search(self, ts: int, value: float) -> tuple[int, bool]:
        """The first place after `ts` that is free or holds this value, and whether it is free; (0, False): none."""
        free = self._free_after(ts)
        same = min(self._first_after(ts, value), self._first_after(ts, GONE))
        if same < free:
            return same, False
        return (free, True) if free < self._end else (0, False)

    def _first_after(self, ts: int, value: float) -> int:
        places = self._places.get(value, [])
        at = bisect_right(places, ts)
        return places[at] if at < len(places) else self._end

    def _free_after(self, ts: int) -> int:
        free = ts + 1
        while free in self._next:
            free = self._next[free]
        at = ts + 1
        while at in self._next:
            self._next[at], at = free, self._next[at]
        return free


class Batch:
    """New values in order of arrival, and all else that must be durable with them.

    heads: series -> newest ts stored. stored: a look-up of what is stored, for late values.
    last: series -> newest ts of this batch, for the series it moves on.
    placed_ms: where the last value judged ADJUSTED stands.
    present: series -> (effective time, value, ts) of its newest value by effective time, as stored. moved: what this
    batch makes of it where that is not the reading of `last` at its own time.
    """

    __slots__ = (
        "_heads",
        "_index",
        "_present",
        "_seconds",
        "_stored",
        "adjusted",
        "duplicates",
        "last",
        "moved",
        "outbox",
        "placed_ms",
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
        self._index: dict[tuple[int, int], float] | None = None
        self._seconds: dict[tuple[int, int], Second] = {}
        self.series = array("I")
        self.ts = array("q")
        self.values = array("d")
        self.last: dict[int, int] = {}
        self.moved: dict[int, tuple[int, float, int]] = {}
        self.states: dict[tuple[int, int], bytes | None] = {}
        self.outbox: list[OutboxEntry] = []
        self.quarantine: list[QuarantineEntry] = []
        self.duplicates = 0
        self.adjusted = 0
        self.placed_ms = 0

    def add(self, series: int, ts: int, value: float, received_ms: int = FAR) -> Verdict:
        """Take one value. Cheap where time moves on; a late one is looked up."""
        last = self.last.get(series)
        if last is None:
            last = self._heads.get(series, LONG_AGO)
        if ts > last:
            self.last[series] = ts
            if ts > received_ms:
                self.moved[series] = (received_ms, float(value), ts)
            elif self.moved:
                self.moved.pop(series, None)
            if self._index is not None:
                self._put(series, ts, value)
        else:
            known = self._known(series, ts)
            if known == value or known is GONE:
                self.duplicates += 1
                return Verdict.DUPLICATE
            if known is not None:
                return self._add_beside(series, ts, value, received_ms)
            self._put(series, ts, value)
            self._show(series, ts, value, received_ms)
        self.series.append(series)
        self.ts.append(ts)
        self.values.append(value)
        return Verdict.NEW

    def _show(self, series: int, ts: int, value: float, received_ms: int) -> None:
        """One that is not the newest by ts is the present one, unless a newer one is which is not of the future."""
        at_ms = min(ts, received_ms)
        known_ms = self.last.get(series)
        if known_ms is None or series in self.moved:
            known_ms = (self.moved.get(series) or self._present.get(series) or (LONG_AGO,))[0]
        if not at_ms < known_ms <= received_ms:
            self.moved[series] = (at_ms, float(value), ts)

    def shown(self) -> Iterable[int]:
        """The series whose present value this batch changes."""
        return self.last.keys() | self.moved.keys() if self.moved else self.last.keys()

    def odd(self) -> list[tuple[int, int, float]]:
        """(series, effective time, value) where the newest by ts does not tell the present: a clock was wrong."""
        return [
            (series, at_ms, value)
            for series, (at_ms, value, ts) in self.moved.items()
            if ts != self.last.get(series) or ts - at_ms > FAR_AHEAD_MS
        ]

    def _known(self, series: int, ts: int) -> float | None:
        if self._index is None:
            self._index = dict(zip(zip(self.series, self.ts, strict=True), self.values, strict=True))
        known = self._index.get((series, ts))
        return self._stored.value_at(series, ts) if known is None else known

    def _add_beside(self, series: int, ts: int, value: float, received_ms: int) -> Verdict:
        """Another value stands at `ts`: take the next millisecond of that second that is free or holds this one."""
        place, free = self._second(series, ts).search(ts, value)
        if not free and place:
            self.duplicates += 1
            return Verdict.DUPLICATE
        if not place:
            return Verdict.CONFLICT
        self._insert(series, place, value, received_ms)
        return Verdict.ADJUSTED

    def _put(self, series: int, ts: int, value: float) -> None:
        """Note a new value of this batch for the look-ups that follow."""
        assert self._index is not None
        self._index[series, ts] = value
        second = self._seconds.get((series, ts // SECOND_MS)) if self._seconds else None
        if second is not None:
            second.put(ts, value)

    def _insert(self, series: int, ts: int, value: float, received_ms: int) -> None:
        self._put(series, ts, value)
        self._show(series, ts, value, received_ms)
        if ts > self.last.get(series, self._heads.get(series, LONG_AGO)):
            self.last[series] = ts
        self.series.append(series)
        self.ts.append(ts)
        self.values.append(value)
        self.placed_ms = ts
        self.adjusted += 1

    def _second(self, series: int, ts: int) -> Second:
        """Looked up once a batch: a clock that stands still sends nothing but readings of one second."""
        key = (series, ts // SECOND_MS)
        second = self._seconds.get(key)
        if second is None:
            start = key[1] * SECOND_MS
            taken = self._stored.values_between(series, start, start + SECOND_MS - 1)
            assert self._index is not None
            for place in range(start, start + SECOND_MS):
                known = self._index.get((series, place))
                if known is not None:
                    taken[place] = known
            second = self._seconds[key] = Second(taken, start + SECOND_MS)
        return second

    def __len__(self) -> int:
        return len(self.ts)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to commit."""
        return not (self.ts or self.states or self.outbox or self.quarantine)
