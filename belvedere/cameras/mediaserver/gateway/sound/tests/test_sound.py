"""Packets to frames, and AAC to Opus."""

from __future__ import annotations

import array
import itertools
import math
from fractions import Fraction
from functools import cache

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from belvedere.cameras.mediaserver.gateway.h264.tests.test_h264 import rtp
from belvedere.cameras.mediaserver.gateway.rtsp import sdp
from belvedere.cameras.mediaserver.gateway.rtsp.sdp import Media
from belvedere.cameras.mediaserver.gateway.sound.frames import AAC, MAX_FRAME_BYTES, Depacketizer, Frame, read_config
from belvedere.cameras.mediaserver.gateway.sound.transcoder import OPUS, Transcoder

RATE, TONE_HERTZ = 16_000, 1000


@cache
def tone(seconds: int = 2) -> tuple[bytes, list[bytes]]:
    """AudioSpecificConfig and frames of AAC: a beep."""
    encoder = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = RATE, "mono", "fltp"
    packets = []
    for number in range(seconds * RATE // 1024):
        frame = av.AudioFrame("fltp", "mono", 1024)
        frame.sample_rate, frame.pts, frame.time_base = RATE, number * 1024, Fraction(1, RATE)
        times = (n / RATE for n in range(number * 1024, number * 1024 + 1024))
        wave = array.array("f", [0.5 * math.sin(2 * math.pi * TONE_HERTZ * time) for time in times])
        frame.planes[0].update(wave.tobytes())
        packets += encoder.encode(frame)
    return bytes(encoder.extradata or b""), [bytes(packet) for packet in packets]


def packed(*frames: bytes) -> bytes:
    """A payload of mode AAC-hbr."""
    heads = b"".join((len(frame) << 3).to_bytes(2, "big") for frame in frames)
    return (8 * len(heads)).to_bytes(2, "big") + heads + b"".join(frames)


def test_a_packet_of_opus_or_g711_is_one_frame() -> None:
    depacketizer = Depacketizer("OPUS", 96)
    assert depacketizer.feed(rtp(1, 960, b"frame")) == [Frame(b"frame", 960)]
    assert depacketizer.feed(rtp(2, 1920, bytes(MAX_FRAME_BYTES + 1))) == []


def test_a_packet_of_aac_holds_several_frames_or_a_part_of_one() -> None:
    depacketizer = Depacketizer(AAC, 96)
    assert depacketizer.feed(rtp(1, 0, packed(b"one", b"two"))) == [Frame(b"one", 0), Frame(b"two", 1024)]
    whole = bytes(range(200)) * 10
    head = packed(whole)[:4]
    assert depacketizer.feed(rtp(2, 2048, head + whole[:1500])) == []
    assert depacketizer.feed(rtp(3, 2048, head + whole[1500:], marker=True)) == [Frame(whole, 2048)]
    assert depacketizer.feed(rtp(4, 3072, head + whole[:1500])) == []  # the rest is lost
    assert depacketizer.feed(rtp(6, 4096, packed(b"next"))) == [Frame(b"next", 4096)]


def test_the_time_stamp_may_wrap() -> None:
    depacketizer = Depacketizer("PCMU", 96)
    stamps = [depacketizer.feed(rtp(n, (1 << 32) - 160 + 160 * n, b"x"))[0].ts for n in range(3)]
    assert [later - earlier for earlier, later in itertools.pairwise(stamps)] == [160, 160]


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_no_packet_crashes_the_depacketizer(payloads: list[bytes]) -> None:
    for codec in (AAC, "OPUS"):
        depacketizer = Depacketizer(codec, 96)
        for number, payload in enumerate(payloads):
            assert all(len(frame.data) <= MAX_FRAME_BYTES for frame in depacketizer.feed(rtp(number, 5, payload)))


@pytest.mark.parametrize(
    ("parameters", "config"),
    [
        ({"config": "1408", "sizelength": "13", "indexlength": "3"}, b"\x14\x08"),
        ({"config": "1408"}, b"\x14\x08"),
        ({"config": "1408", "sizelength": "6", "indexlength": "2"}, b""),  # AAC-lbr
        ({"config": "no"}, b""),
        ({"config": "00" * 65}, b""),
        ({}, b""),
    ],
)
def test_aac_is_told_by_its_description(parameters: dict[str, str], config: bytes) -> None:
    assert read_config(parameters) == config


def test_sound_that_needs_no_conversion_is_chosen() -> None:
    lines = ["v=0", "m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000", "m=audio 0 RTP/AVP 97"]
    lines += ["a=rtpmap:97 MPEG4-GENERIC/16000", "m=audio 0 RTP/AVP 8", "a=control:g711", "m=audio 0 RTP/AVP 98"]
    description = sdp.parse("\r\n".join([*lines, "a=rtpmap:98 L16/8000"]).encode(), "rtsp://192.168.1.20/")
    chosen = description.choose_sound()
    assert chosen is not None
    assert (chosen.codec, chosen.clock_rate) == ("PCMA", 8000)
    assert sdp.parse("\r\n".join(lines[:3]).encode(), "rtsp://192.168.1.20/").choose_sound() is None


def test_aac_becomes_opus_of_the_same_tone() -> None:
    config, frames = tone()
    transcoder = Transcoder(Media("audio", 97, AAC, RATE, "", {"config": config.hex()}), OPUS)
    made = [f for n, data in enumerate(frames) for f in transcoder.feed(Frame(data, n * 1024))]
    assert transcoder.feed(Frame(b"\xff" * 40, 10**6)) is not None  # what cannot be decoded ends nothing
    assert {later.ts - earlier.ts for earlier, later in itertools.pairwise(made)} == {OPUS.samples}
    decoder = av.CodecContext.create("opus", "r")
    decoder.sample_rate, decoder.layout = 48_000, "stereo"
    decoded = b"".join(
        bytes(frame.planes[0])[: frame.samples * 4] for data, _ in made for frame in decoder.decode(av.Packet(data))
    )
    wave = array.array("f", decoded)[20_000:68_000]
    rising = sum(earlier < 0 <= later for earlier, later in itertools.pairwise(wave))
    assert rising == pytest.approx(TONE_HERTZ, rel=0.02)
