"""When the oldest record that waits came, of each partition."""

from __future__ import annotations

from typing import Any, NamedTuple

from confluent_kafka import KafkaError

from belvedere.pipeline.stream.kafka.clients import make_consumer
from belvedere.pipeline.stream.kafka.oldest import find_oldest, read_records
from belvedere.pipeline.stream.kafka.tests.broker import PATIENCE_SECONDS, TOPIC, start_broker


class Message(NamedTuple):
    number: int
    ms: int
    wrong: KafkaError | None = None

    def partition(self) -> int:
        return self.number

    def timestamp(self) -> tuple[int, int]:
        return 1, self.ms

    def error(self) -> KafkaError | None:
        return self.wrong


class Consumer:
    """Gives these, and then nothing; each poll of nothing takes as long as it may."""

    def __init__(self, *messages: Message) -> None:
        self._messages = list(messages)
        self.now = 0.0
        self.assigned: list[tuple[int, int]] = []

    def assign(self, places: list[Any]) -> None:
        self.assigned = [(place.partition, place.offset) for place in places]

    def unassign(self) -> None:
        self.assigned = []

    def pause(self, _places: list[Any]) -> None:
        """More of it may come all the same."""

    def resume(self, _places: list[Any]) -> None:
        """The broker of test_a_consumer_may_be_asked_again keeps what is paused."""

    def poll(self, timeout_seconds: float) -> Message | None:
        assert self.assigned == [(0, 7), (3, 0)]
        if self._messages:
            return self._messages.pop(0)
        self.now += timeout_seconds
        return None


def test_the_first_record_of_each_partition_tells_and_those_after_it_do_not() -> None:
    consumer = Consumer(Message(0, 111), Message(0, 222), Message(3, 333))
    assert find_oldest(consumer, "readings", {0: 7, 3: 0}, 3.0, lambda: consumer.now) == {0: 111, 3: 333}
    assert consumer.assigned == []


def test_what_kafka_does_not_tell_in_time_is_left_out() -> None:
    away = Message(3, 0, KafkaError(KafkaError._ALL_BROKERS_DOWN))
    consumer = Consumer(away, Message(0, 111))
    assert find_oldest(consumer, "readings", {0: 7, 3: 0}, 3.0, lambda: consumer.now) == {0: 111}
    assert consumer.now >= 3.0


def test_a_consumer_may_be_asked_again() -> None:
    producer, servers = start_broker()
    for value in (b"a", b"b"):
        producer.produce(TOPIC, value, partition=0)
    assert producer.flush(PATIENCE_SECONDS) == 0
    consumer = make_consumer(servers)
    for offset, value in ((0, b"a"), (1, b"b"), (0, b"a")):
        assert read_records(consumer, TOPIC, {0: offset}, PATIENCE_SECONDS)[0].value() == value
    consumer.close()
