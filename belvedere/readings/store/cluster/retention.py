"""Deletes what is past its retention, series by series, and nothing while the server's clock is in doubt."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Set
from typing import NamedTuple

import structlog

from belvedere.domain.clock import ServerClock
from belvedere.readings.store.chunk import Columns, drop_values
from belvedere.readings.store.cluster.fence import Fence
from belvedere.readings.store.cluster.horizons import save_horizon
from belvedere.readings.store.cluster.memory import Memory
from belvedere.readings.store.cluster.pace import Pace
from belvedere.readings.store.cluster.windows import Conflict, Tables, WindowTable
from belvedere.readings.store.memtable import merge
from belvedere.readings.store.port import Fenced, Keep
from belvedere.readings.tiers import TIERS, Bucket, Tier

log = structlog.get_logger(__name__)

DAY_MS = 86_400_000
STEP_SECONDS = 0.25  # between two steps of a run
RUN_SECONDS = 3_600.0  # between two runs
WINDOWS_AT_ONCE = 16


class Run(NamedTuple):
    """What is past its time at now_ms. todo: the series that are to be looked at yet, the next one last."""

    now_ms: int
    keep: dict[int, Keep]
    todo: list[int]


class Retention:
    """Deletes readings and buckets past their time, and all that is left of a deleted series. The writer's thread only.

    keep: series -> Keep; deleted: the series whose deletion is recorded. Both are read at each run, in this order.
    unknown: series that neither names, as of the last run. Nothing of them is deleted: a registry that was restored
    from an older backup does not know what was made after it.
    forget: called where MongoDB has changed. pace: shared by the partitions of a process.
    A run may be begun by one worker and ended by another: the fence's row says how far it came.
    """

    def __init__(
        self,
        fence: Fence,
        memory: Memory,
        tables: Tables,
        forget: Callable[[], None],
        pace: Pace,
        keep: Callable[[], dict[int, Keep]],
        deleted: Callable[[], Set[int]],
        clock: ServerClock | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fence = fence
        self._memory = memory
        self._tables = tables
        self._forget = forget
        self._pace = pace
        self._keep = keep
        self._deleted = deleted
        self._clock = clock or ServerClock()
        self._monotonic = monotonic
        self._next = monotonic() + STEP_SECONDS
        self._done_to = 0  # the last series that the run is through with
        self._run: Run | None = None
        self.unknown: frozenset[int] = frozenset()

    @property
    def paused(self) -> bool:
        """Whether nothing is deleted at the moment, because the server's clock is in doubt."""
        return self._clock.untrusted is not None

    def take_up(self, age_seconds: float | None, done_to: int) -> None:
        """Go on where the worker before was. age_seconds: since the last run ended, None where there was none."""
        wait = (
            STEP_SECONDS if age_seconds is None or done_to else max(STEP_SECONDS, RUN_SECONDS - max(0.0, age_seconds))
        )
        self._next = self._monotonic() + wait
        self._done_to = done_to
        self._run = None

    def step(self, budget_seconds: float) -> None:
        """Delete for about that long, if a step is due. Raises Fenced, StoreUnavailable or StoreBroken."""
        if self._monotonic() < self._next or self._pace.rests:
            return
        self._next = self._monotonic() + STEP_SECONDS
        now_ms = self._clock.now_ms()
        if not self._clock.believed():  # asked after the time was read: what is planned by it may be deleted
            self._run = None
            return
        if self._run is None:
            self._run = self._plan(now_ms)
        run = self._run
        if run.todo and self._fence.is_stale():
            raise Fenced("another worker has taken the partition")
        with self._pace.working():
            self._work(run, self._monotonic() + budget_seconds)
        self._save_progress(run)

    def _work(self, run: Run, until: float) -> None:
        """Go through some series, at least one."""
        while run.todo:
            try:
                self._delete(run.todo[-1], run)
            except Conflict:
                raise Fenced("another worker replaces the same documents") from None
            self._forget()
            self._done_to = run.todo.pop()
            if self._monotonic() >= until:
                return

    def _save_progress(self, run: Run) -> None:
        part, mysql = self._fence.part, self._fence.mysql
        if run.todo:
            mysql.execute("UPDATE readings_fence SET retained_to=%s WHERE part=%s", (self._done_to, part))
        else:
            mysql.execute("UPDATE readings_fence SET retained_to=0, retained_at=NOW(3) WHERE part=%s", (part,))
            self._done_to, self._run = 0, None
            self._next = self._monotonic() + RUN_SECONDS

    def _plan(self, now_ms: int) -> Run:
        keep = self._keep()
        deleted = self._deleted()
        found = self._fence.mysql.fetch("SELECT series FROM readings_head WHERE part=%s", (self._fence.part,))
        known = {series for (series,) in found}
        unknown = frozenset(series for series in known if series not in keep and series not in deleted)
        if unknown - self.unknown:
            log.warning("unknown_series_kept", series=sorted(unknown)[:20], of=len(unknown))
        self.unknown = unknown
        todo = sorted((series for series in known - unknown if series > self._done_to), reverse=True)
        return Run(now_ms, keep, todo)

    def _delete(self, series: int, run: Run) -> None:
        keep = run.keep.get(series)
        if keep is not None:
            self._delete_old(series, keep, run.now_ms)
        else:
            self._delete_all(series)

    # --- a series that is kept ------------------------------------------------------------------

    def _delete_old(self, series: int, keep: Keep, now_ms: int) -> None:
        raw_ms, tier_ms = now_ms - DAY_MS * keep.raw_days, now_ms - DAY_MS * keep.tier_days
        first = self._tables.chunks.first(series)
        if first is not None and (not first.content.ts or first.content.ts[0] < raw_ms):
            self._raise_horizon(series, raw_ms=raw_ms)
            self._forget_readings(series, raw_ms)
        # Times stay as long as there may be a bucket that counts them, and the widest is a day.
        self._tables.times.remove_before(series, tier_ms - tier_ms % DAY_MS)
        old = [tier for tier in TIERS if self._has_old(tier, series, tier_ms)]
        if old:
            self._raise_horizon(series, tier_ms=tier_ms)
        for tier in old:
            _drop_buckets(self._tables.tiers[tier], tier, series, tier_ms)

    def _has_old(self, tier: Tier, series: int, before_ms: int) -> bool:
        """Whether there is a bucket that ended by then."""
        table = self._tables.tiers[tier]
        first = table.first(series)
        if first is None or first.is_damaged:
            return first is not None and table.span_of(first.number).last_ms < before_ms
        return bool(first.content) and first.content[0].start + tier.width_ms <= before_ms

    def _forget_readings(self, series: int, before_ms: int) -> None:
        """Delete readings but keep their times, so that a copy of them is still recognised."""
        chunks, times = self._tables.chunks, self._tables.times
        numbers = chunks.numbers(series, 0, before_ms - 1)
        for at in range(0, len(numbers), WINDOWS_AT_ONCE):
            keys = [(series, number) for number in numbers[at : at + WINDOWS_AT_ONCE]]
            windows = chunks.load(keys)
            # Their times first: a kill in between leaves readings that are deleted by the next run.
            known = times.load(keys)
            listed = []
            for key, window in windows.items():
                old = _cut_after(window.content, before_ms)
                if old.ts or window.is_damaged:
                    content = merge([known[key].content, drop_values(old)])
                    is_damaged = known[key].is_damaged or window.is_damaged
                    listed.append(known[key]._replace(content=content, is_damaged=is_damaged))
            times.save(listed)
            kept = [window._replace(content=_cut_before(window.content, before_ms)) for window in windows.values()]
            is_needed = [
                bool(window.content.ts or (window.is_damaged and chunks.span_of(window.number).last_ms >= before_ms))
                for window in kept
            ]
            chunks.save(window for window, needed in zip(kept, is_needed, strict=True) if needed)
            chunks.remove(window for window, needed in zip(kept, is_needed, strict=True) if not needed)

    def _raise_horizon(self, series: int, raw_ms: int = 0, tier_ms: int = 0) -> None:
        """Move the horizon on before anything is deleted: a reader that sees the deletion must know of it."""
        old = self._memory.horizon(series)
        new = old._replace(raw_ms=max(old.raw_ms, raw_ms), tier_ms=max(old.tier_ms, tier_ms))
        with self._fence.transaction(self._fence.row) as cursor:
            save_horizon(cursor, self._fence.part, series, new)
        self._memory.horizons[series] = new

    # --- a series that is deleted -----------------------------------------------------------------

    def _delete_all(self, series: int) -> None:
        self._tables.remove_all(series)
        with self._fence.transaction(self._fence.row) as cursor:
            # The head last: it is what a run finds a series by.
            for name in ("horizon", "head"):
                cursor.execute(
                    f"DELETE FROM readings_{name} WHERE part=%s AND series=%s",  # noqa: S608  (constants)
                    (self._fence.part, series),
                )
        self._memory.horizons.pop(series, None)


def _drop_buckets(table: WindowTable[list[Bucket]], tier: Tier, series: int, before_ms: int) -> None:
    """Delete the buckets that ended by then; the window that the instant falls into keeps its rest."""
    table.remove_before(series, before_ms)
    key = (series, before_ms // table.width_ms)
    window = table.load([key])[key]
    if window.is_damaged:
        return  # the next fold of that window makes it anew
    kept = [bucket for bucket in window.content if bucket.start + tier.width_ms > before_ms]
    if kept and len(kept) < len(window.content):
        table.save([window._replace(content=kept)])
    elif window.rev and not kept:
        table.remove([window])


def _cut_after(columns: Columns, before_ms: int) -> Columns:
    at = bisect_left(columns.ts, before_ms)
    return Columns(columns.ts[:at], columns.values[:at])


def _cut_before(columns: Columns, from_ms: int) -> Columns:
    at = bisect_left(columns.ts, from_ms)
    return Columns(columns.ts[at:], columns.values[at:])
