"""Reads the partitions that a worker holds, by one consumer without a group: leases and the fence decide who reads."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException, TopicPartition

from belvedere.pipeline.stream.port import RecordsLost

MAX_FETCH = 10_000  # messages at once, of all partitions
MOST_BUFFERED = 20_000  # messages of one partition: beyond that it is paused
ASK_SECONDS = 1.0  # while Kafka is away each look of a worker waits for so long


class Feed:
    """One thread. A partition's messages wait here for its outlet."""

    def __init__(self, consumer: Any, topic: str) -> None:
        self._consumer = consumer
        self._topic = topic
        self._buffers: dict[int, deque[Any]] = {}
        self._positions: dict[int, int | None] = {}
        self._paused: set[int] = set()
        self._lost: set[int] = set()

    def add(self, partition: int, position: int | None) -> None:
        """Read a partition from this offset on; None: from its beginning. What was buffered of it is dropped."""
        self.remove([partition])
        self._buffers[partition] = deque()
        self._positions[partition] = position
        offset = OFFSET_BEGINNING if position is None else position
        self._consumer.incremental_assign([TopicPartition(self._topic, partition, offset)])

    def remove(self, partitions: list[int]) -> None:
        """Read these no longer."""
        held = [partition for partition in partitions if partition in self._buffers]
        if held:
            self._consumer.incremental_unassign([TopicPartition(self._topic, partition) for partition in held])
        for partition in held:
            del self._buffers[partition], self._positions[partition]
            self._paused.discard(partition)
            self._lost.discard(partition)

    def close(self) -> None:
        """End the consumer."""
        self._consumer.close()

    def fetch(self, timeout_seconds: float) -> bool:
        """Wait for messages of any partition, at most so long, and buffer what is there; whether something came."""
        # `consume` would wait for its whole number or the whole time: so wait for one, then take what is there.
        first = self._consumer.poll(timeout_seconds)
        if first is None:
            return False
        self._put(first)
        for message in self._consumer.consume(MAX_FETCH, 0):
            self._put(message)
        return True

    def buffered(self, partition: int) -> deque[Any]:
        """The messages of a partition that wait. Raises RecordsLost."""
        if partition in self._lost:
            raise self._describe_loss(partition)
        buffer = self._buffers[partition]
        if partition in self._paused and not buffer:
            self._paused.discard(partition)
            self._consumer.resume([TopicPartition(self._topic, partition)])
        return buffer

    def ends(self) -> Mapping[int, int]:
        """Partition -> the offset that its next record will have, asked of Kafka now; only those that answer."""
        found = {}
        for partition in self._buffers:
            try:
                _, end = self._consumer.get_watermark_offsets(
                    TopicPartition(self._topic, partition), timeout=ASK_SECONDS
                )
            except KafkaException:
                break  # it does not answer: the others would only be waited for as well
            found[partition] = end
        return found

    def _put(self, message: Any) -> None:
        error, partition = message.error(), message.partition()
        buffer = self._buffers.get(partition)
        if buffer is None:
            return  # it came while the partition was removed
        if error is None:
            buffer.append(message)
            if len(buffer) >= MOST_BUFFERED and partition not in self._paused:
                self._paused.add(partition)
                self._consumer.pause([TopicPartition(self._topic, partition)])
        elif error.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):
            self._lost.add(partition)

    def _describe_loss(self, partition: int) -> RecordsLost:
        position = self._positions[partition] or 0
        first, end = self._consumer.get_watermark_offsets(TopicPartition(self._topic, partition), timeout=ASK_SECONDS)
        if first > position:
            return RecordsLost(
                f"{first - position} records of partition {partition} were deleted by Kafka's retention before a worker"
                f" had stored them: set its next_offset to {first} to go on without them."
            )
        return RecordsLost(
            f"Partition {partition} ends at {end}, and {position} was stored: the topic was made anew. Set its"
            f" next_offset to {first} to read the new one from its beginning."
        )
