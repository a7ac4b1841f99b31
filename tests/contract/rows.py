"""Rows of readings that a test commits."""

from __future__ import annotations

from belvedere.readings.store.batch import Verdict
from belvedere.readings.store.port import ReadingStore


def commit_rows(store: ReadingStore, rows: list[tuple[int, float]], series: int = 1) -> list[Verdict]:
    """Commit them as one batch, and do nothing else."""
    batch = store.stage()
    verdicts = [batch.add(series, ts, value) for ts, value in rows]
    store.commit(batch)
    return verdicts
