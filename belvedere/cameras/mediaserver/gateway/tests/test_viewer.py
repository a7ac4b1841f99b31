"""A viewer's queue."""

from __future__ import annotations

import asyncio

import pytest
from aiortc.mediastreams import MediaStreamError

from belvedere.cameras.mediaserver.gateway import viewer as viewer_module
from belvedere.cameras.mediaserver.gateway.h264 import AccessUnit
from belvedere.cameras.mediaserver.gateway.viewer import MAX_QUEUED, PassThrough, Picture, Viewer


def picture(ts: int, key: bool = False) -> Picture:
    return Picture(AccessUnit([b"\x65" if key else b"\x41"], ts, key))


async def started(viewer: Viewer) -> asyncio.Task[Picture]:
    task = asyncio.create_task(viewer.recv())
    await asyncio.sleep(0)
    return task


async def test_a_viewer_starts_at_a_key_frame() -> None:
    viewer = Viewer()
    first = await started(viewer)
    viewer.push(picture(1))
    viewer.push(picture(2, key=True))
    assert (await first).ts == 2


async def test_a_viewer_that_falls_behind_goes_on_at_the_next_key_frame() -> None:
    viewer = Viewer()
    task = await started(viewer)
    viewer.push(picture(0, key=True))
    await task
    for ts in range(1, MAX_QUEUED + 10):
        viewer.push(picture(ts))
    viewer.push(picture(1000, key=True))
    viewer.push(picture(1001))
    assert [(await viewer.recv()).ts for _ in range(2)] == [1000, 1001]
    assert viewer.dropped == MAX_QUEUED


async def test_big_pictures_wait_in_a_queue_of_some_megabytes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer_module, "MAX_QUEUED_BYTES", 10)
    viewer = Viewer()
    task = await started(viewer)
    viewer.push(picture(0, key=True))
    await task
    for ts in range(1, 40):
        viewer.push(picture(ts, key=True))
        assert len(viewer._queue) <= 10
    while viewer._queue:
        await viewer.recv()
    for ts in range(40, 50):
        viewer.push(picture(ts))
    assert [(await viewer.recv()).ts for _ in range(10)] == list(range(40, 50))


async def test_a_camera_that_was_away_goes_on_with_a_key_frame() -> None:
    viewer = Viewer()
    task = await started(viewer)
    viewer.push(picture(0, key=True))
    await task
    viewer.restart()
    viewer.push(picture(1))
    viewer.push(picture(2, key=True))
    viewer.push(picture(3))
    assert [(await viewer.recv()).ts for _ in range(2)] == [2, 3]


def test_time_stamps_of_rtp_have_32_bits() -> None:
    payloads, ts = PassThrough().pack(picture((1 << 32) + 5, key=True))
    assert (len(payloads), ts) == (1, 5)


async def test_a_viewer_that_stops_wakes_its_sender() -> None:
    viewer = Viewer()
    task = await started(viewer)
    viewer.stop()
    with pytest.raises(MediaStreamError):
        await task


def test_a_key_frame_of_400_kilobytes_is_cut_into_packets_that_fit() -> None:
    big = Picture(AccessUnit([b"\x67" + bytes(20), b"\x68" + bytes(4), b"\x65" + bytes(400_000)], 0, True))
    assert max(map(len, big.payloads)) <= 1300
    assert big.payloads is big.payloads
