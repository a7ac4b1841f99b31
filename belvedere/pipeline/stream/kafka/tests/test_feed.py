"""Which records a worker gets of the partitions that it holds. On the broker that librdkafka brings for tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from belvedere.pipeline.stream.kafka import feed as module
from belvedere.pipeline.stream.kafka.clients import make_consumer
from belvedere.pipeline.stream.kafka.feed import Feed
from belvedere.pipeline.stream.kafka.tests.broker import PATIENCE_SECONDS, TOPIC, start_broker
from belvedere.pipeline.stream.port import RecordsLost


class Stream:
    """A producer, which brings the broker, and a feed."""

    def __init__(self) -> None:
        self.producer, servers = start_broker()
        self.feed = Feed(make_consumer(servers), TOPIC)

    def put(self, partition: int, *values: bytes) -> None:
        for value in values:
            self.producer.produce(TOPIC, value, partition=partition)
        assert self.producer.flush(PATIENCE_SECONDS) == 0

    def until(self, done: Callable[[], Any]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not done():
            assert time.monotonic() < deadline
            self.feed.fetch(0.02)

    def values(self, partition: int) -> list[bytes]:
        return [message.value() for message in self.feed.buffered(partition)]


@pytest.fixture
def stream() -> Iterator[Stream]:
    made = Stream()
    yield made
    made.feed.close()


def test_a_partition_is_read_from_the_position_that_the_store_keeps(stream: Stream) -> None:
    stream.put(0, b"a", b"b", b"c")
    stream.put(1, b"x")
    stream.feed.add(0, 1)
    stream.feed.add(1, None)
    stream.until(lambda: len(stream.values(0)) == 2 and stream.values(1))
    assert (stream.values(0), stream.values(1)) == ([b"b", b"c"], [b"x"])


def test_a_partition_that_is_added_again_goes_back_and_the_others_go_on(stream: Stream) -> None:
    stream.put(0, b"a", b"b")
    stream.put(1, b"x")
    stream.feed.add(0, None)
    stream.feed.add(1, None)
    stream.until(lambda: len(stream.values(0)) == 2 and stream.values(1))
    stream.feed.add(0, 1)
    stream.put(1, b"y")
    stream.until(lambda: stream.values(0) and len(stream.values(1)) == 2)
    assert (stream.values(0), stream.values(1)) == ([b"b"], [b"x", b"y"])


def test_a_partition_that_is_removed_brings_nothing_more(stream: Stream) -> None:
    stream.feed.add(0, None)
    stream.feed.add(1, None)
    stream.feed.remove([0])
    stream.put(0, b"a")
    stream.put(1, b"x")
    stream.until(lambda: stream.values(1))
    with pytest.raises(KeyError):
        stream.values(0)


def test_a_position_that_kafka_does_not_have_is_told_and_no_record_is_given_in_its_place(stream: Stream) -> None:
    stream.put(0, b"a")
    stream.feed.add(0, 50)

    def told() -> str:
        try:
            assert stream.values(0) == []
        except RecordsLost as error:
            return str(error)
        return ""

    stream.until(told)
    assert "ends at 1, and 50 was stored" in told()
    assert "`belvedere resume`" in told()


def test_a_worker_that_is_behind_holds_a_bounded_number_of_messages(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BUFFERED", 10)
    monkeypatch.setattr(module, "MAX_FETCH", 5)
    stream.put(0, *(b"%d" % n for n in range(200)))
    stream.feed.add(0, None)
    seen: list[bytes] = []

    def take() -> bool:
        buffer = stream.feed.buffered(0)
        assert len(buffer) < 10 + 5 + 1
        if len(buffer) >= 10:
            for _ in range(20):
                stream.feed.fetch(0.0)
            assert len(stream.feed.buffered(0)) < 10 + 5 + 1
        seen.extend(message.value() for message in buffer)
        buffer.clear()
        return len(seen) == 200

    stream.until(take)
    assert seen == [b"%d" % n for n in range(200)]


def test_a_worker_that_is_behind_with_large_messages_holds_a_bounded_number_of_bytes(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    monkeypatch.setattr(module, "MAX_FETCH", 1)
    stream.put(0, *(b"%d" % n * 400 for n in range(9)))
    stream.feed.add(0, None)
    seen: list[bytes] = []
    while len(seen) < 9:
        stream.until(lambda: len(stream.feed.buffered(0)) >= min(3, 9 - len(seen)))
        for _ in range(20):
            stream.feed.fetch(0.0)
        buffer = stream.feed.buffered(0)
        assert sum(len(message.value()) for message in buffer) <= 1000 + 2 * 400
        seen.extend(message.value()[:1] for message in buffer)
        buffer.clear()
    assert seen == [b"%d" % n for n in range(9)]


def test_a_partition_that_was_removed_while_its_buffer_was_full_is_read_again(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BUFFERED", 10)
    monkeypatch.setattr(module, "MAX_FETCH", 5)
    stream.put(0, *(b"%d" % n for n in range(50)))
    stream.feed.add(0, None)
    stream.until(lambda: len(stream.feed.buffered(0)) >= 10)
    stream.feed.add(0, 20)
    stream.until(lambda: stream.values(0))
    assert stream.values(0)[0] == b"20"
