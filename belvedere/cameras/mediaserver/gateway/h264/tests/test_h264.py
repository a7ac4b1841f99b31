"""RTP packets to pictures."""

from __future__ import annotations

import base64
import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.depacketizer import split_rtp
from belvedere.cameras.mediaserver.gateway.h264.parameter_sets import ParameterSets
from belvedere.cameras.mediaserver.gateway.h264.rtp import Depacketizer
from belvedere.cameras.mediaserver.gateway.h264.slices import is_bidirectional, parse_slice
from belvedere.cameras.mediaserver.gateway.h264.sps import parse_sps

SPS = base64.b64decode("Z0LAHtoCgL/lwFqDAwNSgAAAAwCAAAAZR4sXUA==")  # GStreamer x264enc, 640x360, 25/s, baseline
SPS_MAIN = base64.b64decode("Z01AHuygUBf8uAtQYGBqUAAAAwAQAAADAyjxYtlg")  # the same with two B-frames
PPS = base64.b64decode("aM48gA==")
IDR, SLICE = b"\x65" + bytes(10), b"\x41" + bytes(10)


def rtp(sequence: int, ts: int, payload: bytes, marker: bool = False) -> bytes:
    head = bytes([0x80, 96 | (0x80 if marker else 0)]) + (sequence & 0xFFFF).to_bytes(2, "big")
    return head + (ts & 0xFFFFFFFF).to_bytes(4, "big") + bytes(4) + payload


def units(*packets: bytes) -> list[AccessUnit]:
    depacketizer = Depacketizer(96)
    return [unit for packet in packets for unit in depacketizer.feed(packet)]


def fragments(nal: bytes, size: int) -> list[bytes]:
    parts = [nal[1:][at : at + size] for at in range(0, len(nal) - 1, size)]
    last = len(parts) - 1
    return [
        bytes([nal[0] & 0xE0 | 28, (0x80 if i == 0 else 0) | (0x40 if i == last else 0) | nal[0] & 0x1F]) + part
        for i, part in enumerate(parts)
    ]


def test_a_picture_is_whole_at_its_marker_and_not_one_frame_later() -> None:
    stap = b"\x78" + b"".join(len(n).to_bytes(2, "big") + n for n in (SPS, PPS))
    (unit,) = units(rtp(1, 100, stap), rtp(2, 100, IDR, marker=True))
    assert unit == AccessUnit([SPS, PPS, IDR], 100, True)


