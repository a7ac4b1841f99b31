"""`belvedere resume`: which partitions cannot go on because Kafka has lost records, and how they go on without them."""

from __future__ import annotations

from typing import NamedTuple

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from belvedere.config.settings.env import ConfigurationError, Env, StartError
from belvedere.pipeline.stream.kafka.clients import LOG_LEVEL, TOPIC, StreamUnusable, check_topic, find_topic_id
from belvedere.pipeline.stream.kafka.losses import Loss, find_loss
from belvedere.readings.store.cluster.mysql import MySql
from belvedere.readings.store.cluster.place import Place, load_places, move
from belvedere.readings.store.port import StoreBroken, StoreUnavailable

ASK_SECONDS = 10.0


class Halted(NamedTuple):
    """A partition that cannot go on. topic_id: of the topic that Kafka has now."""

    place: Place
    loss: Loss
    topic_id: str


def find_halted(env: Env, timeout_seconds: float = ASK_SECONDS) -> list[Halted]:
    """Compare the positions in the database with what Kafka has. Raises ConfigurationError or StartError."""
    admin = AdminClient({"bootstrap.servers": ",".join(env.kafka), "log_level": LOG_LEVEL})
    try:
        places = load_places(MySql(env.database))
        check_topic(admin, env.partitions)
        topic_id = find_topic_id(admin, timeout_seconds)
        firsts, ends = (
            _ask(admin, env, spec, timeout_seconds) for spec in (OffsetSpec.earliest(), OffsetSpec.latest())
        )
    except StoreBroken as error:
        raise ConfigurationError(str(error)) from error
    except (StoreUnavailable, StreamUnusable) as error:
        raise StartError(str(error)) from error
    except (KafkaException, TimeoutError) as error:
        raise StartError(f"Kafka cannot be asked: {error}.") from error
    halted = []
    for place in places:
        first, end = firsts[place.partition], ends[place.partition]
        is_same = place.topic_id in ("", topic_id)
        loss = find_loss(place.partition, place.next_offset, first, end, is_same_topic=is_same)
        if loss is not None:
            halted.append(Halted(place, loss, topic_id))
    return halted


def give_up_what_is_lost(env: Env, halted: list[Halted]) -> None:
    """Let these partitions go on with what Kafka has. Raises ConfigurationError or StartError."""
    mysql = MySql(env.database)
    try:
        for place, loss, topic_id in halted:
            if not move(mysql, place, loss.next_offset, topic_id):
                raise StartError(f"Partition {place.partition} has moved meanwhile: run `belvedere resume` again.")
    except StoreBroken as error:
        raise ConfigurationError(str(error)) from error
    except StoreUnavailable as error:
        raise StartError(str(error)) from error


def _ask(admin: AdminClient, env: Env, spec: OffsetSpec, timeout_seconds: float) -> dict[int, int]:
    asked = {TopicPartition(TOPIC, partition): spec for partition in range(env.partitions)}
    answers = admin.list_offsets(asked, request_timeout=timeout_seconds)
    return {place.partition: answer.result(timeout_seconds + 1).offset for place, answer in answers.items()}
