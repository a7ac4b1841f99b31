"""Latest values in memory, rebuilt from the store at each start. All on the event loop."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from time import monotonic

TICK_SECONDS = 0.2  # a site's cursor moves at most this often, so 10,000 polls share one encoding
LIVE_MS = 3_600_000  # longer pauses say nothing about a reporting interval
SMOOTHING = 0.2
LONGER = 4  # one pause counts as so many intervals at most; a slower rhythm is followed within a dozen readings


class SiteLatest:
    """One site. n: its cursor; values: series -> (ts_ms, value); changed: series -> n of its last change.

    whole_before: a cursor before this one needs a full answer: a delta cannot say that a series is gone.
    interval_ms: series -> smoothed distance between readings.
    """

    __slots__ = ("_dirty", "_moved_at", "changed", "interval_ms", "n", "values", "whole_before")

    def __init__(self) -> None:
        self.n = 1
        self.whole_before = 0
        self.values: dict[int, tuple[int, float]] = {}
        self.changed: dict[int, int] = {}
        self.interval_ms: dict[int, float] = {}
        self._dirty: dict[int, tuple[int, float]] = {}
        self._moved_at = 0.0

    def put(self, series_id: int, ts_ms: int, value: float) -> None:
        """Take a newer value; it shows with the next move of the cursor."""
        before = self._dirty.get(series_id) or self.values.get(series_id)
        if before is not None and 0 < ts_ms - before[0] < LIVE_MS:
            known = self.interval_ms.get(series_id)
            step: float = ts_ms - before[0]
            if known is not None:
                step = known + SMOOTHING * (min(step, LONGER * known) - known)
            self.interval_ms[series_id] = step
        self._dirty[series_id] = (ts_ms, value)

    def forget(self, series_id: int) -> None:
        """The series is deleted."""
        for table in (self.values, self.changed, self.interval_ms, self._dirty):
            table.pop(series_id, None)
        self.n += 1
        self.whole_before = self.n

    def advance(self, clock: Callable[[], float] = monotonic) -> int:
        """Move the cursor where something is new and the last move is a tick ago; returns n."""
        if self._dirty:
            now = clock()
            if now - self._moved_at >= TICK_SECONDS:
                self._moved_at = now
                self.n += 1
                self.values.update(self._dirty)
                self.changed.update(dict.fromkeys(self._dirty, self.n))
                self._dirty = {}
        return self.n

    def since(self, n: int) -> list[tuple[int, int, float]]:
        """(series, ts_ms, value) of what changed after cursor n."""
        values = self.values
        return [(series, *values[series]) for series, changed in self.changed.items() if changed > n]


class LatestValues:
    """All sites. epoch: new at each start; a cursor of another one gets a full answer."""

    def __init__(self) -> None:
        self.epoch = secrets.token_hex(4)
        self._sites: dict[int, SiteLatest] = {}

    def site(self, site_id: int) -> SiteLatest:
        """The site's values, empty for a new one."""
        site = self._sites.get(site_id)
        if site is None:
            site = self._sites[site_id] = SiteLatest()
        return site

    def moved(self, site_id: int, series_id: int, ts_ms: int, value: float) -> None:
        """A newer value was committed."""
        self.site(site_id).put(series_id, ts_ms, value)

    def forget(self, site_id: int, series_id: int) -> None:
        """The series is deleted."""
        self.site(site_id).forget(series_id)

    def intervals(self) -> dict[int, int]:
        """Series -> observed reporting interval, ms."""
        sites = list(self._sites.values())
        return {series: round(ms) for site in sites for series, ms in dict(site.interval_ms).items()}
