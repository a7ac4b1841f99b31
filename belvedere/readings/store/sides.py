"""Sides of a store that only hand their questions on, written once for all stores (port.py)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from belvedere.domain.clock import Seen
from belvedere.readings.store.chunk import Columns
from belvedere.readings.store.horizon import Horizon
from belvedere.readings.store.port import Quarantine, QuarantineRow, Ranges
from belvedere.readings.tiers import Bucket, Tier


class RangesSide(ABC):
    """port.Ranges, answered by whoever holds the series. Any thread."""

    @abstractmethod
    def find_ranges(self, series: int) -> Ranges:
        """Who holds the series. May raise StoreUnavailable or StoreBroken."""

    def horizon(self, series: int) -> Horizon:
        """What is gone of the series."""
        return self.find_ranges(series).horizon(series)

    def raw(self, series: int, from_ms: int, to_ms: int) -> Columns:
        """Readings with from_ms <= ts <= to_ms in time order."""
        return self.find_ranges(series).raw(series, from_ms, to_ms)

    def pages(self, series: int, from_ms: int, to_ms: int) -> Iterator[Columns]:
        """The same as raw, in pages of a few thousand readings."""
        return self.find_ranges(series).pages(series, from_ms, to_ms)

    def first_ms(self, series: int) -> int | None:
        """Return the time of the first reading that anything is known of."""
        return self.find_ranges(series).first_ms(series)

    def kept_from(self, series: int, from_ms: int, to_ms: int) -> int:
        """Return from when on all readings of the range can be read."""
        return self.find_ranges(series).kept_from(series, from_ms, to_ms)

    def deleted_runs(self, series: int, from_ms: int, to_ms: int, hold_ms: int) -> list[tuple[int, int]] | None:
        """Return (first, last) times of deleted readings that followed each other; None where not all are known."""
        return self.find_ranges(series).deleted_runs(series, from_ms, to_ms, hold_ms)

    def buckets(self, series: int, tier: Tier, from_ms: int, to_ms: int) -> list[Bucket]:
        """Buckets of the tier that overlap the range, exact up to the last commit."""
        return self.find_ranges(series).buckets(series, tier, from_ms, to_ms)


class QuarantineSide:
    """port.Quarantine, answered by one that the store has."""

    _quarantine: Quarantine

    def quarantined(self, device: str, before_id: int, limit: int) -> list[QuarantineRow]:
        """Refused readings of a device, newest first, with id < before_id. Any thread."""
        return self._quarantine.quarantined(device, before_id, limit)

    def refused_counts(self, device: str) -> dict[str, int]:
        """Reason -> how many readings of this device were refused since the beginning. Any thread."""
        return self._quarantine.refused_counts(device)

    def drop_device(self, device: str) -> None:
        """Forget what was refused of a device that is deleted. The writer's thread only."""
        self._quarantine.drop_device(device)

    def drop_quarantined(self, device: str, row_id: int) -> None:
        """Forget one refused reading. The writer's thread only."""
        self._quarantine.drop_quarantined(device, row_id)


class SeenSide:
    """What port.SeenStore says of a time that waits for the next commit."""

    _seen: Seen | None = None

    @property
    def seen_waits(self) -> bool:
        """Whether a time waits for the next commit."""
        return self._seen is not None

    def note_seen(self, seen: Seen) -> None:
        """Store the server's time with the next commit."""
        self._seen = seen
