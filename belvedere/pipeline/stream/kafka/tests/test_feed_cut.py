"""Whether a feed notices that Kafka has lost the end of a log and given its offsets to other records."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from confluent_kafka import KafkaError

from belvedere.pipeline.stream.kafka import feed as module
from belvedere.pipeline.stream.kafka.feed import Feed
from belvedere.pipeline.stream.port import RecordsLost


class Message(NamedTuple):
    at: int
    epoch: int | None = None
    wrong: KafkaError | None = None

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self.at

    def leader_epoch(self) -> int | None:
        return self.epoch

    def error(self) -> KafkaError | None:
        return self.wrong


class Log:
    """One partition, and the consumer that reads it. epochs: of the records. first: the first offset that is left."""

    def __init__(self, *epochs: int) -> None:
        self.epochs = list(epochs)
        self.first = 0
        self.next: int | None = None
        self.is_paused = False
        self.asked: list[int] = []

    def cut(self, end: int, *epochs: int) -> None:
        """Lose all from `end` on, and take others."""
        self.epochs[end:] = epochs

    def incremental_assign(self, places: list[Any]) -> None:
        (place,) = places
        self.next = place.offset
        self.asked.append(place.offset)

    def incremental_unassign(self, _places: list[Any]) -> None:
        self.next = None

    def pause(self, _places: list[Any]) -> None:
        self.is_paused = True

    def resume(self, _places: list[Any]) -> None:
        self.is_paused = False

    def get_watermark_offsets(self, _place: Any, timeout: float) -> tuple[int, int]:
        assert timeout > 0
        return self.first, len(self.epochs)

    def poll(self, _timeout_seconds: float) -> Message | None:
        return next(iter(self.consume(1, 0.0)), None)

    def consume(self, most: int, _timeout_seconds: float) -> list[Message]:
        if self.next is None or self.is_paused:
            return []
        if not self.first <= self.next <= len(self.epochs):
            self.next = None
            return [Message(-1, wrong=KafkaError(KafkaError._AUTO_OFFSET_RESET))]
        begin, self.next = self.next, min(self.next + most, len(self.epochs))
        return [Message(at, self.epochs[at]) for at in range(begin, self.next)]


def take(feed: Feed) -> list[int]:
    """The offsets that come now. Raises RecordsLost."""
    taken: list[int] = []
    while True:
        came = feed.fetch(0.0)
        waiting = feed.buffered(0)
        taken += [message.offset() for message in waiting]
        waiting.clear()
        if not came:
            return taken


def open_feed(log: Log, position: int | None, epoch: int | None) -> Feed:
    feed = Feed(log, "readings")
    feed.add(0, position, epoch)
    return feed


@pytest.mark.parametrize(("position", "epoch"), [(None, None), (0, None), (3, None), (3, 5), (4, 6), (5, 6)])
def test_what_follows_the_last_record_is_given(position: int | None, epoch: int | None) -> None:
    log = Log(5, 5, 5, 6, 6)
    assert take(open_feed(log, position, epoch)) == list(range(position or 0, 5))


@pytest.mark.parametrize("position", [3, 4])
@pytest.mark.parametrize("after", [0, 1, 30])
def test_records_in_the_place_of_those_that_were_stored_are_not_taken_for_what_follows(
    position: int, after: int
) -> None:
    log = Log(5, 5, 5, 5)
    log.cut(2, *[7] * (position - 2 + after))
    with pytest.raises(RecordsLost, match=f"has another record at {position - 1} than the one that was stored"):
        take(open_feed(log, position, 5))


def test_a_log_that_ends_where_the_last_record_was_is_noticed_with_the_next_one() -> None:
    log = Log(5, 5, 5)
    feed = open_feed(log, 4, 5)
    assert take(feed) == []
    log.cut(3, 6)
    with pytest.raises(RecordsLost, match="another record at 3"):
        take(feed)


def test_a_log_that_ends_before_the_last_record_is_told() -> None:
    with pytest.raises(RecordsLost, match="ends at 2, and 4 was stored"):
        take(open_feed(Log(5, 5), 4, 5))


def test_a_new_leader_that_has_all_records_changes_nothing() -> None:
    log = Log(5, 5)
    feed = open_feed(log, 2, 5)
    assert take(feed) == []
    log.epochs += [6, 6, 8]
    assert take(feed) == [2, 3, 4]
    assert log.asked == [1, 1, 3]  # the record before the first of each leader, and at the beginning


def test_what_came_before_the_cut_is_given_and_nothing_after_it() -> None:
    log = Log(5, 5, 5)
    feed = open_feed(log, 1, 5)
    feed.fetch(0.0)  # the answer
    feed.fetch(0.0)  # what waits then
    log.cut(2, 6, 6, 6)
    feed.fetch(0.0)
    waiting = feed.buffered(0)
    assert [message.offset() for message in waiting] == [1, 2]
    waiting.clear()
    with pytest.raises(RecordsLost, match="another record at 2"):
        take(feed)


def test_a_cut_between_two_looks_is_noticed_too() -> None:
    log = Log(5, 5)
    feed = open_feed(log, 2, 5)
    feed.fetch(0.0)
    log.epochs += [6]
    feed.fetch(0.0)  # there is a new leader: the last record is asked for
    log.cut(1, 7, 7, 7)
    with pytest.raises(RecordsLost, match="another record at 1"):
        take(feed)


def test_a_record_that_retention_has_deleted_once_it_was_stored_is_no_loss() -> None:
    log = Log(5, 5, 5)
    log.first = 3
    feed = open_feed(log, 3, 5)
    take(feed)
    log.epochs += [6]
    assert take(feed) == [3]


def test_records_that_retention_has_deleted_and_nobody_had_stored_are_told() -> None:
    log = Log(5, 5, 5)
    log.first = 2
    with pytest.raises(RecordsLost, match=r"1 records of partition 0 \(offsets 1 to 1\)"):
        take(open_feed(log, 1, 5))


def test_a_new_leader_is_looked_at_while_the_buffer_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BUFFERED", 3)
    log = Log(5, 5, 5, 6, 6)
    assert take(open_feed(log, None, None)) == [0, 1, 2, 3, 4]
