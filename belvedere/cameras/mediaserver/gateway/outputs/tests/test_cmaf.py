"""What browsers read in our boxes."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from belvedere.cameras.mediaserver.gateway.codec import Configuration
from belvedere.cameras.mediaserver.gateway.h264.record import write_record
from belvedere.cameras.mediaserver.gateway.h264.sps import SequenceParameters, parse_sps
from belvedere.cameras.mediaserver.gateway.h264.tests.test_h264 import IDR, PPS, SLICE, SPS
from belvedere.cameras.mediaserver.gateway.outputs.cmaf import Sample, fragment, init_segment, sample_data

PARENTS = (b"moof", b"traf", b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mvex", b"dinf")
SAMPLES = [Sample(b"key", 900_000, 3600, 7200, True), Sample(b"other", 903_600, 3600, -3600, False)]


def init_of(sps: list[bytes], pps: list[bytes], parameters: SequenceParameters) -> bytes:
    return init_segment(Configuration(b"avc1", b"avcC", write_record(sps, pps, parameters)), parameters)


def boxes(data: bytes, within: str = "") -> Iterator[tuple[str, bytes]]:
    """Every box with its path. Fails where the sizes do not fill their parent."""
    while data:
        size, kind = struct.unpack(">I4s", data[:8])
        assert 8 <= size <= len(data)
        path = f"{within}/{kind.decode()}"
        yield path, data[8:size]
        if kind in PARENTS:
            yield from boxes(data[8:size], path)
        data = data[size:]


def test_a_key_frame_is_a_sync_sample_and_the_others_depend_on_it() -> None:
    trun = dict(boxes(fragment(7, SAMPLES)))["/moof/traf/trun"]
    version_and_flags, count, _offset = struct.unpack(">IIi", trun[:12])
    assert (version_and_flags, count) == (0x01000F01, 2)
    rows = [struct.unpack(">IIIi", trun[at : at + 16]) for at in (12, 28)]
    assert rows == [(3600, 3, 0x02000000, 7200), (3600, 5, 0x01010000, -3600)]


def test_a_fragment_tells_its_number_its_time_and_where_its_data_are() -> None:
    data = fragment(7, SAMPLES)
    found = dict(boxes(data))
    assert found["/moof/mfhd"] == struct.pack(">II", 0, 7)
    assert found["/moof/traf/tfdt"] == struct.pack(">IQ", 0x01000000, 900_000)
    assert found["/mdat"] == b"keyother"
    offset = struct.unpack(">i", found["/moof/traf/trun"][8:12])[0]
    assert data[offset:] == b"keyother"


def test_a_time_beyond_13_hours_is_told() -> None:
    late = [Sample(b"x", 5_000_000_000, 3600, 0, True)]
    assert dict(boxes(fragment(1, late)))["/moof/traf/tfdt"][4:] == struct.pack(">Q", 5_000_000_000)


def test_a_picture_has_lengths_in_place_of_start_codes() -> None:
    assert sample_data([IDR, SLICE]) == b"\0\0\0\x0b" + IDR + b"\0\0\0\x0b" + SLICE


def test_the_init_segment_holds_size_and_parameter_sets() -> None:
    parameters = parse_sps(SPS)
    assert parameters is not None
    found = dict(boxes(init_of([SPS], [PPS, PPS + b"x"], parameters)))
    assert found["/ftyp"].startswith(b"iso5")
    assert found["/moov/trak/tkhd"][-8:] == struct.pack(">II", 640 << 16, 360 << 16)
    assert found["/moov/trak/mdia/mdhd"][12:16] == struct.pack(">I", 90_000)
    entry = found["/moov/trak/mdia/minf/stbl/stsd"]
    assert entry[12:16] == b"avc1"
    assert struct.unpack(">HH", entry[40:44]) == (640, 360)
    configuration = entry[entry.index(b"avcC") + 4 :]
    assert configuration[:6] == b"\x01" + SPS[1:4] + b"\xff\xe1"
    sets = struct.pack(">H", len(SPS)) + SPS + b"\x02" + struct.pack(">H", len(PPS)) + PPS
    assert configuration[6:] == sets + struct.pack(">H", len(PPS) + 1) + PPS + b"x"


def test_pixels_that_are_not_square_are_told_and_the_picture_is_shown_as_wide_as_it_is() -> None:
    parameters = SequenceParameters(77, 0, 30, 720, 576, 0, None, (16, 11))
    found = dict(boxes(init_of([SPS], [PPS], parameters)))
    entry = found["/moov/trak/mdia/minf/stbl/stsd"]
    assert entry.endswith(struct.pack(">I4sII", 16, b"pasp", 16, 11))
    assert struct.unpack(">HH", entry[40:44]) == (720, 576)
    assert found["/moov/trak/tkhd"][-8:] == struct.pack(">II", 1047 << 16, 576 << 16)


def test_every_sequence_parameter_set_is_in_the_configuration() -> None:
    parameters = parse_sps(SPS)
    assert parameters is not None
    entry = dict(boxes(init_of([SPS, SPS + b"x"], [PPS], parameters)))["/moov/trak/mdia/minf/stbl/stsd"]
    sets = struct.pack(">H", len(SPS)) + SPS + struct.pack(">H", len(SPS) + 1) + SPS + b"x"
    assert b"\xff\xe2" + sets + b"\x01" in entry


@given(st.binary(max_size=60))
def test_what_a_readable_sps_says_can_be_written(data: bytes) -> None:
    parameters = parse_sps(b"\x67" + data)
    if parameters is not None:
        assert init_of([b"\x67" + data], [PPS], parameters)


def test_a_high_profile_tells_its_colours_too() -> None:
    plain, high = (SequenceParameters(profile, 0, 30, 640, 360, 0, None) for profile in (77, 100))
    assert init_of([SPS], [PPS], high).endswith(init_of([SPS], [PPS], plain)[-32:])
    entry = dict(boxes(init_of([SPS], [PPS], high)))["/moov/trak/mdia/minf/stbl/stsd"]
    assert entry.endswith(PPS + b"\xfd\xf8\xf8\x00")
