"""A refused body that is sent through again."""

from __future__ import annotations

import asyncio
import time

import pytest

from belvedere.domain.clock import ServerClock
from belvedere.pipeline.ingest.decode import decode
from belvedere.pipeline.ingest.retry import Retry
from belvedere.pipeline.ingest.single import submit
from belvedere.pipeline.ingest.stamps import Stamps
from belvedere.pipeline.stream.port import DeviceHandle
from belvedere.pipeline.tests.conftest import Make, Pipeline

NEWEST = 1 << 60


class OneDevice:
    def __init__(self, device: DeviceHandle) -> None:
        self.device = device

    def get(self, device_id: str) -> DeviceHandle | None:
        return self.device if device_id == self.device.id else None


def retry_of(pipeline: Pipeline) -> Retry:
    return Retry(asyncio.get_running_loop(), pipeline.stream, OneDevice(pipeline.device), ServerClock())


async def test_a_reading_without_a_time_is_of_when_the_body_came_however_often_it_is_sent(
    pipelines: Make,
) -> None:
    pipeline = await pipelines()
    came_ms = time.time_ns() // 1_000_000 - 86_400_000
    for stored, duplicate in ((1, 0), (0, 1)):
        outcome = await asyncio.to_thread(retry_of(pipeline), "d0", ":d0", b'{"temperature":21.5}', came_ms)
        assert (outcome.stored, outcome.duplicate, outcome.rejected) == (stored, duplicate, [])
    assert pipeline.store.raw(1, came_ms, came_ms).values.tolist() == [21.5]


async def test_what_was_stored_of_a_body_the_first_time_is_a_duplicate_when_it_is_sent_again(pipelines: Make) -> None:
    """Also where its stamps were ahead of the clock, as after many bodies within one millisecond."""
    pipeline = await pipelines()
    now_ms = time.time_ns() // 1_000_000
    pipeline.device.last_stamp_ms = pipeline.device.stamped_at_ms = now_ms
    parts = (b'{"A":1}', b'{"temperature":21.5,"humidity":null}', b'{"temperature":22}')
    body = b'{"readings":[%s]}' % b",".join(b'{"values":%s}' % part for part in parts)
    stamps = Stamps(pipeline.device, now_ms)
    decoded = decode(body, now_ms, stamps.next, 1 << 20)
    first = await submit(pipeline.stream, pipeline.device, decoded, now_ms, body, stamps.first_ms)
    assert (first.stored, first.duplicate) == (2, 0)
    kept = pipeline.store.quarantined(":d0", NEWEST, 9)[0]
    assert kept.at_ms == now_ms + 1
    again = await asyncio.to_thread(retry_of(pipeline), "d0", ":d0", kept.body, kept.at_ms)
    assert (again.stored, again.duplicate, again.adjusted) == (0, 2, 0)
    assert pipeline.store.raw(1, now_ms, now_ms + 9).values.tolist() == [21.5, 22.0]


async def test_what_is_refused_again_is_told_and_not_kept_a_second_time(pipelines: Make) -> None:
    pipeline = await pipelines()
    pipeline.device.series = {f"m{i}": i for i in range(2, 202)}
    body = b'{"readings":[{"values":{"m2":"x"}},{"values":{"m2":1}},{"values":{"too_many":1}}]}'
    outcome = await asyncio.to_thread(retry_of(pipeline), "d0", ":d0", body, time.time_ns() // 1_000_000)
    assert [(one.index, one.reason) for one in outcome.rejected] == [(0, "bad_value"), (2, "too_many_series")]
    assert pipeline.store.quarantined(":d0", NEWEST, 9) == []


async def test_a_device_that_is_gone_is_said_to_be(pipelines: Make) -> None:
    pipeline = await pipelines()
    with pytest.raises(LookupError):
        await asyncio.to_thread(retry_of(pipeline), "nobody", ":nobody", b"{}", 0)
