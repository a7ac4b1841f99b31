"""Runs of retention for tests: at one instant, until nothing is left to do."""

from __future__ import annotations

from collections.abc import Set

from belvedere.domain.clock import ServerClock, Sources
from belvedere.readings.store.port import Keep
from belvedere.readings.store.sqlite.retention import STEP_SECONDS, Retention
from belvedere.readings.store.sqlite.store import SqliteStore

BUDGET_SECONDS = 0.02  # as the pipeline gives it


def forget(
    store: SqliteStore, now_ms: int, keep: dict[int, Keep], steps: int = 200, deleted: Set[int] = frozenset()
) -> None:
    """One run of retention at `now_ms`."""
    seconds = 0.0
    clock = ServerClock(Sources(lambda: now_ms, lambda: seconds * 1000, lambda: 0.0))
    retention = Retention(store.database, lambda: keep, lambda: deleted, clock, lambda: seconds)
    for _ in range(steps):
        seconds += STEP_SECONDS
        retention.step(BUDGET_SECONDS)
