"""Reads the partitions that a worker holds, by one consumer without a group: leases and the fence decide who reads."""

from __future__ import annotations

from collections import deque
from typing import Any

from confluent_kafka import KafkaError, TopicPartition

from belvedere.pipeline.stream.kafka.losses import REMEDY, find_loss
from belvedere.pipeline.stream.port import RecordsLost

MAX_FETCH = 10_000  # messages at once, of all partitions
MOST_BUFFERED = 20_000  # messages of one partition: beyond that it is paused
ASK_SECONDS = 1.0


class Feed:
    """One thread. A partition's messages wait here for its outlet."""

    def __init__(self, consumer: Any, topic: str) -> None:
        self._consumer = consumer
        self._topic = topic
        self._buffers: dict[int, deque[Any]] = {}
        self._positions: dict[int, int] = {}
        self._paused: set[int] = set()
        self._lost: set[int] = set()

    def add(self, partition: int, position: int | None) -> None:
        """Read a partition from this offset on; None: from its first record. What was buffered of it is dropped."""
        self.remove([partition])
        self._buffers[partition] = deque()
        # Not from where Kafka's records begin now: what it has deleted before anybody read it is lost as well.
        offset = self._positions[partition] = position or 0
        self._consumer.incremental_assign([TopicPartition(self._topic, partition, offset)])

    def remove(self, partitions: list[int]) -> None:
        """Read these no longer."""
        held = [partition for partition in partitions if partition in self._buffers]
        self._resume([partition for partition in held if partition in self._paused])
        if held:
            self._consumer.incremental_unassign([TopicPartition(self._topic, partition) for partition in held])
        for partition in held:
            del self._buffers[partition], self._positions[partition]
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
            self._resume([partition])
        return buffer

    def _resume(self, partitions: list[int]) -> None:
        # Before they are removed too: the client keeps the pause of a partition that it no longer reads.
        if partitions:
            self._consumer.resume([TopicPartition(self._topic, partition) for partition in partitions])
            self._paused.difference_update(partitions)

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
        position = self._positions[partition]
        first, end = self._consumer.get_watermark_offsets(TopicPartition(self._topic, partition), timeout=ASK_SECONDS)
        loss = find_loss(partition, position, first, end, is_same_topic=True)
        if loss is None:
            return RecordsLost(f"Kafka refused to give partition {partition} from {position} on; it is asked again.")
        return RecordsLost(f"{loss.sentence} {REMEDY}")
