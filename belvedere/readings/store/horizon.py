"""Up to when the readings and buckets of a series are deleted."""

from __future__ import annotations

from typing import NamedTuple

from belvedere.readings.tiers import MINUTE, Tier


class Horizon(NamedTuple):
    """Of one series, Unix ms; 0 where nothing was ever deleted. They never go back, whatever retention says later.

    raw_ms: readings before it may be gone. tier_ms: buckets that end at or before it may be gone.
    unlisted_ms: readings before it were deleted by a version that kept no list of their times.
    """

    raw_ms: int = 0
    tier_ms: int = 0
    unlisted_ms: int = 0

    def sealed_before(self, tier: Tier) -> int:
        """Return the start before which buckets cannot be computed again: what they were made of may be deleted."""
        return round_up(self.raw_ms if tier is MINUTE else self.tier_ms, tier.width_ms)

    def complete_from(self, tier: Tier) -> int:
        """Return the start from which on no bucket of the tier is deleted."""
        return self.tier_ms - self.tier_ms % tier.width_ms


NOTHING_GONE = Horizon()


def round_up(ts_ms: int, width_ms: int) -> int:
    """Return the next start of a bucket at or after ts_ms."""
    return -(-ts_ms // width_ms) * width_ms
