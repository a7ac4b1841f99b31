"""The broker that librdkafka brings for tests."""

from __future__ import annotations

from typing import Any

from belvedere.pipeline.stream.kafka.clients import make_producer

PATIENCE_SECONDS = 20.0
TOPIC = "readings"  # of four partitions, as that broker makes topics


def start_broker() -> tuple[Any, list[str]]:
    """Return a producer, with which the broker lives, and the broker's addresses."""
    producer = make_producer((), lambda _error: None, **{"test.mock.num.brokers": 1})
    broker = next(iter(producer.list_topics(TOPIC, timeout=PATIENCE_SECONDS).brokers.values()))
    return producer, [f"{broker.host}:{broker.port}"]
