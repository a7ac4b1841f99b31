"""`belvedere resume`: which partitions cannot go on because Kafka has lost records, and how they go on without them."""

from __future__ import annotations

from typing import Any, NamedTuple

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from belvedere.config.settings.env import ConfigurationError, Env, StartError
from belvedere.pipeline.stream.kafka.clients import (
    LOG_LEVEL,
    TOPIC,
    StreamUnusable,
    check_topic,
    find_topic_id,
    make_consumer,
)
from belvedere.pipeline.stream.kafka.losses import Loss, find_cut, find_loss
from belvedere.pipeline.stream.kafka.oldest import read_records
from belvedere.readings.store.cluster.mysql import MySql
from belvedere.readings.store.cluster.place import Place, load_places, move
from belvedere.readings.store.port import StoreBroken, StoreUnavailable

ASK_SECONDS = 10.0


class Halted(NamedTuple):
    """A partition that cannot go on. topic_id: of the topic that Kafka has now. first, end: what that has of it."""

    place: Place
    loss: Loss
    topic_id: str
    first: int
    end: int


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
        same = [place for place in places if place.topic_id in ("", topic_id)]
        cut = _find_cut_off(env, same, firsts, ends, timeout_seconds)
    except StoreBroken as error:
        raise ConfigurationError(str(error)) from error
    except (StoreUnavailable, StreamUnusable) as error:
        raise StartError(str(error)) from error
    except (KafkaException, TimeoutError) as error:
        raise StartError(f"Kafka cannot be asked: {error}.") from error
    halted = []
    for place in places:
        first, end = firsts[place.partition], ends[place.partition]
        known = {"is_same_topic": place in same, "is_cut": place.partition in cut}
        loss = find_loss(place.partition, place.next_offset, first, end, **known)
        if loss is not None:
            halted.append(Halted(place, loss, topic_id, first, end))
    return halted


def _find_cut_off(
    env: Env, places: list[Place], firsts: dict[int, int], ends: dict[int, int], timeout_seconds: float
) -> set[int]:
    """The partitions in which another record has taken the place of the last one that was stored."""
    asked = {
        place.partition: place.next_offset - 1
        for place in places
        if place.epoch is not None
        and place.next_offset is not None
        and firsts[place.partition] < place.next_offset <= ends[place.partition]
    }
    consumer = _make_consumer(env)
    try:
        found = read_records(consumer, TOPIC, asked, timeout_seconds)
    finally:
        consumer.close()
    if len(found) < len(asked):
        raise TimeoutError("it gives no records")
    return {
        place.partition
        for place in places
        if (message := found.get(place.partition))
        and message.offset() == asked[place.partition]
        and message.leader_epoch() != place.epoch
    }


def give_up_what_is_lost(env: Env, halted: list[Halted]) -> None:
    """Let these partitions go on with what Kafka has. Raises ConfigurationError or StartError."""
    mysql, consumer = MySql(env.database), _make_consumer(env)
    try:
        for one in halted:
            next_offset = _search_cut(consumer, one) if one.loss.next_offset is None else one.loss.next_offset
            if not move(mysql, one.place, next_offset, one.topic_id):
                raise StartError(f"Partition {one.place.partition} has moved meanwhile: run `belvedere resume` again.")
    except (KafkaException, TimeoutError) as error:
        raise StartError(f"Kafka cannot be asked: {error}.") from error
    except StoreBroken as error:
        raise ConfigurationError(str(error)) from error
    except StoreUnavailable as error:
        raise StartError(str(error)) from error
    finally:
        consumer.close()


def _make_consumer(env: Env) -> Any:
    return make_consumer(env.kafka, **{"auto.offset.reset": "earliest"})


def _search_cut(consumer: Any, halted: Halted) -> int:
    """Where the partition's log was cut off. Raises TimeoutError."""
    place = halted.place

    def read_epoch(offset: int) -> int:
        found = read_records(consumer, TOPIC, {place.partition: offset}, ASK_SECONDS)
        if not found:
            raise TimeoutError("it gives no records")
        epoch: int | None = found[place.partition].leader_epoch()
        return -1 if epoch is None else epoch

    return find_cut(read_epoch, halted.first, min(place.next_offset or 0, halted.end), place.epoch)


def _ask(admin: AdminClient, env: Env, spec: OffsetSpec, timeout_seconds: float) -> dict[int, int]:
    asked = {TopicPartition(TOPIC, partition): spec for partition in range(env.partitions)}
    answers = admin.list_offsets(asked, request_timeout=timeout_seconds)
    return {place.partition: answer.result(timeout_seconds + 1).offset for place, answer in answers.items()}
