"""What ingest counts, for /metrics."""

from __future__ import annotations

from collections import Counter

from belvedere.domain.reading import Rejection


class IngestCounters:
    """published: bodies taken into the stream. rejected: refused readings by reason. refused: connections or requests
    turned away, by cause. qos0_dropped: messages without acknowledgement for which there was no room.
    repeated: copies acknowledged again without storing them. connections: open now.
    """

    def __init__(self) -> None:
        self.published = 0
        self.repeated = 0
        self.qos0_dropped = 0
        self.connections = 0
        self.rejected: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def count_rejected(self, rejected: list[Rejection]) -> None:
        for rejection in rejected:
            self.rejected[rejection.reason] += 1
