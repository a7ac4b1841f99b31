"""Where the partitions of the topic end: one question for all of them, which nobody waits for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from belvedere.pipeline.stream.kafka.clients import LOG_LEVEL

ASK_SECONDS = 3.0  # the first question of a client takes more than one second, in which it connects


class StreamEnds:
    """One thread. It has a connection of its own: on a consumer's each question waits until a fetch is answered."""

    def __init__(self, servers: Sequence[str], topic: str) -> None:
        self._servers = servers
        self._topic = topic
        self._admin = self._connect()
        self._asked: dict[int, Future[Any]] = {}

    def _connect(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": ",".join(self._servers), "log_level": LOG_LEVEL})

    def ask(self, partitions: Iterable[int]) -> bool:
        """Ask for these; False where an earlier question is not answered yet, so that this one is not asked."""
        if self._asked:
            return False
        wanted = {TopicPartition(self._topic, partition): OffsetSpec.latest() for partition in partitions}
        if wanted:
            answers = self._admin.list_offsets(wanted, request_timeout=ASK_SECONDS)
            self._asked = {place.partition: answer for place, answer in answers.items()}
        return True

    def take_answer(self) -> Mapping[int, int]:
        """Partition -> the offset that its next record will have, once; empty before the answer, and without one."""
        if not all(answer.done() for answer in self._asked.values()):
            return {}
        asked, self._asked = self._asked, {}
        ends = {partition: answer.result().offset for partition, answer in asked.items() if not answer.exception()}
        if asked and not ends:
            # "No leaders found", for ever: librdkafka 2.16 does not look for them again once Kafka was away.
            self._admin = self._connect()
        return ends
