"""The streams that the contract tries. A third one adds a subject to SUBJECTS."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from belvedere.domain.reading import Outcome
from belvedere.pipeline.stream.kafka.clients import make_consumer, make_producer
from belvedere.pipeline.stream.kafka.ends import StreamEnds
from belvedere.pipeline.stream.kafka.feed import Feed
from belvedere.pipeline.stream.kafka.inlet import KafkaInlet
from belvedere.pipeline.stream.kafka.outlet import Heard, KafkaOutlet
from belvedere.pipeline.stream.kafka.wire import Reply, partition_of
from belvedere.pipeline.stream.memory import MemoryStream
from belvedere.pipeline.stream.port import Inlet, Outlet, Receipt, Record, Taken

STORED = Outcome(1, 0, [])
PATIENCE_SECONDS = 20.0
ROOM = 3  # records before it is full
BODY_BYTES = 100


class Device:
    """A device handle."""

    def __init__(self, device_id: str) -> None:
        self.id, self.site_id, self.data_key, self.gone = device_id, 1, f":{device_id}", False
        self.digest = "0" * 64
        self.series: dict[str, int] = {}
        self.binary: set[str] = set()
        self.valueless: set[str] = set()
        self.last_stamp_ms = self.stamped_at_ms = 0


class Sink:
    """Keeps what it is told, in order."""

    def __init__(self) -> None:
        self.settled: list[int] = []
        self.failures: list[int] = []

    def settle(self, tokens: list[int], outcomes: list[Outcome]) -> None:
        self.settled += tokens

    def failed(self, token: int) -> None:
        self.failures.append(token)


class Subject(Protocol):
    """A stream to be tried, with what a test needs around it. Both devices come out at one outlet."""

    inlet: Inlet
    outlet: Outlet
    sink: Sink

    def submit(self, number: int, device: str = "d0") -> None:
        """A record with this number as its token, and in its body."""

    async def take(self, records: int) -> Taken:
        """So many, which have been submitted."""

    def commit(self, taken: Taken, before: Callable[[], None] | None = None) -> None:
        """They are in the store."""

    async def told(self, records: int) -> Sequence[int]:
        """The tokens of the sink, once so many were told."""

    async def take_after(self, committed: Taken) -> list[int]:
        """The numbers of what another worker is given, which begins where the last one had committed."""

    def pass_ms(self, ms: int) -> None:
        """Time passes."""

    async def watermark_ms(self) -> int:
        """The outlet's, as of now."""

    async def end(self) -> None:
        """The test is over."""


def record_of(number: int, device: Device, received_ms: int) -> Record:
    return Record(device, [], [], received_ms, b"%d" % number + b" " * (BODY_BYTES - len(str(number))))


class MemorySubject:
    """The embedded one."""

    def __init__(self) -> None:
        self.now_ms = 1_000_000
        stream = MemoryStream(asyncio.get_running_loop(), max_bytes=ROOM * 300, steady_ms=lambda: self.now_ms)
        self.inlet: Inlet = stream
        self.outlet: Outlet = stream
        self.sink = Sink()
        self.devices = {name: Device(name) for name in ("d0", "d1")}

    def submit(self, number: int, device: str = "d0") -> None:
        self.inlet.submit(record_of(number, self.devices[device], self.now_ms), Receipt(self.sink, number))

    async def take(self, records: int) -> Taken:
        taken = self.outlet.take(0)
        assert len(taken.records) == records
        return taken

    def commit(self, taken: Taken, before: Callable[[], None] | None = None) -> None:
        self.outlet.settle(taken, [STORED] * len(taken.records), before)

    async def told(self, records: int) -> Sequence[int]:
        while len(self.sink.settled) < records:
            await asyncio.sleep(0)
        return self.sink.settled

    async def take_after(self, committed: Taken) -> list[int]:
        return []  # it has ended with the process

    def pass_ms(self, ms: int) -> None:
        self.now_ms += ms

    async def watermark_ms(self) -> int:
        return self.outlet.watermark_ms()

    async def end(self) -> None:
        pass


