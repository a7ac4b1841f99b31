"""One session with a camera, request by request."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from belvedere.cameras.mediaserver.gateway.errors import CameraError, Fault
from belvedere.cameras.mediaserver.gateway.rtsp import client, codec, liveness
from belvedere.cameras.mediaserver.gateway.rtsp import link as link_module
from belvedere.cameras.mediaserver.gateway.rtsp.client import RtspSession, connect
from belvedere.cameras.mediaserver.gateway.rtsp.link import Link
from belvedere.cameras.mediaserver.gateway.tests.scripted_camera import ScriptedCamera, scripted
from belvedere.cameras.source import parse_source

BODY = (
    "v=0\r\nm=audio 0 RTP/AVP 0\r\na=control:a\r\n"
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\n"
)
LOCALHOST = ipaddress.ip_address("127.0.0.1")


def camera_with(**answers: str) -> Callable[[str, str], str | None]:
    """Answers with these headers; the others as cameras do."""

    def answer(method: str, _url: str) -> str | None:
        headers = answers.get(method, "")
        if headers.startswith("RTSP/"):
            return headers
        if method == "DESCRIBE":
            return f"RTSP/1.0 200 OK\r\n{headers}Content-Length: {len(BODY)}\r\n\r\n{BODY}"
        if method == "SETUP":
            headers = headers or "Session: 7;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
        return f"RTSP/1.0 200 OK\r\n{headers}\r\n"

    return answer


async def connected(script: ScriptedCamera) -> RtspSession:
    source = replace(parse_source(f"rtsp://127.0.0.1:{script.port}/s"), username="admin", password="x")
    return await connect(source, LOCALHOST)


@contextlib.asynccontextmanager
async def played(
    answer: Callable[[str, str], str | None], packets: list[bytes]
) -> AsyncIterator[tuple[ScriptedCamera, asyncio.Task[None]]]:
    """A session that plays; left when the test has seen enough."""
    async with scripted(answer) as script, await connected(script) as session:
        offer = await session.describe()
        task = asyncio.create_task(session.play(offer, packets.append))
        await until(lambda: task.done() or requests(script, "PLAY"))
        yield script, task
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(wanted: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not wanted():
            await asyncio.sleep(0.005)


def requests(script: ScriptedCamera, method: str) -> list[str]:
    return [head for head in script.requests if head.startswith(method + " ")]


async def test_a_session_is_set_up_played_and_torn_down_under_its_number() -> None:
    async with played(camera_with(), []) as (script, _task):
        assert requests(script, "SETUP")[0].split(" ")[1].endswith("/s/track1")
        assert "Transport: RTP/AVP/TCP;unicast;interleaved=0-1" in requests(script, "SETUP")[0]
        assert "Session: 7\r\n" in requests(script, "PLAY")[0]
    await until(lambda: requests(script, "TEARDOWN"))
    assert "Session: 7\r\n" in requests(script, "TEARDOWN")[0]
    numbers = [int(re.search(r"CSeq: (\d+)", head)[1]) for head in script.requests]  # type: ignore[index]  # it is there
    assert numbers == list(range(1, len(numbers) + 1))


async def test_packets_come_from_the_channel_that_the_camera_names() -> None:
    setup = "Session: 7\r\nTransport: RTP/AVP/TCP;unicast;interleaved=4-5\r\n"
    packets: list[bytes] = []
    async with played(camera_with(SETUP=setup), packets) as (script, _task):
        script.writer.write(b"$\x00\x00\x01a$\x05\x00\x01b$\x04\x00\x01c$\x01\x00\x01d$\x04\x00\x01e")
        await until(lambda: len(packets) >= 2)
    assert packets == [b"c", b"e"]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7;timeout=20", 10.0),
        ("7", 25.0),
        ("7;timeout=3600", 25.0),
        ("7;timeout=1", 1.0),
        ("7;timeout=" + "9" * 99, 25),
    ],
)
async def test_a_session_is_kept_alive_twice_in_its_time(header: str, seconds: float) -> None:
    session = RtspSession(Link(), parse_source("rtsp://camera.example/"))
    session._read_session_header(codec.Response(200, "OK", {"session": (header,)}))
    assert (session._session, session._keepalive) == ("7", ("OPTIONS", seconds))


@pytest.mark.parametrize(("public", "method"), [("OPTIONS, GET_PARAMETER, PLAY", "GET_PARAMETER"), ("PLAY", "OPTIONS")])
async def test_a_session_is_kept_alive_by_what_the_camera_knows(
    public: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "MAX_KEEPALIVE_SECONDS", 1.0)
    async with played(camera_with(OPTIONS=f"Public: {public}\r\n"), []) as (script, _task):
        await until(lambda: any("Session: 7\r\n" in head for head in requests(script, method)))


async def test_keep_alives_come_at_their_time_and_not_with_every_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "MAX_KEEPALIVE_SECONDS", 1.0)
    monkeypatch.setattr(liveness, "FIRST_PACKET_SECONDS", 1.8)
    async with played(camera_with(), []) as (script, task):
        await until(task.done)
        assert len(requests(script, "OPTIONS")) <= 3


async def test_a_refused_keep_alive_is_not_logged_in_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "MAX_KEEPALIVE_SECONDS", 1.0)
    monkeypatch.setattr(liveness, "FIRST_PACKET_SECONDS", 4.5)
    refused = 'RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm="c", nonce="n", qop="auth"\r\n\r\n'
    known = camera_with()

    def answer(method: str, url: str) -> str | None:
        again = method == "OPTIONS" and len(script.requests) > 1
        return refused if again or "Authorization" not in script.requests[-1] else known(method, url)

    async with scripted(answer) as script, await connected(script) as session:
        offer = await session.describe()
        with pytest.raises(CameraError):
            await session.play(offer, lambda _packet: None)
    counts = re.findall(r"nc=(\w+)", "".join(script.requests))
    assert len(counts) > 4
    assert counts == sorted(set(counts))


async def test_a_camera_that_stops_sending_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liveness, "FIRST_PACKET_SECONDS", 0.1)
    async with played(camera_with(), []) as (_script, task):
        with pytest.raises(CameraError) as caught:
            async with asyncio.timeout(30):
                await task
        assert caught.value.fault is Fault.SILENT


async def test_a_cut_says_that_the_camera_closed_the_connection() -> None:
    async with scripted(camera_with()) as script, await connected(script) as session:
        offer = await session.describe()
        task = asyncio.create_task(session.play(offer, lambda _packet: None))
        await until(lambda: requests(script, "PLAY"))
        script.writer.close()
        with pytest.raises(CameraError) as caught:
            await task
    assert caught.value.fault is Fault.CUT


@pytest.mark.parametrize(
    ("header", "begin"),
    [
        ("Content-Base: rtsp://other.example/base/\r\n", "rtsp://other.example/base/track1"),
        ("Content-Location: rtsp://other.example/l\r\n", "rtsp://other.example/l/track1"),
        ("Content-Base: /relative\r\n", "rtsp://127.0.0.1"),
        ("Content-Base: rtsp://[::\r\n", "rtsp://127.0.0.1"),
    ],
)
async def test_the_base_of_a_description_is_taken_where_it_is_one(header: str, begin: str) -> None:
    async with scripted(camera_with(DESCRIBE=header)) as script, await connected(script) as session:
        offer = await session.describe()
    assert offer.video.control.startswith(begin)
    assert (offer.video.kind, offer.audio) == ("video", "PCMU")


def knows(*urls: str) -> Callable[[str, str], str | None]:
    """A camera that knows SETUP and PLAY at URLs with these endings only."""

    def answer(method: str, url: str) -> str | None:
        if method in ("SETUP", "PLAY") and not url.endswith(urls):
            return "RTSP/1.0 454 Session Not Found\r\n\r\n"
        return camera_with()(method, url)

    return answer


@pytest.mark.parametrize("known", ["/s/", "/s", "/track1"])
async def test_play_goes_to_the_whole_and_else_to_the_url_that_the_camera_knows(known: str) -> None:
    base = "Content-Base: rtsp://camera.example/s/\r\n"
    other = knows("/track1", known)

    def answer(method: str, url: str) -> str | None:
        return camera_with(DESCRIBE=base)(method, url) if method == "DESCRIBE" else other(method, url)

    async with played(answer, []) as (script, _task):
        await until(lambda: requests(script, "PLAY") and requests(script, "PLAY")[-1].split(" ")[1].endswith(known))
    assert requests(script, "PLAY")[0].split(" ")[1] == "rtsp://camera.example/s/"
    await until(lambda: requests(script, "TEARDOWN"))
    assert requests(script, "TEARDOWN")[0].split(" ")[1] == requests(script, "PLAY")[-1].split(" ")[1]


async def test_a_camera_that_closes_with_its_challenge_is_connected_to_again_with_the_log_in() -> None:
    challenge = 'RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm="c", nonce="n"\r\n\r\n'

    def answer(method: str, url: str) -> str | None:
        if method == "DESCRIBE" and "Authorization" not in script.requests[-1]:
            script.closes = True
            return challenge
        return camera_with()(method, url)

    async with scripted(answer) as script:
        async with await connected(script) as session:
            with pytest.raises(client.Reconnect) as caught:
                await session.describe()
        source = replace(parse_source(f"rtsp://127.0.0.1:{script.port}/s"), username="admin", password="x")
        async with await connect(source, LOCALHOST, caught.value.login) as session:
            assert (await session.describe()).video.codec == "H264"
    assert "Authorization" in requests(script, "DESCRIBE")[-1]


async def test_a_log_in_that_is_cut_off_twice_is_a_cut() -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := (await reader.readuntil(b"\r\n\r\n")).decode():
            cseq = next(line for line in head.split("\r\n") if line.startswith("CSeq"))
            status = "200 OK" if head.startswith("OPTIONS") else "401 No\r\nWWW-Authenticate: Basic realm=c"
            writer.write(f"RTSP/1.0 {status}\r\n{cseq}\r\n\r\n".encode())
            if not head.startswith("OPTIONS"):
                break
        writer.close()

    server = await asyncio.start_server(cut, "127.0.0.1", 0)
    source = parse_source(f"rtsp://admin:x@127.0.0.1:{server.sockets[0].getsockname()[1]}/s")
    login = None
    async with server:
        for wanted in (client.Reconnect, CameraError):
            async with await connect(source, LOCALHOST, login) as session:
                with pytest.raises(wanted) as caught:
                    await session.describe()
                login = getattr(caught.value, "login", None)
    assert isinstance(caught.value, CameraError)
    assert caught.value.fault is Fault.BAD_LOGIN


async def test_a_request_of_the_camera_is_answered_under_its_number() -> None:
    async with played(camera_with(), []) as (script, _task):
        script.writer.write(b"OPTIONS * RTSP/1.0\r\nCSeq: 41\r\n\r\nRECORD x RTSP/1.0\r\nCSeq: 42\r\n\r\n")
        await until(lambda: len(script.requests) > 5)
    answers = [head for head in script.requests if head.startswith("RTSP/")]
    assert [head.split("\r\n")[:2] for head in answers] == [
        ["RTSP/1.0 200 OK", "CSeq: 41"],
        ["RTSP/1.0 501 Not Implemented", "CSeq: 42"],
    ]


async def test_a_camera_that_asks_without_end_and_reads_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "MAX_UNSENT_BYTES", 1000)
    link = Link()
    wire = Unread()
    link.connection_made(wire)  # type: ignore[arg-type]  # as much of a transport as is used
    link.data_received(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n" * 100)
    assert link.closed.result().fault is Fault.OVER_LIMIT
    assert len(wire.written) < 2000


class Unread:
    """A transport whose other end reads nothing."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return len(self.written)

    def is_closing(self) -> bool:
        return False

    def is_reading(self) -> bool:
        return True

    def abort(self) -> None:
        """Nothing is left to end."""


async def test_reports_go_to_the_channel_beside_that_of_the_packets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liveness, "REPORT_SECONDS", 0.05)
    setup = "Session: 7\r\nTransport: RTP/AVP/TCP;unicast;interleaved=4-7\r\n"
    sent = b""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        while b"PLAY" not in sent:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            sent += head.split(" ")[0].encode()
            cseq = next(line for line in head.split("\r\n") if line.startswith("CSeq"))
            answer = camera_with(SETUP=setup)(head.split(" ")[0], "") or ""
            writer.write(answer.replace("\r\n", f"\r\n{cseq}\r\n", 1).encode())
        sent = b""
        while data := await reader.read(4096):
            sent += data
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    source = parse_source(f"rtsp://127.0.0.1:{server.sockets[0].getsockname()[1]}/s")
    async with server, await connect(source, LOCALHOST) as session:
        offer = await session.describe()
        task = asyncio.create_task(session.play(offer, lambda _packet: None))
        await until(lambda: sent.startswith(b"$\x07") and sent[5:6] == b"\xc9")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
