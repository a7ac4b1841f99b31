"""The housekeeping of readings.db, a little at a time, between two batches of the pipeline."""

from __future__ import annotations

from belvedere.readings.store.sqlite.flush import Flush
from belvedere.readings.store.sqlite.retention import Retention

BUDGET_SECONDS = 0.02  # what a batch may have to wait


class Maintenance:
    """Moves readings from memory into chunks; where there is nothing to move, deletes what is past its time."""

    def __init__(self, flush: Flush, retention: Retention) -> None:
        self._flush = flush
        self._retention = retention

    @property
    def due(self) -> bool:
        """Whether there is more to do at once."""
        return self._flush.due

    def maintain(self) -> None:
        """Work for about BUDGET_SECONDS. Raises StoreUnavailable or StoreBroken; nothing is lost then."""
        if self._flush.due:
            self._flush.step(BUDGET_SECONDS * self._flush.urgency)
        else:
            self._retention.step()
