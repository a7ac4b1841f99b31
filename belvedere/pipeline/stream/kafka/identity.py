"""Which topic Kafka has under our name: one that is deleted and made again counts its offsets from 0."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import structlog
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from belvedere.pipeline.stream.kafka.clients import LOG_LEVEL, find_topic_id

log = structlog.get_logger(__name__)

ASK_SECONDS = 1.0
FRESH_SECONDS = 1.0  # all partitions of a worker ask within one look


class TopicIdentity:
    """The id of the topic, asked of Kafka once a second at most. One thread."""

    def __init__(self, servers: Sequence[str], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._admin = AdminClient({"bootstrap.servers": ",".join(servers), "log_level": LOG_LEVEL})
        self._monotonic = monotonic
        self._asked_at: float | None = None
        self._known: str | None = None

    def find(self) -> str | None:
        """The id; None while Kafka does not say."""
        if self._asked_at is None or self._monotonic() - self._asked_at >= FRESH_SECONDS:
            try:
                self._known = find_topic_id(self._admin, ASK_SECONDS)
            except (KafkaException, TimeoutError) as error:
                log.debug("topic_unknown", reason=str(error))
                self._known = None
            self._asked_at = self._monotonic()
        return self._known

    def is_other(self, topic_id: str) -> bool:
        """Whether Kafka has another topic now; not while it does not say."""
        return self.find() not in (None, topic_id)
