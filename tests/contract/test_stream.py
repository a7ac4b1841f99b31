"""What every stream keeps to, whatever it is made of. A second one adds a subject: a class that makes it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from belvedere.domain.reading import Outcome
from belvedere.pipeline.stream.memory import MemoryStream
from belvedere.pipeline.stream.port import Inlet, Outlet, Receipt, Record, StreamFull, Taken

STORED = Outcome(1, 0, [])


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

    def settle(self, outcomes: list[tuple[int, Outcome]]) -> None:
        self.settled += [token for token, _ in outcomes]

    def failed(self, token: int) -> None:
        self.failures.append(token)


class Subject:
    """One stream to be tried. `room`: how many records fit before it is full."""

    room = 3

    def __init__(self, inlet: Inlet, outlet: Outlet, pass_ms: Callable[[int], None]) -> None:
        self.inlet = inlet
        self.outlet = outlet
        self.pass_ms = pass_ms
        self.sink = Sink()
        self.devices = {name: Device(name) for name in ("d0", "d1")}

    def submit(self, token: int, device: str = "d0") -> None:
        body = bytes(100)
        self.inlet.submit(Record(self.devices[device], [], [], 0, body), Receipt(self.sink, token))

    def take_all(self) -> list[Taken]:
        """Until nothing comes any more."""
        taken: list[Taken] = []
        while (one := self.outlet.take(0)).records:
            taken.append(one)
        return taken


def memory_stream() -> Subject:
    """The embedded one."""
    now = [1_000_000]
    stream = MemoryStream(asyncio.get_running_loop(), max_bytes=Subject.room * 300, steady_ms=lambda: now[0])

    def pass_ms(ms: int) -> None:
        now[0] += ms

    return Subject(stream, stream, pass_ms)


@pytest.fixture(params=[memory_stream])
async def stream(request: pytest.FixtureRequest) -> Subject:
    """Each stream there is."""
    made: Subject = request.param()
    return made


def tokens(taken: list[Taken], device: str) -> list[int]:
    pairs = [pair for one in taken for pair in zip(one.records, one.receipts, strict=True)]
    return [receipt.token for record, receipt in pairs if record.device.id == device]


async def test_records_of_one_device_come_out_in_their_order_each_with_its_receipt(stream: Subject) -> None:
    for token, device in ((1, "d0"), (7, "d1"), (2, "d0")):
        stream.submit(token, device)
    taken = stream.take_all()
    assert (tokens(taken, "d0"), tokens(taken, "d1")) == ([1, 2], [7])
    assert stream.outlet.pending == 0


async def test_what_is_taken_is_settled_once_in_order_and_what_is_published_with_it_comes_first(
    stream: Subject,
) -> None:
    stream.submit(1)
    stream.submit(2)
    seen: list[list[int]] = []
    for taken in stream.take_all():
        stream.outlet.settle(taken, [STORED] * len(taken.records), before=lambda: seen.append(stream.sink.settled[:]))
    assert stream.sink.settled == [], "on the event loop, not in the thread that commits"
    await asyncio.sleep(0)
    assert (seen[0], stream.sink.settled) == ([], [1, 2])
    await asyncio.sleep(0)
    assert stream.sink.settled == [1, 2]


async def test_what_failed_is_told_to_its_sink_alone(stream: Subject) -> None:
    stream.submit(1)
    stream.submit(2)
    singles = [single for taken in stream.take_all() for single in taken.singly()]
    stream.outlet.settle(singles[0], [STORED])
    stream.outlet.fail(singles[1])
    await asyncio.sleep(0)
    assert (stream.sink.settled, stream.sink.failures) == ([1], [2])


async def test_a_full_stream_takes_nothing_and_calls_back_once_there_is_room(stream: Subject) -> None:
    for token in range(stream.room):
        stream.submit(token)
    assert not stream.inlet.has_room()
    with pytest.raises(StreamFull):
        stream.submit(99)
    called: list[str] = []
    stream.inlet.when_room(lambda: called.append("waits"))

    def gives_up() -> None:
        called.append("gave up")

    stream.inlet.when_room(gives_up)
    stream.inlet.give_up(gives_up)
    taken = stream.take_all()
    await asyncio.sleep(0)
    assert called == [], "taken is not stored"
    for one in taken:
        stream.outlet.settle(one, [STORED] * len(one.records))
    await asyncio.sleep(0)
    assert (called, stream.inlet.has_room()) == (["waits"], True)
    assert tokens(taken, "d0") == list(range(stream.room)), "and what was refused is not among it"


async def test_the_watermark_never_passes_what_has_not_been_taken(stream: Subject) -> None:
    stream.take_all()
    before = stream.outlet.watermark_ms()
    stream.submit(1)
    stream.pass_ms(60_000)
    assert stream.outlet.watermark_ms() <= before
    stream.take_all()
    assert stream.outlet.watermark_ms() >= before + 60_000


async def test_a_nudge_ends_a_wait(stream: Subject) -> None:
    waiting = asyncio.create_task(asyncio.to_thread(stream.outlet.take, 30.0))
    while not waiting.done():
        stream.outlet.nudge()
        await asyncio.sleep(0.001)
    assert waiting.result().records == []


async def test_who_sends_learns_why_nothing_can_be_stored(stream: Subject) -> None:
    assert stream.inlet.stalled is None
    stream.outlet.stalled = "the disk is full"
    assert stream.inlet.stalled == "the disk is full"
