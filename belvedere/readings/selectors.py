"""Where the views find the store; wiring sets it."""

from __future__ import annotations

from dataclasses import dataclass

from belvedere.readings.store.port import HistoryReader


@dataclass
class Sources:
    """history: the store's read side, None until the program is wired."""

    history: HistoryReader | None = None


sources = Sources()


def history_reader() -> HistoryReader:
    """The store. Raises RuntimeError in a process that has none (e.g. `manage` commands)."""
    if sources.history is None:
        raise RuntimeError("no readings store is open in this process")
    return sources.history
