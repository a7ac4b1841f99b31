"""The stores that the contract tries. Another one adds a subject to SUBJECTS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from belvedere.domain.clock import ServerClock
from belvedere.readings.store.sqlite.retention import Retention
from belvedere.readings.store.sqlite.store import SqliteStore
from tests.contract.cluster_stores import ClusterSubject, are_installed
from tests.contract.subject import Deleted, Kept, StoreSubject, Subject

EVER = 1 << 50


class SqliteSubject(StoreSubject[SqliteStore]):
    """The embedded one."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "readings.db"
        self._killed: list[SqliteStore] = []
        self.store = self._opened()

    def _opened(self) -> SqliteStore:
        store = SqliteStore(self._path)
        store.open()
        return store

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

    def _set_retention(self, keep: Kept, deleted: Deleted, clock: ServerClock, monotonic: Callable[[], float]) -> None:
        self.store.retention = Retention(self.store.database, keep, deleted, clock, monotonic)

    def end(self) -> None:
        for store in [*self._killed, self.store]:
            store.close()


SUBJECTS: list[type[Subject]] = [SqliteSubject, ClusterSubject] if are_installed() else [SqliteSubject]
