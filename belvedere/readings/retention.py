"""Forgetting what is too old, in steps that nobody notices, and never on the word of a clock that jumped."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import NamedTuple

import structlog

from belvedere.readings.store.schema import explained
from belvedere.readings.store.sqlite import SqliteStore
from belvedere.readings.tiers import TIERS

log = structlog.get_logger(__name__)

DAY_MS = 86_400_000
STEP_SECONDS = 0.25  # between two steps of a run
RUN_SECONDS = 3_600.0  # between two runs
ROWS_A_STEP = 500
JUMP_MS = 3_600_000  # a wall clock that moves this much against the monotonic one has jumped


class Keep(NamedTuple):
    """How long one series is kept, in days."""

    raw_days: int
    tier_days: int


class Retention:
    """Deletes chunks and tier rows past their time. keep: series -> Keep, read at each run.

    paused: why nothing is deleted at the moment.
    """

    def __init__(
        self,
        store: SqliteStore,
        keep: Callable[[], dict[int, Keep]],
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._keep = keep
        self._now_ms = now_ms
        self._clock = clock
        self._began = (now_ms(), clock())
        self._next = clock() + STEP_SECONDS
        self._todo: list[tuple[str, int, int]] = []
        self.paused: str | None = None

    def step(self) -> None:
        """One small deletion, if it is time. Raises StoreUnavailable or StoreBroken."""
        if self._clock() < self._next:
            return
        self._next = self._clock() + STEP_SECONDS
        if self._jumped():
            return
        if not self._todo:
            self._todo = self._plan()
            self._next = self._clock() + (STEP_SECONDS if self._todo else RUN_SECONDS)
            return
        try:
            self._delete()
        except sqlite3.Error as error:
            self._store.rollback()
            raise explained(error) from error
        if not self._todo:
            self._next = self._clock() + RUN_SECONDS

    def _jumped(self) -> bool:
        drift = self._now_ms() - self._began[0] - (self._clock() - self._began[1]) * 1000
        if abs(drift) <= JUMP_MS:
            self.paused = None
        elif self.paused is None:
            self.paused = (
                f"The server's clock jumped by {drift / 3_600_000:.1f} hours, so no old reading is deleted:"
                " check the date, then restart Belvedere to confirm it."
            )
            log.warning("retention_paused", reason=self.paused)
        return self.paused is not None

    def _plan(self) -> list[tuple[str, int, int]]:
        """(table, series, before ms) with something to delete."""
        now = self._now_ms()
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
