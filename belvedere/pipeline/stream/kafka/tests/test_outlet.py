"""What an outlet does with messages that no worker can process, and with those who wait for an outcome."""

from __future__ import annotations

from collections import deque
from typing import Any, cast

import pytest

from belvedere.domain.details import Said, read_detail
from belvedere.domain.reading import Outcome, Reason
from belvedere.pipeline.stream.kafka import outlet as module
from belvedere.pipeline.stream.kafka.feed import Feed
from belvedere.pipeline.stream.kafka.outlet import KafkaOutlet
from belvedere.pipeline.stream.kafka.wire import Reply, encode_record
from belvedere.pipeline.stream.port import Record, Taken
from belvedere.readings.store.port import StoreUnavailable
from tests.contract.streams import Device, record_of

FIRST_OFFSET = 100
EPOCH_OF_0 = 7  # each record has another one here
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

    def leader_epoch(self) -> int:
        return EPOCH_OF_0 + self._offset


class Partition:
    """One partition, whose worker ends and is started again; what lasts is the position, the attempts, the buried.

    stored, refused: numbers of records. is_refusing: Kafka takes no dead letter now.
    """

    def __init__(self) -> None:
        self.device = Device("d0")
        self.values: list[bytes] = []
        self.position: int | None = None
        self.attempts = 0
        self.buried: list[int] = []
        self.stored: list[int] = []
        self.refused: list[int] = []
        self.is_refusing = False
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
        of_last = None if taken.position is None else EPOCH_OF_0 + taken.position - 1
        assert taken.epoch == of_last, "the epoch is of the record before the position"
        self.position = taken.position
        self.stored += [number_of(record) for record in taken.records if not is_refused(record)]
        self.refused += [number_of(record) for record in taken.records if is_refused(record)]
        outlet.settle(taken, [STORED] * len(taken.records))

    def run(self, *poison: int) -> int:
        """Workers process it, one after the other, until one is at its end; gives how many these records have ended."""
        crashes = 0
        while self.position != FIRST_OFFSET + len(self.values):
            outlet = self.open()
            try:
                while (taken := outlet.take(0)).position is not None:
                    if any(number_of(record) in poison for record in taken.records if not is_refused(record)):
                        crashes += 1
                        break  # the process is gone; nothing of the batch is stored
                    self.commit(outlet, taken)
            except StoreUnavailable:
                outlet.take_back_attempt()
                self.is_refusing = False
            assert crashes < 100, "it never ends"
        return crashes

    def find(self, device_id: str, data_key: str) -> Device | None:
        return self.device if data_key == self.device.data_key else None

    def send(self, reply: Reply, outcome: Outcome) -> None:
        self.replies.append((reply, outcome))

    def set_aside(self, message: Any, _reason: str) -> None:
        if self.is_refusing:
            raise StoreUnavailable("Kafka is away")
        self.buried.append(message.offset())

    def begin(self) -> int:
        self.attempts += 1
        return self.attempts

    def end(self) -> None:
        self.attempts = 0

    def take_back(self, begun: int) -> None:
        if self.attempts == begun:
            self.attempts -= 1


@pytest.fixture
def partition() -> Partition:
    return Partition()


def number_of(record: Record) -> int:
    return int(record.body)


def is_refused(record: Record) -> bool:
    return Reason.SERVER_FAILED in {one.reason for one in record.rejected}


def test_the_position_goes_past_what_is_unreadable_or_of_a_deleted_device(partition: Partition) -> None:
    partition.put()
    partition.put(b"what nobody wrote")
    stranger = record_of(2, Device("gone"), 0)
    partition.put(encode_record(stranger, Reply("web", 5)))
    taken = partition.open().take(0)
    assert ([number_of(one) for one in taken.records], taken.position, partition.buried) == ([0], 103, [101])
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


@pytest.mark.parametrize("failing", [0, 1])
def test_a_record_that_fails_is_kept_aside_alone_and_is_refused(partition: Partition, failing: int) -> None:
    partition.put()
    partition.put(reply=Reply("web", 7))
    outlet = partition.open()
    for number, single in enumerate(outlet.take(0).singly()):
        refused = outlet.fail(single) if number == failing else single
        assert refused is not None
        partition.commit(outlet, refused)
        if number == failing:
            assert [one.reason for one in refused.records[0].rejected] == [Reason.SERVER_FAILED]
            assert refused.position == FIRST_OFFSET + number + 1
            assert outlet.fail(refused) is None, "it is kept aside already"
    assert (partition.stored, partition.refused, partition.buried) == ([1 - failing], [failing], [100 + failing])
    assert len(partition.replies) == 1


@pytest.mark.parametrize("poison", [(2,), (2, 3), (0, 1, 40)])
def test_records_that_crash_the_worker_each_time_end_aside_and_in_quarantine_and_all_others_are_stored(
    partition: Partition, poison: tuple[int, ...]
) -> None:
    for _ in range(50):
        partition.put()
    crashes = partition.run(*poison)
    assert partition.stored == [number for number in range(50) if number not in poison]
    assert (partition.refused, partition.buried) == (list(poison), [FIRST_OFFSET + number for number in poison])
    assert crashes == len(poison) * (module.TRIES_TOGETHER + module.TRIES_ALONE)


def test_records_are_taken_together_again_once_all_that_may_be_at_fault_were_alone(
    partition: Partition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_BATCH", 4)
    for _ in range(10):
        partition.put()
    partition.attempts = module.TRIES_TOGETHER + 1
    outlet = partition.open()
    sizes = []
    while (taken := outlet.take(0)).records:
        sizes.append(len(taken.records))
        partition.commit(outlet, taken)
    assert (sizes, partition.attempts) == ([1, 1, 1, 1, 4, 2], 0)


def test_while_kafka_takes_no_dead_letter_the_record_is_not_begun_with_again(partition: Partition) -> None:
    partition.put()
    partition.is_refusing = True
    assert partition.run(0) == module.TRIES_TOGETHER + module.TRIES_ALONE
    assert (partition.refused, partition.buried) == ([0], [FIRST_OFFSET])


def test_what_is_refused_is_not_decoded_and_goes_to_quarantine_also_where_it_came_from_there(
    partition: Partition, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = record_of(0, partition.device, 0)
    record.from_quarantine = True
    partition.put(encode_record(record))
    partition.attempts = module.TRIES_TOGETHER + module.TRIES_ALONE
    monkeypatch.setattr(module, "decode_record", None)
    (refused,) = partition.open().take(0).records
    assert (refused.body, refused.readings, refused.from_quarantine) == (record.body, [], False)
    assert [one.detail for one in refused.rejected] == [
        "The server's process ended 6 times while it processed this message."
    ]
    assert read_detail(refused.rejected[0].detail) == [Said("process_ended", {"count": "6"})]


def test_after_a_refused_record_that_cannot_be_committed_the_next_one_is_not_blamed(partition: Partition) -> None:
    partition.put()
    partition.put()
    partition.attempts = module.TRIES_TOGETHER + module.TRIES_ALONE
    outlet = partition.open()
    assert outlet.fail(outlet.take(0)) is None
    partition.commit(outlet, outlet.take(0))
    assert (partition.stored, partition.buried) == ([1], [FIRST_OFFSET])


def test_attempts_that_ended_with_an_error_do_not_count_as_crashes(partition: Partition) -> None:
    partition.put()
    partition.attempts = 2  # and what did is not forgotten
    for _ in range(20):
        outlet = partition.open()
        outlet.take(0)
        outlet.take_back_attempt()  # the store did not answer
    assert (partition.buried, partition.attempts) == ([], 2)
