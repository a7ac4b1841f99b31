"""Reads the partitions that a worker holds, by one consumer without a group: leases and the fence decide who reads.

An offset alone does not say which record it is. A server that was reset may have lost the end of its log, and gives the
offsets of what is gone to other records. So each partition keeps the leader epoch of the last record, which with its
offset no other record has. Where the epoch changes, and where reading begins, Kafka is asked for that record again.
"""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from typing import Any

from confluent_kafka import KafkaError, TopicPartition

from belvedere.pipeline.stream.kafka.losses import REMEDY, find_loss
from belvedere.pipeline.stream.port import RecordsLost

MAX_FETCH = 10_000  # messages at once, of all partitions
# Of one partition, since its buffer was last empty: beyond that it is paused until it is empty again.
MOST_BUFFERED = 20_000  # messages
MOST_BYTES = 8 * 1024 * 1024
ASK_SECONDS = 1.0
_REFUSALS = (KafkaError._AUTO_OFFSET_RESET, KafkaError._LOG_TRUNCATION, KafkaError.OFFSET_OUT_OF_RANGE)


class _State(Enum):
    """DOUBTED: the last record has to be asked for again. CHECKED: it was. CUT: Kafka has another one in its place."""

    READ = auto()
    DOUBTED = auto()
    CHECKED = auto()
    CUT = auto()


class _Reading:
    """One partition. offset, epoch: of the record before the next one; epoch None where it is not known.

    confirmed: the newest epoch for which that record is asked for again. is_refused: Kafka does not have what was
    asked for.
    """

    def __init__(self, position: int, epoch: int | None) -> None:
        self.offset = position - 1
        self.epoch = epoch
        self.confirmed = epoch
        self.state = _State.READ if epoch is None else _State.CHECKED
        self.is_refused = False
        self.is_paused = False
        self.buffer: deque[Any] = deque()
        self._bytes = 0

    @property
    def is_full(self) -> bool:
        """Whether nothing more is to be buffered."""
        return len(self.buffer) >= MOST_BUFFERED or self._bytes >= MOST_BYTES

    def begin_anew(self) -> None:
        """The buffer is empty."""
        self._bytes = 0

    def put(self, message: Any) -> None:
        """The next message that Kafka gave."""
        epoch = message.leader_epoch()
        if self.state is _State.CHECKED:
            is_same = (message.offset(), epoch) == (self.offset, self.epoch)
            self.state = _State.READ if is_same else _State.CUT
        elif self.state is _State.READ:
            if epoch != self.epoch and self.epoch is not None and epoch != self.confirmed:
                self.state, self.confirmed = _State.DOUBTED, epoch
            else:
                self.offset, self.epoch = message.offset(), epoch
                self.buffer.append(message)
                self._bytes += len(message)


class Feed:
    """One thread. A partition's messages wait here for its outlet."""

    def __init__(self, consumer: Any, topic: str) -> None:
        self._consumer = consumer
        self._topic = topic
        self._readings: dict[int, _Reading] = {}

    def add(self, partition: int, position: int | None, epoch: int | None = None) -> None:
        """Read a partition from this offset on; None: from its first record. What was buffered of it is dropped.

        epoch: of the record before; None where it is not known.
        """
        self.remove([partition])
        # Not from where Kafka's records begin now: what it has deleted before anybody read it is lost as well.
        reading = self._readings[partition] = _Reading(position or 0, epoch if position else None)
        self._assign(partition, reading)

    def remove(self, partitions: list[int]) -> None:
        """Read these no longer."""
        held = [partition for partition in partitions if partition in self._readings]
        self._unassign(held)
        for partition in held:
            del self._readings[partition]

    def close(self) -> None:
        """End the consumer."""
        self._consumer.close()

    def fetch(self, timeout_seconds: float) -> bool:
        """Wait for messages of any partition, at most so long, and buffer what is there; whether something came."""
        # `consume` would wait for its whole number or the whole time: so wait for one, then take what is there.
        first = self._consumer.poll(timeout_seconds)
        if first is None:
            return False
        self._put(first)
        for message in self._consumer.consume(MAX_FETCH, 0):
            self._put(message)
        for partition, reading in self._readings.items():
            if reading.state is _State.DOUBTED:  # not at once: what came with that message is no answer
                reading.state = _State.CHECKED
                self._unassign([partition])
                self._assign(partition, reading)
        return True

    def buffered(self, partition: int) -> deque[Any]:
        """The messages of a partition that wait. Raises RecordsLost, once those have been taken that came before."""
        reading = self._readings[partition]
        if not reading.buffer:
            if reading.is_refused or reading.state is _State.CUT:
                self._look_for_loss(partition, reading)
            reading.begin_anew()
            self._resume([partition])
        return reading.buffer

    def _assign(self, partition: int, reading: _Reading) -> None:
        offset = reading.offset if reading.state is _State.CHECKED else reading.offset + 1
        self._consumer.incremental_assign([TopicPartition(self._topic, partition, offset)])

    def _unassign(self, partitions: list[int]) -> None:
        self._resume(partitions)  # the client keeps the pause of a partition that it no longer reads
        if partitions:
            self._consumer.incremental_unassign([TopicPartition(self._topic, partition) for partition in partitions])

    def _resume(self, partitions: list[int]) -> None:
        paused = [partition for partition in partitions if self._readings[partition].is_paused]
        for partition in paused:
            self._readings[partition].is_paused = False
        if paused:
            self._consumer.resume([TopicPartition(self._topic, partition) for partition in paused])

    def _put(self, message: Any) -> None:
        error, partition = message.error(), message.partition()
        reading = self._readings.get(partition)
        if reading is None:
            return  # it came while the partition was removed
        if error is None:
            reading.put(message)
            if reading.is_full and not reading.is_paused:
                reading.is_paused = True
                self._consumer.pause([TopicPartition(self._topic, partition)])
        elif error.code() in _REFUSALS:
            reading.is_refused = True

    def _look_for_loss(self, partition: int, reading: _Reading) -> None:
        """Raise RecordsLost, but where only retention has deleted what was asked for again."""
        position = reading.offset + 1
        first, end = self._consumer.get_watermark_offsets(TopicPartition(self._topic, partition), timeout=ASK_SECONDS)
        is_cut = reading.state is _State.CUT
        loss = find_loss(partition, position, first, end, is_same_topic=True, is_cut=is_cut)
        if loss is not None:
            raise RecordsLost(f"{loss.sentence} {REMEDY}")
        if reading.state is not _State.CHECKED or position > first:
            raise RecordsLost(f"Kafka refused to give partition {partition} from {position} on; it is asked again.")
        reading.state, reading.epoch, reading.is_refused = _State.READ, None, False
        self._unassign([partition])
        self._assign(partition, reading)
