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

    def figures(self) -> list[tuple[str, str, str, float]]:
        """(name, help, "counter" or "gauge", value) for /metrics, where `rejected` has its own, by reason."""
        return [
            ("mqtt_connections", "Devices connected over MQTT", "gauge", self.connections),
            ("mqtt_messages_total", "Bodies taken from MQTT", "counter", self.published),
            ("mqtt_repeated_total", "Copies acknowledged again, not stored again", "counter", self.repeated),
            ("mqtt_qos0_dropped_total", "QoS 0 messages for which there was no room", "counter", self.qos0_dropped),
            ("mqtt_refused_total", "Connections and messages turned away", "counter", self.refused.total()),
        ]

    def count_rejected(self, rejected: list[Rejection]) -> None:
        for rejection in rejected:
            self.rejected[rejection.reason] += 1
