"""Where partitions end, as Kafka tells it. On the broker that librdkafka brings for tests."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import Future
from types import SimpleNamespace

import pytest
from confluent_kafka import KafkaException, TopicPartition

from belvedere.pipeline.stream.kafka import ends as module
from belvedere.pipeline.stream.kafka.clients import make_consumer
from belvedere.pipeline.stream.kafka.ends import StreamEnds
from belvedere.pipeline.stream.kafka.feed import Feed
from belvedere.pipeline.stream.kafka.tests.broker import PATIENCE_SECONDS, TOPIC, start_broker


class Stream:
    """Partition 0 has three records, partition 1 one, and a consumer waits for more of both."""

    def __init__(self) -> None:
        self.producer, self.servers = start_broker()
        self.put(0, 3)
        self.put(1, 1)
        self.ends = StreamEnds(self.servers, TOPIC)

    def put(self, partition: int, records: int) -> None:
        for _ in range(records):
            self.producer.produce(TOPIC, b"record", partition=partition)
        assert self.producer.flush(PATIENCE_SECONDS) == 0

    def wait_for_answer(self, *partitions: int) -> Mapping[int, int]:
        """Asks again where no answer came in time, as workers do each second: that happens on a busy machine."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (told := self.ends.take_answer()):
            assert time.monotonic() < deadline
            time.sleep(0.001)
            self.ends.ask(partitions)
        return told


@pytest.fixture
def stream() -> Stream:
    return Stream()


def test_the_ends_of_all_partitions_are_told_once_for_each_question(stream: Stream) -> None:
    assert stream.ends.take_answer() == {}
    assert stream.ends.ask([0, 1, 2])
    assert stream.wait_for_answer(0, 1, 2) == {0: 3, 1: 1, 2: 0}
    assert stream.ends.take_answer() == {}


def test_an_answer_is_of_after_its_question_and_no_second_one_is_asked_meanwhile(stream: Stream) -> None:
    assert stream.ends.ask([0])
    assert not stream.ends.ask([0, 1])
    assert stream.wait_for_answer(0) == {0: 3}
    stream.put(0, 2)
    assert stream.ends.ask([0])
    assert stream.wait_for_answer(0) == {0: 5}


def test_nothing_is_asked_for_no_partition(stream: Stream) -> None:
    assert stream.ends.ask([])
    assert stream.ends.take_answer() == {}
    assert stream.ends.ask([1])
    assert stream.wait_for_answer(1) == {1: 1}


def test_no_answer_waits_for_the_records_that_a_consumer_waits_for(stream: Stream) -> None:
    """On the consumer's own connection each question waits until the fetch before it is answered."""
    feed = Feed(make_consumer(stream.servers, **{"fetch.wait.max.ms": 60_000}), TOPIC)
    feed.add(0, 3)
    assert not feed.fetch(0.5)
    began = time.monotonic()
    assert stream.ends.ask([0])
    assert stream.wait_for_answer(0) == {0: 3}
    assert time.monotonic() - began < PATIENCE_SECONDS / 2
    feed.close()


def test_where_kafka_is_away_there_is_no_answer_and_the_next_question_may_be_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "ASK_SECONDS", 0.1)
    ends = StreamEnds(["127.0.0.1:1"], TOPIC)
    assert ends.ask([0])
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not ends.ask([0]):
        assert time.monotonic() < deadline
        assert ends.take_answer() == {}
        time.sleep(0.001)


def test_after_a_question_that_failed_the_next_one_is_asked_by_a_client_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that has seen its server away fails for ever: tests/cluster/test_servers_killed.py restarts a real one."""
    made: list[object] = []

    class Client:
        def __init__(self, _settings: object) -> None:
            made.append(self)

        def list_offsets(self, wanted: Mapping[TopicPartition, object], **_: object) -> Mapping[TopicPartition, object]:
            answer: Future[object] = Future()
            if self is made[0]:
                answer.set_exception(KafkaException())
            else:
                answer.set_result(SimpleNamespace(offset=7))
            return dict.fromkeys(wanted, answer)

    monkeypatch.setattr(module, "AdminClient", Client)
    ends = StreamEnds([], TOPIC)
    for told in ({}, {0: 7}, {0: 7}):
        assert ends.ask([0])
        assert ends.take_answer() == told
    assert len(made) == 2
