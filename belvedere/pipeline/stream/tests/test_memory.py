import asyncio

from belvedere.pipeline.stream.memory import MAX_BATCH, MAX_BATCH_BYTES, MemoryStream
from belvedere.pipeline.stream.port import Submission


class Device:
    id, site_id, last_stamp_ms, stamped_at_ms = "d0", 1, 0, 0
    data_key, gone = ":d0", False

    def __init__(self) -> None:
        self.series: dict[str, int] = {}


def _filled(count: int, body_bytes: int) -> MemoryStream:
    stream = MemoryStream(asyncio.get_running_loop())
    for n in range(count):
        stream.submit(Submission(Device(), [], [], 0, bytes(body_bytes), None, n))
    return stream


async def test_a_batch_of_small_bodies_is_bounded_by_their_number() -> None:
    stream = _filled(MAX_BATCH + 3, 10)
    assert [len(stream.take(0)), len(stream.take(0)), len(stream.take(0))] == [MAX_BATCH, 3, 0]


async def test_a_batch_of_large_bodies_is_bounded_by_their_bytes_and_keeps_the_order() -> None:
    size = 16 * 1024
    fit = MAX_BATCH_BYTES // size
    stream = _filled(fit + 5, size)
    taken = stream.take(0), stream.take(0)
    assert [len(part) for part in taken] == [fit, 5]
    assert [submission.token for part in taken for submission in part] == list(range(fit + 5))


async def test_one_body_larger_than_a_batch_is_still_taken() -> None:
    stream = _filled(2, MAX_BATCH_BYTES + 1)
    assert [len(stream.take(0)), len(stream.take(0))] == [1, 1]
