"""The pure half of the RTSP client."""

from __future__ import annotations

import hashlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from belvedere.cameras.mediaserver.gateway.rtsp import codec, sdp
from belvedere.cameras.mediaserver.gateway.rtsp.digest import Login, choose_challenge

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
    challenge = choose_challenge(
        [
            'Digest realm="testrealm@host.com", qop="auth,auth-int", '
            'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
        ]
    )
    assert challenge is not None
    login = Login("Mufasa", "Circle Of Life", challenge, cnonce=lambda: "0a4f113b")
    header = login.make_authorization("GET", "/dir/index.html")
    assert 'response="6629fae49393a05397450978507c4ef1"' in header
    assert "nc=00000001" in header
    assert "Circle" not in header


def test_each_request_counts_its_use_of_the_nonce() -> None:
    challenge = choose_challenge(['Digest realm="c", nonce="n", qop="auth"'])
    assert challenge is not None
    login = Login("admin", "x", challenge, cnonce=lambda: "c")
    headers = [login.make_authorization("OPTIONS", "rtsp://c/") for _ in range(11)]
    assert [header.split("nc=")[1][:8] for header in headers] == [f"{n:08x}" for n in range(1, 12)]
    assert len({header.split("response=")[1].split(",")[0] for header in headers}) == 11


def test_digest_without_qop_and_with_sha_256_gives_the_answers_of_the_rfcs() -> None:
    old = choose_challenge(['Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'])
    new = choose_challenge(
        [
            'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, '
            'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
            'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
        ]
    )
    assert old is not None
    assert new is not None
    header = Login("Mufasa", "Circle Of Life", old).make_authorization("GET", "/dir/index.html")
    assert 'response="670fd8c2df070c60b045671b8b24ff02"' in header
    assert "nc=" not in header
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    header = Login("Mufasa", "Circle of Life", new, lambda: cnonce).make_authorization("GET", "/dir/index.html")
    assert 'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"' in header
    assert "algorithm=SHA-256" in header
    assert "opaque=" in header


def test_basic_is_the_last_resort_and_quotes_are_kept_apart() -> None:
    basic = choose_challenge(['Basic realm="c"'])
    assert basic is not None
    assert Login("admin", "x", basic).make_authorization("OPTIONS", "rtsp://c/") == "Basic YWRtaW46eA=="
    digest = choose_challenge(['Digest realm="c", nonce="n", stale=TRUE'])
    assert digest is not None
    assert digest.stale
    assert 'username="a\\"b"' in Login('a"b', "x", digest).make_authorization("OPTIONS", "rtsp://c/")


def test_the_strongest_log_in_is_taken() -> None:
    headers = ['Basic realm="a"', 'Digest realm="a", nonce="n"', 'Digest realm="a", nonce="n", algorithm=SHA-256']
    found = choose_challenge(headers)
    assert found is not None
    assert found.algorithm == "SHA-256"
    assert choose_challenge(["Negotiate abc"]) is None


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
    video, audio = sdp.parse(SDP, "rtsp://camera/stream1/").medias
    assert (video.codec, video.payload_type, video.control) == ("H264", 96, "rtsp://camera/stream1/trackID=1")
    assert [nal[0] & 0x1F for nal in video.parameter_sets] == [7, 8]
    assert (audio.kind, audio.codec) == ("audio", "PCMA")


def test_a_description_in_other_words_is_understood() -> None:
    body = b"""v=0
a=control:rtsp://camera/session/
m=audio 0 RTP/AVP 0
m=video 0 RTP/AVP 35
a=rtpmap:96 H265/90000
a=rtpmap:35 h264/90000
a=fmtp:35 Sprop-Parameter-Sets=Z0LAHtoCgL/lwFqDAwNSgAAAAwCAAAAZR4sXUA,aM48gA
a=control:video
"""
    audio, video = sdp.parse(body, "rtsp://camera/").medias
    assert (audio.codec, audio.clock_rate, audio.control) == ("PCMU", 8000, "rtsp://camera/session/")
    assert (video.codec, video.control) == ("H264", "rtsp://camera/session/video")
    assert [nal[0] & 0x1F for nal in video.parameter_sets] == [7, 8]


def test_each_payload_type_has_its_own_attributes_and_h264_is_chosen() -> None:
    body = b"""m=video 0 RTP/AVP 98 96
a=rtpmap:98 H265/90000
a=fmtp:98 sprop-vps=x
a=rtpmap:96 H264/90000
a=fmtp:96 sprop-parameter-sets=aM48gA==
a=rtpmap:99 rtx/90000
"""
    (media,) = sdp.parse(body, "rtsp://c/").medias
    assert (media.codec, media.payload_type, len(media.parameter_sets)) == ("H264", 96, 1)


