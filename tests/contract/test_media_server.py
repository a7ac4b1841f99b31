"""What every media server must do, whatever it is: MediaServerContract; below it the subjects that inherit it.

A second server is one more subclass with the two factories. What a server cannot do at all, by its `capabilities`, is
skipped.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import aiohttp
import av
import pytest
from aiortc import RTCPeerConnection

from belvedere.cameras.mediaserver.gateway import client as gateway_client
from belvedere.cameras.mediaserver.gateway.client import GatewayClient
from belvedere.cameras.mediaserver.gateway.rtsp.announce import make_tracks
from belvedere.cameras.mediaserver.gateway.rtsp.publication import PublishRefused, publish
from belvedere.cameras.mediaserver.mediamtx import http as mediamtx_http
from belvedere.cameras.mediaserver.mediamtx.client import MediaMtxClient
from belvedere.cameras.mediaserver.mediamtx.foreign import ForeignMediaMtx
from belvedere.cameras.mediaserver.mediamtx.own import OwnMediaMtx
from belvedere.cameras.mediaserver.mediamtx.place import Endpoints
from belvedere.cameras.mediaserver.mediamtx.process import (
    MediaMtxProcess,
    find_free_port,
    find_program,
)
from belvedere.cameras.mediaserver.mediamtx.version import OLDEST
from belvedere.cameras.mediaserver.port import (
    MAIN,
    MANIFEST,
    SNAPSHOT,
    SUB,
    CameraSource,
    CameraStatus,
    MediaServer,
    Refused,
    Viewer,
)
from belvedere.cameras.mediaserver.publishing import Target
from tests.contract.mediamtx.listeners import find_listeners
from tests.contract.mediamtx.real import find_real_program
from tests.contract.mediamtx.recording import RECORDED, VERSION, write_program
from tests.contract.rtsp import SIZE, camera

ALLOW = [ipaddress.ip_network("127.0.0.1/32")]
CHARLIE = Viewer("3", "192.168.1.50")
BY_FILES = {"llhls", "hls", "dash"}

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def until_status(server: MediaServer, wanted: Callable[[CameraStatus], object]) -> CameraStatus:
    async with asyncio.timeout(60):
        while not wanted(status := (await server.statuses()).get("gate", CameraStatus())):
            await asyncio.sleep(0.05)
    return status


OFFER = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"


def is_live(status: CameraStatus) -> bool:
    return status.state == "live"


async def browser_offer() -> str:
    """A real one."""
    connection = RTCPeerConnection()
    connection.addTransceiver("video", direction="recvonly")
    await connection.setLocalDescription(await connection.createOffer())
    sdp: str = connection.localDescription.sdp
    await connection.close()
    return sdp


async def whole(server: MediaServer, name: str) -> tuple[str, bytes]:
    """Content type and bytes of a file."""
    name, _, query = name.partition("?")  # as a player asks for what a playlist names
    file = await server.file("gate", name, query, CHARLIE)
    async with contextlib.aclosing(file.body) as chunks:
        data = b"".join([chunk async for chunk in chunks])
    assert file.size in (None, len(data))
    assert file.cache_control
    return file.content_type, data


def saying(answer: bytes) -> Handler:
    """A server that answers every request with these bytes and closes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
        writer.close()

    return serve


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server that never answers."""
    await reader.read()
    writer.close()


def http(status: str, body: str, kind: str = "application/json") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return (head + body).encode()


HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
FOREIGN = {
    "an HTML error": saying(http("502 Bad Gateway", HTML, "text/html")),
    "an HTML page with a good status": saying(http("200 OK", HTML, "text/html")),
    "an HTML page for what was made": saying(http("201 Created", HTML, "text/html")),
    "an HTML page with a session": saying(
        http("201 Created", HTML, "text/html").replace(b"\r\n", b"\r\nLocation: whep/s1\r\n", 1)
    ),
    "an empty body": saying(http("200 OK", "")),
    "an empty error": saying(http("404 Not Found", "")),
    "another JSON": saying(http("200 OK", '{"items":[{"name":"gate","ready":true}]}')),
    "JSON of other types": saying(http("200 OK", '{"cameras":{"gate":{"state":7,"sessions":null}}}')),
    "an error in another JSON": saying(http("400 Bad Request", '{"status":"error","error":"path not found"}')),
    "JSON that is cut": saying(http("200 OK", '{"cameras":{"ga').replace(b"Length: 15", b"Length: 900")),
    "a redirect": saying(b"HTTP/1.1 302 Found\r\nLocation: http://192.168.1.1/\r\nContent-Length: 0\r\n\r\n"),
    "no HTTP": saying(b"RTSP/1.0 400 Bad Request\r\n\r\n"),
    "nothing, and closes": saying(b""),
    "nothing at all": hang,
}


class MediaServerContract:
    """The behaviours. A subject gives `new_server` and `server_behind`."""

    def new_server(self) -> MediaServer:
        """One that is not started, allowed to pull cameras from 127.0.0.1."""
        raise NotImplementedError

    def server_behind(self, handler: Handler) -> contextlib.AbstractAsyncContextManager[MediaServer]:
        """The client of a server in whose place this handler answers, with short patience."""
        raise NotImplementedError

    @pytest.fixture
    async def server(self) -> AsyncIterator[MediaServer]:
        server = self.new_server()
        await server.start()
        yield server
        await server.stop()

    async def test_a_camera_becomes_live_is_not_touched_while_unchanged_and_goes(self, server: MediaServer) -> None:
        async with camera() as source:
            wanted = CameraSource("gate", source.url)
            await server.apply([wanted])
            status = await until_status(server, is_live)
            assert (status.codec, status.width, status.height) == ("H264", SIZE, SIZE)
            await server.apply([wanted])
            await server.start()  # one that runs is left alone
            assert is_live((await server.statuses())["gate"])
            assert source.connections == 1
            await server.apply([])
            assert "gate" not in await server.statuses()

    async def test_a_sub_stream_is_pulled_once_watched_beside_a_main_stream_that_is_not_touched(
        self, server: MediaServer
    ) -> None:
        async with camera() as source, camera() as sub:
            await server.apply([CameraSource("gate", source.url)])
            with pytest.raises(Refused) as caught:
                await server.offer("gate", await browser_offer(), CHARLIE, SUB)
            assert caught.value.refusal.code == "no_sub"
            await server.apply([CameraSource("gate", source.url, sub_url=sub.url)])
            status = await until_status(server, is_live)
            assert status.sub is not None
            assert (status.sub.state, sub.connections) == ("idle", 0)
            assert {stream.source for stream in server.streams(status)} == {MAIN, SUB}
            answer = await server.offer("gate", await browser_offer(), CHARLIE, SUB)
            status = (await server.statuses())["gate"]
            assert status.sub is not None
            assert (status.sub.state, status.sessions) == ("live", (answer.session,))
            await server.end("gate", answer.session)
            assert (await server.statuses())["gate"].sessions == ()
            assert (source.connections, sub.connections) == (1, 1)

    async def test_a_second_server_that_a_redirect_names_sees_no_log_in(self, server: MediaServer) -> None:
        async with camera() as first, camera() as second:
            first.redirect = second.url
            await server.apply([CameraSource("gate", first.url, "admin", "secret")])
            await until_status(server, is_live)
            assert any("Authorization" in head for head in first.heads)
            assert second.heads
            assert not any("Authorization" in head for head in second.heads)

    async def test_a_camera_that_is_not_there_says_why_and_is_refused_for_now(self, server: MediaServer) -> None:
        async with camera() as source:
            pass
        await server.apply([CameraSource("gate", source.url)])
        status = await until_status(server, lambda status: status.state == "offline")
        assert status.code
        assert " " in status.reason
        with pytest.raises(Refused) as caught:
            await server.offer("gate", await browser_offer(), CHARLIE)
        assert (caught.value.refusal.code, caught.value.permanent) == ("camera_offline", False)

    async def test_a_session_is_opened_listed_and_ended_once(self, server: MediaServer) -> None:
        if not server.capabilities.whep:
            pytest.skip("it does not speak WHEP")
        async with camera() as source:
            await server.apply([CameraSource("gate", source.url)])
            await until_status(server, is_live)
            answer = await server.offer("gate", await browser_offer(), CHARLIE)
            assert answer.sdp.startswith("v=0")
            assert "H264/90000" in answer.sdp
            assert answer.session in (await server.statuses())["gate"].sessions
            await server.trickle("gate", answer.session, "a=mid:0\r\n")
            await server.end("gate", answer.session)
            assert answer.session not in (await server.statuses())["gate"].sessions
            with pytest.raises(Refused) as caught:
                await server.end("gate", answer.session)
            assert (caught.value.refusal.code, caught.value.permanent) == ("no_session", True)
            with pytest.raises(Refused) as caught:
                await server.trickle("gate", answer.session, "")
            assert caught.value.refusal.code == "no_session"
            with pytest.raises(Refused) as caught:
                await server.offer("gate", "no offer", CHARLIE)
            assert (caught.value.refusal.status, caught.value.permanent) == (400, True)

    async def test_a_playlist_leads_to_segments(self, server: MediaServer) -> None:
        if not server.capabilities.hls:
            pytest.skip("it does not speak HLS")
        async with camera() as source:
            await server.apply([CameraSource("gate", source.url)])
            await until_status(server, is_live)
            async with asyncio.timeout(30):
                while True:  # the first segment takes a second to fill
                    with contextlib.suppress(Refused):
                        kind, master = await whole(server, "index.m3u8")
                        break
            assert "mpegurl" in kind.lower()
            media = [line for line in master.decode().splitlines() if line and not line.startswith("#")]
            _, playlist = await whole(server, media[-1])
            segments = [line for line in playlist.decode().splitlines() if line and not line.startswith("#")]
            assert (await whole(server, segments[-1]))[1]
            if server.capabilities.dash:
                described, manifest = await whole(server, MANIFEST)
                assert described == "application/dash+xml"
                assert b"<MPD" in manifest
            if server.capabilities.snapshots:
                described, jpeg = await whole(server, SNAPSHOT)
                assert (described, jpeg[:2]) == ("image/jpeg", b"\xff\xd8")
            with pytest.raises(Refused) as caught:
                await server.file("gate", "segment-99999.m4s", "", CHARLIE)
            assert (caught.value.refusal.status, caught.value.permanent) == (404, True)

    async def test_a_camera_that_it_does_not_have_is_refused(self, server: MediaServer) -> None:
        with pytest.raises(Refused) as offered:
            await server.offer("gate", await browser_offer(), CHARLIE)
        with pytest.raises(Refused) as asked:
            await server.file("gate", "index.m3u8", "", CHARLIE)
        assert (offered.value.refusal.status, asked.value.refusal.status) == (404, 404)

    @pytest.mark.parametrize(
        ("status", "shown"),
        [
            (CameraStatus(), {"webrtc", *BY_FILES}),
            (CameraStatus(codec="H264", b_frames=False), {"webrtc", *BY_FILES}),
            (CameraStatus(codec="H264", b_frames=True), BY_FILES),
            (CameraStatus(codec="H265"), {"webrtc", *BY_FILES}),
            (CameraStatus(codec="H265", b_frames=True), BY_FILES),
            (CameraStatus(codec="JPEG"), set()),
        ],
    )
    def test_the_streams_say_what_can_be_played_and_why_not_the_others(
        self, status: CameraStatus, shown: set[str]
    ) -> None:
        server = self.new_server()
        can = server.capabilities
        able = {"webrtc": can.whep, "llhls": can.hls, "hls": can.hls, "dash": can.dash}
        streams = server.streams(status)
        assert {stream.kind for stream in streams if able.get(stream.kind)} == {kind for kind in able if able[kind]}
        assert {stream.kind for stream in streams if stream.refusal is None} & set(able) <= shown
        for stream in streams:
            assert stream.refusal is None or (stream.refusal.code and stream.refusal.sentence.endswith("."))

    async def test_a_server_that_is_not_running_is_refused_for_now_and_starts_again(self) -> None:
        server = self.new_server()
        await refuses_everything(server)
        await server.start()
        await server.stop()
        await refuses_everything(server)
        await server.start()
        assert await server.statuses() == {}
        await server.stop()
        await server.stop()

    @pytest.mark.parametrize("answer", FOREIGN)
    async def test_what_another_server_answers_in_its_place_is_refused_for_now(self, answer: str) -> None:
        async with self.server_behind(FOREIGN[answer]) as server:
            await refuses_everything(server, but_files="good status" in answer or answer.startswith(GOOD))


GOOD = ("an empty body", "another JSON", "JSON of other types", "JSON that is cut")


async def refuses_everything(server: MediaServer, *, but_files: bool = False) -> None:
    """Every question ends in Refused, with the one code for it. but_files: a file may hold any bytes."""
    questions: list[Callable[[], Awaitable[object]]] = [
        lambda: server.apply([CameraSource("gate", "rtsp://127.0.0.1/")]),
        lambda: server.statuses(),
        lambda: server.offer("gate", "v=0\r\n", CHARLIE),
        lambda: server.trickle("gate", "s1", ""),
        lambda: server.end("gate", "s1"),
    ]
    questions += [] if but_files else [lambda: whole(server, "index.m3u8")]
    for question in questions:
        with pytest.raises(Refused) as caught:
            await question()
        assert (caught.value.refusal.code, caught.value.permanent) == ("media_server_down", False)


class TestGateway(MediaServerContract):
    """The built-in one: its client and its real process."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.socket = tmp_path / "socket"
        self.monkeypatch = monkeypatch

    def new_server(self) -> MediaServer:
        return GatewayClient(ALLOW)

    @contextlib.asynccontextmanager
    async def server_behind(self, handler: Handler) -> AsyncIterator[MediaServer]:
        self.monkeypatch.setattr(gateway_client, "ASK_SECONDS", 0.3)
        client = GatewayClient()
        async with await asyncio.start_unix_server(handler, self.socket):
            client.connect(self.socket)
            try:
                yield client
            finally:
                await client.stop()


