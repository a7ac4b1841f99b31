"""From pictures to state, segments and viewers: a camera that is fed by hand, without a connection."""

from __future__ import annotations

import asyncio
import base64
import itertools
from dataclasses import replace

import pytest

from belvedere.cameras.mediaserver.gateway import camera as camera_module
from belvedere.cameras.mediaserver.gateway import video
from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.camera import Camera
from belvedere.cameras.mediaserver.gateway.errors import CameraError, Fault
from belvedere.cameras.mediaserver.gateway.h264.parameter_sets import ParameterSets
from belvedere.cameras.mediaserver.gateway.h264.sps import SequenceParameters
from belvedere.cameras.mediaserver.gateway.h264.tests.test_h264 import IDR, PPS, SLICE, SPS
from belvedere.cameras.mediaserver.gateway.outputs import hls
from belvedere.cameras.mediaserver.gateway.outputs.hls import WaitFor
from belvedere.cameras.mediaserver.gateway.pull import follow_redirect
from belvedere.cameras.mediaserver.gateway.resolver import Rules
from belvedere.cameras.mediaserver.gateway.rtsp.client import Offer
from belvedere.cameras.mediaserver.gateway.rtsp.sdp import Media
from belvedere.cameras.mediaserver.gateway.video import KEY_FRAME_SECONDS
from belvedere.cameras.mediaserver.port import CameraSource, Refused
from belvedere.cameras.source import parse_source

SILENT_ABOUT_ORDER = SequenceParameters(77, 0x40, 30, 640, 360, None, None)
FRAME = 3600


def begin(camera: Camera, *parameter_sets: bytes) -> None:
    """A connection whose description has these."""
    sprop = ",".join(base64.b64encode(nal).decode() for nal in parameter_sets)
    parameters = {"sprop-parameter-sets": sprop} if sprop else {}
    camera.begin(Offer(Media("video", 96, "H264", 90_000, "rtsp://192.168.1.20/track1", parameters), ""))


@pytest.fixture
def camera() -> Camera:
    camera = Camera(CameraSource("gate", "rtsp://192.168.1.20/"), Rules())
    begin(camera, SPS, PPS)
    return camera


def feed(camera: Camera, stamps: list[int], key_every: int = 25) -> None:
    highest = -1
    for index, ts in enumerate(stamps):
        key = index % key_every == 0
        camera.take(AccessUnit([IDR if key else SLICE], ts, key, ts < highest))
        highest = max(highest, ts)


def seconds(count: int, begin: int = 0) -> list[int]:
    return [begin + FRAME * i for i in range(25 * count + 1)]


def test_a_cut_is_connecting_first_and_offline_when_the_next_attempt_fails_too(camera: Camera) -> None:
    feed(camera, seconds(1))
    assert camera.status().state == "live"
    camera.mark_lost(CameraError(Fault.CUT))
    status = camera.status()
    assert (status.state, status.code) == ("connecting", "connection_cut")
    away_since = status.since_ms
    assert away_since > 0
    camera.mark_lost(CameraError(Fault.REFUSED))
    status = camera.status()
    assert (status.state, status.code, status.since_ms) == ("offline", "connection_refused", away_since)
    begin(camera, SPS, PPS)
    feed(camera, seconds(1))
    status = camera.status()
    assert (status.state, status.code, status.reason) == ("live", "", "")


def test_a_camera_that_was_never_there_is_offline_at_once(camera: Camera) -> None:
    camera.mark_lost(CameraError(Fault.REFUSED))
    assert camera.status().state == "offline"


def test_nothing_is_taken_before_the_first_key_frame_and_its_parameter_sets(camera: Camera) -> None:
    begin(camera)
    feed(camera, seconds(1)[1:], key_every=1000)
    assert camera.status().state == "connecting"
    camera.take(AccessUnit([SPS, PPS, IDR], 10**6, True))
    assert camera.status().state == "live"
    assert camera.status().width == 640


def test_b_frames_that_are_found_late_begin_a_new_segment(camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ParameterSets, "parse", lambda _sets: SILENT_ABOUT_ORDER)
    plain = seconds(3)
    feed(camera, plain)
    assert camera.status().b_frames is False
    begin = plain[-1] + FRAME
    reordered = [begin + FRAME * (i + step) for i in range(0, 75, 3) for step in (2, 0, 1)]
    feed(camera, reordered, key_every=24)
    assert camera.status().b_frames is True
    feed(camera, [ts + 75 * FRAME for ts in reordered], key_every=24)
    assert [segment.discontinuity for segment in camera.hls.segmenter.segments].count(True) == 1


