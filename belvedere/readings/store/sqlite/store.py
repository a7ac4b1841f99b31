"""The embedded store: a log that makes a batch durable in one row, a memtable that answers, chunks that last.

`commit` is here: one transaction, in which a batch of readings is one blob of the table `log` (docs/adr/0001), then the
memtable. Every few minutes the memtable is frozen and moved, series by series, into compressed chunks and tiers
(flush.py), and its part of the log is dropped. A crash in between leaves rows in both; their key (series, ts) makes the
second copy a no-op.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Callable, Mapping, Sequence, Set
from pathlib import Path

from belvedere.domain.clock import Seen, ServerClock
from belvedere.domain.reading import MAX_AHEAD_MS
from belvedere.readings.store.batch import Batch, OutboxRow, pack_rows, unpack_rows
from belvedere.readings.store.port import Keep, SavedState
from belvedere.readings.store.sides import QuarantineSide, RangesSide, SeenSide
from belvedere.readings.store.sqlite.database import Database
from belvedere.readings.store.sqlite.flush import Flush
from belvedere.readings.store.sqlite.history import History
from belvedere.readings.store.sqlite.lookup import Lookup
from belvedere.readings.store.sqlite.outbox import add_rows, drop_until, load_after
from belvedere.readings.store.sqlite.position import load_position, save_position
from belvedere.readings.store.sqlite.present import PresentTable
from belvedere.readings.store.sqlite.quarantine import QuarantineTable
from belvedere.readings.store.sqlite.retention import Retention
from belvedere.readings.store.sqlite.rule_states import load_states, save_states
from belvedere.readings.store.sqlite.schema import explain_error, make_damage_error
from belvedere.readings.store.sqlite.seen import load_seen, save_seen

UNKNOWN_SERIES = (
    "readings.db has readings of {n} series that belvedere.db does not know, as after a restore of an older backup."
    " They are kept and not shown; to see them, restore a belvedere.db that knows them."
)
DAMAGED_CHUNKS = (
    "{n} chunks of readings.db cannot be read: check the disk. They are kept for a repair (table `damaged`), the log"
    " names their series and times, and the rest serves."
)


class SqliteStore(RangesSide, QuarantineSide, SeenSide):
    """All ports of the store (port.py) over one readings.db.

    keep: series -> how long it is kept; deleted: the series whose deletion is recorded. A run of retention asks both;
    a series that neither names is kept. clock: nothing is deleted while it is in doubt.
    last_seen: the last moment of the run before. position: of the stream, as committed; None where it has none.
    """

    def __init__(
        self,
        path: Path,
        keep: Callable[[], dict[int, Keep]] = dict,
        deleted: Callable[[], Set[int]] = frozenset,
        clock: ServerClock | None = None,
    ) -> None:
        self.database = Database(path)
        self.history = History(self.database)
        self.lookup = Lookup(self.database)
        self.flush = Flush(self.database)
        self.retention = Retention(self.database, keep, deleted, clock)
        self._present = PresentTable(self.database)
        self._quarantine: QuarantineTable = QuarantineTable(self.database)
        self._next_log_id = 1
        self._trim_to = 0
        self.last_seen: Seen | None = None
        self.position: int | None = None

    def open(self) -> None:
        """Open or create, then replay the log into memory. Raises StoreUnavailable, StoreBroken."""
        try:
            self.database.open()
            self.last_seen = load_seen(self.database.db)
            self.position = load_position(self.database.db)
            self._replay_log()
            self._present.load()
        except sqlite3.Error as error:
            raise explain_error(error) from error
        except (TypeError, ValueError, struct.error) as error:
            raise make_damage_error("a row of the log is not what was written") from error

    def close(self) -> None:
        """Close all connections; what is in memory stands in the log."""
        self.database.close()

    @property
    def store_id(self) -> str:
        """Identifies the data: it differs after a restore of other data."""
        return self.database.store_id

    @property
    def present(self) -> Mapping[int, tuple[int, float, int]]:
        """Series -> (effective time, value, ts) of its newest value by effective time."""
        return self.database.present

    # --- writing: the writer's thread -----------------------------------------------------------

    def stage(self) -> Batch:
        """Return an empty batch that knows what is stored."""
        return Batch(self.database.heads, self.database.present, self.lookup)

    def commit(self, batch: Batch) -> None:
        """Make the batch durable, then visible. Raises StoreUnavailable (retry) or StoreBroken."""
        try:
            self._write(batch)
        except sqlite3.Error as error:
            self.rollback()
            raise explain_error(error) from error
        if batch.position is not None:
            self.position = batch.position
        if batch.ts:
            self._show(batch)

    def rollback(self) -> None:
        """Leave a failed transaction, if there is one. Raises StoreUnavailable or StoreBroken."""
        self.database.rollback()

    def _write(self, batch: Batch) -> None:
        """All of the batch in one transaction."""
        db = self.database.db
        db.execute("BEGIN IMMEDIATE")
        if batch.ts:
            db.execute("INSERT INTO log VALUES(?,?,?)", (self._next_log_id, len(batch), pack_rows(batch)))
            if batch.moved or self._present.listed:
                self._present.write(batch)
        if batch.states:
            save_states(db, batch.states)
        if batch.outbox:
            add_rows(db, batch.outbox)
        if batch.quarantine:
            self._quarantine.write(batch.quarantine)
        if self._trim_to:
            drop_until(db, self._trim_to)
        if self._seen is not None:
            save_seen(db, self._seen)
        if batch.position is not None:
            save_position(db, batch.position)
        db.execute("COMMIT")
        self._trim_to = 0
        self._seen = None

    def _show(self, batch: Batch) -> None:
        """Make the readings of a committed batch visible."""
        database = self.database
        with database.lock:
            active = database.active
            active.add_rows(zip(batch.series, batch.ts, batch.values, strict=True))
            database.heads.update(batch.last)
            database.present.update(batch.present())
            active.last_log_id = self._next_log_id
            if batch.moved or self._present.listed:
                self._present.apply(batch)
        self._next_log_id += 1

    def _replay_log(self) -> None:
        """Load the log into memory. A crash may have left readings in both log and chunks."""
        database = self.database
        for log_id, blob in database.db.execute("SELECT id, rows FROM log ORDER BY id"):
            self._next_log_id = log_id + 1
            database.active.last_log_id = log_id
            for series, ts, value in zip(*unpack_rows(blob), strict=True):
                if ts > database.heads.get(series, ts - 1) or self.lookup.value_at(series, ts) is None:
                    database.active.add(series, ts, value)
                    if ts >= database.heads.get(series, ts):
                        database.heads[series] = ts
                        database.present[series] = (ts, value, ts)

    # --- rule states and outbox -----------------------------------------------------------------

    def rule_states(self) -> list[SavedState]:
        """Return all rule states as last committed. Any thread."""
        with self.database.pool.lend() as db:
            return load_states(db)

    def rule_history(self, rule: int, series: int, from_ms: int, newest_ms: int) -> list[tuple[int, float]]:  # noqa: ARG002  (the readings are the history of every rule)
        """Return the readings of the window; so `Batch.histories` need not be stored. Any thread."""
        # What is stored has the device's own times, which may be ahead of the effective ones.
        stored = self.raw(series, from_ms, newest_ms + MAX_AHEAD_MS)
        return [(min(ts, newest_ms), value) for ts, value in zip(stored.ts, stored.values, strict=True)]

    def outbox_after(self, last_id: int, limit: int) -> Sequence[OutboxRow]:
        """Committed transitions with id > last_id, in order. Any thread."""
        with self.database.pool.lend() as db:
            return load_after(db, last_id, limit)

    def outbox_trim(self, last_id: int) -> None:
        """Forget transitions up to this id at the next commit. Any thread."""
        self._trim_to = max(self._trim_to, last_id)

    def find_ranges(self, series: int) -> History:  # noqa: ARG002  (one holds all)
        """Who holds the series."""
        return self.history

    # --- the server's time: the writer's thread --------------------------------------------------

    def remember_seen(self, seen: Seen) -> None:
        """Store the server's time at once. Raises StoreUnavailable, StoreBroken."""
        try:
            save_seen(self.database.db, seen)
        except sqlite3.Error as error:
            raise explain_error(error) from error
        self._seen = None

    # --- maintenance ----------------------------------------------------------------------------

    @property
    def maintenance_due(self) -> bool:
        """Whether readings wait to be moved into chunks."""
        return self.flush.due

    def maintain(self, budget_seconds: float) -> None:
        """Move readings into chunks; where there is nothing to move, delete what is past its retention.

        The writer's thread, between two batches. Raises StoreUnavailable or StoreBroken; nothing is lost then.
        """
        if self.flush.due:
            self.flush.step(budget_seconds * self.flush.urgency)
        else:
            self.retention.step(budget_seconds)

    @property
    def retention_paused(self) -> bool:
        """Whether nothing is deleted at the moment, because the server's clock is in doubt."""
        return self.retention.paused

    def remarks(self) -> dict[str, str]:
        """Part -> what an operator has to look at, in a sentence, although the store serves. Any thread."""
        remarks: dict[str, str] = {}
        if self.retention.unknown:
            remarks["series"] = UNKNOWN_SERIES.format(n=len(self.retention.unknown))
        damaged_chunks = self.database.chunks.damage.count + self.database.times.damage.count
        if damaged_chunks:
            remarks["chunks"] = DAMAGED_CHUNKS.format(n=damaged_chunks)
        return remarks
