"""A viewer's queue."""

from __future__ import annotations

import asyncio

import pytest
from aiortc.mediastreams import MediaStreamError

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.outputs import group as group_module
from belvedere.cameras.mediaserver.gateway.outputs import track as track_module
from belvedere.cameras.mediaserver.gateway.outputs.group import Group
from belvedere.cameras.mediaserver.gateway.outputs.picture import Picture
from belvedere.cameras.mediaserver.gateway.outputs.track import MAX_QUEUED, PictureTrack


def picture(ts: int, key: bool = False) -> Picture:
    return Picture(AccessUnit([b"\x65" if key else b"\x41"], ts, key))


async def started(track: PictureTrack) -> asyncio.Task[Picture]:
    task = asyncio.create_task(track.recv())
    await asyncio.sleep(0)
    return task


async def test_a_track_starts_at_a_key_frame() -> None:
    track = PictureTrack()
    first = await started(track)
    track.push(picture(1))
    track.push(picture(2, key=True))
    assert (await first).ts == 2


async def test_a_track_that_falls_behind_goes_on_at_the_next_key_frame() -> None:
    track = PictureTrack()
    task = await started(track)
    track.push(picture(0, key=True))
    await task
    for ts in range(1, MAX_QUEUED + 10):
        track.push(picture(ts))
    track.push(picture(1000, key=True))
    track.push(picture(1001))
    assert [(await track.recv()).ts for _ in range(2)] == [1000, 1001]
    assert track.dropped == MAX_QUEUED


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time in seconds, as its one item."""
    now = [100.0]
    monkeypatch.setattr(track_module, "monotonic", lambda: now[0])
    return now


async def test_a_viewer_whose_next_picture_is_too_old_goes_on_at_the_newest_key_frame(clock: list[float]) -> None:
    track = PictureTrack()
    first = await started(track)
    for ts in range(20):
        track.push(picture(ts, key=ts in (0, 5, 15)))
        clock[0] += 0.04
    assert (await first).ts == 15
    assert track.dropped == 15
    assert [(await track.recv()).ts for _ in range(4)] == [16, 17, 18, 19]


async def test_pictures_of_a_short_stop_are_all_sent_where_no_key_frame_is_among_them(clock: list[float]) -> None:
    track = PictureTrack()
    first = await started(track)
    track.push(picture(0, key=True))
    assert (await first).ts == 0
    for ts in range(1, 4):
        track.push(picture(ts))
    clock[0] += 1.0
    assert [(await track.recv()).ts for _ in range(3)] == [1, 2, 3]
    assert track.dropped == 0


async def test_a_key_frame_is_not_jumped_to_while_pictures_are_young(clock: list[float]) -> None:
    track = PictureTrack()
    first = await started(track)
    for ts in range(4):
        track.push(picture(ts, key=ts % 2 == 0))
    clock[0] += track_module.MAX_AGE_SECONDS
    assert (await first).ts == 0
    assert track.dropped == 0


async def test_big_pictures_wait_in_a_queue_of_some_megabytes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(track_module, "MAX_QUEUED_BYTES", 10)
    track = PictureTrack()
    task = await started(track)
    track.push(picture(0, key=True))
    await task
    for ts in range(1, 40):
        track.push(picture(ts, key=True))
        assert len(track._queue) <= 10
    while track._queue:
        await track.recv()
    for ts in range(40, 50):
        track.push(picture(ts))
    assert [(await track.recv()).ts for _ in range(10)] == list(range(40, 50))


async def test_a_camera_that_was_away_goes_on_with_a_key_frame() -> None:
    track = PictureTrack()
    task = await started(track)
    track.push(picture(0, key=True))
    await task
    track.restart()
    track.push(picture(1))
    track.push(picture(2, key=True))
    track.push(picture(3))
    assert [(await track.recv()).ts for _ in range(2)] == [2, 3]


async def test_a_viewer_between_two_key_frames_is_brought_up_to_the_present_picture(clock: list[float]) -> None:
    group = Group()
    for ts in range(0, 90_000 * 10, 3600):
        group.add(picture(ts, key=ts == 0))
    track = PictureTrack(lambda: group.replay(None))
    first = await track.recv()
    stamps = [first.ts]
    for number in range(249):
        clock[0] += 0.0005 if number else 0.05  # a key frame takes longer to send
        stamps.append((await track.recv()).ts)
    assert first.key
    assert stamps[0] == 896_400  # of the newest: it is as if all had come now
    assert stamps[1:] == [896_400 + 4_500 + 90 * n for n in range(249)]
    for ts in (900_000, 903_600, 925_200, 925_300):
        track.push(picture(ts))
    late = [(await track.recv()).ts for _ in range(4)]
    assert late[:2] == [stamps[-1] + 90, stamps[-1] + 180]  # they came while the past was being sent
    assert late[2:] == [925_200, 925_300]
    assert first.payloads == picture(0, key=True).payloads


async def test_what_was_kept_for_a_viewer_is_not_sent_after_the_camera_was_away() -> None:
    track = PictureTrack(lambda: [picture(1, key=True), picture(2)])
    assert (await track.recv()).key
    track.restart()
    track.push(picture(3))
    track.push(picture(90_000, key=True))
    assert (await track.recv()).ts == 90_000


@pytest.mark.parametrize(("key_frame_seconds", "pictures"), [(None, 51), (10.0, 51), (2.1, 0), (2.5, 51), (1.0, 51)])
def test_a_key_frame_that_is_due_soon_is_waited_for(key_frame_seconds: float | None, pictures: int) -> None:
    group = Group()
    for index in range(51):
        group.add(picture(3600 * index, key=index == 0))
    assert len(group.replay(key_frame_seconds)) == pictures


def test_a_group_keeps_some_megabytes_and_nothing_without_its_key_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_module, "MAX_BYTES", 3)
    group = Group()
    group.add(picture(0))
    assert group.replay(None) == []
    kept = []
    for ts in range(5):
        group.add(picture(ts, key=ts == 0))
        kept.append(len(group.replay(None)))
    assert kept == [1, 2, 3, 0, 0]


async def test_a_track_that_stops_wakes_its_sender() -> None:
    track = PictureTrack()
    task = await started(track)
    track.stop()
    with pytest.raises(MediaStreamError):
        await task


def test_a_key_frame_of_400_kilobytes_is_cut_into_packets_that_fit() -> None:
    big = Picture(AccessUnit([b"\x67" + bytes(20), b"\x68" + bytes(4), b"\x65" + bytes(400_000)], 0, True))
    assert max(map(len, big.payloads)) <= 1300
    assert big.payloads is big.payloads
