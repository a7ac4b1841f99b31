"""RTP packets to pictures and back, and what the parameter sets of H.265 say."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.h264.tests.test_h264 import rtp
from belvedere.cameras.mediaserver.gateway.h265.parameter_sets import ParameterSets
from belvedere.cameras.mediaserver.gateway.h265.rtp import Depacketizer, packetize
from belvedere.cameras.mediaserver.gateway.h265.sps import parse_sps
from belvedere.cameras.mediaserver.gateway.h265.tests.clips import FPS, HEIGHT, WIDTH, clip, copied
from belvedere.cameras.mediaserver.gateway.h265.units import PPS, SPS, VPS, nal_type
from belvedere.cameras.mediaserver.gateway.packetizer import MAX_PAYLOAD_BYTES
from belvedere.cameras.mediaserver.gateway.rtsp import sdp
from belvedere.cameras.mediaserver.gateway.tests.limits import breaks

VPS_NAL, SPS_NAL, PPS_NAL = (next(n for n in clip()[0].nals if nal_type(n) == kind) for kind in (VPS, SPS, PPS))
KEY, SLICE, FURTHER = b"\x26\x01\xaf" + bytes(9), b"\x02\x01\xd0" + bytes(9), b"\x02\x01\x50" + bytes(9)


def units(*packets: bytes) -> list[AccessUnit]:
    depacketizer = Depacketizer(96)
    return [unit for packet in packets for unit in depacketizer.feed(packet)]


def sent(payloads: list[bytes], ts: int, first: int = 0) -> list[bytes]:
    last = len(payloads) - 1
    return [rtp(first + i, ts, payload, marker=i == last) for i, payload in enumerate(payloads)]


def test_pictures_come_out_as_they_were_packed() -> None:
    packets, payloads = [], list[bytes]()
    for picture in clip():
        cut = packetize(picture.nals)
        packets += sent(cut, picture.ts, len(payloads))
        payloads += cut
    assert {nal_type(payload) for payload in payloads} >= {1, 48, 49}  # single, aggregated, fragmented
    assert max(map(len, payloads)) <= MAX_PAYLOAD_BYTES
    assert [(u.nals, u.ts, u.key) for u in units(*packets)] == [(u.nals, u.ts, u.key) for u in clip()]


def test_a_loss_within_a_picture_spoils_it_and_the_next_is_whole() -> None:
    pieces = sent(packetize([b"\x26\x01\xaf" + bytes(5000)]), 0)
    after = rtp(len(pieces), 3600, SLICE, marker=True), rtp(len(pieces) + 1, 7200, SLICE, marker=True)
    assert [u.ts for u in units(*pieces[:1], *pieces[2:], *after)] == [3600, 7200]
    assert [u.ts for u in units(*pieces[:-1], *after)] == [7200]


def test_a_picture_of_two_slices_is_one_picture_where_every_slice_has_a_marker() -> None:
    packets = [rtp(2 * i + j, 3600 * i, (SLICE, FURTHER)[j], marker=True) for i in range(4) for j in range(2)]
    assert [len(unit.nals) for unit in units(*packets)][-2:] == [2, 2]


def test_start_codes_in_place_of_the_standard_are_taken_apart() -> None:
    code = b"\0\0\0\1"
    stream = code + VPS_NAL + code + SPS_NAL + code + PPS_NAL + code + KEY[:-8] + b"\x01"
    (unit,) = units(rtp(1, 0, stream, marker=True))
    assert [nal_type(nal) for nal in unit.nals] == [VPS, SPS, PPS, 19]
    assert unit.key


def test_units_of_another_layer_are_left_out() -> None:
    other = b"\x02\x09\xd0" + bytes(9)
    (unit,) = units(rtp(1, 0, other), rtp(2, 0, SLICE, marker=True))
    assert unit.nals == [SLICE]


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_no_packet_crashes_the_depacketizer(payloads: list[bytes]) -> None:
    sets = ParameterSets()
    for unit in units(*(rtp(i, i // 2, payload, marker=i % 2 == 1) for i, payload in enumerate(payloads))):
        sets.apply(unit)


@given(st.binary(max_size=80))
def test_no_parameter_set_crashes_the_reader(data: bytes) -> None:
    parse_sps(SPS_NAL[:2] + data)
    ParameterSets([SPS_NAL[: 2 + len(data) % 30] + data, PPS_NAL[:2] + data, VPS_NAL[:2] + data])


def test_the_sps_tells_size_order_and_how_decoders_are_asked() -> None:
    parameters = parse_sps(SPS_NAL)
    assert parameters is not None
    assert (parameters.width, parameters.height, parameters.reorder) == (WIDTH, HEIGHT, 0)
    assert (parameters.profile, parameters.codec_string) == (1, "hvc1.1.6.L30.90")


@pytest.mark.parametrize("also", ["", ":scaling-list=default", ":amp=1:rect=1:ref=4:bframes=3"])
def test_the_sps_tells_the_shape_of_its_pixels_whatever_lies_before_it(also: str) -> None:
    first = clip(also=f"sar=4{also}")[0]  # number 4 is 16:11
    parameters = parse_sps(next(nal for nal in first.nals if nal_type(nal) == SPS))
    assert parameters is not None
    assert parameters.aspect == (16, 11)


def test_pictures_of_b_slices_are_told_from_others_by_their_pps() -> None:
    sets, order = ParameterSets(), []
    for unit in map(copied, clip(b_frames=2)):
        sets.apply(unit)
        order.append((unit.ts, unit.bidirectional))
    highest = 0
    for ts, bidirectional in order:
        assert bidirectional or ts > highest  # whatever steps back is made of B-slices
        highest = max(highest, ts)
    assert sum(bidirectional for _, bidirectional in order) > len(order) // 3
    assert (parameters := sets.parse()) is not None
    assert parameters.reorder == 2


def test_sets_of_the_description_are_enough_and_key_frames_get_them() -> None:
    texts = [
        f"sprop-{n}={base64.b64encode(s).decode()}" for n, s in (("vps", VPS_NAL), ("sps", SPS_NAL), ("pps", PPS_NAL))
    ]
    lines = ["v=0", "m=video 0 RTP/AVP 96 97", "a=rtpmap:96 JPEG/90000", "a=rtpmap:97 H265/90000"]
    body = "\r\n".join([*lines, f"a=fmtp:97 {'; '.join(texts)}", "a=control:t"])
    media = sdp.parse(body.encode(), "rtsp://192.168.1.20/").choose_video()
    assert media is not None
    assert (media.codec, media.payload_type) == ("H265", 97)
    sets = ParameterSets(media.parameter_sets)
    key, other = AccessUnit([KEY], 0, True), AccessUnit([b"\x46\x01\x50", SLICE], 3600, False)
    sets.apply(key)
    sets.apply(other)
    assert (key.sets, key.nals) == ([VPS_NAL, SPS_NAL, PPS_NAL], [KEY])
    assert (other.sets, other.nals) == ([], [SLICE])  # without its delimiter


def test_a_new_sps_forgets_the_pps_of_the_old_and_a_broken_one_is_left_out() -> None:
    sets = ParameterSets([VPS_NAL, SPS_NAL, PPS_NAL, SPS_NAL[:12]])
    assert sets.complete
    other = next(nal for nal in clip(b_frames=2)[0].nals if nal_type(nal) == SPS)
    sets.apply(AccessUnit([other], 0, False))
    assert not sets.complete
    assert sets.all == (VPS_NAL, other)


def test_parameter_sets_without_end_are_refused_and_their_number_is_bounded() -> None:
    breaks("4 KiB", lambda: ParameterSets([SPS_NAL + bytes(5000)]))
    many = [bytes((nal[0], nal[1], n & 0xFF)) + nal[3:] for nal in (VPS_NAL, PPS_NAL) for n in range(256)]
    assert len(ParameterSets([SPS_NAL, *many]).all) <= 16 + 16 + 64


def test_a_picture_without_end_is_refused() -> None:
    first, middle, *_ = packetize([KEY + bytes(9000)])
    breaks("4 MiB", lambda: units(rtp(0, 0, first), *(rtp(1 + i, 0, middle) for i in range(3400))))


def test_the_clip_has_a_key_frame_each_second() -> None:
    assert [unit.key for unit in clip()].count(True) == len(clip()) // FPS
