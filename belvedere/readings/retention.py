"""Forgetting what is too old, in steps that nobody notices, and never on the word of a clock that is in doubt."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import NamedTuple

from belvedere.domain.clock import ServerClock
from belvedere.readings.store.schema import explained
from belvedere.readings.store.sqlite import SqliteStore
from belvedere.readings.tiers import TIERS

DAY_MS = 86_400_000
STEP_SECONDS = 0.25  # between two steps of a run
RUN_SECONDS = 3_600.0  # between two runs
ROWS_A_STEP = 500


class Keep(NamedTuple):
    """How long one series is kept, in days."""

    raw_days: int
    tier_days: int


class Retention:
    """Deletes chunks and tier rows past their time. keep: series -> Keep, read at each run."""

    def __init__(
        self,
        store: SqliteStore,
        keep: Callable[[], dict[int, Keep]],
        clock: ServerClock | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._keep = keep
        self._clock = clock or ServerClock()
        self._monotonic = monotonic
        self._next = monotonic() + STEP_SECONDS
        self._todo: list[tuple[str, int, int]] = []

    def step(self) -> None:
        """One small deletion, if it is time. Raises StoreUnavailable or StoreBroken."""
        if self._monotonic() < self._next:
            return
        self._next = self._monotonic() + STEP_SECONDS
        now_ms = self._clock.now_ms()
        if not self._clock.believed():  # asked after the time was read: what is planned by it may be deleted
            self._todo.clear()
            return
        if not self._todo:
            self._todo = self._plan(now_ms)
            self._next = self._monotonic() + (STEP_SECONDS if self._todo else RUN_SECONDS)
            return
        try:
            self._delete()
        except sqlite3.Error as error:
            self._store.rollback()
            raise explained(error) from error
        if not self._todo:
            self._next = self._monotonic() + RUN_SECONDS

    @property
    def paused(self) -> bool:
        """Whether nothing is deleted at the moment, because the server's clock is in doubt."""
        return self._clock.untrusted is not None

    def _plan(self, now: int) -> list[tuple[str, int, int]]:
        """(table, series, before ms) with something to delete."""
        keep = self._keep()
        self._store.raw_horizon_ms = now - DAY_MS * min((kept.raw_days for kept in keep.values()), default=30)
        todo = []
        db = self._store.db
        for series, first in db.execute("SELECT series, min(first_ts) FROM chunk GROUP BY series").fetchall():
            kept = keep.get(series)
            before = now - DAY_MS * kept.raw_days if kept else now
            if first < before:
                todo.append(("chunk", series, before))
        for tier in TIERS:
            rows = db.execute(f"SELECT series, min(start) FROM {tier.table} GROUP BY series").fetchall()  # noqa: S608  (a constant of tiers.py)
            for series, first in rows:
                kept = keep.get(series)
                before = now - DAY_MS * kept.tier_days if kept else now
                if first < before:
                    todo.append((tier.table, series, before))
        return todo

    def _delete(self) -> None:
        table, series, before = self._todo[-1]
        if table == "chunk":
            statement = (
                "DELETE FROM chunk WHERE id IN"
                " (SELECT id FROM chunk WHERE series=? AND last_ts<? ORDER BY first_ts LIMIT ?)"
            )
        else:
            statement = (
                f"DELETE FROM {table} WHERE series=?1 AND start IN"  # noqa: S608  (a constant of tiers.py)
                f" (SELECT start FROM {table} WHERE series=?1 AND start<?2 ORDER BY start LIMIT ?3)"
            )
        done = self._store.db.execute(statement, (series, before, ROWS_A_STEP)).rowcount
        if table == "chunk" and done:
            self._store.forget_decoded()
        if done < ROWS_A_STEP:
            self._todo.pop()
