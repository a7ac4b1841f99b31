"""The port of the readings store. Implemented by: store/sqlite/ (embedded), store/cluster/ (a partition)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from belvedere.domain.clock import Seen
from belvedere.readings.store.batch import Batch, OutboxRow
from belvedere.readings.store.chunk import Columns
from belvedere.readings.store.horizon import Horizon
from belvedere.readings.tiers import Bucket, Tier


class StoreUnavailable(Exception):
    """Nothing can be written just now; the sentence says why. Clears by itself when the cause does."""

    permanent = False


class StoreBroken(Exception):
    """The database is damaged or its disk lies: it must not be written to. Needs a person.

    disk_lies: fsync failed, so nothing this process believes to be written can be trusted.
    """

    permanent = True

    def __init__(self, sentence: str, *, disk_lies: bool = False) -> None:
        super().__init__(sentence)
        self.disk_lies = disk_lies


class Fenced(Exception):
    """Another worker has committed, or may have: what is held of the store in memory is not to be used any more."""

    permanent = False


class Keep(NamedTuple):
    """How long one series is kept, in days."""

    raw_days: int
    tier_days: int


class QuarantineRow(NamedTuple):
    """A refused reading with the whole body it came in."""

    id: int
    device: str
    at_ms: int
    reason: str
    position: int
    detail: str
    body: bytes


class SavedState(NamedTuple):
    """The state of a rule on a series, as `rules.evaluate.to_row` made it."""

    rule: int
    series: int
    row: bytes


class ReadingStore(Protocol):
    """The writing side: one thread stages, commits and maintains. Each raises StoreUnavailable or StoreBroken."""

    @property
    def present(self) -> Mapping[int, tuple[int, float, int]]:
        """Series -> (effective time, value, ts) of its newest value by effective time, as committed."""

    def stage(self) -> Batch:
        """Return an empty batch, which gives the verdict on each value put into it."""

    def commit(self, batch: Batch) -> None:
        """Make readings, rule states, transitions, quarantine and position durable, all or nothing, then visible."""

    def rollback(self) -> None:
        """Leave a transaction that an unforeseen error left open, if there is one."""

    @property
    def position(self) -> int | None:
        """The last one committed; None before the first."""

    def rule_states(self) -> list[SavedState]:
        """Return all states as last committed, by whichever worker."""

    def rule_history(self, rule: int, series: int, from_ms: int, newest_ms: int) -> list[tuple[int, float]]:
        """Return the window of a `rate` rule: (effective time, value), oldest first, as last committed.

        A worker asks when it takes a state up. A store that answers from its readings need not keep
        `Batch.histories`; one that is handed from worker to worker should, because only they have the effective times,
        and gives the newest value before the window too.
        from_ms: the begin of the rule's window. newest_ms: the effective time of the last value that the rule saw.
        """

    @property
    def maintenance_due(self) -> bool:
        """Whether there is more to maintain at once."""

    def maintain(self, budget_seconds: float) -> None:
        """Do some of the housekeeping, for about that long: a batch may have to wait for it."""


class SeenStore(Protocol):
    """Where the server's time is kept over a restart. The writer's thread only."""

    @property
    def last_seen(self) -> Seen | None:
        """The last moment of the run before, None where there was none."""

    @property
    def seen_waits(self) -> bool:
        """Whether a time waits for the next commit."""

    def note_seen(self, seen: Seen) -> None:
        """Store it with the next commit."""

    def remember_seen(self, seen: Seen) -> None:
        """Store it at once. Raises StoreUnavailable or StoreBroken."""


class Quarantine(Protocol):
    """What was refused. `device` is a device's data key. Any thread reads, the writer's thread deletes."""

    def quarantined(self, device: str, before_id: int, limit: int) -> list[QuarantineRow]:
        """Newest first, with id < before_id; a store keeps the newest of each device."""

    def refused_counts(self, device: str) -> dict[str, int]:
        """Reason -> count since the beginning."""

    def drop_device(self, device: str) -> None:
        """Forget all of a device that is deleted. Raises StoreUnavailable or StoreBroken."""

    def drop_quarantined(self, device: str, row_id: int) -> None:
        """Forget one. Raises StoreUnavailable or StoreBroken."""


class StoreHealth(Protocol):
    """What a store tells operators while it works. Any thread."""

    @property
    def retention_paused(self) -> bool:
        """Whether nothing is deleted at the moment, because the server's clock is in doubt."""

    def remarks(self) -> dict[str, str]:
        """Part -> what a person has to look at, in a sentence."""


class Ranges(Protocol):
    """Ranges of readings and buckets."""

    def horizon(self, series: int) -> Horizon:
        """Return up to when it is deleted."""

    def raw(self, series: int, from_ms: int, to_ms: int) -> Columns:
        """Readings with from_ms <= ts <= to_ms in time order."""

    def buckets(self, series: int, tier: Tier, from_ms: int, to_ms: int) -> list[Bucket]:
        """Buckets that overlap the range, exact up to the last commit."""

    def pages(self, series: int, from_ms: int, to_ms: int) -> Iterator[Columns]:
        """The same as raw, in pages, for exports of any length."""

    def first_ms(self, series: int) -> int | None:
        """Return the time of the first reading that anything is known of; None where there was none."""

    def kept_from(self, series: int, from_ms: int, to_ms: int) -> int:
        """Return from when on all readings with from_ms <= ts <= to_ms can be read: not deleted, and not damaged."""

    def deleted_runs(self, series: int, from_ms: int, to_ms: int, hold_ms: int) -> list[tuple[int, int]] | None:
        """Return (first, last) times of deleted readings that followed each other within hold_ms, in order.

        They overlap from_ms <= ts <= to_ms and may go beyond it. None where not all of these times are known.
        """


class HistoryReader(Ranges, Protocol):
    """What the read side needs."""

    @property
    def present(self) -> Mapping[int, tuple[int, float, int]]:
        """Series -> (effective time, value, ts) of its newest value by effective time, as committed."""


class Outbox(Protocol):
    """Where the alert drain reads."""

    @property
    def store_id(self) -> str:
        """Identifies the data: it differs after a restore of other data."""

    def outbox_after(self, last_id: int, limit: int) -> Sequence[OutboxRow]:
        """Committed rows with id > last_id, in order. Any thread."""

    def outbox_trim(self, last_id: int) -> None:
        """Delete rows up to this id with the next commit: they are in the alert log. Any thread."""


class Store(ReadingStore, HistoryReader, Outbox, Quarantine, SeenStore, StoreHealth, Protocol):
    """All of it, as the composition root has it."""

    def open(self) -> None:
        """Before anything else. Raises StoreUnavailable or StoreBroken."""

    def close(self) -> None:
        """When nothing is read or written any more."""