def test_a_camera_that_comes_back_goes_on_after_a_discontinuity(camera: Camera) -> None:
    feed(camera, seconds(2))
    begin(camera, SPS, PPS)
    feed(camera, seconds(2, begin=10**9))
    assert [segment.discontinuity for segment in camera.hls.segmenter.segments] == [False, False, True, False]
    numbers = [segment.number for segment in camera.hls.segmenter.segments]
    assert [b - a for a, b in itertools.pairwise(numbers)] == [1, 1, 1]


async def test_a_segment_of_an_earlier_run_is_not_waited_for(camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hls, "SEGMENT_SECONDS", 86_400.0)
    feed(camera, seconds(2))
    async with asyncio.timeout(30):
        for number in (99_999, camera.hls.segmenter.newest + 3, camera.hls.segmenter.newest, 0):
            playlist, kind = await camera.file("video.m3u8", "charlie", WaitFor(number))
            assert f"segment-{camera.hls.segmenter.run}-1.m4s".encode() in playlist
            assert kind == "application/vnd.apple.mpegurl"


async def test_a_playlist_that_is_asked_ahead_waits_for_its_segment(
    camera: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hls, "SEGMENT_SECONDS", 86_400.0)
    feed(camera, seconds(2))
    asked = asyncio.create_task(camera.file("video.m3u8", "charlie", WaitFor(camera.hls.segmenter.newest + 1)))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not asked.done()
    feed(camera, seconds(1, begin=51 * FRAME))
    async with asyncio.timeout(30):
        playlist, _ = await asked
    assert f"segment-{camera.hls.segmenter.run}-2.m4s".encode() in playlist


async def test_a_camera_that_goes_keeps_nobody_waiting(camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hls, "SEGMENT_SECONDS", 86_400.0)
    feed(camera, seconds(2))
    camera.mark_lost(CameraError(Fault.CUT))
    async with asyncio.timeout(30):
        assert await camera.file("video.m3u8", "charlie", WaitFor(camera.hls.segmenter.newest + 1))
        with pytest.raises(Refused):
            await camera.file(camera.hls.segmenter.next_part, "charlie")


async def test_who_watches_is_counted_once_and_not_for_ever(camera: Camera) -> None:
    feed(camera, seconds(2))
    for viewer in ("alice", "charlie", "charlie"):
        await camera.file("index.m3u8", viewer)
    assert camera.status().viewers == 2
    camera.hls._seen["alice"] -= hls.WATCHING_SECONDS + 1
    assert camera.status().viewers == 1
    assert set(camera.hls._seen) == {"charlie"}


async def test_a_file_that_is_gone_is_refused_as_such(camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "READY_SECONDS", 0.01)
    with pytest.raises(Refused) as caught:
        await camera.file("segment-0.m4s", "charlie")
    assert caught.value.refusal.code == "camera_connecting"
    feed(camera, seconds(2))
    with pytest.raises(Refused) as caught:
        await camera.file("segment-99.m4s", "charlie")
    assert caught.value.refusal.code == "no_file"


@pytest.mark.parametrize(("unit", "fault"), [(SLICE, Fault.NO_KEY_FRAME), (IDR, Fault.BAD_VIDEO)])
def test_a_camera_without_key_frames_or_without_parameter_sets_is_left(
    camera: Camera, unit: bytes, fault: Fault
) -> None:
    begin(camera)
    camera.take(AccessUnit([unit], 0, unit == IDR))
    camera._video._key_wanted_since -= KEY_FRAME_SECONDS + 1
    with pytest.raises(CameraError) as caught:
        camera.take(AccessUnit([SLICE], 0, False))
    assert caught.value.fault is fault


