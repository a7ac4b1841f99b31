"""What a hostile or broken camera may not do: name a length without end, or take the others' time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from belvedere.cameras.mediaserver.gateway.camera import Camera
from belvedere.cameras.mediaserver.gateway.errors import CameraError, Fault
from belvedere.cameras.mediaserver.gateway.h264 import rtp as rtp_module
from belvedere.cameras.mediaserver.gateway.h264.parameter_sets import ParameterSets
from belvedere.cameras.mediaserver.gateway.h264.rtp import Depacketizer
from belvedere.cameras.mediaserver.gateway.h264.sps import parse_sps
from belvedere.cameras.mediaserver.gateway.h264.tests.test_h264 import IDR, PPS, SLICE, SPS, fragments, rtp
from belvedere.cameras.mediaserver.gateway.h264.units import AccessUnit
from belvedere.cameras.mediaserver.gateway.outputs.segments import MAX_SEGMENT_PICTURES, MAX_SEGMENTS, Segmenter
from belvedere.cameras.mediaserver.gateway.pull import retry_seconds
from belvedere.cameras.mediaserver.gateway.resolver import Rules
from belvedere.cameras.mediaserver.gateway.rtsp import budget, client, codec, sdp
from belvedere.cameras.mediaserver.gateway.rtsp.budget import Rate, Turn
from belvedere.cameras.mediaserver.gateway.rtsp.digest import choose_challenge
from belvedere.cameras.mediaserver.gateway.tests.test_camera_pictures import begin
from belvedere.cameras.mediaserver.port import CameraSource


def read(data: bytes) -> list[codec.Item]:
    parser = codec.Parser()
    parser.feed(data)
    return list(parser.items())


def breaks(limit: str, work: Callable[[], object]) -> None:
    """It is refused, and the sentence names the cause."""
    with pytest.raises(CameraError) as caught:
        work()
    assert caught.value.fault is Fault.OVER_LIMIT
    assert limit in str(caught.value)


# Messages


@pytest.mark.parametrize(
    ("data", "limit"),
    [
        (b"\r\n" * 1000, "line ends"),
        (b"RTSP/1.0 200 OK\r\n" + b"x" * 20_000, "message head"),
        (b"RTSP/1.0 200 OK\r\n" + b"x" * 20_000 + b"\r\n\r\n", "message head"),
        (b"RTSP/1.0 200 OK\r\n" + b"a: 1\r\n" * 100 + b"\r\n", "64 headers"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: 70000\r\n\r\n", "message body"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "message body"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: 00000000099999999\r\n\r\n", "message body"),
    ],
)
def test_a_message_without_end_is_not_waited_for(data: bytes, limit: str) -> None:
    breaks(limit, lambda: read(data))


def test_line_ends_are_counted_over_all_reads() -> None:
    parser = codec.Parser()

    def feed() -> None:
        for _ in range(100):
            parser.feed(b"\r\n" * 50)
            list(parser.items())

    breaks("line ends", feed)


def test_a_few_line_ends_between_messages_are_no_fault() -> None:
    for message in (b"RTSP/1.0 200 OK\r\n\r\n", b"$\x00\x00\x01x"):
        assert len(read((b"\r\n" * 100 + message) * 20)) == 20


def test_the_head_of_a_body_that_comes_slowly_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    heads: list[bytes] = []
    known = codec._parse_head

    def counted(data: bytes) -> Any:
        heads.append(data)
        return known(data)

    monkeypatch.setattr(codec, "_parse_head", counted)
    parser = codec.Parser()
    items: list[codec.Item] = []
    for byte in b"RTSP/1.0 200 OK\r\nContent-Length: 20\r\n\r\n" + b"x" * 20:
        parser.feed(bytes([byte]))
        items += parser.items()
    assert len(items) == len(heads) == 1


def test_a_parser_that_is_left_goes_on_at_the_next_item() -> None:
    parser = codec.Parser()
    parser.feed(b"".join(b"$\x00\x00\x01" + bytes([n]) for n in range(6)))
    taken: list[codec.Item] = []
    while len(taken) < 6:
        items = parser.items()
        taken += [next(items), next(items)]
        items.close()
    assert [item.payload[0] for item in taken if isinstance(item, codec.Interleaved)] == list(range(6))


@pytest.mark.parametrize(
    ("body", "limit"),
    [
        (b"a=x\r\n" * 600, "512 lines"),
        (b"m=video 0 RTP/AVP 96\r\n" * 20, "16 streams"),
    ],
)
def test_a_description_without_end_is_refused(body: bytes, limit: str) -> None:
    breaks(limit, lambda: sdp.parse(body, "rtsp://c/"))


def test_a_description_of_a_thousand_parameter_sets_is_refused() -> None:
    body = b"m=video 0 RTP/AVP 96\r\na=fmtp:96 sprop-parameter-sets=" + b"aA==," * 1000
    (media,) = sdp.parse(body, "rtsp://c/")
    breaks("64 parameter sets", lambda: media.parameter_sets)


def test_numbers_and_names_of_a_description_are_bounded() -> None:
    body = b"m=video 0 RTP/AVP 96\r\na=rtpmap:96 " + b"h" * 5000 + b"/" + b"9" * 5000
    (media,) = sdp.parse(body, "rtsp://c/")
    assert (len(media.codec), media.clock_rate) == (32, 90_000)
    for payload_type in ("999", "9" * 5000, "²"):
        assert sdp.parse(f"m=video 0 RTP/AVP {payload_type}\r\n".encode(), "rtsp://c/") == []


def test_a_broken_url_in_a_description_is_part_of_a_path() -> None:
    assert sdp.resolve_control_url("rtsp://c/a", "rtsp://[::", "rtsp://[::") == "rtsp://c/a/rtsp://[::"


@pytest.mark.timeout(60)
def test_a_long_challenge_without_a_parameter_is_read_at_once() -> None:
    for header in ("a" * 100_000, " " * 100_000, "a " * 50_000, 'a="' * 33_333, 'a="\\' * 25_000):
        assert choose_challenge(["Digest " + header]) is None


# Pictures


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
    monkeypatch.setattr(rtp_module, "MAX_ACCESS_UNIT_PACKETS", 3)
    monkeypatch.setattr(rtp_module, "MAX_ACCESS_UNIT_NALS", 3)
    monkeypatch.setattr(rtp_module, "MAX_ACCESS_UNIT_BYTES", 100)
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


# Time


def test_a_turn_ends_after_some_milliseconds_and_is_followed_by_a_rest() -> None:
    turn = Turn()
    turn.begin(100.0)
    assert not turn.is_over(100.0 + budget.TURN_SECONDS / 2)
    assert turn.is_over(100.0 + budget.TURN_SECONDS * 1.01)
    assert turn.rest(100.0 + budget.TURN_SECONDS * 1.01) >= budget.TURN_SECONDS


def test_a_machine_that_stood_still_makes_no_long_rest() -> None:
    turn = Turn()
    turn.begin(100.0)
    assert turn.rest(160.0) == pytest.approx(budget.MAX_REST_SECONDS)
    turn.begin(160.0 + budget.MAX_REST_SECONDS)
    assert not turn.is_over(160.0 + budget.MAX_REST_SECONDS)


def test_short_turns_one_after_the_other_count_as_one() -> None:
    turn = Turn()
    pauses = []
    for n in range(20):
        turn.begin(100.0 + n * 0.001)
        pauses.append(turn.rest(100.0 + n * 0.001 + 0.0009))
    assert max(pauses) > 0


def test_what_was_worked_just_before_counts_in_the_next_turn() -> None:
    turn = Turn()
    turn.begin(100.0)
    assert turn.rest(100.004) == 0
    turn.begin(100.004)
    assert turn.is_over(100.0052)


def test_a_camera_that_works_little_never_rests() -> None:
    turn = Turn()
    for n in range(200):
        turn.begin(100.0 + n * 0.02)
        assert turn.rest(100.0 + n * 0.02 + 0.002) == 0


@pytest.mark.parametrize(
    ("size", "items", "limit"), [(4 << 20, 100, "16 MiB a second"), (100, 20_000, "20,000 packets")]
)
def test_a_camera_that_floods_is_refused(size: int, items: int, limit: str) -> None:
    rate = Rate(100.0)

    def flood() -> None:
        for n in range(100):
            rate.count(size, items, 100.0 + n * 0.1)

    breaks(limit, flood)


def test_a_camera_of_100_megabits_is_taken() -> None:
    rate = Rate(100.0)
    for n in range(1000):
        rate.count(1_250_000, 900, 100.0 + n * 0.1)


class Wire:
    """A transport that notes what is asked of it."""

    def __init__(self) -> None:
        self.reading = True
        self.aborted = False

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def is_reading(self) -> bool:
        return self.reading

    def abort(self) -> None:
        self.aborted = True


def linked(seconds_an_item: float = 0.0) -> tuple[Any, Wire, list[bytes]]:
    """A link to which each packet is so much work."""
    link, wire = client._Link(), Wire()
    taken: list[bytes] = []
    link._time = lambda: asyncio.get_running_loop().time() + len(taken) * seconds_an_item
    link.on_rtp = taken.append
    link.connection_made(wire)  # type: ignore[arg-type]  # as much of a transport as is used
    return link, wire, taken


async def test_a_long_read_is_worked_off_in_turns_and_nothing_more_is_read_meanwhile() -> None:
    link, wire, taken = linked(seconds_an_item=0.001)
    link.data_received(b"$\x00\x00\x01x" * 40)
    assert 0 < len(taken) < 40
    assert not wire.reading
    async with asyncio.timeout(30):
        while len(taken) < 40:
            await asyncio.sleep(0)
    async with asyncio.timeout(30):
        while not wire.reading:
            await asyncio.sleep(0)
    assert not wire.aborted


async def test_what_comes_during_a_rest_waits_for_the_next_turn() -> None:
    link, wire, taken = linked(seconds_an_item=0.001)
    link.data_received(b"$\x00\x00\x01x" * 40)
    before = len(taken)
    link.data_received(b"$\x00\x00\x01y")
    assert len(taken) == before
    async with asyncio.timeout(30):
        while len(taken) < 41:
            await asyncio.sleep(0)
    assert wire.reading or not wire.aborted


@pytest.mark.parametrize("data", [b"$\x05\x00\x00" * 16_384, b"\r\n" * 32_768])
async def test_a_flood_ends_the_connection(data: bytes) -> None:
    link, wire, _ = linked()
    begun = asyncio.get_running_loop().time()
    link._time = lambda: begun  # all of it within a moment, however slow this machine is
    for _ in range(10):
        link.data_received(data)
    assert link.closed.result().fault is Fault.OVER_LIMIT
    assert wire.aborted


async def test_an_error_of_ours_ends_the_connection_and_is_not_taken_for_silence() -> None:
    link, wire, _ = linked()
    link.on_rtp = lambda packet: packet[9]
    link.data_received(b"$\x00\x00\x01x")
    assert link.closed.result().fault is Fault.BAD_ANSWER
    assert wire.aborted


def test_a_camera_that_breaks_limits_is_tried_more_and_more_seldom_even_when_it_is_watched() -> None:
    pauses = [retry_seconds(n, costly=True, watched=True) for n in (1, 2, 3, 4, 5, 6, 7, 50)]
    assert pauses == [2, 5, 15, 30, 60, 120, 300, 300]


async def test_one_picture_before_the_fault_does_not_begin_the_count_anew() -> None:
    camera = Camera(CameraSource("gate", "rtsp://192.168.1.20/"), Rules())
    camera.mark_live()
    assert not camera._pull._is_forgiven(CameraError(Fault.OVER_LIMIT))
    assert camera._pull._is_forgiven(CameraError(Fault.CUT))
    assert camera.live_since is not None
    camera.live_since -= 61
    assert camera._pull._is_forgiven(CameraError(Fault.OVER_LIMIT))


async def test_a_camera_whose_sps_cannot_be_read_says_so() -> None:
    camera = Camera(CameraSource("gate", "rtsp://192.168.1.20/"), Rules())
    begin(camera)
    with pytest.raises(CameraError) as caught:
        camera.take(AccessUnit([with_bits(ue(0) * 2 + ue(9)), PPS, IDR], 0, True))
    assert caught.value.fault is Fault.BAD_VIDEO
