"""What a hostile or broken camera may not do in its messages: name a length without end."""

from __future__ import annotations

from typing import Any

import pytest

from belvedere.cameras.mediaserver.gateway.rtsp import codec, sdp
from belvedere.cameras.mediaserver.gateway.rtsp.digest import choose_challenge
from belvedere.cameras.mediaserver.gateway.tests.limits import breaks


def read(data: bytes) -> list[codec.Item]:
    parser = codec.Parser()
    parser.feed(data)
    return list(parser.items())


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
    (media,) = sdp.parse(body, "rtsp://c/").medias
    breaks("64 parameter sets", lambda: media.parameter_sets)


def test_numbers_and_names_of_a_description_are_bounded() -> None:
    body = b"m=video 0 RTP/AVP 96\r\na=rtpmap:96 " + b"h" * 5000 + b"/" + b"9" * 5000
    (media,) = sdp.parse(body, "rtsp://c/").medias
    assert (len(media.codec), media.clock_rate) == (32, 90_000)
    for payload_type in ("999", "9" * 5000, "²"):
        assert sdp.parse(f"m=video 0 RTP/AVP {payload_type}\r\n".encode(), "rtsp://c/").medias == []


def test_a_broken_url_in_a_description_is_part_of_a_path() -> None:
    assert sdp.resolve_control_url("rtsp://c/a", "rtsp://[::") == "rtsp://c/a/rtsp://[::"


@pytest.mark.timeout(60)
def test_a_long_challenge_without_a_parameter_is_read_at_once() -> None:
    for header in ("a" * 100_000, " " * 100_000, "a " * 50_000, 'a="' * 33_333, 'a="\\' * 25_000):
        assert choose_challenge(["Digest " + header]) is None
