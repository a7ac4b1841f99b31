"""The port of the readings store. Implemented by: store/sqlite/ (embedded)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

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


class ReadingStore(Protocol):
    """The writing side: one thread stages and commits. Each raises StoreUnavailable or StoreBroken.

    present: series -> (effective time, value, ts) of its newest value by effective time, as committed.
    """

    @property
    def present(self) -> Mapping[int, tuple[int, float, int]]: ...

    def stage(self) -> Batch:
        """An empty batch, which tells of each value put into it whether it is new."""

    def commit(self, batch: Batch) -> None:
        """Make readings, rule states, transitions and quarantine durable, all or nothing, then visible."""

    def rollback(self) -> None:
        """Leave a transaction that an unforeseen error left open, if there is one."""

    def rule_states(self) -> list[tuple[int, int, bytes]]:
        """(rule, series, state) as last committed."""

    def raw(self, series: int, from_ms: int, to_ms: int) -> Columns:
        """Readings with from_ms <= ts <= to_ms in time order: the window that a rule looks back on."""


class Maintainer(Protocol):
    """The housekeeping of a store, done by the thread that writes to it."""

    @property
    def due(self) -> bool:
        """Whether there is more to do at once."""

    def maintain(self) -> None:
        """Do a little of it, in some hundredths of a second. Raises StoreUnavailable or StoreBroken."""


class HistoryReader(Protocol):
    """What the read side needs."""

    def horizon(self, series: int) -> Horizon:
        """What is gone of the series."""

    def raw(self, series: int, from_ms: int, to_ms: int) -> Columns:
        """Readings with from_ms <= ts <= to_ms in time order."""

    def buckets(self, series: int, tier: Tier, from_ms: int, to_ms: int) -> list[Bucket]:
        """Buckets that overlap the range, exact up to the last commit."""

    def pages(self, series: int, from_ms: int, to_ms: int) -> Iterator[Columns]:
        """The same as raw, in pages, for exports of any length."""


class Outbox(Protocol):
    """Where the alert drain reads."""

    @property
    def store_id(self) -> str:
        """Another one after a restore of other data."""

    def outbox_after(self, last_id: int, limit: int) -> Sequence[OutboxRow]:
        """Committed rows with id > last_id, in order. Any thread."""

    def outbox_trim(self, last_id: int) -> None:
        """Rows up to this id are in the alert log: forget them at the next commit. Any thread."""
