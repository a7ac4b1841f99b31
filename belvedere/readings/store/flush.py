"""Moves the memtable, series by series, into chunks and tiers, in steps that fit between two commits."""

from __future__ import annotations

import itertools
import sqlite3
from array import array
from bisect import bisect_left
from collections.abc import Callable
from time import monotonic

from belvedere.readings.store import chunk
from belvedere.readings.store.chunk import Columns
from belvedere.readings.store.memtable import Memtable, merge
from belvedere.readings.store.schema import explained
from belvedere.readings.store.sqlite import SqliteStore
from belvedere.readings.tiers import MINUTE, TIERS, Bucket, Tier, of_readings, runs, touched

FREEZE_ROWS = 400_000  # 7 MB of columns
FREEZE_SECONDS = 300.0
CHUNK_ROWS = 1024
LOG_ROWS_AT_ONCE = 8  # a row is a batch, and that of a back-fill has 100 pages
FAR = 1 << 62


class Flush:
    """At most one frozen memtable at a time; `step` does a little and says whether more is to do."""

    def __init__(self, store: SqliteStore, clock: Callable[[], float] = monotonic) -> None:
        self._store = store
        self._clock = clock
        self._since = clock()
        self._pending: list[int] = []

    @property
    def due(self) -> bool:
        """Whether there is something to move now."""
        store = self._store
        if store.frozen is not None:
            return True
        rows = store.active.rows
        return rows >= FREEZE_ROWS or (rows > 0 and self._clock() - self._since >= FREEZE_SECONDS)

    @property
    def urgency(self) -> float:
        """1.0 in good times; rises while readings come faster than they are moved, so that memory stays bounded."""
        return max(1.0, self._store.active.rows / FREEZE_ROWS)

    def freeze(self) -> None:
        """Set the memtable aside; new readings go to a new one."""
        store = self._store
        with store.lock:
            store.frozen, store.active = store.active, Memtable()
        self._pending = list(store.frozen.series)
        self._since = self._clock()

    def step(self, budget_seconds: float) -> None:
        """Work for about that long. Raises StoreUnavailable or StoreBroken; nothing is lost then."""
        if self._store.frozen is None:
            self.freeze()
        until = self._clock() + budget_seconds
        try:
            if self._pending:
                self._move_some(until)
            else:
                self._drop_log(until)
        except sqlite3.Error as error:
            self._store.rollback()
            raise explained(error) from error

    def all(self) -> None:
        """Everything at once, for a graceful stop and for tests."""
        while self._store.frozen is not None or self._store.active.rows:
            self.step(1.0)

    def _move_some(self, until: float) -> None:
        store = self._store
        frozen = store.frozen
        assert frozen is not None
        moved: list[int] = []
        store.db.execute("BEGIN IMMEDIATE")
        while self._pending and (not moved or self._clock() < until):
            series = self._pending[-1]
            self._move(series, frozen.series[series])
            moved.append(self._pending.pop())
        try:
            store.db.execute("COMMIT")
        except sqlite3.Error:
            self._pending += moved
            raise
        store.forget_decoded()
        with store.lock:
            for series in moved:
                del frozen.series[series]

    def _drop_log(self, until: float) -> None:
        store = self._store
        frozen = store.frozen
        assert frozen is not None
        done = LOG_ROWS_AT_ONCE
        store.db.execute("BEGIN IMMEDIATE")
        while done == LOG_ROWS_AT_ONCE and self._clock() < until:
            done = store.db.execute(
                "DELETE FROM log WHERE id IN (SELECT id FROM log WHERE id<=? ORDER BY id LIMIT ?)",
                (frozen.last_log_id, LOG_ROWS_AT_ONCE),
            ).rowcount
        store.db.execute("COMMIT")
        if done < LOG_ROWS_AT_ONCE:
            with store.lock:
                store.frozen = None

    def _move(self, series: int, columns: Columns) -> None:
        horizon = self._store.raw_horizon_ms
        horizon -= horizon % TIERS[-1].width_ms
        cut = bisect_left(columns.ts, horizon)
        self._write_chunks(series, columns)
        if cut:
            self._merge_sealed(series, Columns(columns.ts[:cut], columns.values[:cut]))
        if cut < len(columns.ts):
            self._recompute(series, columns.ts[cut:])
        self._store.db.execute(
            "INSERT INTO head VALUES(?1,?2,?3) ON CONFLICT(series) DO UPDATE SET ts=?2, value=?3 WHERE ts<?2",
            (series, columns.ts[-1], columns.values[-1]),
        )

    # --- chunks ---------------------------------------------------------------------------------

    def _write_chunks(self, series: int, columns: Columns) -> None:
        at = 0
        while at < len(columns.ts):
            before = self._store.db.execute(
                "SELECT id, n, data FROM chunk WHERE series=? AND first_ts<=? ORDER BY first_ts DESC LIMIT 1",
                (series, columns.ts[at]),
            ).fetchone()
            after = self._store.db.execute(
                "SELECT min(first_ts) FROM chunk WHERE series=? AND first_ts>?", (series, columns.ts[at])
            ).fetchone()[0]
            end = len(columns.ts) if after is None else bisect_left(columns.ts, after, at)
            self._write_run(series, before, Columns(columns.ts[at:end], columns.values[at:end]))
            at = end

    def _write_run(self, series: int, before: tuple[int, int, bytes] | None, run: Columns) -> None:
        """Write readings that lie after the chunk `before` began and before the next one begins."""
        if before is not None:
            row_id, n, data = before
            known = chunk.decode(data)
            if run.ts[0] <= known.ts[-1] or n + len(run.ts) <= CHUNK_ROWS:
                self._store.db.execute("DELETE FROM chunk WHERE id=?", (row_id,))
                run = merge([known, run])
        for at in range(0, len(run.ts), CHUNK_ROWS):
            ts, values = run.ts[at : at + CHUNK_ROWS], run.values[at : at + CHUNK_ROWS]
            self._store.db.execute(
                "INSERT INTO chunk VALUES(NULL,?,?,?,?,?)", (series, ts[0], ts[-1], len(ts), chunk.encode(ts, values))
            )

    # --- tiers ----------------------------------------------------------------------------------

    def _recompute(self, series: int, ts: array[int]) -> None:
        """Minutes anew from raw, each coarser tier anew from the one below."""
        for start, end in runs(touched(ts, MINUTE.width_ms), MINUTE.width_ms):
            raw = self._raw_here(series, start, end - 1)
            self._put(MINUTE, series, of_readings(raw, MINUTE.width_ms))
        for below, tier in itertools.pairwise(TIERS):
            for start, end in runs(touched(ts, tier.width_ms), tier.width_ms):
                self._from_below(series, below, tier, start, end)

    def _raw_here(self, series: int, from_ms: int, to_ms: int) -> Columns:
        """Raw readings as this transaction sees them (the frozen ones are in chunks by now)."""
        parts = [self._store.active.between(series, from_ms, to_ms)]
        return merge(parts + self._store.in_chunks(self._store.db, series, from_ms, to_ms))

    def _from_below(self, series: int, below: Tier, tier: Tier, start: int, end: int) -> None:
        self._store.db.execute(
            f"INSERT OR REPLACE INTO {tier.table} SELECT ?1, b - b % ?4, sum(n), min(min), max(max), sum(sum),"  # noqa: S608  (constants of tiers.py)
            f" (SELECT last FROM {below.table} WHERE series=?1 AND start<b - b % ?4 + ?4 ORDER BY start DESC LIMIT 1)"
            f" FROM (SELECT start AS b, n, min, max, sum FROM {below.table} WHERE series=?1 AND start>=?2 AND start<?3)"
            " GROUP BY b - b % ?4",
            (series, start, end, tier.width_ms),
        )

    def _put(self, tier: Tier, series: int, buckets: list[Bucket]) -> None:
        """Replace buckets, many a statement: each statement gives the interpreter lock away once."""
        for at in range(0, len(buckets), 64):
            part = buckets[at : at + 64]
            rows = ",".join(["(?,?,?,?,?,?,?)"] * len(part))
            self._store.db.execute(
                f"INSERT OR REPLACE INTO {tier.table} VALUES {rows}",  # noqa: S608  (constants only)
                [cell for bucket in part for cell in (series, *bucket)],
            )

    def _merge_sealed(self, series: int, columns: Columns) -> None:
        """Readings older than the raw horizon: their bucket's raw is gone, so they are added to it."""
        for tier in TIERS:
            for bucket in of_readings(columns, tier.width_ms):
                self._store.db.execute(
                    f"INSERT INTO {tier.table} VALUES(?,?,?,?,?,?,?) ON CONFLICT(series, start) DO UPDATE SET"
                    " n=n+excluded.n, min=min(min,excluded.min), max=max(max,excluded.max), sum=sum+excluded.sum",
                    (series, *bucket),
                )
