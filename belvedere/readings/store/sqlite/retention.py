"""Deletes what is past its retention, in small steps, and nothing while the server's clock is in doubt."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Set
from typing import NamedTuple

import structlog

from belvedere.domain.clock import ServerClock
from belvedere.readings.store.chunk import drop_values
from belvedere.readings.store.port import Keep
from belvedere.readings.store.sqlite import horizons
from belvedere.readings.store.sqlite.database import Database
from belvedere.readings.store.sqlite.schema import explain_error
from belvedere.readings.tiers import TIERS

log = structlog.get_logger(__name__)

DAY_MS = 86_400_000
STEP_SECONDS = 0.25  # between two steps of a run
RUN_SECONDS = 3_600.0  # between two runs
ROWS_A_STEP = 500
CHUNKS_A_STEP = 16  # each is read and its times are written: 1 ms
FOR_EVER = 1 << 62
WIDTHS = {tier.table: tier.width_ms for tier in TIERS}
# (table, column that says how old a row begins, how long it lasts), in the order opposite to that of deletion.
TABLES = (
    ("head", "0", 0),
    ("present", "0", 0),
    ("horizon", "0", 0),
    ("damaged", "0", 0),
    *((tier.table, "start", tier.width_ms) for tier in TIERS),
    ("times", "first_ts", 1),
    ("chunk", "first_ts", 1),
)
# (series, its oldest row): from index entry to index entry, not through all rows.
_OLDEST = (
    "WITH RECURSIVE one(series) AS (SELECT min(series) FROM {table} UNION ALL"
    " SELECT (SELECT min(series) FROM {table} WHERE series>one.series) FROM one WHERE series IS NOT NULL)"
    " SELECT series, (SELECT min({edge}) FROM {table} WHERE {table}.series=one.series) FROM one"
    " WHERE series IS NOT NULL"
)


class Deletion(NamedTuple):
    """Rows of one series in one table that are older than before_ms. kept: whether there still is such a series."""

    table: str
    series: int
    before_ms: int
    kept: bool


class Retention:
    """Deletes readings and tier rows past their time, and all that is left of a deleted series.

    keep: series -> Keep; deleted: the series whose deletion is recorded. Both are read at each run, in this order.
    unknown: series with rows that neither names, as of the last run. Nothing of them is deleted: a registry that was
    restored from an older backup does not know what was made after it.
    """

    def __init__(
        self,
        database: Database,
        keep: Callable[[], dict[int, Keep]],
        deleted: Callable[[], Set[int]],
        clock: ServerClock | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._keep = keep
        self._deleted = deleted
        self.unknown: frozenset[int] = frozenset()
        self._clock = clock or ServerClock()
        self._monotonic = monotonic
        self._next = monotonic() + STEP_SECONDS
        self._todo: list[Deletion] = []

    def step(self, budget_seconds: float) -> None:
        """Delete for about that long, if a step is due. Raises StoreUnavailable or StoreBroken."""
        if self._monotonic() < self._next:
            return
        self._next = self._monotonic() + STEP_SECONDS
        now_ms = self._clock.now_ms()
        if not self._clock.believed():  # asked after the time was read: what is planned by it may be deleted
            self._todo.clear()
            return
        if not self._todo:
            self._todo = self._plan(now_ms)
            self._next = self._monotonic() + (STEP_SECONDS if self._todo else RUN_SECONDS)
            return
        try:
            self._delete(self._monotonic() + budget_seconds)
        except sqlite3.Error as error:
            self._database.rollback()
            raise explain_error(error) from error
        if not self._todo:
            self._next = self._monotonic() + RUN_SECONDS

    @property
    def paused(self) -> bool:
        """Whether nothing is deleted at the moment, because the server's clock is in doubt."""
        return self._clock.untrusted is not None

    def _plan(self, now: int) -> list[Deletion]:
        """Return what to delete; it is taken from the end."""
        keep = self._keep()
        deleted = self._deleted()
        unknown: set[int] = set()
        todo: list[Deletion] = []
        for table, edge, width_ms in TABLES:
            for series, oldest in self._database.db.execute(_OLDEST.format(table=table, edge=edge)):
                kept = keep.get(series)
                if kept is None and series in deleted:
                    todo.append(Deletion(table, series, FOR_EVER, kept=False))
                elif kept is None:
                    unknown.add(series)
                elif edge != "0" and oldest + width_ms <= (before := _find_limit(table, kept, now)):
                    todo.append(Deletion(table, series, before, kept=True))
        self._report_unknown(frozenset(unknown))
        return todo

    def _report_unknown(self, unknown: frozenset[int]) -> None:
        if unknown - self.unknown:
            log.warning("unknown_series_kept", series=sorted(unknown)[:20], of=len(unknown))
        self.unknown = unknown

    def _delete(self, until: float) -> None:
        database = self._database
        left = len(self._todo)
        database.db.execute("BEGIN IMMEDIATE")
        while left and (left == len(self._todo) or self._monotonic() < until):
            if not self._delete_some(self._todo[left - 1]):
                break
            left -= 1
        database.db.execute("COMMIT")
        database.chunks.forget()
        database.times.forget()
        del self._todo[left:]

    def _delete_some(self, deletion: Deletion) -> bool:
        """Delete a part; return whether it was the last."""
        if deletion.kept and deletion.table == "chunk":
            return self._forget_readings(deletion)
        return self._delete_rows(deletion)

    def _forget_readings(self, deletion: Deletion) -> bool:
        """Delete readings but keep their times, so that a copy of them is still recognised."""
        database, series = self._database, deletion.series
        self._raise_horizon(series, raw_ms=deletion.before_ms)
        gone, done = database.chunks.cut(database.db, series, deletion.before_ms, CHUNKS_A_STEP)
        database.times.write(database.db, series, drop_values(gone))
        return done

    def _delete_rows(self, deletion: Deletion) -> bool:
        table, series, before, kept = deletion
        width_ms = WIDTHS.get(table)
        if width_ms is not None:
            where, before = "start<=?2", before - width_ms
            if kept:
                self._raise_horizon(series, tier_ms=deletion.before_ms)
        elif table in ("chunk", "times"):
            where = "last_ts<?2"
        else:
            where = "?2"
            self._database.horizons.pop(series, None)
            self._database.chunks.damage.forget(series)
            self._database.times.damage.forget(series)
        key = "start" if width_ms is not None else "rowid"
        statement = (
            f"DELETE FROM {table} WHERE series=?1 AND {key} IN"  # noqa: S608  (constants)
            f" (SELECT {key} FROM {table} WHERE series=?1 AND {where} LIMIT ?3)"
        )
        return self._database.db.execute(statement, (series, before, ROWS_A_STEP)).rowcount < ROWS_A_STEP

    def _raise_horizon(self, series: int, raw_ms: int = 0, tier_ms: int = 0) -> None:
        """Move the horizon on, before the commit: a reader that sees the deletion must know of it."""
        old = self._database.horizon(series)
        new = old._replace(raw_ms=max(old.raw_ms, raw_ms), tier_ms=max(old.tier_ms, tier_ms))
        horizons.save(self._database.db, series, new)
        self._database.horizons[series] = new


def _find_limit(table: str, kept: Keep, now_ms: int) -> int:
    """Return the time before which rows are deleted; a bucket is as old as its end."""
    if table == "chunk":
        return now_ms - DAY_MS * kept.raw_days
    before = now_ms - DAY_MS * kept.tier_days
    # Times stay as long as there may be a bucket that counts them, and the widest is a day.
    return before - before % DAY_MS if table == "times" else before
