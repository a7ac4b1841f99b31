"""H.265 as viewers get it: what a foreign decoder makes of our files and packets, and who is refused."""

from __future__ import annotations

import asyncio
import io
import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import av
import pytest
from aiortc import RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.camera import Camera
from belvedere.cameras.mediaserver.gateway.h264.tests.test_h264 import IDR, PPS, SPS
from belvedere.cameras.mediaserver.gateway.h265.rtp import Depacketizer
from belvedere.cameras.mediaserver.gateway.h265.tests.clips import FPS, clip
from belvedere.cameras.mediaserver.gateway.outputs.files import find_file
from belvedere.cameras.mediaserver.gateway.resolver import Rules
from belvedere.cameras.mediaserver.gateway.rtsp.client import Offer
from belvedere.cameras.mediaserver.gateway.rtsp.sdp import Media
from belvedere.cameras.mediaserver.offers import repeat_format, take_offer
from belvedere.cameras.mediaserver.port import CameraSource, Refused


def begin(camera: Camera, codec: str = "H265") -> None:
    camera.begin(Offer(Media("video", 96, codec, 90_000, "rtsp://192.168.1.20/track1"), ""))


@pytest.fixture
async def camera() -> AsyncIterator[Camera]:
    camera = Camera(CameraSource("gate", "rtsp://192.168.1.20/"), Rules())
    begin(camera)
    yield camera
    await camera.stop()


def feed(camera: Camera, b_frames: int = 0, turns: int = 1) -> None:
    for turn in range(turns):
        for unit in clip(b_frames):
            camera.take(replace(unit, ts=unit.ts + turn * 4 * 90_000))


