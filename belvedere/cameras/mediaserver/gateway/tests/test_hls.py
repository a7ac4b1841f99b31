"""Segments and playlists, and whether a foreign decoder plays what we cut."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import av
import pytest

from belvedere.cameras.mediaserver.gateway import hls as hls_module
from belvedere.cameras.mediaserver.gateway.h264 import (
    AccessUnit,
    ParameterSets,
    SequenceParameters,
    nal_type,
    parse_sps,
)
from belvedere.cameras.mediaserver.gateway.hls import MIN_SEGMENTS, DecodingOrder, Hls

FRAMES, FPS = 100, 25


def encoded(b_frames: int, size: int = 96) -> list[AccessUnit]:
    """Four seconds of H.264 with a key frame each second, in decoding order, by x264."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width = encoder.height = size
    encoder.pix_fmt, encoder.time_base, encoder.framerate = "yuv420p", Fraction(1, FPS), Fraction(FPS)
    encoder.options = {"bf": str(b_frames), "b-adapt": "0", "g": str(FPS), "sc_threshold": "0"}
    packets = []
    for index in range(FRAMES):
        frame = av.VideoFrame(size, size, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([index * 2 % 256]) * plane.buffer_size)
        frame.pts = index
        packets += encoder.encode(frame)
    return [as_unit(packet) for packet in packets + list(encoder.encode(None))]


def as_unit(packet: av.Packet[Any]) -> AccessUnit:
    data = bytes(packet).replace(b"\x00\x00\x00\x01", b"\x00\x00\x01")
    nals = data.split(b"\x00\x00\x01")[1:]
    assert packet.pts is not None
    return AccessUnit(nals, 900_000 + packet.pts * 3600, bool(packet.is_keyframe))


def feed(hls: Hls, units: list[AccessUnit], sets: ParameterSets, reorder: int) -> None:
    for unit in units:
        sets.apply(unit)
        parameters = parse_sps(sets.sps)
        assert isinstance(parameters, SequenceParameters)
        hls.feed(unit, sets, parameters, reorder, 1_700_000_000_000)


def played(hls: Hls) -> list[int]:
    """Presentation times of every picture that ffmpeg's decoder gives, in 90 kHz."""
    data = hls.segments[0].init.data + b"".join(part for segment in hls.segments for part in segment.parts)
    with av.open(io.BytesIO(data), "r") as container:
        assert container.streams.video[0].time_base == Fraction(1, 90_000)
        return [frame.pts for frame in container.decode(video=0) if frame.pts is not None]


@pytest.mark.parametrize("b_frames", [0, 2])
def test_a_foreign_decoder_plays_every_picture_at_its_time(b_frames: int) -> None:
    hls = Hls()
    feed(hls, encoded(b_frames), ParameterSets(), reorder=2 if b_frames else 0)
    assert [segment.ticks for segment in hls.segments] == [90_000] * 3
    assert played(hls) == [900_000 + 3600 * i for i in range(75)]


def test_decoding_times_rise_and_never_pass_presentation() -> None:
    order = DecodingOrder(2)
    stamps = [0, 10_800, 3_600, 7_200, 21_600, 14_400, 18_000]
    times = [order.dts(ts) for ts in stamps]
    assert times == sorted(set(times))
    assert all(dts <= ts for dts, ts in zip(times, stamps, strict=True))


def test_the_playlist_says_what_players_need() -> None:
    hls = Hls()
    assert hls.playlist() is None
    assert hls.multivariant() is None
    feed(hls, encoded(0), ParameterSets(), reorder=0)
    text = hls.playlist() or ""
    assert "#EXT-X-TARGETDURATION:1\n#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES\n" in text
    assert text.count("#EXT-X-MAP:") == 1
    assert "#EXTINF:1.00000,\nsegment-0.m4s" in text
    assert "RESOLUTION=96x96" in (hls.multivariant() or "")
    found = hls.file("segment-0.m4s")
    assert found is not None
    assert found[0][4:8] == b"moof"


def test_a_camera_that_comes_back_is_a_discontinuity_with_the_same_init() -> None:
    hls, units = Hls(), encoded(0)
    feed(hls, units[:60], ParameterSets(), reorder=0)
    hls.restart()
    for unit in units:
        unit.ts += 6 * 90_000
    feed(hls, units, ParameterSets(), reorder=0)
    assert [segment.discontinuity for segment in hls.segments] == [False, False, False, True, False, False]
    text = hls.playlist() or ""
    assert text.count("#EXT-X-DISCONTINUITY\n") == 1
    assert text.count("#EXT-X-MAP:") == 1


def test_other_parameters_get_an_init_of_their_own() -> None:
    hls = Hls()
    feed(hls, encoded(0), ParameterSets(), reorder=0)
    feed(hls, encoded(0, size=128), ParameterSets(), reorder=0)
    text = hls.playlist() or ""
    assert '#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="init-1.mp4"' in text
    assert hls.file("init-0.mp4") != hls.file("init-1.mp4")


def test_a_camera_whose_clock_stands_still_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hls_module, "MAX_SEGMENT_BYTES", 2_000)
    hls, sets = Hls(), ParameterSets()
    for _ in range(5):
        feed(hls, [AccessUnit(list(unit.nals), 900_000, unit.key) for unit in encoded(0)], sets, reorder=0)
    assert hls.newest > MIN_SEGMENTS
    assert all(segment.size < 20_000 for segment in hls.segments)


def test_old_segments_go_and_the_numbers_tell() -> None:
    hls, sets = Hls(), ParameterSets()
    units = encoded(0)
    for turn in range(5):
        feed(hls, [AccessUnit(list(u.nals), u.ts + turn * 4 * 90_000, u.key) for u in units], sets, reorder=0)
    assert MIN_SEGMENTS <= len(hls.segments) <= 8
    assert f"#EXT-X-MEDIA-SEQUENCE:{hls.segments[0].number}\n" in (hls.playlist() or "")
    assert hls.file("segment-0.m4s") is None


def test_nothing_is_kept_before_the_first_key_frame() -> None:
    hls = Hls()
    feed(hls, encoded(0)[:25], ParameterSets(), reorder=0)
    first = encoded(0)
    sets = ParameterSets([nal for nal in first[0].nals if nal_type(nal) in (7, 8)])
    late = Hls()
    feed(late, first[10:], sets, reorder=0)
    assert [segment.ticks for segment in late.segments] == [90_000] * 2
