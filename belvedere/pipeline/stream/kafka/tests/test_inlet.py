"""When a sender is told what, and how far an inlet says that it has heard its devices."""

from __future__ import annotations

import asyncio
import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

import confluent_kafka
import pytest

from belvedere.domain.reading import Outcome
from belvedere.pipeline.stream.kafka import inlet as module
from belvedere.pipeline.stream.kafka.inlet import KafkaInlet
from belvedere.pipeline.stream.kafka.wire import decode_record
from belvedere.pipeline.stream.port import Receipt, StreamFull
from tests.contract.streams import Device, record_of

PATIENCE_SECONDS = 20.0
NOW = 1_763_900_000_000
WORKERS = Outcome(0, 1, [])  # what the worker says; the delivery alone would say (0, 0) of a record without readings


class Fault:
    """An error of a delivery."""

    def str(self) -> str:
        return "the broker refuses it"


class Broker:
    """A producer whose deliveries happen when the test says so. Its thread is the inlet's."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, Callable[[Any, Any], None]]] = []
        self.due: list[Callable[[], None]] = []

    def produce(
        self, _topic: str, value: bytes, _key: str, _partition: int, on_delivery: Callable[[Any, Any], None]
    ) -> None:
        self.sent.append((value, on_delivery))

    def deliver(self, at: int = 0, error: Fault | None = None) -> None:
        _, told = self.sent.pop(at)
        self.due.append(lambda: told(error, None))

    def poll(self, _seconds: float) -> None:
        while self.due:
            self.due.pop(0)()

    def purge(self) -> None:
        pass

    def flush(self, _seconds: float) -> int:
        return 0


class Sender:
    """A sink, and an inlet with a broker and a clock in hand."""

    def __init__(self) -> None:
        self.now_ms = NOW
        self.broker = Broker()
        self.settled: list[tuple[int, Outcome]] = []
        self.failures: list[int] = []
        self.inlet = KafkaInlet(
            asyncio.get_running_loop(),
            lambda _on_error: self.broker,
            "readings",
            partitions=4,
            address="web-1",
            max_bytes=600,
            wall_ms=lambda: self.now_ms,
        )
        self.inlet.start()

    def submit(self, number: int, *, wants_outcome: bool = False) -> None:
        self.inlet.submit(record_of(number, Device("d0"), self.now_ms), Receipt(self, number, wants_outcome))

    def settle(self, tokens: list[int], outcomes: list[Outcome]) -> None:
        self.settled += zip(tokens, outcomes, strict=True)

    def failed(self, token: int) -> None:
        self.failures.append(token)

    def low_ms(self) -> int:
        self.inlet.note_mark()
        return self.inlet.mark.low_ms

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not done():
                await asyncio.sleep(0.001)


def fail_for_good(producer: confluent_kafka.Producer) -> None:
    """As where the broker has lost what it had of this producer. librdkafka's own function for tests does it."""
    (path,) = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if "librdkafka" in line}
    handle = ctypes.c_void_p.from_address(id(producer) + object.__basicsize__)  # the first field of the object
    code = confluent_kafka.KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER
    ctypes.CDLL(path).rd_kafka_test_fatal_error(handle, code, b"out of order")


