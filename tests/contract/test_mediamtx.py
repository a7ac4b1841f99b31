"""MediaMTX as a media server, with the real gateway before it: what every one must do, and what is MediaMTX's own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import av
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription, VideoStreamTrack

from belvedere.cameras.mediaserver import http
from belvedere.cameras.mediaserver.gateway.client import GatewayClient
from belvedere.cameras.mediaserver.gateway.ffmpeg import find_ffmpeg
from belvedere.cameras.mediaserver.gateway.rtsp.announce import make_tracks
from belvedere.cameras.mediaserver.gateway.rtsp.publication import Publication, PublishRefused, publish
from belvedere.cameras.mediaserver.gateway.rtsp.rtp import RtpStream
from belvedere.cameras.mediaserver.mediamtx.client import MediaMtxClient
from belvedere.cameras.mediaserver.mediamtx.own import OwnMediaMtx
from belvedere.cameras.mediaserver.mediamtx.place import Endpoints
from belvedere.cameras.mediaserver.mediamtx.process import find_program
from belvedere.cameras.mediaserver.mediamtx.version import OLDEST
from belvedere.cameras.mediaserver.port import MAIN, SUB, CameraSource, CameraStatus, MediaServer, Refused, Way
from belvedere.cameras.mediaserver.publishing import Target
from tests.contract.media_servers import ALLOW, CHARLIE, is_live, make_offer, read_file, wait_for_status
from tests.contract.mediamtx.listeners import find_listeners
from tests.contract.mediamtx.real import find_real_program
from tests.contract.mediamtx.recording import write_recorded_program
from tests.contract.rtsp import FPS, camera, one_second
from tests.contract.test_media_server import MediaServerContract
from tests.contract.wrong_answers import Handler

OFFER = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"


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
            patch.setattr(http, "ASK_SECONDS", 0.3)
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
        async with aiohttp.ClientSession(headers=headers) as session:
            for method, url, authorization, status in asked:
                async with session.request(method, url, headers={"Authorization": authorization}, data=OFFER) as answer:
                    assert (authorization, answer.status) == (authorization, status)
        with pytest.raises(PublishRefused):
            await publish(replace(endpoints.target, password="guessed"), "gate", make_tracks("H264", None))
        (await publish(endpoints.target, "gate", make_tracks("H264", None))).close()

    async def test_one_that_dies_is_started_anew_while_the_camera_stays_connected(self, server: MediaServer) -> None:
        async with camera() as source:
            wanted = [CameraSource("gate", source.url)]
            await server.apply(wanted)
            await wait_for_status(server, is_live)
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
            await wait_for_status(server, is_live)
            assert (await server.offer("gate", await make_offer(), CHARLIE)).session
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


class TestOldMediaMtxRecorded:
    """It answers what a real 1.18.0 answered, where that differs."""

    async def test_hls_waits_for_a_server_that_answers_500_until_its_stream_has_begun(self, tmp_path: Path) -> None:
        program = write_recorded_program("hls_of_1_18_begins_with_500", tmp_path, "v1.18.0")
        own = OwnMediaMtx(*find_program(program), "127.0.0.1:0", "127.0.0.1:0")
        server = MediaMtxClient(GatewayClient(ALLOW), own)
        await server.start()
        try:
            async with camera() as source:
                await server.apply([CameraSource("gate", source.url)])
                kind, playlist = await read_once_connected(server, "index.m3u8")
                assert (kind, playlist[:7]) == ("application/vnd.apple.mpegurl", b"#EXTM3U")
        finally:
            await server.stop()


async def read_once_connected(server: MediaServer, name: str) -> tuple[str, bytes]:
    """A file at the first moment at which the camera is there."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await read_file(server, name)
            except Refused as refused:
                if refused.refusal.code != "camera_connecting":
                    raise


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

    @pytest.mark.skipif(not find_ffmpeg(), reason="needs ffmpeg")
    async def test_it_serves_the_smaller_picture_that_the_gateway_makes_while_it_is_watched(self) -> None:
        own = OwnMediaMtx(*find_program(self.program), "127.0.0.1:0", "127.0.0.1:0")
        server = MediaMtxClient(GatewayClient(ALLOW), own)
        await server.start()
        try:
            async with camera() as source:
                await server.apply([CameraSource("gate", source.url, make_sub=True)])
                await wait_for_status(server, is_live)
                file = await server.file("gate", "index.m3u8", "", CHARLIE, SUB)
                playlist = b"".join([chunk async for chunk in file.body])
                assert b"avc1.42c0" in playlist
                status = (await server.statuses())["gate"]
                assert status.sub is not None
                assert (status.sub.state, status.sub.codec, source.connections) == ("live", "H264", 1)
        finally:
            await server.stop()

    async def test_a_program_reads_by_rtsp_with_a_token_until_that_is_revoked(self) -> None:
        tokens = {"good-token"}

        async def may_watch(token: str, camera: str) -> bool:
            return token in tokens and camera == "gate"

        own = OwnMediaMtx(*find_program(self.program), "127.0.0.1:0", "127.0.0.1:0", (), may_watch)
        server = MediaMtxClient(GatewayClient(ALLOW), own)
        await server.start()
        async with camera() as source:
            await server.apply([CameraSource("gate", source.url)])
            await wait_for_status(server, is_live)
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

    async def test_a_camera_publishes_by_webrtc_until_its_secret_ends(self) -> None:
        async with self.publishing() as (server, _, known), browser_with_a_camera() as browser:
            status = (await server.statuses())["camera_yard"]
            assert (status.state, status.code) == ("offline", "not_published")
            with pytest.raises(Refused) as caught:
                await server.offer("camera_yard", await make_offer(), CHARLIE)
            assert (caught.value.refusal.code, caught.value.permanent) == ("not_published", False)
            answer = await server.publish("camera_yard", browser.localDescription.sdp, "good-secret")
            await browser.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
            status = await wait_for_status(server, is_live, "camera_yard")
            assert (status.codec, status.width > 0, status.sessions) == ("H264", True, ())
            assert (await server.offer("camera_yard", await make_offer(), CHARLIE)).session
            known.clear()
            await wait_for_status(server, lambda status: status.code == "not_published", "camera_yard")
            with pytest.raises(Refused) as caught:
                await server.end_publishing("camera_yard", answer.session)
            assert caught.value.refusal.code == "no_session"

    async def test_a_camera_publishes_by_rtsp_with_its_own_secret_to_its_own_path(self) -> None:
        async with self.publishing() as (server, own, _):
            target = replace((await own.start()).target, username="camera_yard", password="good-secret")
            tracks = make_tracks("H264", None)
            for refused, path in ((replace(target, password="guessed"), "camera_yard"), (target, "gate")):
                with pytest.raises(PublishRefused):
                    await publish(refused, path, tracks)
            publication = await publish(target, "camera_yard", tracks)
            sending = asyncio.create_task(send_one_second(publication))
            status = await wait_for_status(server, is_live, "camera_yard")
            assert status.codec == "H264"
            sending.cancel()
            publication.close()
            await wait_for_status(server, lambda status: status.code == "not_published", "camera_yard")

    @contextlib.asynccontextmanager
    async def publishing(self) -> AsyncIterator[tuple[MediaMtxClient, OwnMediaMtx, set[tuple[str, str]]]]:
        """A server with a camera that publishes, and the secrets that are good."""
        known = {("good-secret", "camera_yard")}

        async def may_publish(secret: str, camera: str) -> bool:
            return (secret, camera) in known

        program = find_program(self.program)
        own = OwnMediaMtx(*program, "127.0.0.1:0", "127.0.0.1:0", may_publish=may_publish)
        server = MediaMtxClient(GatewayClient(ALLOW), own)
        await server.start()
        await server.apply([CameraSource("camera_yard", "", way=Way.PUSH)])
        yield server, own, known
        await server.stop()


@contextlib.asynccontextmanager
async def browser_with_a_camera() -> AsyncIterator[RTCPeerConnection]:
    """It has made its offer: VP8 before H.264, as browsers do."""
    browser = RTCPeerConnection()
    browser.addTrack(VideoStreamTrack())
    await browser.setLocalDescription(await browser.createOffer())
    yield browser
    await browser.close()


async def send_one_second(publication: Publication) -> None:
    """A second of H.264 over and over."""
    stream = RtpStream(0, 96, 90_000)
    ts = 0
    while True:
        for payloads in one_second():
            publication.send(stream.pack(payloads, ts))
            ts += 90_000 // FPS
            await asyncio.sleep(1 / FPS)


def read_rtsp(url: str, reading: asyncio.Event) -> None:
    """As a player does, until the server ends it. reading: set once pictures come; only looked at in the loop."""
    with av.open(url, options={"rtsp_transport": "tcp"}, timeout=15) as stream, contextlib.suppress(OSError):
        for number, _packet in enumerate(stream.demux(video=0)):
            if number == 10:
                reading.set()