def test_a_single_mapping_is_meant_for_the_single_type_whatever_its_number() -> None:
    (media,) = sdp.parse(b"m=video 0 RTP/AVP 96\r\na=rtpmap:97 H265/90000\r\n", "rtsp://c/").medias
    assert (media.codec, media.payload_type) == ("H265", 96)
    (silent,) = sdp.parse(b"m=video 0 RTP/AVP 96\r\n", "rtsp://c/").medias
    assert silent.codec == ""


def test_h264_is_pulled_where_mjpeg_stands_before_it() -> None:
    body = b"m=video 0 RTP/AVP 26\r\na=control:1\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:2\r\n"
    video = sdp.parse(body, "rtsp://c/").choose_video()
    assert video is not None
    assert video.control == "rtsp://c/2"


@pytest.mark.parametrize(
    ("control", "whole", "track"),
    [
        ("*", "rtsp://c/base/", "rtsp://c/base/t1"),
        ("rtsp://c/session", "rtsp://c/session", "rtsp://c/session/t1"),
        ("session", "rtsp://c/base/session", "rtsp://c/base/t1"),
    ],
)
def test_the_whole_is_played_by_the_url_that_the_description_names(control: str, whole: str, track: str) -> None:
    body = f"a=control:{control}\r\nm=video 0 RTP/AVP 96\r\na=control:t1\r\n".encode()
    description = sdp.parse(body, "rtsp://c/base/")
    assert (description.control, description.medias[0].control) == (whole, track)


def test_digest_with_a_session_key_gives_the_answer_of_rfc_2617() -> None:
    challenge = choose_challenge(['Digest realm="c", nonce="n", algorithm=MD5-sess, qop="auth"'])
    assert challenge is not None
    login = Login("admin", "secret", challenge, cnonce=iter("xyz").__next__)
    headers = [login.make_authorization("OPTIONS", "rtsp://c/") for _ in range(2)]

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    key = md5(md5("admin:c:secret") + ":n:x")
    for count, header in enumerate(headers, 1):
        expected = md5(f"{key}:n:{count:08x}:x:auth:" + md5("OPTIONS:rtsp://c/"))
        assert f'response="{expected}"' in header
        assert 'cnonce="x"' in header
        assert "algorithm=MD5-sess" in header


GARBAGE = bytes(number for number in range(1, 250) if number not in b"$R\r\n")


@given(st.integers(1, len(GARBAGE)), st.lists(st.integers(0, 400), max_size=6))
def test_garbage_between_packets_is_skipped_however_the_bytes_are_cut(length: int, cuts: list[int]) -> None:
    data = RTP + GARBAGE[:length] + RTP + ANSWER + GARBAGE[:length] + ANSWER + RTP
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    kinds = [type(item).__name__ for item in read([data[a:b] for a, b in itertools.pairwise(edges)])]
    assert kinds == ["Interleaved", "Interleaved", "Response", "Response", "Interleaved"]


def test_a_dollar_sign_in_garbage_is_no_packet_however_slowly_it_comes() -> None:
    data = RTP + GARBAGE[:40] + b"$\x00\xff\xffabc" + GARBAGE[:40] + RTP
    kinds = [type(item).__name__ for item in read([bytes([byte]) for byte in data])]
    assert kinds == ["Interleaved", "Interleaved"]


def test_garbage_without_end_is_no_rtsp() -> None:
    with pytest.raises(codec.RtspProtocolError):
        read([RTP, *[b"x" * 1000] * 100])


@pytest.mark.parametrize(
    ("base", "control", "url"),
    [
        ("rtsp://c/a/b", "trackID=1", "rtsp://c/a/b/trackID=1"),
        ("rtsp://c/a/b/", "trackID=1", "rtsp://c/a/b/trackID=1"),
        ("rtsp://c/a?x=1", "trackID=1", "rtsp://c/a?x=1/trackID=1"),
        ("rtsp://c/a", "rtsp://other/t", "rtsp://other/t"),
        ("rtsp://c/a", "*", "rtsp://c/a"),
        ("rtsp://c:99/a/b", "/t/1", "rtsp://c:99/a/b/t/1"),
        ("rtsp://c/a/b/", "/t/1", "rtsp://c/a/b/t/1"),
        ("rtsp://c/a", "?track=1", "rtsp://c/a?track=1"),
    ],
)
def test_set_up_goes_where_cameras_mean_it(base: str, control: str, url: str) -> None:
    assert sdp.resolve_control_url(base, control) == url


@given(st.binary(max_size=300))
def test_no_description_crashes_the_reader(data: bytes) -> None:
    sdp.parse(b"m=video 0 RTP/AVP 96\r\n" + data, "rtsp://c/")