@pytest.fixture
async def sender(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(module, "POLL_SECONDS", 0.001)
    made = Sender()
    yield made
    await asyncio.to_thread(made.inlet.stop)


async def test_a_process_whose_producer_has_failed_for_good_ends_itself() -> None:
    mock = {"bootstrap.servers": "mock", "test.mock.num.brokers": 1, "enable.idempotence": True}
    producers: list[confluent_kafka.Producer] = []
    ends: list[bool] = []

    def make(_on_error: Callable[[Any], None]) -> confluent_kafka.Producer:
        producers.append(confluent_kafka.Producer(mock))
        return producers[-1]

    inlet = KafkaInlet(asyncio.get_running_loop(), make, "readings", 4, end_process=lambda: ends.append(True))
    inlet.start()
    fail_for_good(producers[0])
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not ends:
            await asyncio.sleep(0.01)
    assert "out of order" in str(inlet.stalled)
    with pytest.raises(StreamFull):
        inlet.submit(record_of(1, Device("d0"), NOW), Receipt(None, 1, wants_outcome=False))
    await asyncio.to_thread(inlet.stop)


async def test_who_only_wants_an_acknowledgement_is_told_at_the_delivery(sender: Sender) -> None:
    sender.submit(1)
    sender.submit(2)
    sender.broker.deliver(1)
    await sender.until(lambda: [token for token, _ in sender.settled] == [2])
    sender.broker.deliver()
    await sender.until(lambda: [token for token, _ in sender.settled] == [2, 1])
    assert sender.inlet.pending_bytes == 0


async def test_who_wants_the_outcome_is_told_what_the_worker_did_once(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REPLY_SECONDS", 0.01)
    sender.submit(1, wants_outcome=True)
    _, reply = decode_record(sender.broker.sent[0][0], lambda _id, _key: None)
    assert reply is not None
    sender.inlet.reply(reply.number, WORKERS)  # before the report, as it may happen
    sender.broker.deliver()
    await sender.until(lambda: sender.inlet.pending == 0)
    await asyncio.sleep(0.05)
    assert sender.settled == [(1, WORKERS)]


async def test_without_a_reply_the_sender_is_told_what_was_accepted(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REPLY_SECONDS", 0.01)
    sender.submit(1, wants_outcome=True)
    sender.broker.deliver()
    await sender.until(lambda: bool(sender.settled))
    assert sender.settled == [(1, Outcome(0, 0, [], is_known=False))]
    sender.inlet.reply(1, WORKERS)
    assert len(sender.settled) == 1


async def test_a_record_that_kafka_refuses_is_told_to_have_failed_and_gives_its_room_back(sender: Sender) -> None:
    sender.submit(1, wants_outcome=True)
    sender.broker.deliver(error=Fault())
    await sender.until(lambda: bool(sender.failures))
    assert (sender.failures, sender.settled, sender.inlet.pending_bytes) == ([1], [], 0)


async def test_the_mark_stays_before_a_record_that_is_under_way(sender: Sender) -> None:
    assert sender.low_ms() == NOW - 1
    sender.now_ms += 60_000
    sender.submit(1)
    sender.now_ms += 60_000
    assert sender.low_ms() < NOW + 60_000
    sender.broker.deliver()
    await sender.until(lambda: sender.inlet.pending == 0)
    assert sender.low_ms() == NOW + 120_000 - 1


async def test_a_time_without_room_is_no_silence_of_the_devices(sender: Sender) -> None:
    since_ms = sender.inlet.mark.heard_since_ms
    sender.submit(1)
    sender.submit(2)
    with pytest.raises(StreamFull):
        sender.submit(3)
    held_ms = sender.low_ms()
    sender.now_ms += 60_000
    assert (sender.low_ms(), sender.inlet.mark.heard_since_ms) == (held_ms, since_ms)
    sender.broker.deliver()
    sender.broker.deliver()
    await sender.until(lambda: sender.inlet.pending == 0)
    assert sender.low_ms() == sender.now_ms - 1
    assert sender.inlet.mark.heard_since_ms == sender.now_ms, "what waited in sockets meanwhile was not heard"


async def test_a_time_in_which_the_process_hung_is_no_silence_of_the_devices(sender: Sender) -> None:
    since_ms = sender.inlet.mark.heard_since_ms
    sender.now_ms += 1_000
    sender.inlet.note_mark()
    assert sender.inlet.mark.heard_since_ms == since_ms
    before_ms = sender.inlet.mark.low_ms
    sender.now_ms += 15_000  # the loop was not there to note anything
    sender.inlet.note_mark()
    assert sender.inlet.mark.heard_since_ms == sender.now_ms, "what waited in sockets meanwhile was not heard"
    assert sender.inlet.mark.before_ms == before_ms
