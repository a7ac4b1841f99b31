"""The port of the readings store. Implemented by: store/sqlite.py (embedded) and store/mongo.py (cluster)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from belvedere.readings.store.batch import OutboxRow
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


class QuarantineRow(NamedTuple):
    """A refused reading with the whole body it came in."""

    id: int
    device: str
    at_ms: int
    reason: str
    position: int
    detail: str
    body: bytes


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