class NoReplies:
    """Nobody waits for an outcome."""

    def send(self, reply: Reply, outcome: Outcome) -> None:
        raise AssertionError(reply)


class NoAttempts:
    """Nothing crashes."""

    def begin(self) -> int:
        return 1

    def end(self) -> None:
        pass

    def take_back(self, begun: int) -> None:
        pass


class KafkaSubject:
    """The cluster's, on the broker that librdkafka brings for tests."""

    def __init__(self) -> None:
        self.now_ms = 1_700_000_000_000
        loop = asyncio.get_running_loop()
        self._client = make_producer((), lambda _error: None, **{"test.mock.num.brokers": 1})
        broker = next(iter(self._client.list_topics(timeout=PATIENCE_SECONDS).brokers.values()))
        servers = [f"{broker.host}:{broker.port}"]
        self._client.list_topics("readings", timeout=PATIENCE_SECONDS)  # which makes it
        self._inlet = KafkaInlet(
            loop,
            lambda on_error: make_producer(servers, on_error),
            "readings",
            partitions=1,
            max_bytes=ROOM * 320,
            wall_ms=lambda: self.now_ms,
        )
        self.inlet: Inlet = self._inlet
        self._inlet.start()
        self.devices = {name: Device(name) for name in ("d0", "d1")}
        assert {partition_of(device.data_key, 1) for device in self.devices.values()} == {0}
        self._feed = Feed(make_consumer(servers), "readings")
        self._ends = StreamEnds(servers, "readings")
        self._feed.add(0, None)
        self._outlet = self._open(None)
        self.outlet: Outlet = self._outlet
        self.sink = Sink()

    def _open(self, position: int | None) -> KafkaOutlet:
        return KafkaOutlet(self._feed, 0, position, self._find, NoReplies(), self._set_aside, NoAttempts())

    def _set_aside(self, message: Any, reason: str) -> None:
        raise AssertionError(reason)

    def _find(self, device_id: str, data_key: str) -> Device | None:
        device = self.devices.get(device_id)
        return device if device is not None and device.data_key == data_key else None

    def submit(self, number: int, device: str = "d0") -> None:
        self.inlet.submit(record_of(number, self.devices[device], self.now_ms), Receipt(self.sink, number))

    async def take(self, records: int) -> Taken:
        whole = Taken([], [])
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(whole.records) < records and time.monotonic() < deadline:
            taken = await asyncio.to_thread(self.outlet.take, 0.1)
            whole = Taken([*whole.records, *taken.records], [*whole.receipts, *taken.receipts], taken.position)
        assert len(whole.records) == records
        return whole

    def commit(self, taken: Taken, before: Callable[[], None] | None = None) -> None:
        self.outlet.settle(taken, [STORED] * len(taken.records), before)

    async def told(self, records: int) -> Sequence[int]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.sink.settled) < records:
                await asyncio.sleep(0.001)
        return self.sink.settled

    async def take_after(self, committed: Taken) -> list[int]:
        self._feed.remove([0])
        self._feed.add(0, committed.position, committed.epoch)
        self._outlet = self.outlet = self._open(committed.position)
        taken = await self.take(len(self.sink.settled) - len(committed.records))
        return [int(record.body) for record in taken.records]

    def pass_ms(self, ms: int) -> None:
        self.now_ms += ms

    async def watermark_ms(self) -> int:
        self._inlet.note_mark()
        low_ms = self._inlet.mark.low_ms
        self._ends.ask([0])
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (ends := self._ends.take_answer()):
                await asyncio.sleep(0.001)
        self._outlet.note_mark(Heard(0, low_ms, low_ms, 0), ends[0])
        return self.outlet.watermark_ms()

    async def end(self) -> None:
        await asyncio.to_thread(self._inlet.stop)
        self._feed.close()


SUBJECTS: list[Callable[[], Subject]] = [MemorySubject, KafkaSubject]
