"""What a WebRTC viewer hears: decoded by aiortc, whose decoders are libopus and the standard's tables."""

from __future__ import annotations

import array
import asyncio
import itertools
import math
from collections.abc import AsyncIterator, Callable

import av
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription

from belvedere.cameras.mediaserver.gateway.outputs.listeners import MAX_QUEUED, Listeners, SoundTrack
from belvedere.cameras.mediaserver.gateway.outputs.whep import WhepOutput
from belvedere.cameras.mediaserver.gateway.rtsp.sdp import Media
from belvedere.cameras.mediaserver.gateway.sound.frames import AAC, Frame
from belvedere.cameras.mediaserver.gateway.sound.tests.test_sound import RATE, TONE_HERTZ, tone


def media(codec: str, rate: int, **parameters: str) -> Media:
    return Media("audio", 97, codec, rate, "rtsp://192.168.1.20/a", parameters)


def aac() -> tuple[Media, list[Frame]]:
    config, frames = tone()
    return media(AAC, RATE, config=config.hex()), [Frame(data, n * 1024) for n, data in enumerate(frames)]


def g711() -> tuple[Media, list[Frame]]:
    """Two seconds of the tone in the A-law, 20 ms a frame."""
    encoder = av.CodecContext.create("pcm_alaw", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 8000, "mono", "s16"
    frames = []
    for number in range(100):
        wave = (
            16_000 * math.sin(2 * math.pi * TONE_HERTZ * (n / 8000)) for n in range(number * 160, number * 160 + 160)
        )
        frame = av.AudioFrame("s16", "mono", 160)
        frame.sample_rate = 8000
        frame.planes[0].update(array.array("h", map(int, wave)).tobytes())
        frames += [Frame(bytes(packet), number * 160) for packet in encoder.encode(frame)]
    return media("PCMA", 8000), frames


@pytest.fixture
async def viewer() -> AsyncIterator[RTCPeerConnection]:
    connection = RTCPeerConnection()
    yield connection
    await connection.close()


async def offer_of(viewer: RTCPeerConnection) -> str:
    viewer.addTransceiver("video", direction="recvonly")
    viewer.addTransceiver("audio", direction="recvonly")
    await viewer.setLocalDescription(await viewer.createOffer())
    return str(viewer.localDescription.sdp)


@pytest.mark.parametrize(("source", "agreed"), [(g711, "PCMA/8000"), (aac, "opus/48000/2")])
async def test_a_viewer_hears_the_tone_that_the_camera_sends(
    viewer: RTCPeerConnection, source: Callable[[], tuple[Media, list[Frame]]], agreed: str
) -> None:
    described, frames = source()
    whep = WhepOutput()
    whep.begin_sound(described)
    _session, answer = await whep.open(await offer_of(viewer))
    assert [line.split(" ", 1)[1] for line in answer.splitlines() if "rtpmap" in line][-1] == agreed
    await viewer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    track = viewer.getReceivers()[1].track

    async def play() -> None:
        span = frames[-1].ts + frames[1].ts
        for turn in itertools.count():
            for frame in frames:
                whep.hear(Frame(frame.data, frame.ts + turn * span))
                await asyncio.sleep(frames[1].ts / described.clock_rate)

    playing = asyncio.create_task(play())
    wave, rate = array.array("h"), 0
    async with asyncio.timeout(60):
        while len(wave) < 40_000:
            frame = await track.recv()
            assert isinstance(frame, av.AudioFrame)
            rate, channels = frame.sample_rate, len(frame.layout.channels)
            wave.extend(array.array("h", bytes(frame.planes[0])[: frame.samples * 2 * channels])[::channels])
    playing.cancel()
    await whep.stop()
    loud = max(range(0, len(wave) - rate // 4, rate // 4), key=lambda at: sum(map(abs, wave[at : at + rate // 4])))
    piece = wave[loud : loud + rate // 4]
    rising = sum(earlier < 0 <= later for earlier, later in itertools.pairwise(piece))
    assert rising * 4 == pytest.approx(TONE_HERTZ, rel=0.1)


async def test_a_viewer_who_takes_no_sound_gets_the_picture_alone(viewer: RTCPeerConnection) -> None:
    whep = WhepOutput()
    whep.begin_sound(media("PCMA", 8000))
    viewer.addTransceiver("video", direction="recvonly")
    await viewer.setLocalDescription(await viewer.createOffer())
    _session, answer = await whep.open(viewer.localDescription.sdp)
    assert "m=audio" not in answer
    await whep.stop()


async def test_a_viewer_whose_offer_lacks_the_codec_gets_the_picture(viewer: RTCPeerConnection) -> None:
    whep = WhepOutput()
    whep.begin_sound(media("G722", 8000))
    offer = "".join(f"{line}\r\n" for line in (await offer_of(viewer)).splitlines() if "G722" not in line)
    _session, answer = await whep.open(offer)
    assert "H264/90000" in answer
    assert "G722" not in answer
    await whep.stop()


async def test_aac_is_converted_only_while_somebody_listens() -> None:
    described, frames = aac()
    listeners = Listeners()
    assert not listeners.begin(described)
    assert listeners.mime_type == "audio/opus"
    assert listeners._converter is not None
    assert not listeners._converter.is_running
    track = listeners.open()
    assert listeners._converter.is_running
    listeners.close(track)
    listeners.hear(frames[0])
    assert not listeners._converter.is_running


async def test_a_camera_that_comes_back_with_other_sound_is_told_from_one_with_the_same() -> None:
    listeners = Listeners()
    changes = [listeners.begin(each) for each in (media("PCMA", 8000), None, media("PCMA", 8000), media("PCMU", 8000))]
    assert changes == [False, False, False, True]
    assert not listeners.begin(media(AAC, 16_000))  # without its configuration nothing can be made of it
    listeners.hear(Frame(b"x", 0))


async def test_a_listener_who_falls_behind_hears_the_newest() -> None:
    track = SoundTrack()
    receiving = asyncio.create_task(track.recv())
    await asyncio.sleep(0)
    for n in range(3 * MAX_QUEUED):
        track.push(Frame(b"x", n))
    assert (await receiving).ts == 2 * MAX_QUEUED
    assert (await track.recv()).ts == 2 * MAX_QUEUED + 1