class MediaMtxSubject(MediaServerContract):
    """MediaMTX as our own child, with the real gateway before it. A subject gives `program`."""

    program: Path

    def new_server(self) -> MediaServer:
        program, version = find_program(self.program)
        self.own = OwnMediaMtx(program, version, "127.0.0.1:0", "127.0.0.1:0")
        return MediaMtxClient(GatewayClient(ALLOW), self.own)

    @contextlib.asynccontextmanager
    async def server_behind(self, handler: Handler) -> AsyncIterator[MediaServer]:
        """Another in MediaMTX's place; the gateway before it finds everything well."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(mediamtx_http, "ASK_SECONDS", 0.3)
            client = MediaMtxClient(ContentGateway(ALLOW), OwnMediaMtx(self.program, OLDEST, "", ""))
            async with await asyncio.start_server(handler, "127.0.0.1", 0) as server:
                url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
                client.connect(Endpoints(url, url, url, "Bearer none", Target("127.0.0.1", 9, "", "")))
                yield client
                await client.stop()

    @pytest.fixture
    async def place(self) -> AsyncIterator[OwnMediaMtx]:
        place = OwnMediaMtx(*find_program(self.program), "127.0.0.1:0", "127.0.0.1:0")
        yield place
        await place.stop()

    async def test_it_listens_on_loopback_only(self, place: OwnMediaMtx) -> None:
        await place.start()
        assert place.pid is not None
        listening = await asyncio.to_thread(find_listeners, place.pid)
        assert listening
        loopback = ("127.0.0.1:", "::ffff:127.0.0.1:")
        assert [address for address in listening if not address.startswith(loopback)] == []

    async def test_each_who_wants_in_needs_what_we_gave_for_that(self, place: OwnMediaMtx) -> None:
        endpoints = await place.start()
        whep = f"{endpoints.whep}/gate/whep"
        token = place.authorize("gate", "webrtc")
        other = place.authorize("yard", "webrtc")
        asked = [
            ("GET", f"{endpoints.api}/v3/info", endpoints.authorization, 200),
            ("GET", f"{endpoints.api}/v3/paths/list", "Bearer none", 401),
            ("POST", whep, "Bearer none", 401),
            ("POST", whep, other, 401),
            ("POST", whep, token, 404),  # let in, and no camera is published
            ("POST", whep, token, 401),  # it has opened its one session
        ]
        headers = {"Content-Type": "application/sdp"}
        async with aiohttp.ClientSession(headers=headers) as http:
            for method, url, authorization, status in asked:
                async with http.request(method, url, headers={"Authorization": authorization}, data=OFFER) as answer:
                    assert (authorization, answer.status) == (authorization, status)
        with pytest.raises(PublishRefused):
            await publish(replace(endpoints.target, password="guessed"), "gate", make_tracks("H264", None))
        (await publish(endpoints.target, "gate", make_tracks("H264", None))).close()

    async def test_one_that_dies_is_started_anew_while_the_camera_stays_connected(self, server: MediaServer) -> None:
        async with camera() as source:
            wanted = [CameraSource("gate", source.url)]
            await server.apply(wanted)
            await until_status(server, is_live)
            first = self.own.pid
            assert first is not None
            os.kill(first, signal.SIGKILL)
            async with asyncio.timeout(20):
                while self.own.pid == first:
                    await asyncio.sleep(0.02)
            with pytest.raises(Refused):
                await server.statuses()
            await server.start()
            await server.apply(wanted)
            assert self.own.pid not in (None, first)
            await until_status(server, is_live)
            assert (await server.offer("gate", await browser_offer(), CHARLIE)).session
            assert source.connections == 1

    async def test_nothing_is_left_of_it_when_we_are_killed(self) -> None:
        starter = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.contract.mediamtx.start", str(self.program)), stdout=asyncio.subprocess.PIPE
        )
        assert starter.stdout is not None
        pid = int(await starter.stdout.readline())
        assert is_running(pid)
        starter.kill()
        await starter.wait()
        async with asyncio.timeout(20):
            while is_running(pid):
                await asyncio.sleep(0.02)


def is_running(pid: int) -> bool:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    return False


class ContentGateway(GatewayClient):
    """Has every camera, and publishes it."""

    async def apply(self, _cameras: object) -> None:
        pass

    async def statuses(self) -> dict[str, CameraStatus]:
        return {"gate": CameraStatus(state="live", codec="H264", b_frames=False)}

    async def admit(self, _camera: str, offer: str, _source: str = MAIN) -> str:
        return offer


def write_recorded_program(test: str, folder: Path) -> Path:
    """A program that answers what a real one answered in this test; or that one, with somebody who writes down."""
    file = str(RECORDED / f"{test.removeprefix('test_')}.json")
    if "BELVEDERE_RECORD" in os.environ:
        return write_program(folder, VERSION, "record", os.environ["BELVEDERE_MEDIAMTX"], file)
    return write_program(folder, VERSION, "replay", file)


class TestMediaMtxRecorded(MediaMtxSubject):
    """It answers what a real one answered."""

    @pytest.fixture(autouse=True)
    def _program(self, request: pytest.FixtureRequest, tmp_path: Path) -> None:
        self.program = write_recorded_program(request.function.__name__, tmp_path)


@pytest.mark.live
class TestMediaMtx(MediaMtxSubject):
    """The real one."""

    @pytest.fixture(autouse=True)
    def _program(self) -> None:
        self.program = find_real_program()

    async def test_a_program_reads_by_rtsp_with_a_token_until_that_is_revoked(self) -> None:
        tokens = {"good-token"}

        async def may_watch(token: str, camera: str) -> bool:
            return token in tokens and camera == "gate"

        own = OwnMediaMtx(*find_program(self.program), "127.0.0.1:0", "127.0.0.1:0", (), may_watch)
        server = MediaMtxClient(GatewayClient(ALLOW), own)
        await server.start()
        async with camera() as source:
            await server.apply([CameraSource("gate", source.url)])
            await until_status(server, is_live)
            await server.file("gate", "index.m3u8", "", CHARLIE)  # it is published now
            port = (await own.start()).target.port
            with pytest.raises(av.error.HTTPUnauthorizedError):
                await asyncio.to_thread(read_rtsp, f"rtsp://vlc:bad-token@127.0.0.1:{port}/gate", asyncio.Event())
            reading = asyncio.Event()
            url = f"rtsp://vlc:good-token@127.0.0.1:{port}/gate"
            program = asyncio.create_task(asyncio.to_thread(read_rtsp, url, reading))
            async with asyncio.timeout(20):
                while not reading.is_set():
                    await asyncio.sleep(0.02)
                tokens.clear()
                await program  # its session is ended
        await server.stop()


def read_rtsp(url: str, reading: asyncio.Event) -> None:
    """As a player does, until the server ends it. reading: set once pictures come; only looked at in the loop."""
    with av.open(url, options={"rtsp_transport": "tcp"}, timeout=15) as stream, contextlib.suppress(OSError):
        for number, _packet in enumerate(stream.demux(video=0)):
            if number == 10:
                reading.set()


class SomebodysMediaMtx:
    """One that we did not start: with a user for us, and no path of ours."""

    def __init__(self, program: Path) -> None:
        self._process = MediaMtxProcess(program)
        ports = {name: f"127.0.0.1:{find_free_port()}" for name in ("api", "webrtc", "hls", "rtsp")}
        media = f"127.0.0.1:{find_free_port(socket.SOCK_DGRAM)}"
        off = dict.fromkeys(("rtmp", "srt", "moq"), False)
        may = [{"action": action} for action in ("api", "publish", "read")]
        self._settings = {
            **off,
            "logLevel": "error",
            "api": True,
            "rtspTransports": ["tcp"],
            "webrtcLocalUDPAddress": media,
            "webrtcIPsFromInterfaces": False,
            "webrtcAdditionalHosts": ["127.0.0.1"],
            "authInternalUsers": [{"user": "belvedere", "pass": "p@ss", "permissions": may}],
            **{f"{name}Address": address for name, address in ports.items()},
        }
        self.url = f"http://belvedere:p%40ss@{ports['api']}"

    async def start(self) -> None:
        await self._process.start(json.dumps(self._settings))

    async def stop(self) -> None:
        await self._process.stop()


@contextlib.asynccontextmanager
async def served_by(somebodys: SomebodysMediaMtx) -> AsyncIterator[MediaMtxClient]:
    """Our client of it, from the moment that it answers; as the supervisor, it tries again until then."""
    client = MediaMtxClient(GatewayClient(ALLOW), ForeignMediaMtx(somebodys.url))
    await somebodys.start()
    try:
        await until_asked(client.start)
        yield client
    finally:
        await client.stop()
        await somebodys.stop()


async def until_asked(ask: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(Refused):
                await ask()
                return
            await asyncio.sleep(0.05)


class ForeignSubject:
    """A foreign MediaMTX: a subject gives `program`."""

    program: Path

    async def test_a_camera_is_served_by_it_and_again_after_it_was_started_anew(self) -> None:
        somebodys = SomebodysMediaMtx(self.program)
        async with camera() as source, served_by(somebodys) as server:
            wanted = [CameraSource("gate", source.url)]
            await server.apply(wanted)
            await until_status(server, is_live)
            await server.offer("gate", await browser_offer(), CHARLIE)
            await somebodys.stop()
            with pytest.raises(Refused):
                await server.statuses()
            await somebodys.start()

            async def come_back() -> None:
                await server.start()
                await server.apply(wanted)

            await until_asked(come_back)
            await until_status(server, is_live)
            answer = await server.offer("gate", await browser_offer(), CHARLIE)
            assert (await server.statuses())["gate"].sessions == (answer.session,)
            await server.end("gate", answer.session)
            assert (await whole(server, "index.m3u8"))[1].startswith(b"#EXTM3U")
            assert source.connections == 1

    async def test_nobody_is_served_by_it_with_another_password(self) -> None:
        somebodys = SomebodysMediaMtx(self.program)
        somebodys.url = somebodys.url.replace("p%40ss", "guessed")
        await somebodys.start()
        client = MediaMtxClient(GatewayClient(ALLOW), ForeignMediaMtx(somebodys.url))
        async with asyncio.timeout(20):
            while True:
                with pytest.raises(Refused) as caught:
                    await client.start()
                if "401" in str(caught.value):
                    break
        await client.stop()
        await somebodys.stop()


class TestForeignMediaMtxRecorded(ForeignSubject):
    """It answers what a real one answered."""

    @pytest.fixture(autouse=True)
    def _program(self, request: pytest.FixtureRequest, tmp_path: Path) -> None:
        self.program = write_recorded_program(request.function.__name__, tmp_path)


@pytest.mark.live
class TestForeignMediaMtx(ForeignSubject):
    """The real one."""

    @pytest.fixture(autouse=True)
    def _program(self) -> None:
        self.program = find_real_program()
