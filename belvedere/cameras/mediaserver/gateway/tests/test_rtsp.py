"""The pure half of the RTSP client."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from belvedere.cameras.mediaserver.gateway.rtsp import codec, sdp
from belvedere.cameras.mediaserver.gateway.rtsp.digest import Login, best_challenge

ANSWER = b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 3\r\nWWW-Authenticate: a\r\nwww-authenticate: b\r\n\r\nabc"
RTP = b"$\x01\x00\x04\x80\x60\x00\x01"
STREAM = RTP + ANSWER + b"\r\n" + RTP + b"ANNOUNCE rtsp://x RTSP/1.0\r\nCSeq: 1\r\n\r\n" + RTP


def read(chunks: list[bytes]) -> list[codec.Item]:
    parser = codec.Parser()
    items: list[codec.Item] = []
    for chunk in chunks:
        parser.feed(chunk)
        items += parser.items()
    return items


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_messages_come_whole_however_the_bytes_are_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    items = read([STREAM[a:b] for a, b in itertools.pairwise(edges)])
    assert items == read([STREAM])
    kinds = [type(item).__name__ for item in items]
    assert kinds == ["Interleaved", "Response", "Interleaved", "ServerRequest", "Interleaved"]


def test_an_answer_keeps_both_headers_of_one_name() -> None:
    (answer,) = read([ANSWER])
    assert isinstance(answer, codec.Response)
    assert (answer.status, answer.body, answer.headers["www-authenticate"]) == (200, b"abc", ("a", "b"))


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"RTSP/1.0 abc OK\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: -5\r\n\r\n",
    ],
)
def test_what_is_no_rtsp_is_refused(data: bytes) -> None:
    with pytest.raises(codec.RtspProtocolError):
        read([data])


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_parser(data: bytes) -> None:
    try:
        read([data])
    except codec.RtspProtocolError:
        return


def test_digest_gives_the_answer_of_rfc_2617() -> None:
    challenge = best_challenge(
        [
            'Digest realm="testrealm@host.com", qop="auth,auth-int", '
            'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
        ]
    )
    assert challenge is not None
    login = Login("Mufasa", "Circle Of Life", challenge, cnonce=lambda: "0a4f113b")
    header = login.authorization("GET", "/dir/index.html")
    assert 'response="6629fae49393a05397450978507c4ef1"' in header
    assert "nc=00000001" in header
    assert "Circle" not in header


def test_the_strongest_log_in_is_taken() -> None:
    headers = ['Basic realm="a"', 'Digest realm="a", nonce="n"', 'Digest realm="a", nonce="n", algorithm=SHA-256']
    found = best_challenge(headers)
    assert found is not None
    assert found.algorithm == "SHA-256"
    assert best_challenge(["Negotiate abc"]) is None


SDP = b"""v=0\r
s=Media\r
a=control:*\r
m=video 0 RTP/AVP 96\r
a=rtpmap:96 H264/90000\r
a=fmtp:96 packetization-mode=1; sprop-parameter-sets=Z0LAHtoCgL/lwFqDAwNSgAAAAwCAAAAZR4sXUA==,aM48gA==\r
a=control:trackID=1\r
m=audio 0 RTP/AVP 8\r
a=control:trackID=2\r
"""


def test_the_description_names_streams_and_parameter_sets() -> None:
    video, audio = sdp.parse(SDP, "rtsp://camera/stream1/")
    assert (video.codec, video.payload_type, video.control) == ("H264", 96, "rtsp://camera/stream1/trackID=1")
    assert [nal[0] & 0x1F for nal in video.parameter_sets] == [7, 8]
    assert (audio.kind, audio.codec) == ("audio", "PCMA")


@pytest.mark.parametrize(
    ("base", "control", "url"),
    [
        ("rtsp://c/a/b", "trackID=1", "rtsp://c/a/b/trackID=1"),
        ("rtsp://c/a/b/", "trackID=1", "rtsp://c/a/b/trackID=1"),
        ("rtsp://c/a?x=1", "trackID=1", "rtsp://c/a?x=1/trackID=1"),
        ("rtsp://c/a", "rtsp://other/t", "rtsp://other/t"),
        ("rtsp://c/a", "*", "rtsp://c/a"),
        ("rtsp://c:99/a/b", "/t/1", "rtsp://c:99/t/1"),
    ],
)
def test_set_up_goes_where_cameras_mean_it(base: str, control: str, url: str) -> None:
    assert sdp.control_url(base, "", control) == url


@given(st.binary(max_size=300))
def test_no_description_crashes_the_reader(data: bytes) -> None:
    sdp.parse(b"m=video 0 RTP/AVP 96\r\n" + data, "rtsp://c/")
