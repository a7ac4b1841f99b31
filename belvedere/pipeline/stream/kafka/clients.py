"""Kafka's clients as this program sets them, and the topics that it needs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicCollection
from confluent_kafka.admin import AdminClient, NewTopic

from belvedere.pipeline.stream.kafka.durability import set_flushing

TOPIC = "belvedere.readings"
DEAD_LETTERS = "belvedere.dead-letters"
RETENTION_MS = 7 * 24 * 3_600_000  # how long workers may be away before readings are lost
REQUEST_SECONDS = 10.0
LOOK_SECONDS = 0.1
LOG_LEVEL = 2  # critical: each lost connection is told by the error callback once, not by each thread each time


class StreamUnusable(Exception):
    """Kafka has no topic that this program may use; the sentence says why and what to do."""

    permanent = True


def make_producer(servers: Sequence[str], on_error: Callable[[KafkaError], None], **more: Any) -> Producer:
    """A producer that reports a delivery once all replicas in sync have the record, and tries for ever."""
    return Producer(
        {
            "bootstrap.servers": ",".join(servers),
            "enable.idempotence": True,
            "acks": "all",
            "message.timeout.ms": 0,  # the sender decides how long it waits; an unknown outcome would be told as a loss
            # A PUBACK waits for it. Kafka's cost goes by requests, and by their batches, one a partition.
            "linger.ms": 5,
            "queue.buffering.max.messages": 0,  # the inlet counts bytes
            "queue.buffering.max.kbytes": 256 * 1024,
            "compression.type": "lz4",
            "error_cb": on_error,
            "log_level": LOG_LEVEL,
            **more,
        }
    )


def make_consumer(servers: Sequence[str], **more: Any) -> Consumer:
    """A consumer that is told its partitions and positions; the store keeps those, not Kafka."""
    return Consumer(
        {
            "bootstrap.servers": ",".join(servers),
            "group.id": "belvedere",  # demanded, and not used: nothing is subscribed to, nothing committed
            "enable.auto.commit": False,
            "auto.offset.reset": "error",  # a position that is not there any more means lost records
            # Without a least size Kafka answers for each record that comes, hundreds of times a second. A record waits
            # 50 ms at most for others, and what came together is committed together.
            "fetch.min.bytes": 16 * 1024,
            "fetch.wait.max.ms": 50,
            "queued.max.messages.kbytes": 4 * 1024,  # a partition
            "log_level": LOG_LEVEL,
            **more,
        }
    )


def prepare_topics(servers: Sequence[str], partitions: int, replicas: int = -1, flush: str = "auto") -> None:
    """Make the topics where they are missing, and say when they wait for the disk. Raises StreamUnusable.

    replicas: -1 = what Kafka's own configuration says. flush: always, never or auto, as in durability.py.
    """
    admin = AdminClient({"bootstrap.servers": ",".join(servers)})
    forever = {"retention.ms": "-1"}
    wanted = [
        NewTopic(
            TOPIC, partitions, replicas, config={"retention.ms": str(RETENTION_MS), "max.message.bytes": "1048588"}
        ),
        NewTopic(DEAD_LETTERS, 1, replicas, config=forever),
    ]
    # operation_timeout: until the servers have told each other of the topics.
    answers = admin.create_topics(wanted, operation_timeout=REQUEST_SECONDS, request_timeout=REQUEST_SECONDS)
    for answer in answers.values():
        try:
            answer.result(REQUEST_SECONDS + 5)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise StreamUnusable(f"Kafka at {servers[0]} makes no topic: {error.args[0].str()}.") from error
    made = _wait_for_topics(admin)
    check_topic(admin, partitions)
    try:
        set_flushing(admin, made, flush, REQUEST_SECONDS)
    except (KafkaException, TimeoutError) as error:
        raise StreamUnusable(
            f"Kafka at {servers[0]} does not take flush.messages for its topics ({error}), so a power cut may lose"
            " readings that were acknowledged: allow it, or choose BELVEDERE_KAFKA_FLUSH=never."
        ) from error


def _wait_for_topics(admin: AdminClient) -> dict[str, int]:
    """Topic -> its replicas. A server may answer for a moment that a topic is unknown, although it was made."""
    deadline = time.monotonic() + REQUEST_SECONDS
    while True:
        topics = admin.list_topics(timeout=REQUEST_SECONDS).topics
        known = [topics[name] for name in (TOPIC, DEAD_LETTERS) if name in topics and topics[name].partitions]
        if len(known) == 2 or time.monotonic() > deadline:
            return {one.topic: min(len(part.replicas) for part in one.partitions.values()) for one in known}
        time.sleep(LOOK_SECONDS)


def check_topic(client: Any, partitions: int) -> None:
    """Raises StreamUnusable where the topic is not there, or has another number of partitions than are set up."""
    try:
        topic = client.list_topics(TOPIC, timeout=REQUEST_SECONDS).topics[TOPIC]
    except KafkaException as error:
        raise StreamUnusable(f"Kafka cannot be asked: {error.args[0].str()}.") from error
    if topic.error is not None:
        raise StreamUnusable(f"Kafka has no topic {TOPIC}: run `belvedere migrate`.")
    if len(topic.partitions) != partitions:
        raise StreamUnusable(
            f"Kafka's topic {TOPIC} has {len(topic.partitions)} partitions, and {partitions} are set up:"
            " put BELVEDERE_PARTITIONS back."
        )


def find_topic_id(admin: AdminClient, timeout_seconds: float) -> str:
    """Return what tells the topic from another of the same name. Raises KafkaException."""
    return str(ask_topic_id(admin, timeout_seconds).result(timeout_seconds + 1).topic_id)


def ask_topic_id(admin: AdminClient, timeout_seconds: float) -> Future[Any]:
    """Ask for it; the answer has it as `topic_id`, or raises KafkaException."""
    answers = admin.describe_topics(TopicCollection([TOPIC]), request_timeout=timeout_seconds)
    asked: Future[Any] = answers[TOPIC]
    return asked
