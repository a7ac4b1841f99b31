"""When the first record that no worker has processed yet came, of each partition."""

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

    Where the record is gone it is the first that is left. consumer: one that reads nothing else.
    """
    found: dict[int, int] = {}
    deadline = monotonic() + timeout_seconds
    consumer.assign([TopicPartition(topic, partition, offset) for partition, offset in positions.items()])
    try:
        while len(found) < len(positions) and monotonic() < deadline:
            message = consumer.poll(LOOK_SECONDS)
            if message is None or message.error() is not None or message.partition() in found:
                continue
            _, found[message.partition()] = message.timestamp()
            consumer.pause([TopicPartition(topic, message.partition())])
    finally:
        consumer.unassign()
    return found