@pytest.mark.parametrize("b_frames", [0, 2])
async def test_a_foreign_decoder_plays_the_files_picture_by_picture(camera: Camera, b_frames: int) -> None:
    feed(camera, b_frames, turns=2)
    status, segments = camera.status(), camera.hls.segmenter.segments
    assert (status.state, status.codec, status.b_frames) == ("live", "H265", bool(b_frames))
    newest = [segment for segment in segments if segment.init is segments[-1].init and not segment.discontinuity]
    data = newest[0].init.data + b"".join(segment.data for segment in newest)
    with av.open(io.BytesIO(data), "r") as container:
        assert container.streams.video[0].codec_context.codec_tag == "hvc1"
        times = [frame.pts for frame in container.decode(video=0) if frame.pts is not None]
    assert len(times) >= 4 * FPS
    assert {later - earlier for earlier, later in itertools.pairwise(times)} == {90_000 // FPS}
    master = find_file(camera.hls.segmenter, "index.m3u8")
    assert master is not None
    assert b'CODECS="hvc1.1.6.L30.90"' in master[0]


H265_OFFERED = {"45": "", "46": "profile-id=2;tier-flag=0;level-id=93", "47": "profile-id=1;level-id=150;tx-mode=SRST"}


def offer_of(*formats: str) -> str:
    """An offer's video with H.264 and these payload types of H.265."""
    lines = ["v=0", "m=video 9 UDP/TLS/RTP/SAVPF 96 " + " ".join(formats), "a=rtpmap:96 H264/90000"]
    lines += [f"a=rtpmap:{number} H265/90000" for number in formats]
    lines += [f"a=fmtp:{number} {H265_OFFERED[number]}" for number in formats if H265_OFFERED[number]]
    return "\r\n".join([*lines, "a=candidate:1 1 udp 1 192.0.2.1 9 typ host"]) + "\r\n"


@pytest.mark.parametrize(
    ("formats", "profile", "chosen"),
    [
        (("46", "47"), 1, "47"),
        (("46", "47"), 2, "46"),
        (("45", "46"), 1, "45"),  # none told is Main
        (("46",), 1, "46"),  # a decoder of Main 10 plays Main
        (("47",), 2, ""),
        (("46", "47"), 4, ""),
        ((), 1, ""),
    ],
)
def test_h265_is_sent_under_the_type_of_its_profile_or_refused(
    formats: tuple[str, ...], profile: int, chosen: str
) -> None:
    if not chosen:
        with pytest.raises(Refused) as caught:
            take_offer(offer_of(*formats), "H265", profile)
        assert (caught.value.refusal.code, caught.value.permanent) == ("h265", True)
        assert "substream" in caught.value.refusal.sentence
        return
    taken = take_offer(offer_of(*formats), "H265", profile)
    assert [line for line in taken.splitlines() if "H265" in line] == [f"a=rtpmap:{chosen} H265/90000"]
    assert "candidate" not in taken


def test_the_answer_repeats_what_the_viewer_offered_of_h265() -> None:
    answer = "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 47\r\na=rtpmap:47 H265/90000\r\na=mid:0\r\n"
    lines = repeat_format(offer_of("47"), answer).splitlines()
    assert lines[2:] == ["a=rtpmap:47 H265/90000", f"a=fmtp:47 {H265_OFFERED['47']}", "a=mid:0"]


class Browser:
    """A viewer that knows H.265, as it notes what comes."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection()
        self.packets: list[Any] = []

    async def offer(self) -> str:
        self.connection.addTransceiver("video", direction="recvonly")
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return str(self.connection.localDescription.sdp)


@pytest.fixture
async def browser(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Browser]:
    browser = Browser()

    async def note(_receiver: object, packet: Any, **_: object) -> None:
        browser.packets.append(packet)

    monkeypatch.setattr(RTCRtpReceiver, "_handle_rtp_packet", note)
    yield browser
    await browser.connection.close()


async def test_a_viewer_between_two_key_frames_gets_h265_as_the_camera_sent_it(
    camera: Camera, browser: Browser
) -> None:
    feed(camera)
    for unit in clip()[:7]:
        camera.take(replace(unit, ts=unit.ts + 4 * 90_000))
    _session, answer = await camera.open_session(await browser.offer())
    assert "H265/90000" in answer
    assert "H264" not in answer
    await browser.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    async with asyncio.timeout(60):
        while sum(packet.marker for packet in browser.packets) < 7:
            await asyncio.sleep(0.02)
    packets = [packet.serialize() for packet in browser.packets]
    depacketizer = Depacketizer(browser.packets[0].payload_type)
    units = [unit for packet in packets for unit in depacketizer.feed(packet)]
    stream = b"".join(b"\0\0\0\1" + nal for unit in units for nal in unit.nals)
    decoder = av.CodecContext.create("hevc", "r")
    frames = [frame for packet in decoder.parse(stream) for frame in decoder.decode(packet)]
    assert len(frames + decoder.decode(None)) >= 6  # its parser holds the last one back


async def test_a_viewer_without_h265_is_refused_and_others_are_not(camera: Camera, browser: Browser) -> None:
    feed(camera)
    offer = await browser.offer()
    without = "".join(f"{line}\r\n" for line in offer.splitlines() if "H265" not in line)
    with pytest.raises(Refused) as caught:
        await camera.open_session(without)
    assert (caught.value.refusal.code, caught.value.refusal.status) == ("h265", 409)
    assert camera.status().state == "live"
    assert await camera.open_session(offer)


async def test_b_frames_are_refused_by_webrtc_whatever_the_codec(camera: Camera, browser: Browser) -> None:
    feed(camera, b_frames=2)
    with pytest.raises(Refused) as caught:
        await camera.open_session(await browser.offer())
    assert caught.value.refusal.code == "b_frames"


async def test_a_camera_that_comes_back_with_another_codec_ends_the_sessions_of_the_first(
    camera: Camera, browser: Browser
) -> None:
    feed(camera)
    session, _answer = await camera.open_session(await browser.offer())
    begin(camera, "H264")
    camera.take(AccessUnit([SPS, PPS, IDR], 0, True))
    async with asyncio.timeout(60):
        while session in camera.whep.session_ids():
            await asyncio.sleep(0.01)
    assert camera.status().codec == "H264"