class Clock:
    """The time of a camera, which passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(camera_module, "time", clock)
    return clock


def test_a_camera_whose_pictures_stop_is_not_shown_as_live(clock: Clock, camera: Camera) -> None:
    feed(camera, seconds(1))
    clock.now += 9
    assert camera.status().state == "live"
    clock.now += 2
    status = camera.status()
    assert (status.state, status.code) == ("connecting", "silent")
    feed(camera, seconds(1, begin=10**9))
    assert (camera.status().state, camera.status().code) == ("live", "")


async def test_who_asks_for_a_camera_whose_pictures_stopped_hears_that(
    clock: Clock, camera: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_module, "READY_SECONDS", 0.01)
    feed(camera, seconds(1))
    clock.now += 11
    with pytest.raises(Refused) as caught:
        await camera.open_session("m=video")
    assert (caught.value.refusal.code, caught.value.refusal.status) == ("silent", 503)


def test_a_camera_of_one_picture_in_15_s_stays_live(clock: Clock, camera: Camera) -> None:
    for turn in range(8):
        clock.now += 15
        camera.take(AccessUnit([IDR], turn * 15 * 90_000, True))
    assert camera.status().state == "live"
    clock.now += 40
    assert camera.status().state == "live"
    clock.now += 10
    assert camera.status().state == "connecting"


def test_connecting_has_a_reason_after_15_s(clock: Clock) -> None:
    camera = Camera(CameraSource("gate", "rtsp://192.168.1.20/"), Rules())
    clock.now += 14
    assert (camera.status().state, camera.status().code) == ("connecting", "")
    clock.now += 2
    assert (camera.status().state, camera.status().code) == ("connecting", "slow")
    other = Camera(CameraSource("yard", "rtsp://192.168.1.21/"), Rules())
    begin(other)
    for _ in range(16):
        clock.now += 1
        other.take(AccessUnit([SLICE], 0, False))
    status = other.status()
    assert (status.state, status.code, status.arriving) == ("connecting", "no_key_frame", True)


@pytest.mark.parametrize(
    ("location", "keeps"),
    [
        ("rtsps://camera.example:322/other", True),
        ("rtsp://camera.example:322/other", False),
        ("rtsp://camera.example/other", False),
        ("rtsps://camera.example:8322/other", False),
        ("rtsps://other.example:322/other", False),
    ],
)
def test_a_redirect_keeps_the_password_for_the_same_server_by_the_same_way_only(location: str, keeps: bool) -> None:
    source = replace(parse_source("rtsps://camera.example/a"), username="admin", password="s3cret")
    target = follow_redirect(source, location)
    assert (target.username, target.password) == (("admin", "s3cret") if keeps else ("", ""))


@pytest.mark.parametrize("location", ["http://camera.example/", "file:///etc/passwd", "rtsp://a:b@c@d/"])
def test_a_redirect_to_what_is_no_camera_is_told_as_such(location: str) -> None:
    with pytest.raises(CameraError) as caught:
        follow_redirect(parse_source("rtsp://camera.example/"), location)
    assert caught.value.fault is Fault.BAD_REDIRECT


def test_a_redirect_without_a_host_stays_at_the_camera_and_keeps_the_log_in() -> None:
    source = replace(parse_source("rtsp://camera.example:8554/a/b"), username="admin", password="s3cret")
    target = follow_redirect(source, "/live/0")
    assert (target.url, target.password) == ("rtsp://camera.example:8554/live/0", "s3cret")


def test_a_redirect_that_brings_its_own_log_in_does_not_choose_it() -> None:
    target = follow_redirect(parse_source("rtsp://camera.example/"), "rtsp://eve:pass@other.example/")
    assert (target.username, target.password) == ("", "")


class Tap:
    """An output like those to come: notes what it is given."""

    def __init__(self) -> None:
        self.taken: list[object] = []
        self.stopped = False

    def restart(self) -> None:
        self.taken.append("restart")

    def take(self, unit: AccessUnit, video: video.Video) -> None:
        assert video.parameters is not None
        self.taken.append(unit.ts)

    def count_viewers(self) -> int:
        return 5

    async def stop(self) -> None:
        self.stopped = True


async def test_every_output_gets_every_picture_each_new_beginning_and_the_end(camera: Camera) -> None:
    tap = Tap()
    camera._outputs = (*camera._outputs, tap)
    feed(camera, seconds(1))
    camera.mark_lost(CameraError(Fault.CUT))
    begin(camera, SPS, PPS)
    feed(camera, seconds(1, begin=10**9))
    assert (tap.taken.index("restart"), len(tap.taken)) == (26, 53)
    stamps = [ts for ts in tap.taken if isinstance(ts, int)]
    assert stamps == sorted(set(stamps))
    assert camera.status().viewers == 5
    assert camera.is_watched()
    await camera.stop()
    assert tap.stopped
