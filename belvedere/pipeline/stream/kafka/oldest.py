"""Single records of partitions, read by a consumer that reads nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import TopicPartition

LOOK_SECONDS = 0.1


def find_oldest(
    consumer: Any,
    topic: str,
    positions: Mapping[int, int],
    timeout_seconds: float,
    monotonic: Callable[[], float] = time.monotonic,
) -> dict[int, int]:
    """Partition -> when its record at that position was sent, ms; only those that Kafka tells of in time.

    Where the record is gone it is the first that is left.
    """
    found = read_records(consumer, topic, positions, timeout_seconds, monotonic)
    return {partition: message.timestamp()[1] for partition, message in found.items()}


def read_records(
    consumer: Any,
    topic: str,
    positions: Mapping[int, int],
    timeout_seconds: float,
    monotonic: Callable[[], float] = time.monotonic,
) -> dict[int, Any]:
    """Partition -> the message at that position; only those that Kafka gives in time.

    Where it is gone, it is what the consumer's `auto.offset.reset` makes of it.
    """
    found: dict[int, Any] = {}
    deadline = monotonic() + timeout_seconds
    consumer.assign([TopicPartition(topic, partition, offset) for partition, offset in positions.items()])
    try:
        while len(found) < len(positions) and monotonic() < deadline:
            message = consumer.poll(LOOK_SECONDS)
            if message is None or message.error() is not None or message.partition() in found:
                continue
            found[message.partition()] = message
            consumer.pause([TopicPartition(topic, message.partition())])
    finally:
        # The client keeps the pause of a partition that it no longer reads.
        consumer.resume([TopicPartition(topic, partition) for partition in found])
        consumer.unassign()
    return found
