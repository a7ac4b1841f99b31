"""readings.db: a log that makes a batch durable in one row, a memtable that answers, chunks that last.

A batch is one blob in the table `log` (docs/adr/0001). Every few minutes the memtable is frozen and
moved, series by series, into compressed chunks and tiers (flush.py), and its part of the log is dropped.
A crash in between leaves rows in both; their key (series, ts) makes the second copy a no-op.
"""

from __future__ import annotations

import itertools
import sqlite3
import struct
import threading
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from belvedere.domain.clock import Seen
from belvedere.readings.store.batch import Batch, OutboxRow, QuarantineEntry
from belvedere.readings.store.chunk import Columns
from belvedere.readings.store.horizon import NOTHING_GONE, Horizon
from belvedere.readings.store.port import QuarantineRow
from belvedere.readings.store.second import GONE
from belvedere.readings.store.sqlite import horizons
from belvedere.readings.store.sqlite.chunks import ChunkTable
from belvedere.readings.store.sqlite.memtable import Memtable, merge, value_in
from belvedere.readings.store.sqlite.readpool import ReadPool
from belvedere.readings.store.sqlite.schema import connect, create, damaged, explained
from belvedere.readings.store.sqlite.seen import last_seen, write_seen
from belvedere.readings.tiers import MINUTE, TIERS, Bucket, Tier, coarser, of_readings, overlaid, runs, touched

_COUNT = struct.Struct("<I")
QUARANTINE_ROWS = 200  # a device; the counts by reason go on rising
PAGE_CHUNKS = 8
_OUTBOX_AFTER = "SELECT site,rule,rule_version,series,ts,kind,value,id FROM outbox WHERE id>? ORDER BY id LIMIT ?"


def pack_rows(batch: Batch) -> bytes:
    """The log's blob: n, then n series (u32), n times (i64), n values (double)."""
    head = _COUNT.pack(len(batch))
    return b"".join((head, batch.series.tobytes(), batch.ts.tobytes(), batch.values.tobytes()))


def unpack_rows(blob: bytes) -> tuple[array[int], array[int], array[float]]:
    """The columns series, ts, values of a blob."""
    n = _COUNT.unpack_from(blob)[0]
    series, ts, values = array("I"), array("q"), array("d")
    a, b = 4 + 4 * n, 4 + 12 * n
    series.frombytes(blob[4:a])
    ts.frombytes(blob[a:b])
    values.frombytes(blob[b:])
    return series, ts, values


def _newest(entries: list[QuarantineEntry]) -> list[QuarantineEntry]:
    """Those that their device's bound leaves, in order: older ones would be deleted in the same transaction."""
    kept: list[QuarantineEntry] = []
    counts: Counter[str] = Counter()
    for entry in reversed(entries):
        counts[entry.device] += 1
        if counts[entry.device] <= QUARANTINE_ROWS:
            kept.append(entry)
    return kept[::-1]


