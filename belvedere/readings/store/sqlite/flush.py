"""Moves the memtable, series by series, into chunks and tiers, in steps that fit between two commits."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Callable
from time import monotonic

from belvedere.readings.store.chunk import Columns
from belvedere.readings.store.memtable import Memtable, merge
from belvedere.readings.store.sqlite.database import Database
from belvedere.readings.store.sqlite.schema import explain_error
from belvedere.readings.tiers import MINUTE, TIERS, Bucket, Tier, find_starts, join_ranges, make_buckets

FREEZE_ROWS = 400_000  # 7 MB of columns
FREEZE_SECONDS = 300.0
MOVE_ROWS = 4_096  # of one series at once: a back-fill may have all rows in one
LOG_ROWS_AT_ONCE = 8  # a row is a batch, and that of a back-fill has 100 pages


class Flush:
    """Moves one frozen memtable at a time, a little with each `step`."""

    def __init__(self, database: Database, clock: Callable[[], float] = monotonic) -> None:
        self._database = database
        self._clock = clock
        self._since = clock()

    @property
    def due(self) -> bool:
        """Whether there is something to move now."""
        database = self._database
        if database.frozen is not None:
            return True
        rows = database.active.rows
        return rows >= FREEZE_ROWS or (rows > 0 and self._clock() - self._since >= FREEZE_SECONDS)

    @property
    def urgency(self) -> float:
        """The factor for a step's time: above 1.0 while readings come faster than they are moved."""
        return max(1.0, self._database.active.rows / FREEZE_ROWS)

    def freeze(self) -> None:
        """Set the memtable aside; new readings go to a new one."""
        database = self._database
        with database.lock:
            database.frozen, database.active = database.active, Memtable()
        self._since = self._clock()

    def step(self, budget_seconds: float) -> None:
        """Work for about that long. Raises StoreUnavailable or StoreBroken; nothing is lost then."""
        if self._database.frozen is None:
            self.freeze()
        frozen = self._database.frozen
        assert frozen is not None
        until = self._clock() + budget_seconds
        try:
            if frozen.series:
                self._move_some(frozen, until)
            else:
                self._drop_log(frozen, until)
        except sqlite3.Error as error:
            self._database.rollback()
            raise explain_error(error) from error

    def move_all(self) -> None:
        """Move everything at once, for tests."""
        while self._database.frozen is not None or self._database.active.rows:
            self.step(1.0)

    def _move_some(self, frozen: Memtable, until: float) -> None:
        """Move series, or parts of them, until the time is up. They leave the frozen memtable after the commit."""
        database = self._database
        moved: dict[int, int] = {}  # series -> how many of its rows
        database.db.execute("BEGIN IMMEDIATE")
        for series, columns in frozen.series.items():
            moved[series] = self._move_until(series, columns, until)
            if self._clock() >= until:
                break
        database.db.execute("COMMIT")
        database.chunks.forget()
        with database.lock:
            for series, rows in moved.items():
                columns = frozen.series.pop(series)
                if rows < len(columns.ts):
                    frozen.series[series] = Columns(columns.ts[rows:], columns.values[rows:])

    def _move_until(self, series: int, columns: Columns, until: float) -> int:
        """Move at least the first part of a series, and return how many rows were moved."""
        for at in range(0, len(columns.ts), MOVE_ROWS):
            end = at + MOVE_ROWS
            self._move(series, Columns(columns.ts[at:end], columns.values[at:end]))
            if self._clock() >= until:
                return min(end, len(columns.ts))
        return len(columns.ts)

    def _drop_log(self, frozen: Memtable, until: float) -> None:
        database = self._database
        database.db.execute("BEGIN IMMEDIATE")
        while True:
            done = database.db.execute(
                "DELETE FROM log WHERE id IN (SELECT id FROM log WHERE id<=? ORDER BY id LIMIT ?)",
                (frozen.last_log_id, LOG_ROWS_AT_ONCE),
            ).rowcount
            if done < LOG_ROWS_AT_ONCE or self._clock() >= until:
                break
        database.db.execute("COMMIT")
        if done < LOG_ROWS_AT_ONCE:
            with database.lock:
                database.frozen = None

    def _move(self, series: int, columns: Columns) -> None:
        self._database.chunks.write(self._database.db, series, columns)
        self._into_tiers(series, columns)
        self._database.db.execute(
            "INSERT INTO head VALUES(?1,?2,?3) ON CONFLICT(series) DO UPDATE SET ts=?2, value=?3 WHERE ts<?2",
            (series, columns.ts[-1], columns.values[-1]),
        )

    # --- tiers ----------------------------------------------------------------------------------

    def _into_tiers(self, series: int, columns: Columns) -> None:
        """Compute minutes from readings and each wider tier from the one below; add to buckets that are sealed."""
        horizon = self._database.horizon(series)
        finer: Tier | None = None
        for tier in TIERS:
            cut = bisect_left(columns.ts, horizon.sealed_before(tier))
            if cut:
                self._merge_sealed(tier, series, Columns(columns.ts[:cut], columns.values[:cut]))
            for start, end in join_ranges(find_starts(columns.ts[cut:], tier.width_ms), tier.width_ms):
                if finer is None:
                    self._compute_minutes(series, columns, start, end)
                else:
                    self._compute_wider(series, finer, tier, start, end)
            finer = tier

    def _compute_minutes(self, series: int, columns: Columns, start: int, end: int) -> None:
        """Compute minutes from chunks alone: what is still in memory is counted when it is moved."""
        raw = merge(self._database.chunks.between(self._database.db, series, start, end - 1))
        buckets = make_buckets(raw, MINUTE.width_ms)
        covers, last_ms = self._database.chunks.damage.covers, MINUTE.width_ms - 1
        if covers(series, start, end - 1):
            # A minute of which a part cannot be read is not made anew: what is moved is added to it.
            for bucket in [one for one in buckets if covers(series, one.start, one.start + last_ms)]:
                low, high = (bisect_left(columns.ts, edge) for edge in (bucket.start, bucket.start + MINUTE.width_ms))
                self._merge_sealed(MINUTE, series, Columns(columns.ts[low:high], columns.values[low:high]))
                buckets.remove(bucket)
        self._put(MINUTE, series, buckets)

    def _compute_wider(self, series: int, below: Tier, tier: Tier, start: int, end: int) -> None:
        self._database.db.execute(
            f"INSERT OR REPLACE INTO {tier.table} SELECT ?1, b - b % ?4, sum(n), min(min), max(max), sum(sum),"  # noqa: S608  (constants of tiers.py)
            f" (SELECT last FROM {below.table} WHERE series=?1 AND start<b - b % ?4 + ?4 ORDER BY start DESC LIMIT 1)"
            f" FROM (SELECT start AS b, n, min, max, sum FROM {below.table} WHERE series=?1 AND start>=?2 AND start<?3)"
            " GROUP BY b - b % ?4",
            (series, start, end, tier.width_ms),
        )

    def _put(self, tier: Tier, series: int, buckets: list[Bucket]) -> None:
        """Replace buckets, many with one statement, because each statement releases the interpreter lock once."""
        for at in range(0, len(buckets), 64):
            part = buckets[at : at + 64]
            rows = ",".join(["(?,?,?,?,?,?,?)"] * len(part))
            self._database.db.execute(
                f"INSERT OR REPLACE INTO {tier.table} VALUES {rows}",  # noqa: S608  (constants only)
                [cell for bucket in part for cell in (series, *bucket)],
            )

    def _merge_sealed(self, tier: Tier, series: int, columns: Columns) -> None:
        """Add late readings to buckets that cannot be computed again."""
        for bucket in make_buckets(columns, tier.width_ms):
            self._database.db.execute(
                f"INSERT INTO {tier.table} VALUES(?,?,?,?,?,?,?) ON CONFLICT(series, start) DO UPDATE SET"
                " n=n+excluded.n, min=min(min,excluded.min), max=max(max,excluded.max), sum=sum+excluded.sum",
                (series, *bucket),
            )
