"""What a hostile or broken camera may not do in its pictures: make one without end."""

from __future__ import annotations

import pytest

from belvedere.cameras.mediaserver.gateway import depacketizer as depacketizer_module
from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.camera import Camera
from belvedere.cameras.mediaserver.gateway.errors import CameraError, Fault
from belvedere.cameras.mediaserver.gateway.h264.parameter_sets import ParameterSets
from belvedere.cameras.mediaserver.gateway.h264.rtp import Depacketizer
from belvedere.cameras.mediaserver.gateway.h264.sps import parse_sps
from belvedere.cameras.mediaserver.gateway.h264.tests.test_h264 import IDR, PPS, SLICE, SPS, fragments, rtp
from belvedere.cameras.mediaserver.gateway.outputs.segments import MAX_SEGMENT_PICTURES, MAX_SEGMENTS, Segmenter
from belvedere.cameras.mediaserver.gateway.resolver import Rules
from belvedere.cameras.mediaserver.gateway.tests.limits import breaks
from belvedere.cameras.mediaserver.gateway.tests.test_camera_pictures import begin
from belvedere.cameras.mediaserver.port import CameraSource


def feed(*payloads: bytes, markers: bool = False) -> list[AccessUnit]:
    depacketizer = Depacketizer(96)
    return [unit for i, p in enumerate(payloads) for unit in depacketizer.feed(rtp(i, 5, p, marker=markers))]


def test_a_picture_without_end_is_refused() -> None:
    first, middle, *_ = fragments(b"\x41" + bytes(180_000), 60_000)
    breaks("4 MiB", lambda: feed(first, *[middle] * 80))


def test_a_picture_of_endless_small_packets_is_refused() -> None:
    first, middle, *_ = fragments(b"\x41" + bytes(3), 1)
    breaks("8192 packets", lambda: feed(first, *[middle] * 9000))
    breaks("8192 packets", lambda: feed(*[b""] * 9000))


def test_a_picture_of_endless_small_units_is_refused() -> None:
    stap = b"\x78" + b"\x00\x01\x41" * 5000
    breaks("4096 units", lambda: feed(stap))


def test_what_belongs_to_no_picture_does_not_pile_up() -> None:
    breaks("4096 units", lambda: feed(*[b"\x06\x05"] * 9000, markers=True))


def test_limits_are_of_one_picture_and_not_of_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(depacketizer_module, "MAX_ACCESS_UNIT_PACKETS", 3)
    monkeypatch.setattr(depacketizer_module, "MAX_ACCESS_UNIT_NALS", 3)
    monkeypatch.setattr(depacketizer_module, "MAX_ACCESS_UNIT_BYTES", 100)
    depacketizer = Depacketizer(96)
    units = [depacketizer.feed(rtp(i, i * 3600, SLICE, marker=True)) for i in range(50)]
    assert all(len(found) == 1 for found in units)


def test_parameter_sets_without_end_are_refused() -> None:
    breaks("4 KiB", lambda: ParameterSets([SPS + bytes(1_000_000)]))
    breaks("32 picture parameter sets", lambda: ParameterSets([SPS, *(bytes([0x68, n]) for n in range(60))]))


def with_bits(bits: str, profile: int = 66) -> bytes:
    """An SPS that goes on with these bits, then ones."""
    bits += "1" * (-len(bits) % 8)
    return (
        bytes([0x67, profile, 0, 30]) + bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)) + b"\xff" * 3000
    )


def ue(value: int) -> str:
    text = f"{value + 1:b}"
    return "0" * (len(text) - 1) + text


@pytest.mark.parametrize(
    ("name", "bits"),
    [
        ("a picture order cycle of 256", ue(0) + ue(0) + ue(1) + "1" + ue(0) * 2 + ue(256) + ue(0) * 256),
        ("a picture order cycle of 2^32", ue(0) + ue(0) + ue(1) + "1" + ue(0) * 2 + "0" * 31 + "1" * 32),
        ("a picture wider than any", ue(0) * 2 + ue(2) + ue(1) + "0" + ue(1024) + ue(10) + "1100"),
        ("a picture higher than any", ue(0) * 2 + ue(2) + ue(1) + "0" + ue(10) + ue(1024) + "1100"),
        ("a picture cut to less than nothing",
         ue(0) * 2 + ue(2) + ue(1) + "0" + ue(10) + ue(10) + "11" + "1" + ue(200) + ue(200) + ue(0) * 2 + "0"),
        ("reordering of 17 pictures",
         ue(0) * 2 + ue(2) + ue(1) + "0" + ue(10) + ue(10) + "1101" + "000000001" + "1" + ue(0) * 4 + ue(17)),
        ("33 buffers",
         ue(0) * 2 + ue(2) + ue(1) + "0" + ue(10) + ue(10) + "1101" + "000001" + ue(32) + "0" * 8),
    ],
)  # fmt: skip
def test_an_sps_beyond_the_standard_is_not_believed(name: str, bits: str) -> None:
    assert parse_sps(with_bits(bits)) is None, name


def test_an_sps_at_the_limits_of_the_standard_is_read() -> None:
    bits = ue(0) + ue(0) + ue(1) + "1" + ue(0) * 2 + ue(255) + ue(0) * 255 + ue(1) + "0" + ue(1023) + ue(1023) + "1100"
    parameters = parse_sps(with_bits(bits))
    assert parameters is not None
    assert (parameters.width, parameters.height) == (16_384, 16_384)


@pytest.mark.parametrize(
    ("profile", "order", "reorder"),
    [(66, ue(0) * 2, 0), (77, ue(2), 0), (77, ue(0) * 2, None)],
    ids=["Baseline", "output in decoding order", "Main, not told"],
)
def test_an_sps_tells_whether_pictures_are_reordered(profile: int, order: str, reorder: int | None) -> None:
    parameters = parse_sps(with_bits(ue(0) * 2 + order + ue(1) + "0" + ue(39) + ue(22) + "1100", profile))
    assert parameters is not None
    assert (parameters.profile, parameters.reorder) == (profile, reorder)


def test_an_interlaced_picture_has_twice_the_rows_and_is_cut_in_steps_of_four() -> None:
    bits = ue(0) * 2 + ue(2) + ue(1) + "0" + ue(119) + ue(33) + "0" + "1" + "1" + "1" + ue(0) * 3 + ue(2) + "0"
    parameters = parse_sps(with_bits(bits))
    assert parameters is not None
    assert (parameters.width, parameters.height) == (1920, 1080)


def test_a_standing_clock_or_a_stream_that_always_changes_fills_no_list() -> None:
    hls, sets = Segmenter(), ParameterSets([SPS, PPS])
    parameters = parse_sps(SPS)
    assert parameters is not None
    for _ in range(2 * MAX_SEGMENT_PICTURES):
        hls.feed(AccessUnit([IDR], 900_000, True), sets, parameters, 0, 0)
    assert len(hls.segments) >= 1
    for n in range(2 * MAX_SEGMENTS):
        sets = ParameterSets([SPS, PPS + bytes([n])])
        for _ in range(2):
            hls.feed(AccessUnit([IDR], 900_000, True), sets, parameters, 0, 0)
    assert len(hls.segments) == MAX_SEGMENTS


async def test_a_camera_whose_sps_cannot_be_read_says_so() -> None:
    camera = Camera(CameraSource("gate", "rtsp://192.168.1.20/"), Rules())
    begin(camera)
    with pytest.raises(CameraError) as caught:
        camera.take(AccessUnit([with_bits(ue(0) * 2 + ue(9)), PPS, IDR], 0, True))
    assert caught.value.fault is Fault.BAD_VIDEO
