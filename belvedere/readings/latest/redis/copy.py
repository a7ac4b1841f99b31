"""A copy of the latest values of all sites, page by page from Redis. Memory only, no client of Redis."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from belvedere.readings.latest.port import State, Value, number_in
from belvedere.readings.latest.redis.scripts import Page, Stored, unpack, unpack_pairs
from belvedere.readings.latest.sites import Sites


class _Site:
    """One site. n: its cursor's number; changed: series -> n of its last change.

    whole_before: a cursor before this one needs a full answer: a delta cannot say that a series is gone.
    """

    __slots__ = ("changed", "interval_ms", "n", "state", "values", "whole_before")

    def __init__(self, epoch: str) -> None:
        self.n = 0
        self.whole_before = 0
        self.values: dict[int, tuple[int, float]] = {}
        self.changed: dict[int, int] = {}
        self.interval_ms: dict[int, float] = {}
        self.show(epoch)

    def put(self, row: Stored) -> None:
        self.n = max(self.n, row.n)
        self.values[row.series] = (row.ts_ms, row.value)
        self.changed[row.series] = row.n
        if row.interval_ms:
            self.interval_ms[row.series] = row.interval_ms

    def forget(self, series: int) -> None:
        for table in (self.values, self.changed, self.interval_ms):
            table.pop(series, None)

    def show(self, epoch: str) -> None:
        self.state = State(f"{epoch}.{self.n}", self.values, self.interval_ms)

    def since(self, n: int, only: Collection[int] | None) -> list[Value] | None:
        if not self.whole_before <= n <= self.n:
            return None
        values, changed = self.values, self.changed
        if only is not None:
            return [(series, *values[series]) for series in only if changed.get(series, 0) > n]
        return [(series, *values[series]) for series, moved in changed.items() if moved > n]


class LatestCopy:
    """As Redis had them at the last page that was complete. `take` moves it; nothing else does.

    epoch: of Redis; "" before the first page.
    """

    def __init__(self) -> None:
        self.epoch = ""
        self.number = 0
        self._sites = self._make_sites()
        self._site_of: dict[int, int] = {}
        self._pages: list[Page] = []

    def ask(self) -> tuple[str, int, int]:
        """What to call READ with next: epoch, after, heard."""
        if not self._pages:
            return self.epoch, self.number, self.number
        first, last = self._pages[0], self._pages[-1]
        return last.epoch, last.number, first.newest if first.anew else self.number

    def take(self, page: Page) -> bool:
        """Take over a page, or keep it until its successors are there: whether the copy is complete."""
        if page.anew:
            self._pages = []
        self._pages.append(page)
        if page.more:
            return False
        pages, self._pages = self._pages, []
        if pages[0].anew:
            self.epoch, self._sites, self._site_of = page.epoch, self._make_sites(), {}
        moved: set[_Site] = set()
        for each in pages:
            self._apply(each, moved)
        for site in moved:
            site.show(self.epoch)
        self.number = page.newest
        return True

    def _apply(self, page: Page, moved: set[_Site]) -> None:
        for series, _ in unpack_pairs(page.gone):
            site = self._sites.get(self._site_of.pop(series, -1))
            if site is not None:
                site.forget(series)
        for site_id, n in unpack_pairs(page.whole):
            site = self._sites[site_id]
            site.n = max(site.n, n)
            site.whole_before = n
            moved.add(site)
        for row in unpack(page.rows):
            site = self._sites[row.site]
            site.put(row)
            self._site_of[row.series] = row.site
            moved.add(site)

    def state(self, site_id: int) -> State:
        """As it was at the last complete page."""
        return self._sites[site_id].state

    def known_values(self, site_id: int) -> Mapping[int, tuple[int, float]]:
        """The same, from any thread."""
        site = self._sites.get(site_id)
        return site.values if site is not None else {}

    def since(self, site_id: int, cursor: str, only: Collection[int] | None = None) -> list[Value] | None:
        """What changed after that cursor."""
        n = number_in(cursor, self.epoch)
        return None if n is None else self._sites[site_id].since(n, only)

    def is_behind(self, site_id: int, cursor: str) -> bool:
        """Whether another process may have shown a later state than this one has."""
        n = number_in(cursor, self.epoch)
        return bool(cursor) if n is None else n > self._sites[site_id].n

    def intervals(self) -> dict[int, int]:
        """Series -> observed reporting interval, ms. From any thread."""
        return self._sites.intervals()

    def _make_sites(self) -> Sites[_Site]:
        return Sites(lambda: _Site(self.epoch))
