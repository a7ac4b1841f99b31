"""A store whose readings the views give."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from belvedere.readings import selectors
from belvedere.readings.store.sqlite.store import SqliteStore


@contextmanager
def open_bound_store(folder: Path) -> Iterator[SqliteStore]:
    """An empty store in this folder, from which charts, figures and trials of rules are answered."""
    store = SqliteStore(folder / "readings.db")
    store.open()
    selectors.history_reader.bind(store)
    try:
        yield store
    finally:
        store.close()
