"""A pool of read-only connections for any thread."""

from __future__ import annotations

import queue
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from belvedere.readings.store.sqlite.schema import connect

MAX_IDLE = 4


class ReadPool:
    """Lends connections; keeps a few, closes the rest."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()

    @contextmanager
    def lend(self) -> Iterator[sqlite3.Connection]:
        """A connection for the length of the block."""
        try:
            db = self._idle.get_nowait()
        except queue.Empty:
            db = connect(self._path, read_only=True)
        try:
            yield db
        finally:
            if self._idle.qsize() < MAX_IDLE:
                self._idle.put(db)
            else:
                db.close()

    def close(self) -> None:
        """Close what is idle."""
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return