def test_the_sequence_number_begins_anew_without_a_loss() -> None:
    packets = [rtp(65_533 + i, 3600 * (i // 2), SLICE, marker=i % 2 == 1) for i in range(12)]
    assert [unit.ts for unit in units(*packets)] == [3600 * i for i in range(6)]


def test_a_loss_between_two_pictures_spoils_the_next_for_its_first_packet_may_be_gone() -> None:
    packets = [
        *(rtp(1, 0, SLICE), rtp(2, 0, SLICE, marker=True)),
        *(rtp(4, 3600, SLICE), rtp(5, 3600, SLICE, marker=True)),
        *(rtp(6, 7200, SLICE), rtp(7, 7200, SLICE, marker=True)),
    ]
    assert [unit.ts for unit in units(*packets)] == [0, 7200]


def test_a_picture_whose_end_is_lost_is_dropped_with_the_next() -> None:
    packets = [rtp(1, 0, SLICE), rtp(3, 3600, SLICE, marker=True), rtp(4, 7200, SLICE, marker=True)]
    assert [unit.ts for unit in units(*packets)] == [7200]


def test_a_picture_without_a_marker_ends_where_the_next_begins() -> None:
    packets = [rtp(1, 0, SLICE), rtp(2, 3600, SLICE), rtp(3, 7200, SLICE)]
    assert [unit.ts for unit in units(*packets)] == [0, 3600]


def test_a_time_stamp_may_step_back_and_only_an_idr_is_a_key_frame() -> None:
    packets = [rtp(1, 7200, IDR, marker=True), rtp(2, 14_400, SLICE, marker=True), rtp(3, 10_800, SLICE, marker=True)]
    assert [(unit.ts, unit.key) for unit in units(*packets)] == [(7200, True), (14_400, False), (10_800, False)]


def test_packets_of_another_stream_are_no_loss() -> None:
    other = bytearray(rtp(900, 50, SLICE))
    other[1] = 97
    packets = [rtp(1, 0, SLICE), bytes(other), rtp(2, 0, SLICE, marker=True)]
    (unit,) = units(*packets)
    assert len(unit.nals) == 2


def test_a_fragment_without_its_begin_spoils_its_picture() -> None:
    pieces = fragments(b"\x41" + bytes(3000), 1000)
    packets = [
        rtp(1, 5, pieces[1]),
        rtp(2, 5, pieces[2]),
        rtp(3, 5, SLICE, marker=True),
        rtp(4, 10, SLICE, marker=True),
    ]
    assert [unit.ts for unit in units(*packets)] == [10]


def test_a_new_sps_forgets_the_pps_of_the_old() -> None:
    sets = ParameterSets([SPS, PPS])
    sets.apply(AccessUnit([SPS_MAIN], 0, False))
    assert (sets.sps, sets.pps, sets.complete) == (SPS_MAIN, [], False)
    sets.apply(AccessUnit([SPS_MAIN, PPS, SPS_MAIN], 0, False))
    assert sets.pps == [PPS]


def test_other_units_of_a_picture_stay_but_delimiters_and_filler() -> None:
    sets = ParameterSets([SPS, PPS])
    unit = AccessUnit([b"\x09\xf0", b"\x06\x05", SLICE, b"\x0c\xff"], 0, False)
    sets.apply(unit)
    assert unit.nals == [b"\x06\x05", SLICE]


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        rtp(1, 5, b"")[:11],
        b"\x00" + rtp(1, 5, SLICE)[1:],
        b"\x8f" + rtp(1, 5, b"")[1:],
        b"\x90" + rtp(1, 5, b"")[1:],
    ],
    ids=["empty", "short", "another version", "sources that are not there", "an extension that is not there"],
)
def test_what_is_no_rtp_is_left_out(packet: bytes) -> None:
    assert split_rtp(packet) is None


def test_a_packet_tells_its_parts() -> None:
    packet = bytes([0x82, 0x80 | 96]) + b"\x01\x02" + b"\x00\x01\x00\x00" + bytes(4) + bytes(8) + SLICE
    assert split_rtp(packet) == (96, True, 0x0102, 0x10000, SLICE)


def test_padding_and_header_units_spoils_its_picture_only() -> None:
    empty = b"\x78" + b"\x00\x00" * 30_000
    packets = [rtp(1, 5, SLICE), rtp(2, 5, empty, marker=True), rtp(3, 10, SLICE, marker=True)]
    assert [unit.ts for unit in units(*packets)] == [10]


def test_fragments_become_the_unit_they_were() -> None:
    nal = b"\x65" + bytes(range(256)) * 20
    pieces = fragments(nal, 1000)
    packets = [rtp(i, 5, piece, marker=i == len(pieces) - 1) for i, piece in enumerate(pieces)]
    (unit,) = units(*packets)
    assert unit.nals == [nal]
    assert unit.key


def test_a_picture_with_a_hole_is_dropped_and_the_next_one_comes() -> None:
    pieces = fragments(b"\x41" + bytes(3000), 1000)
    packets = [rtp(1, 5, pieces[0]), rtp(3, 5, pieces[2], marker=True), rtp(4, 10, SLICE, marker=True)]
    assert [unit.ts for unit in units(*packets)] == [10]


def test_parameter_sets_sent_on_their_own_belong_to_the_next_picture() -> None:
    (unit,) = units(rtp(1, 5, SPS, marker=True), rtp(2, 5, PPS, marker=True), rtp(3, 10, IDR, marker=True))
    assert unit.nals == [SPS, PPS, IDR]


def test_a_camera_that_marks_every_slice_is_understood_from_its_second_picture() -> None:
    packets = [rtp(i, 3600 * (i // 2), SLICE, marker=True) for i in range(10)]
    sizes = [len(unit.nals) for unit in units(*packets)]
    assert sizes[-3:] == [2, 2, 2]


BEGIN, FURTHER, B_SLICE = b"\x41\xe0" + bytes(8), b"\x41\x40" + bytes(8), b"\x01\xa8" + bytes(8)


def test_two_pictures_of_one_time_stamp_are_two() -> None:
    packets = [rtp(i, 3600 * (i - (i % 4 == 3)), BEGIN, marker=True) for i in range(12)]
    assert [len(unit.nals) for unit in units(*packets)] == [1] * 12


def test_a_camera_that_marks_every_slice_and_stops_its_clock_is_cut_where_pictures_begin() -> None:
    packets = [rtp(i, 0, FURTHER if i % 3 else BEGIN, marker=True) for i in range(18)]
    assert [len(unit.nals) for unit in units(*packets)][-3:] == [3, 3, 3]


def test_a_camera_without_markers_and_with_a_clock_that_stands_is_cut_where_pictures_begin() -> None:
    packets = [rtp(i, 0, FURTHER if i % 2 else BEGIN) for i in range(12)]
    assert [len(unit.nals) for unit in units(*packets)] == [2] * 5


def test_units_with_start_codes_between_them_are_taken_apart() -> None:
    data = b"\0\0\0\1".join([SPS, PPS, IDR + b"\x80"])
    pieces = fragments(data, 20)
    (unit,) = units(*(rtp(i, 5, piece, marker=i == len(pieces) - 1) for i, piece in enumerate(pieces)))
    assert (unit.nals, unit.key) == ([SPS, PPS, IDR + b"\x80"], True)
    (single,) = units(rtp(1, 5, b"\0\0\0\1" + data, marker=True))
    assert single.nals == unit.nals
    assert ParameterSets([data]).complete


def test_a_stream_of_another_type_than_the_description_names_is_taken_after_a_while() -> None:
    packets = [bytes([0x80, 97 | 0x80]) + rtp(i, 3600 * i, SLICE)[2:] for i in range(40)]
    assert len(units(*packets)) == 11
    assert len(units(rtp(1, 0, SLICE, marker=True), *packets)) == 1


def test_a_picture_of_b_slices_is_told_from_others() -> None:
    found = units(rtp(1, 0, BEGIN, marker=True), rtp(2, 3600, B_SLICE, marker=True), rtp(3, 7200, SLICE, marker=True))
    assert [unit.bidirectional for unit in found] == [False, True, False]


def test_two_sequences_of_one_stream_are_both_kept_and_the_one_in_use_is_told() -> None:
    """The second SPS has the number 1, its PPS the number 1 too, and the key frame names it."""
    rest = "".join(f"{byte:08b}" for byte in SPS_MAIN[4:].replace(b"\0\0\3", b"\0\0"))
    bits = "010" + rest[1:] + "000000"
    other_sps = SPS_MAIN[:4] + bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))
    other_pps = b"\x68\x4a" + PPS[1:]
    sets = ParameterSets([SPS, PPS, other_sps, other_pps])
    assert len(sets.all_sps) == len(sets.pps) == 2
    for header, active in ((b"\x65\x88\x80", SPS), (b"\x65\x88\x48", other_sps)):
        unit = AccessUnit([header + bytes(8)], 0, True)
        sets.apply(unit)
        assert sets.sps == active
        assert unit.sets == [SPS, other_sps, PPS, other_pps]


def test_a_broken_set_of_the_description_does_not_spoil_the_right_one_of_the_stream() -> None:
    sets = ParameterSets([b"\x67", b"\x67\xff\xff", b"\x68"])
    sets.apply(AccessUnit([SPS, PPS, IDR], 0, True))
    assert sets.all_sps == [SPS]
    assert sets.parse() is not None


def test_time_goes_on_when_the_time_stamp_wraps() -> None:
    packets = [rtp(i, 0xFFFFFFFF - 3600 + 3600 * i, SLICE, marker=True) for i in range(4)]
    stamps = [unit.ts for unit in units(*packets)]
    assert [b - a for a, b in itertools.pairwise(stamps)] == [3600] * 3


def test_a_key_frame_gets_the_parameter_sets_that_it_lacks() -> None:
    sets = ParameterSets([SPS, PPS])
    bare, repeated = AccessUnit([IDR], 0, True), AccessUnit([b"\x09\xf0", SPS, PPS, IDR, SPS, PPS, IDR], 0, True)
    sets.apply(bare)
    sets.apply(repeated)
    assert bare.sets == repeated.sets == [SPS, PPS]
    assert (bare.nals, repeated.nals) == ([IDR], [IDR, IDR])


def test_parameter_sets_may_come_in_the_stream_only() -> None:
    sets = ParameterSets()
    assert not sets.complete
    sets.apply(AccessUnit([SPS, PPS, IDR], 0, True))
    assert sets.complete


def test_the_sps_tells_size_rate_and_order() -> None:
    parameters = parse_sps(SPS)
    assert parameters is not None
    assert (parameters.width, parameters.height, parameters.fps, parameters.reorder) == (640, 360, Fraction(25), 0)
    assert parameters.codec_string == "avc1.42c01e"
    main = parse_sps(SPS_MAIN)
    assert main is not None
    assert (main.profile, main.width, main.height, main.reorder) == (77, 640, 360, 2)


def with_aspect(bits: str) -> tuple[int, int]:
    """The shape of the pixels in an SPS whose VUI begins with these bits."""
    head = "1" * 3 + "1" + "1" + "010" + "1" + "1" + "1" + "1" + "0" + "1"
    text = head + bits + "0" * 40
    sps = b"\x67\x42\x00\x1e" + bytes(int(text[at : at + 8], 2) for at in range(0, len(text) - 7, 8))
    parameters = parse_sps(sps)
    assert parameters is not None
    return parameters.aspect


def test_the_sps_tells_the_shape_of_its_pixels() -> None:
    assert with_aspect("0") == (1, 1)
    assert with_aspect("1" + f"{4:08b}") == (16, 11)
    assert with_aspect("1" + f"{99:08b}") == (1, 1)
    assert with_aspect("1" + f"{255:08b}{4:016b}{3:016b}") == (4, 3)
    assert with_aspect("1" + f"{255:08b}{1:016b}{60_000:016b}") == (1, 1)


@given(st.binary(min_size=1, max_size=60))
def test_no_sps_crashes_the_reader(data: bytes) -> None:
    parse_sps(b"\x67" + data)


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_no_packet_crashes_the_depacketizer(payloads: list[bytes]) -> None:
    units(*payloads)
    units(*(rtp(i, i // 2, payload, marker=i % 2 == 1) for i, payload in enumerate(payloads)))


def test_padding_and_header_extensions_are_left_out() -> None:
    packet = bytes([0x80 | 0x20 | 0x10, 96]) + bytes(10) + b"\xbe\xde\x00\x01" + bytes(4) + SLICE + b"\x00\x00\x03"
    parts = split_rtp(packet)
    assert parts is not None
    assert parts[4] == SLICE


def test_the_second_byte_of_a_picture_tells_b_slices_as_its_header_does() -> None:
    for second in range(256):
        nal = bytes((0x41, second, 0x9A, 0x24, 0x6C, 0x41, 0x4F))
        header = parse_slice(nal)
        assert header is not None
        assert is_bidirectional(nal) == header.bidirectional, f"{second:08b}"
