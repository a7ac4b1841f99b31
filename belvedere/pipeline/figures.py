"""What the pipeline has done since the start, for /metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from belvedere.domain.reading import Rejection
from belvedere.readings.store.batch import Batch

KEPT_COMMITS = 500


class PipelineFigures:
    """committed, duplicates, adjusted: values. rejected: refused values by reason. commit_seconds: the last ones."""

    def __init__(self) -> None:
        self.committed = 0
        self.duplicates = 0
        self.adjusted = 0
        self.batches = 0
        self.ticks = 0
        self.rejected: Counter[str] = Counter()
        self.commit_seconds: list[float] = []

    def count_commit(self, seconds: float) -> None:
        """A transaction took so long."""
        self.batches += 1
        self.commit_seconds.append(seconds)
        if len(self.commit_seconds) > 2 * KEPT_COMMITS:
            del self.commit_seconds[:KEPT_COMMITS]

    def count_rejected(self, rejections: Iterable[Rejection]) -> None:
        """These were refused after they had been decoded."""
        self.rejected.update(one.reason for one in rejections)

    def count_values(self, batch: Batch) -> None:
        """What a batch held is committed."""
        self.committed += len(batch)
        self.duplicates += batch.duplicates
        self.adjusted += batch.adjusted
