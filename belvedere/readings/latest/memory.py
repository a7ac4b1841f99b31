"""Latest values in memory, rebuilt from the store at each start."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from time import monotonic

from belvedere.readings.latest.port import LIVE_MS, LONGER, SMOOTHING, TICK_SECONDS, State, Value, number_in
from belvedere.readings.latest.sites import Sites


class _Site:
    """One site. n: its cursor's number; changed: series -> n of its last change.

    whole_before: a cursor before this one needs a full answer: a delta cannot say that a series is gone.
    """

    __slots__ = ("_changed", "_dirty", "_epoch", "_moved_at", "_n", "_values", "_whole_before", "interval_ms", "state")

    def __init__(self, epoch: str) -> None:
        self.interval_ms: dict[int, float] = {}
        self._epoch = epoch
        self._n = 0
        self._whole_before = 0
        self._values: dict[int, tuple[int, float]] = {}
        self._changed: dict[int, int] = {}
        self._dirty: dict[int, tuple[int, float]] = {}
        self._moved_at = 0.0
        self._step()

    def put(self, series_id: int, ts_ms: int, value: float) -> None:
        """Take a newer value; it shows with the next move of the cursor."""
        before = self._dirty.get(series_id) or self._values.get(series_id)
        if before is not None and 0 < ts_ms - before[0] < LIVE_MS:
            known = self.interval_ms.get(series_id)
            step: float = ts_ms - before[0]
            if known is not None:
                step = known + SMOOTHING * (min(step, LONGER * known) - known)
            self.interval_ms[series_id] = step
        self._dirty[series_id] = (ts_ms, value)

    def forget(self, series_id: int) -> None:
        """The series is deleted."""
        for table in (self._values, self._changed, self.interval_ms, self._dirty):
            table.pop(series_id, None)
        self._step()
        self._whole_before = self._n

    def advance(self, clock: Callable[[], float]) -> State:
        """Move the cursor where something is new and the last move is a tick ago."""
        if self._dirty:
            now = clock()
            if now - self._moved_at >= TICK_SECONDS:
                self._moved_at = now
                self._step()
                self._values.update(self._dirty)
                self._changed.update(dict.fromkeys(self._dirty, self._n))
                self._dirty = {}
        return self.state

    def since(self, n: int, only: Collection[int] | None) -> list[Value] | None:
        """What changed after the cursor with this number."""
        if not self._whole_before <= n <= self._n:
            return None
        values = self._values
        if only is not None:
            moved = self._changed.get
            return [(series, *values[series]) for series in only if moved(series, 0) > n]
        return [(series, *values[series]) for series, changed in self._changed.items() if changed > n]

    def _step(self) -> None:
        self._n += 1
        self.state = State(f"{self._epoch}.{self._n}", self._values, self.interval_ms)


class MemoryLatest:
    """All sites. epoch: new at each start; a cursor of another one gets a full answer."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.epoch = secrets.token_hex(4)
        self._clock = clock
        self._sites = Sites(lambda: _Site(self.epoch))

    def moved(self, site_id: int, series_id: int, ts_ms: int, value: float) -> None:
        """A newer value was committed."""
        self._sites[site_id].put(series_id, ts_ms, value)

    def forget(self, site_id: int, series_id: int) -> None:
        """The series is deleted."""
        self._sites[site_id].forget(series_id)

    def state(self, site_id: int) -> State:
        """As it is now."""
        return self._sites[site_id].advance(self._clock)

    def known_values(self, site_id: int) -> Mapping[int, tuple[int, float]]:
        """As they were told last."""
        site = self._sites.get(site_id)
        return site.state.values if site is not None else {}

    def since(self, site_id: int, cursor: str, only: Collection[int] | None = None) -> list[Value] | None:
        """What changed after that cursor."""
        n = number_in(cursor, self.epoch)
        return None if n is None else self._sites[site_id].since(n, only)

    def note_interval(self, site_id: int, series_id: int, interval_ms: int) -> None:
        """What an earlier run learned."""
        self._sites[site_id].interval_ms[series_id] = interval_ms

    def intervals(self) -> dict[int, int]:
        """Series -> observed reporting interval, ms."""
        return self._sites.intervals()
