"""What every stream keeps to, whatever it is made of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from belvedere.pipeline.stream.port import StreamFull, Taken
from tests.contract.streams import ROOM, STORED, SUBJECTS, MemorySubject, Subject


@pytest.fixture(params=SUBJECTS)
async def stream(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    """Each stream there is."""
    made: Subject = request.param()
    yield made
    await made.end()


@pytest.fixture
async def memory() -> MemorySubject:
    """The one whose records are acknowledged after their commit."""
    return MemorySubject()


def numbers(taken: Taken, device: str) -> list[int]:
    return [int(record.body) for record in taken.records if record.device.id == device]


async def test_records_of_one_device_come_out_in_their_order(stream: Subject) -> None:
    for number, device in ((1, "d0"), (7, "d1"), (2, "d0")):
        stream.submit(number, device)
    taken = await stream.take(3)
    assert (numbers(taken, "d0"), numbers(taken, "d1")) == ([1, 2], [7])
    assert stream.outlet.pending == 0


async def test_each_sink_is_told_once_in_order_and_not_before_the_record_is_safe(stream: Subject) -> None:
    stream.submit(1)
    stream.submit(2)
    assert stream.sink.settled == []
    stream.commit(await stream.take(2))
    assert await stream.told(2) == [1, 2]
    await asyncio.sleep(0.01)
    assert stream.sink.settled == [1, 2]


async def test_what_a_sender_was_told_of_and_nobody_has_committed_the_next_worker_is_given(stream: Subject) -> None:
    stream.submit(1)
    committed = await stream.take(1)
    stream.commit(committed)
    await stream.told(1)
    stream.submit(2)
    stream.submit(3)
    await stream.take(2)
    await asyncio.sleep(0.3)  # whoever tells before the commit does so by now
    assert [1, *await stream.take_after(committed)] == stream.sink.settled


async def test_a_full_stream_takes_nothing_and_calls_back_once_there_is_room(stream: Subject) -> None:
    for number in range(ROOM):
        stream.submit(number)
    assert not stream.inlet.has_room()
    with pytest.raises(StreamFull):
        stream.submit(99)
    called: list[str] = []
    stream.inlet.when_room(lambda: called.append("waits"))

    def gives_up() -> None:
        called.append("gave up")

    stream.inlet.when_room(gives_up)
    stream.inlet.give_up(gives_up)
    assert called == [], "taken is not safe"
    taken = await stream.take(ROOM)
    stream.commit(taken)
    await stream.told(ROOM)
    assert (called, stream.inlet.has_room()) == (["waits"], True)
    assert numbers(taken, "d0") == list(range(ROOM)), "and what was refused is not among it"


async def test_the_watermark_never_passes_what_has_not_been_taken(stream: Subject) -> None:
    before = await stream.watermark_ms()
    stream.submit(1)
    submitted_ms = before + 60_000
    stream.pass_ms(60_000)
    assert await stream.watermark_ms() < submitted_ms
    stream.commit(await stream.take(1))
    await stream.told(1)
    assert await stream.watermark_ms() >= submitted_ms - 1_000


async def test_a_nudge_ends_a_wait(stream: Subject) -> None:
    waiting = asyncio.create_task(asyncio.to_thread(stream.outlet.take, 30.0))
    while not waiting.done():
        stream.outlet.nudge()
        await asyncio.sleep(0.001)
    assert waiting.result().records == []


async def test_what_is_published_with_a_commit_comes_before_its_acknowledgement(memory: MemorySubject) -> None:
    memory.submit(1)
    seen: list[list[int]] = []
    memory.commit(await memory.take(1), before=lambda: seen.append(memory.sink.settled[:]))
    assert memory.sink.settled == [], "on the event loop, not in the thread that commits"
    assert (await memory.told(1), seen) == ([1], [[]])


async def test_each_record_is_taken_with_its_receipt(memory: MemorySubject) -> None:
    memory.submit(1)
    memory.submit(7, "d1")
    taken = await memory.take(2)
    assert [(record.device.id, receipt.token) for record, receipt in zip(*taken[:2], strict=True)] == [
        ("d0", 1),
        ("d1", 7),
    ]


async def test_what_failed_is_told_to_its_sink_alone(memory: MemorySubject) -> None:
    memory.submit(1)
    memory.submit(2)
    singles = list((await memory.take(2)).singly())
    memory.outlet.settle(singles[0], [STORED])
    memory.outlet.fail(singles[1])
    await asyncio.sleep(0)
    assert (memory.sink.settled, memory.sink.failures) == ([1], [2])


async def test_who_sends_learns_why_nothing_can_be_stored(memory: MemorySubject) -> None:
    assert memory.inlet.stalled is None
    memory.outlet.stalled = "the disk is full"
    assert memory.inlet.stalled == "the disk is full"
