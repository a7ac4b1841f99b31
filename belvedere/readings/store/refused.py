"""How much of what was refused is kept. Pure."""

from __future__ import annotations

from collections import Counter

from belvedere.readings.store.batch import QuarantineEntry

QUARANTINE_ROWS = 200  # a device; the counts by reason go on rising


def keep_newest(entries: list[QuarantineEntry]) -> list[QuarantineEntry]:
    """Keep the newest of each device: older ones would be deleted in the same transaction."""
    kept: list[QuarantineEntry] = []
    counts: Counter[str] = Counter()
    for entry in reversed(entries):
        counts[entry.device] += 1
        if counts[entry.device] <= QUARANTINE_ROWS:
            kept.append(entry)
    return kept[::-1]
