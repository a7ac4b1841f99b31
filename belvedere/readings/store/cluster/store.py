"""The store of one partition: MySQL makes a batch durable in one fenced transaction, MongoDB keeps the readings.

`commit` is here. Its transaction begins with the fence (fence.py), so that of two workers who believe to have the
partition one changes nothing. A batch of readings is one row of the log; memory.py answers from that what is not yet in
MongoDB, where fold.py brings it every few minutes (docs/adr/0015).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set

import msgspec
import structlog

from belvedere.domain.clock import Seen, ServerClock
from belvedere.readings.store.batch import Batch, OutboxRow, pack_rows
from belvedere.readings.store.cluster import outbox, quarantine, rule_states
from belvedere.readings.store.cluster.fence import UNKNOWN, Fence, Row, load_row
from belvedere.readings.store.cluster.fold import Fold
from belvedere.readings.store.cluster.history import History
from belvedere.readings.store.cluster.lookup import Lookup
from belvedere.readings.store.cluster.memory import Memory
from belvedere.readings.store.cluster.mongo import Mongo, MongoAway
from belvedere.readings.store.cluster.mysql import MySql
from belvedere.readings.store.cluster.pace import Pace
from belvedere.readings.store.cluster.retention import Retention
from belvedere.readings.store.cluster.shown import pack_moved
from belvedere.readings.store.cluster.windows import Tables
from belvedere.readings.store.port import Keep, SavedState
from belvedere.readings.store.sides import QuarantineSide, RangesSide, SeenSide

log = structlog.get_logger(__name__)

UNKNOWN_SERIES = (
    "There are readings of {n} series that the registry does not know, as after a restore of an older backup."
    " They are kept and not shown; to see them, restore a registry that knows them."
)
DAMAGED_DOCUMENTS = (
    "{n} documents of MongoDB cannot be read: check its disks. They are kept for a repair (readings_damaged), the log"
    " names their series and times, and the rest serves."
)


class ClusterStore(RangesSide, QuarantineSide, SeenSide):
    """All ports of the store (port.py) over one partition, for the worker that has it: one thread.

    Made after a fork. Whatever raises Fenced: `refresh`, then begin anew with what the stream has from `position` on.
    keep, deleted, clock: as in the embedded store. pace: of the process, where it has several partitions.
    """

    def __init__(
        self,
        partition: int,
        mysql: MySql,
        mongo: Mongo,
        keep: Callable[[], dict[int, Keep]] = dict,
        deleted: Callable[[], Set[int]] = frozenset,
        clock: ServerClock | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.partition = partition
        self._mysql = mysql
        self.fence = Fence(mysql, partition)
        self.tables = Tables(mongo)
        self.memory = Memory(partition)
        self.history = History(self.memory, self.tables)
        self.lookup = Lookup(self.memory, self.tables, self.history)
        moving = (self.fence, self.memory, self.tables, self.lookup.forget, pace or Pace())
        self.fold = Fold(*moving)
        self.retention = Retention(*moving, keep, deleted, clock)
        self._outbox = outbox.ClusterOutbox(partition, mysql)
        self._quarantine = quarantine.ClusterQuarantine(mysql)
        self._away: str | None = None  # why MongoDB could not be asked at the last maintenance

    # --- the partition --------------------------------------------------------------------------

    def open(self) -> None:
        """Load all that is committed. Raises StoreUnavailable or StoreBroken."""
        self._load(whole=True)

    def refresh(self) -> None:
        """Take up what another worker has committed since, and forget nothing else."""
        self._load(whole=False)

    def stale(self) -> bool:
        """Whether another worker has committed to the partition since: then `refresh`."""
        return self.fence.is_stale()

    def close(self) -> None:
        """Nothing is left to be done: what is in memory stands in the log."""

    @property
    def version(self) -> int:
        """The version of the fence that this store knows."""
        return self.fence.row.version

    @property
    def heard(self) -> Mapping[int, int]:
        """Series -> when the rules last ran over a value of it, on the steady line."""
        return self.memory.heard

    def _load(self, *, whole: bool) -> None:
        # Where this fails half-way, what is in memory must not be committed to, and is loaded as a whole next time.
        whole = whole or self.fence.row is UNKNOWN
        self.fence.row = UNKNOWN
        with self._mysql.snapshot() as cursor:
            row = load_row(cursor, self.partition)
            (self.memory.load if whole else self.memory.catch_up)(cursor, row)
            cursor.execute(
                "SELECT TIMESTAMPDIFF(SECOND, folded_at, NOW(3)), TIMESTAMPDIFF(SECOND, retained_at, NOW(3)),"
                " retained_to FROM readings_fence WHERE part=%s",
                (self.partition,),
            )
            folded_seconds, retained_seconds, retained_to = cursor.fetchall()[0]
        self.fence.row = row
        self.lookup.forget()
        self.fold.take_up(folded_seconds)
        self.retention.take_up(retained_seconds, retained_to)

    # --- writing --------------------------------------------------------------------------------

    @property
    def present(self) -> Mapping[int, tuple[int, float, int]]:
        """Series -> (effective time, value, ts) of its newest value by effective time."""
        return self.memory.present

    @property
    def position(self) -> int | None:
        """Where the stream goes on, as committed; None before the first batch that had one."""
        return self.fence.row.next_offset

    @property
    def epoch(self) -> int | None:
        """Of the last record before `position`, as the stream said; None where it has not."""
        return self.fence.row.epoch

    def stage(self) -> Batch:
        """Return an empty batch that knows what is stored."""
        return Batch(self.memory.heads, self.memory.present, self.lookup)

    def commit(self, batch: Batch) -> None:
        """Make the batch durable, then visible. Raises Fenced, StoreUnavailable (retry) or StoreBroken."""
        old = self.fence.row
        new = self._make_next_row(old, batch)
        part = self.partition
        with self.fence.transaction(new) as cursor:
            if batch.ts:
                row = (part, new.log_n, batch.heard_ms, pack_rows(batch), pack_moved(batch.moved))
                cursor.execute("INSERT INTO readings_log VALUES (%s,%s,%s,%s,%s)", row)
            if batch.states or batch.open_states:
                whole = {key: make() for key, make in batch.open_states.items()}
                rule_states.save_states(cursor, part, {**whole, **batch.states})
            if batch.histories:
                rule_states.save_histories(cursor, part, batch.histories)
            if batch.outbox:
                outbox.add_rows(cursor, part, old.outbox_n, batch.outbox)
            if batch.quarantine:
                quarantine.add_entries(cursor, batch.quarantine)
        self._seen = None
        if batch.ts:
            self.memory.apply(batch, new.log_n)

    def _make_next_row(self, old: Row, batch: Batch) -> Row:
        stands = (old.next_offset, old.epoch) if batch.position is None else (batch.position, batch.epoch)
        return old._replace(
            next_offset=stands[0],
            epoch=stands[1],
            log_n=old.log_n + bool(batch.ts),
            outbox_n=old.outbox_n + len(batch.outbox),
            seen=old.seen if self._seen is None else msgspec.json.encode(self._seen).decode(),
        )

    def rollback(self) -> None:
        """Nothing is ever left open: a transaction is one block."""

    # --- rule states, outbox, history -------------------------------------------------------------

    def rule_states(self) -> list[SavedState]:
        """Return all rule states of the partition as last committed."""
        return rule_states.load_states(self._mysql, self.partition)

    def rule_history(self, rule: int, series: int, from_ms: int, newest_ms: int) -> list[tuple[int, float]]:
        """Return what the worker before looked back on: the window, and the newest value before it."""
        history = rule_states.load_history(self._mysql, self.partition, rule, series)
        first = max((at for at, (ts, _) in enumerate(history) if ts <= from_ms), default=0)
        return [one for one in history[first:] if one[0] <= newest_ms]

    @property
    def store_id(self) -> str:
        """Identifies the data of this partition."""
        return self._outbox.store_id

    def outbox_after(self, last_id: int, limit: int) -> Sequence[OutboxRow]:
        """Committed transitions with id > last_id, in order."""
        return self._outbox.outbox_after(last_id, limit)

    def outbox_trim(self, last_id: int) -> None:
        """Delete transitions up to this id."""
        self._outbox.outbox_trim(last_id)

    def find_ranges(self, series: int) -> History:  # noqa: ARG002  (it is asked for series of its partition alone)
        """Who holds the series."""
        return self.history

    # --- the server's time ------------------------------------------------------------------------

    @property
    def last_seen(self) -> Seen | None:
        """The last moment that any worker of this partition has noted."""
        seen = self.fence.row.seen
        return None if seen is None else msgspec.json.decode(seen, type=Seen)

    def remember_seen(self, seen: Seen) -> None:
        """Store the server's time at once. Raises Fenced, StoreUnavailable or StoreBroken."""
        with self.fence.transaction(self.fence.row._replace(seen=msgspec.json.encode(seen).decode())):
            pass
        self._seen = None

    # --- maintenance ------------------------------------------------------------------------------

    @property
    def maintenance_due(self) -> bool:
        """Whether readings wait to be moved to MongoDB."""
        return self.fold.due

    def maintain(self, budget_seconds: float) -> None:
        """Move readings to MongoDB; where there is nothing to move, delete what is past its retention.

        Raises Fenced, StoreUnavailable or StoreBroken; nothing is lost then. While MongoDB is away, the log grows.
        """
        try:
            if self.fold.due:
                self.fold.step(budget_seconds)
            else:
                self.retention.step(budget_seconds)
        except MongoAway as error:
            if self._away is None:
                log.warning("fold_postponed", partition=self.partition, reason=str(error))
            self._away = str(error)
        else:
            self._away = None

    @property
    def retention_paused(self) -> bool:
        """Whether nothing is deleted at the moment, because the server's clock is in doubt."""
        return self.retention.paused

    def remarks(self) -> dict[str, str]:
        """Part -> what an operator has to look at, in a sentence, although the store serves."""
        remarks: dict[str, str] = {}
        if self.retention.unknown:
            remarks["series"] = UNKNOWN_SERIES.format(n=len(self.retention.unknown))
        damaged = self.tables.count_damaged()
        if damaged:
            remarks["chunks"] = DAMAGED_DOCUMENTS.format(n=damaged)
        if self._away is not None:
            remarks["mongodb"] = f"{self._away} Readings are stored in MySQL until it does."
        return remarks