class SqliteStore:
    """One writer thread calls open, stage, commit and what flush.py does; any thread reads.

    heads: series -> newest ts. present: series -> (effective time, value, ts) of its newest value by effective time
    (min(ts, receipt)); after a start the effective time may be the ts.
    chunks: the readings; times: when those were that are past their retention; horizons: series -> what is gone of it.
    last_seen: the last moment of the run before. seen: the one to remember with the next commit.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store_id = ""
        self.heads: dict[int, int] = {}
        self.present: dict[int, tuple[int, float, int]] = {}
        self._odd: set[int] = set()
        self.active = Memtable()
        self.frozen: Memtable | None = None
        self.lock = threading.Lock()
        self.pool = ReadPool(path)
        self.trim_to = 0
        self.last_seen: Seen | None = None
        self.seen: Seen | None = None
        self.chunks = ChunkTable("chunk")
        self.times = ChunkTable("times")
        self.horizons: dict[int, Horizon] = {}
        self._next_log_id = 1
        self._db: sqlite3.Connection | None = None

    @property
    def db(self) -> sqlite3.Connection:
        """The writer's connection."""
        assert self._db is not None, "the store is not open"
        return self._db

    def open(self) -> None:
        """Open or create, then replay the log into memory. Raises StoreUnavailable, StoreBroken."""
        try:
            self._db = connect(self.path)
            self.store_id = create(self._db)
            self.last_seen = last_seen(self._db)
            for series, ts, value in self._db.execute("SELECT series, ts, value FROM head"):
                self.heads[series] = ts
                self.present[series] = (ts, value, ts)
            self.horizons = horizons.load(self._db)
            self.chunks.damage.load(self._db)
            self.times.damage.load(self._db)
            self._replay()
            for series, ts, value in self._db.execute("SELECT series, ts, value FROM present"):
                self.present[series] = (ts, value, ts)
                self._odd.add(series)
        except sqlite3.Error as error:
            raise explained(error) from error
        except (TypeError, ValueError, struct.error) as error:
            raise damaged("a row of the log is not what was written") from error

    def _replay(self) -> None:
        for log_id, blob in self.db.execute("SELECT id, rows FROM log ORDER BY id"):
            self._next_log_id = log_id + 1
            self.active.last_log_id = log_id
            for series, ts, value in zip(*unpack_rows(blob), strict=True):
                if ts > self.heads.get(series, ts - 1) or self.value_at(series, ts) is None:
                    self.active.add(series, ts, value)
                    self._advance(series, ts, value)

    def _advance(self, series: int, ts: int, value: float) -> None:
        if ts >= self.heads.get(series, ts):
            self.heads[series] = ts
            self.present[series] = (ts, value, ts)

    def close(self) -> None:
        """Close all connections; what is in memory stands in the log."""
        self.pool.close()
        if self._db is not None:
            self._db.close()
            self._db = None

    # --- writing: the writer thread -------------------------------------------------------------

    def stage(self) -> Batch:
        """An empty batch that knows what is stored."""
        return Batch(self.heads, self.present, self)

    def commit(self, batch: Batch) -> None:
        """Make the batch durable, then visible. Raises StoreUnavailable (retry) or StoreBroken."""
        try:
            self._write(batch)
        except sqlite3.Error as error:
            self.rollback()
            raise explained(error) from error
        with self.lock:
            self._apply(batch)

    def rollback(self) -> None:
        """Leave a failed transaction, if there is one. Raises StoreUnavailable or StoreBroken."""
        try:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise explained(error) from error

    def _write(self, batch: Batch) -> None:
        db = self.db
        db.execute("BEGIN IMMEDIATE")
        if batch.ts:
            db.execute("INSERT INTO log VALUES(?,?,?)", (self._next_log_id, len(batch), pack_rows(batch)))
            self._write_present(batch)
        for (rule, series), state in batch.states.items():
            if state is None:
                db.execute("DELETE FROM rule_state WHERE rule=? AND series=?", (rule, series))
            else:
                db.execute("INSERT OR REPLACE INTO rule_state VALUES(?,?,?)", (rule, series, state))
        if batch.outbox:
            db.executemany("INSERT INTO outbox VALUES(NULL,?,?,?,?,?,?,?)", [row[:-1] for row in batch.outbox])
        if batch.quarantine:
            self._write_quarantine(batch)
        if self.trim_to:
            db.execute("DELETE FROM outbox WHERE id<=?", (self.trim_to,))
        if self.seen is not None:
            write_seen(db, self.seen)
        db.execute("COMMIT")
        self.trim_to = 0
        self.seen = None

    def remember_seen(self, seen: Seen) -> None:
        """Write the server's time at once. The writer thread only. Raises StoreUnavailable, StoreBroken."""
        try:
            write_seen(self.db, seen)
        except sqlite3.Error as error:
            raise explained(error) from error
        self.seen = None

    def _write_present(self, batch: Batch) -> None:
        """The rows of series whose present value `head` and `log` do not tell."""
        odd = batch.odd()
        if odd:
            self.db.executemany("INSERT OR REPLACE INTO present VALUES(?,?,?)", odd)
        if self._odd:
            even = self._odd.intersection(batch.shown()).difference(row[0] for row in odd)
            self.db.executemany("DELETE FROM present WHERE series=?", [(series,) for series in even])

    def _write_quarantine(self, batch: Batch) -> None:
        db = self.db
        db.executemany("INSERT INTO quarantine VALUES(NULL,?,?,?,?,?,?)", _newest(batch.quarantine))
        counts = Counter((entry.device, entry.reason) for entry in batch.quarantine)
        db.executemany(
            "INSERT INTO refused VALUES(?1,?2,?3) ON CONFLICT(device, reason) DO UPDATE SET n=n+?3",
            [(device, reason, n) for (device, reason), n in counts.items()],
        )
        for device in {entry.device for entry in batch.quarantine}:
            db.execute(
                "DELETE FROM quarantine WHERE device=?1 AND id<=(SELECT id FROM quarantine WHERE device=?1"
                " ORDER BY id DESC LIMIT 1 OFFSET ?2)",
                (device, QUARANTINE_ROWS),
            )

    def _apply(self, batch: Batch) -> None:
        if not batch.ts:
            return
        add = self.active.add
        for series, ts, value in zip(batch.series, batch.ts, batch.values, strict=True):
            add(series, ts, value)
        self.heads.update(batch.last)
        for series, ts in batch.last.items():
            self.present[series] = (ts, self.active.series[series].values[-1], ts)
        self.present.update(batch.moved)
        odd = batch.odd()
        if odd or self._odd:
            self._odd = self._odd.difference(batch.shown()).union(row[0] for row in odd)
        self.active.last_log_id = self._next_log_id
        self._next_log_id += 1

    def value_at(self, series: int, ts: int) -> float | None:
        """The stored value at exactly that time, GONE where only its time is known, or None. The writer thread only."""
        for memtable in (self.active, self.frozen):
            if memtable is not None:
                value = memtable.value_at(series, ts)
                if value is not None:
                    return value
        found = value_in(self.chunks.around(self.db, series, ts), ts)
        if found is None and ts < self.horizon(series).raw_ms and self._was_there(series, ts):
            return GONE
        return found

    def _was_there(self, series: int, ts: int) -> bool:
        """Whether a reading of that time was stored once and is past its retention."""
        if value_in(self.times.around(self.db, series, ts), ts) is not None:
            return True
        unlisted = self.chunks.damage.covers(series, ts, ts) or self.times.damage.covers(series, ts, ts)
        if ts >= self.horizon(series).unlisted_ms and not unlisted:
            return False
        # No list tells: in a minute that is known it is taken for a copy, because copies are what comes this late.
        return bool(self._stored(self.db, series, MINUTE, ts - ts % MINUTE.width_ms, ts + 1))

    def values_between(self, series: int, from_ms: int, to_ms: int) -> dict[int, float]:
        """ts -> value (or GONE) of what is stored with from_ms <= ts <= to_ms. The writer thread only."""
        columns = merge(self._in_memory(series, from_ms, to_ms) + self.chunks.between(self.db, series, from_ms, to_ms))
        found = dict(zip(columns.ts, columns.values, strict=True))
        if from_ms < self.horizon(series).raw_ms:
            for part in self.times.between(self.db, series, from_ms, to_ms):
                for ts in part.ts:
                    found.setdefault(ts, GONE)
        return found

    def highest_series(self) -> int:
        """The highest id of a series that something was stored of; 0 where there is none. While nothing is written."""
        return max(self.heads, default=0)

    def horizon(self, series: int) -> Horizon:
        """What is gone of it."""
        return self.horizons.get(series, NOTHING_GONE)

    # --- reading: any thread --------------------------------------------------------------------

    def raw(self, series: int, from_ms: int, to_ms: int) -> Columns:
        """Readings with from_ms <= ts <= to_ms in time order."""
        parts = self._in_memory(series, from_ms, to_ms)
        with self.pool.lent() as db:
            parts += self.chunks.between(db, series, from_ms, to_ms)
        return merge(parts)

    def _in_memory(self, series: int, from_ms: int, to_ms: int) -> list[Columns]:
        # Memory first, chunks after: a row that is being moved is then seen twice, never missed.
        with self.lock:
            tables = [self.active] + ([self.frozen] if self.frozen is not None else [])
            return [table.between(series, from_ms, to_ms) for table in tables]

    def pages(self, series: int, from_ms: int, to_ms: int) -> Iterator[Columns]:
        """The same as raw, in pages of a few thousand readings."""
        with self.pool.lent() as db:
            rows = db.execute(
                "SELECT first_ts FROM chunk WHERE series=? AND first_ts BETWEEN ? AND ? ORDER BY first_ts",
                (series, from_ms + 1, to_ms),
            ).fetchall()
        starts = [from_ms, *(first for (first,) in rows[PAGE_CHUNKS - 1 :: PAGE_CHUNKS]), to_ms + 1]
        for start, end in itertools.pairwise(starts):
            page = self.raw(series, start, end - 1)
            if page.ts:
                yield page

    def buckets(self, series: int, tier: Tier, from_ms: int, to_ms: int) -> list[Bucket]:
        """Buckets of the tier that overlap the range, exact up to the last commit."""
        low = from_ms - from_ms % tier.width_ms
        high = to_ms - to_ms % tier.width_ms + tier.width_ms
        horizon = self.horizon(series)
        recent = merge(self._in_memory(series, max(low, horizon.sealed_before(MINUTE)), high - 1))
        with self.pool.lent() as db:
            stored = self._stored(db, series, tier, low, high)
            if not recent.ts:
                return stored
            minutes = self._fresh_minutes(series, recent)
            if tier is MINUTE:
                return overlaid(stored, minutes)
            inside = defaultdict(list)
            for bucket in minutes:
                inside[bucket.start - bucket.start % tier.width_ms].append(bucket)
            fresh: list[Bucket] = []
            for start in sorted(inside):
                if start < horizon.sealed_before(tier):
                    continue
                before = self._stored(db, series, MINUTE, start, start + tier.width_ms)
                fresh += coarser(overlaid(before, inside[start]), tier.width_ms)
            return overlaid(stored, fresh)

    def _fresh_minutes(self, series: int, recent: Columns) -> list[Bucket]:
        starts = touched(recent.ts, MINUTE.width_ms)
        # A late reading must not cost the decoding of all that lies between it and now.
        minutes: list[Bucket] = []
        for start, end in runs(starts, MINUTE.width_ms, gap_ms=TIERS[-1].width_ms):
            minutes += of_readings(self.raw(series, start, end - 1), MINUTE.width_ms)
        # What a chunk holds that cannot be read is counted in the stored minute alone.
        covers, last_ms = self.chunks.damage.covers, MINUTE.width_ms - 1
        return [
            bucket
            for bucket in minutes
            if bucket.start in starts and not covers(series, bucket.start, bucket.start + last_ms)
        ]

    @staticmethod
    def _stored(db: sqlite3.Connection, series: int, tier: Tier, low: int, high: int) -> list[Bucket]:
        rows = db.execute(
            f"SELECT start,n,min,max,sum,last FROM {tier.table} WHERE series=? AND start>=? AND start<? ORDER BY start",  # noqa: S608  (a constant of tiers.py)
            (series, low, high),
        )
        return [Bucket(*row) for row in rows]

    def outbox_after(self, last_id: int, limit: int) -> Sequence[OutboxRow]:
        """Committed transitions with id > last_id, in order."""
        with self.pool.lent() as db:
            rows = db.execute(_OUTBOX_AFTER, (last_id, limit)).fetchall()
        return [OutboxRow(*row) for row in rows]

    def outbox_trim(self, last_id: int) -> None:
        """Forget transitions up to this id at the next commit."""
        self.trim_to = max(self.trim_to, last_id)

    def rule_states(self) -> list[tuple[int, int, bytes]]:
        """All saved (rule, series, state)."""
        with self.pool.lent() as db:
            return db.execute("SELECT rule, series, state FROM rule_state").fetchall()

    def quarantined(self, device: str, before_id: int, limit: int) -> list[QuarantineRow]:
        """Refused readings of a device, newest first, with id < before_id."""
        with self.pool.lent() as db:
            rows = db.execute(
                "SELECT * FROM quarantine WHERE device=? AND id<? ORDER BY id DESC LIMIT ?", (device, before_id, limit)
            ).fetchall()
        return [QuarantineRow(*row) for row in rows]

    def refused_counts(self, device: str) -> dict[str, int]:
        """Reason -> how many readings of this device were refused since the beginning."""
        with self.pool.lent() as db:
            return dict(db.execute("SELECT reason, n FROM refused WHERE device=?", (device,)).fetchall())

    def drop_device(self, device: str) -> None:
        """Forget what was refused of a device that is deleted. The writer thread only."""
        try:
            self.db.execute("DELETE FROM quarantine WHERE device=?", (device,))
            self.db.execute("DELETE FROM refused WHERE device=?", (device,))
        except sqlite3.Error as error:
            raise explained(error) from error

    def drop_quarantined(self, device: str, row_id: int) -> None:
        """Forget one refused reading. The writer thread only."""
        try:
            self.db.execute("DELETE FROM quarantine WHERE device=? AND id=?", (device, row_id))
        except sqlite3.Error as error:
            raise explained(error) from error
