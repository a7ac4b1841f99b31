import asyncio

from belvedere.domain.reading import Outcome
from belvedere.pipeline.stream.memory import MAX_BATCH, MAX_BATCH_BYTES, MemoryStream
from belvedere.pipeline.stream.port import Receipt, Record


class Device:
    id, site_id, last_stamp_ms, stamped_at_ms = "d0", 1, 0, 0
    data_key, digest, gone = ":d0", "0" * 64, False

    def __init__(self) -> None:
        self.series: dict[str, int] = {}
        self.binary: set[str] = set()
        self.valueless: set[str] = set()


def _filled(count: int, body_bytes: int) -> MemoryStream:
    stream = MemoryStream(asyncio.get_running_loop())
    for n in range(count):
        stream.submit(Record(Device(), [], [], 0, bytes(body_bytes)), Receipt(None, n))
    return stream


async def test_a_batch_of_small_bodies_is_bounded_by_their_number() -> None:
    stream = _filled(MAX_BATCH + 3, 10)
    assert [len(stream.take(0).records) for _ in range(3)] == [MAX_BATCH, 3, 0]


async def test_a_batch_of_large_bodies_is_bounded_by_their_bytes_and_keeps_the_order() -> None:
    size = 16 * 1024
    fit = MAX_BATCH_BYTES // size
    stream = _filled(fit + 5, size)
    taken = stream.take(0), stream.take(0)
    assert [len(part.records) for part in taken] == [fit, 5]
    assert [receipt.token for part in taken for receipt in part.receipts] == list(range(fit + 5))


async def test_one_body_larger_than_a_batch_is_still_taken() -> None:
    stream = _filled(2, MAX_BATCH_BYTES + 1)
    assert [len(stream.take(0).records) for _ in range(2)] == [1, 1]


def _break() -> None:
    raise RuntimeError("nobody foresaw this")


class Sink:
    """Remembers what it was told; a broken one fails at each call."""

    def __init__(self, broken: bool = False) -> None:
        self.broken = broken
        self.settled: list[int] = []
        self.failures: list[int] = []

    def settle(self, tokens: list[int], outcomes: list[Outcome]) -> None:
        if self.broken:
            raise RuntimeError("this connection is broken")
        self.settled += tokens

    def failed(self, token: int) -> None:
        if self.broken:
            raise RuntimeError("this connection is broken")
        self.failures.append(token)


def _full(*sinks: Sink) -> tuple[MemoryStream, list[str]]:
    """A stream without room that holds one record of each sink, and the callbacks that wait for room."""
    stream = MemoryStream(asyncio.get_running_loop(), max_bytes=1)
    for token, sink in enumerate(sinks):
        stream._max_bytes = 1 << 20
        stream.submit(Record(Device(), [], [], 0, b"{}"), Receipt(sink, token))
    stream._max_bytes = 1
    called: list[str] = []
    stream.when_room(lambda: called.append("first"))
    stream.when_room(lambda: called.append("second"))
    return stream, called


async def test_a_record_that_failed_makes_room_and_calls_back_who_waits() -> None:
    sink = Sink()
    stream, called = _full(sink)
    stream.fail(stream.take(0))
    await asyncio.sleep(0)
    assert (sink.failures, called, stream.pending_bytes) == ([0], ["first", "second"], 0)


async def test_a_sink_that_fails_keeps_no_other_from_its_answer_nor_from_going_on() -> None:
    broken, sound = Sink(broken=True), Sink()
    stream, called = _full(broken, sound)
    taken = stream.take(0)
    stream.settle(taken, [Outcome(1, 0, [])] * 2, before=_break)
    await asyncio.sleep(0)
    assert (sound.settled, called) == ([1], ["first", "second"])
    stream.submit(Record(Device(), [], [], 0, b"{}"), Receipt(broken, 2))
    stream.when_room(lambda: called.append("third"))
    stream.fail(stream.take(0))
    await asyncio.sleep(0)
    assert called[2:] == ["third"]


async def test_who_waits_and_fails_keeps_no_other_waiting() -> None:
    stream, called = _full(Sink())
    stream._waiting.insert(0, _break)
    stream.fail(stream.take(0))
    await asyncio.sleep(0)
    assert called == ["first", "second"]


async def test_the_watermark_stands_still_while_something_waits_that_came_before_it() -> None:
    now = [1_000]
    stream = MemoryStream(asyncio.get_running_loop(), steady_ms=lambda: now[0])
    assert stream.watermark_ms() == 1_000
    stream.take(0)
    now[0] = 2_000
    for n in range(MAX_BATCH + 1):
        stream.submit(Record(Device(), [], [], 0, b"{}"), Receipt(None, n))
    now[0] = 9_000
    assert stream.watermark_ms() == 1_000
    stream.take(0)  # all but one
    assert stream.watermark_ms() == 1_000
    stream.take(0)
    assert stream.watermark_ms() == 9_000


async def test_how_long_the_oldest_waits_is_counted_from_when_nothing_waited() -> None:
    now = [1_000]
    stream = MemoryStream(asyncio.get_running_loop(), steady_ms=lambda: now[0])
    stream.take(0)
    now[0] = 61_000
    assert stream.waits_seconds() == 0
    stream.submit(Record(Device(), [], [], 5, b"{}"), Receipt(None, 1))
    assert stream.waits_seconds() == 60
    stream.take(0)
    assert stream.waits_seconds() == 0
