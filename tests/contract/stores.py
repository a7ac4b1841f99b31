"""The stores that the contract tries. Another one adds a subject to SUBJECTS."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path
from typing import Protocol

from belvedere.domain.clock import ServerClock, Sources
from belvedere.readings.store.port import Keep, Store
from belvedere.readings.store.sqlite.retention import STEP_SECONDS, Retention
from belvedere.readings.store.sqlite.store import SqliteStore
from tests.contract.cluster_stores import ClusterSubject, are_installed

BUDGET_SECONDS = 0.02  # as the pipeline gives it
EVER = 1 << 50


class Subject(Protocol):
    """A store with what a test needs around it."""

    def __init__(self, folder: Path) -> None: ...

    @property
    def store(self) -> Store: ...

    def restart(self) -> None:
        """Close and open again."""

    def kill(self) -> None:
        """Open what is there without a close."""

    def move_a_little(self) -> None:
        """Begin to bring what is committed to where it lasts, and stop in the middle."""

    def move_all(self) -> None:
        """Bring all there."""

    def maintain(
        self, now_ms: int, keep: dict[int, Keep], deleted: Set[int] = frozenset(), clock: ServerClock | None = None
    ) -> None:
        """All that is due at that instant, under a clock that is believed unless another is given."""

    def end(self) -> None:
        """The test is over."""


class SqliteSubject:
    """The embedded one."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "readings.db"
        self._killed: list[SqliteStore] = []
        self.store = self._opened()

    def _opened(self) -> SqliteStore:
        store = SqliteStore(self._path)
        store.open()
        return store

    def restart(self) -> None:
        self.store.close()
        self.store = self._opened()

    def kill(self) -> None:
        self._killed.append(self.store)
        self.store = self._opened()

    def move_a_little(self) -> None:
        database = self.store.database
        if database.frozen is None and database.active.rows:
            self.store.flush.freeze()
        elif database.frozen is not None:
            self.store.flush.step(0.0)

    def move_all(self) -> None:
        self.store.flush.move_all()

    def maintain(
        self, now_ms: int, keep: dict[int, Keep], deleted: Set[int] = frozenset(), clock: ServerClock | None = None
    ) -> None:
        seconds = 0.0
        clock = clock or ServerClock(Sources(lambda: now_ms, lambda: seconds * 1000, lambda: 0.0))
        database = self.store.database
        self.store.retention = Retention(database, lambda: keep, lambda: deleted, clock, lambda: seconds)
        for _ in range(60):
            seconds += STEP_SECONDS
            self.store.maintain(BUDGET_SECONDS)

    def end(self) -> None:
        for store in [*self._killed, self.store]:
            store.close()


SUBJECTS: list[type[Subject]] = [SqliteSubject, ClusterSubject] if are_installed() else [SqliteSubject]
