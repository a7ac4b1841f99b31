"""Which topic Kafka has under our name: one that is deleted and made again counts its offsets from 0."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

import structlog
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from belvedere.pipeline.stream.kafka.clients import LOG_LEVEL, ask_topic_id

log = structlog.get_logger(__name__)

ASK_SECONDS = 1.0
FRESH_SECONDS = 1.0  # all partitions of a worker ask within one look


class TopicIdentity:
    """The id of the topic, asked of Kafka once a second at most. One thread."""

    def __init__(self, servers: Sequence[str], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._admin = AdminClient({"bootstrap.servers": ",".join(servers), "log_level": LOG_LEVEL})
        self._monotonic = monotonic
        self._asked_at = float("-inf")
        self._asked: Future[Any] | None = None
        self._known: str | None = None

    def find(self) -> str | None:
        """The id; None while Kafka does not say."""
        self._ask_now_and_then()
        self._take_answer()
        return self._known

    def is_other(self, topic_id: str) -> bool:
        """Whether Kafka has another topic, by its last answer: nobody waits here. Not while it does not say."""
        if self._asked is not None and self._asked.done():
            self._take_answer()
        self._ask_now_and_then()
        return self._known not in (None, topic_id)

    def _ask_now_and_then(self) -> None:
        if self._asked is None and self._monotonic() - self._asked_at >= FRESH_SECONDS:
            self._asked = ask_topic_id(self._admin, ASK_SECONDS)
            self._asked_at = self._monotonic()

    def _take_answer(self) -> None:
        """Wait for it, if one is due."""
        asked, self._asked = self._asked, None
        if asked is not None:
            try:
                self._known = str(asked.result(ASK_SECONDS + 1).topic_id)
            except (KafkaException, TimeoutError) as error:
                log.debug("topic_unknown", reason=str(error))
                self._known = None
