"""What an outlet does with messages that no worker can process, and with those who wait for an outcome."""

from __future__ import annotations

from collections import deque
from typing import Any, cast

import pytest

from belvedere.domain.reading import Outcome
from belvedere.pipeline.stream.kafka import outlet as module
from belvedere.pipeline.stream.kafka.feed import Feed
from belvedere.pipeline.stream.kafka.outlet import KafkaOutlet
from belvedere.pipeline.stream.kafka.wire import Reply, encode_record
from belvedere.pipeline.stream.port import Record, Taken
from tests.contract.streams import Device, record_of

FIRST_OFFSET = 100
STORED = Outcome(1, 0, [])


class Message:
    def __init__(self, value: bytes, offset: int) -> None:
        self._value = value
        self._offset = offset

    def __len__(self) -> int:
        return len(self._value)

    def value(self) -> bytes:
        return self._value

    def offset(self) -> int:
        return self._offset


class Partition:
    """One partition, whose worker ends and is started again; what lasts is the position, the attempts, the buried."""

    def __init__(self) -> None:
        self.device = Device("d0")
        self.values: list[bytes] = []
        self.position: int | None = None
        self.attempts = 0
        self.buried: list[int] = []
        self.replies: list[tuple[Reply, Outcome]] = []

    def put(self, value: bytes | None = None, reply: Reply | None = None) -> None:
        number = len(self.values)
        self.values.append(value if value is not None else encode_record(record_of(number, self.device, 0), reply))

    def open(self) -> KafkaOutlet:
        start = 0 if self.position is None else self.position - FIRST_OFFSET
        waiting = deque(Message(value, FIRST_OFFSET + at) for at, value in enumerate(self.values) if at >= start)

        class Waiting:
            def buffered(self, _partition: int) -> deque[Message]:
                return waiting

            def fetch(self, _timeout_seconds: float) -> bool:
                return False

        feed = cast("Feed", Waiting())
        return KafkaOutlet(feed, 0, self.position, self.find, self, self.set_aside, self)

    def commit(self, outlet: KafkaOutlet, taken: Taken) -> None:
        self.position = taken.position
        outlet.settle(taken, [STORED] * len(taken.records))

    def find(self, device_id: str, data_key: str) -> Device | None:
        return self.device if data_key == self.device.data_key else None

    def send(self, reply: Reply, outcome: Outcome) -> None:
        self.replies.append((reply, outcome))

    def set_aside(self, message: Any, _reason: str) -> None:
        self.buried.append(message.offset())

    def begin(self) -> int:
        self.attempts += 1
        return self.attempts

    def end(self) -> None:
        self.attempts = 0


@pytest.fixture
def partition() -> Partition:
    return Partition()


def numbers(records: list[Record]) -> list[int]:
    return [int(record.body) for record in records]


def test_the_position_goes_past_what_is_unreadable_or_of_a_deleted_device(partition: Partition) -> None:
    partition.put()
    partition.put(b"what nobody wrote")
    stranger = record_of(2, Device("gone"), 0)
    partition.put(encode_record(stranger, Reply("web", 5)))
    taken = partition.open().take(0)
    assert (numbers(taken.records), taken.position, partition.buried) == ([0], 103, [101])
    assert partition.replies == [(Reply("web", 5), Outcome(0, 0, []))]


def test_where_nothing_new_came_there_is_no_position_to_commit(partition: Partition) -> None:
    partition.put()
    outlet = partition.open()
    partition.commit(outlet, outlet.take(0))
    assert outlet.take(0) == Taken([], [])


def test_whoever_waits_for_an_outcome_is_answered_after_the_commit(partition: Partition) -> None:
    partition.put()
    partition.put(reply=Reply("web", 7))
    outlet = partition.open()
    taken = outlet.take(0)
    assert partition.replies == []
    outlet.settle(taken, [STORED, Outcome(0, 1, [])])
    assert partition.replies == [(Reply("web", 7), Outcome(0, 1, []))]


def test_a_record_that_fails_is_kept_aside_alone(partition: Partition) -> None:
    partition.put()
    partition.put()
    outlet = partition.open()
    first, second = outlet.take(0).singly()
    outlet.settle(first, [STORED])
    outlet.fail(second)
    assert partition.buried == [101]


def test_a_record_that_crashes_the_worker_each_time_ends_aside_and_all_others_are_stored(partition: Partition) -> None:
    for _ in range(5):
        partition.put()
    stored: list[int] = []
    crashes = 0
    while partition.position != FIRST_OFFSET + 5:
        outlet = partition.open()
        while (taken := outlet.take(0)).position is not None:
            if 2 in numbers(taken.records):
                crashes += 1
                break  # the process is gone; nothing of the batch is stored
            stored += numbers(taken.records)
            partition.commit(outlet, taken)
    assert (stored, partition.buried) == ([0, 1, 3, 4], [102])
    assert crashes <= 3 * (module.TRIES_TOGETHER + module.TRIES_ALONE)


def test_attempts_that_ended_with_an_error_do_not_count_as_crashes(partition: Partition) -> None:
    partition.put()
    for _ in range(20):
        outlet = partition.open()
        outlet.take(0)
        outlet.end_attempt()  # the store did not answer
    assert partition.buried == []
