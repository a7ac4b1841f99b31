"""A MediaMTX that somebody else runs, as a media server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from belvedere.cameras.mediaserver.gateway.client import GatewayClient
from belvedere.cameras.mediaserver.mediamtx import paths as mediamtx_paths
from belvedere.cameras.mediaserver.mediamtx.client import MediaMtxClient
from belvedere.cameras.mediaserver.mediamtx.foreign import ForeignMediaMtx
from belvedere.cameras.mediaserver.mediamtx.process import MediaMtxProcess, find_free_port, find_program
from belvedere.cameras.mediaserver.mediamtx.version import WITH_MOQ
from belvedere.cameras.mediaserver.port import CameraSource, Refused, Way
from tests.contract.media_servers import (
    ALLOW,
    CHARLIE,
    is_live,
    make_offer,
    read_file,
    repeat_until_answered,
    wait_for_status,
)
from tests.contract.mediamtx.real import find_real_program
from tests.contract.mediamtx.recording import write_recorded_program
from tests.contract.rtsp import camera


class SomebodysMediaMtx:
    """One that we did not start: with a user for us, and no path of ours."""

    def __init__(self, program: Path) -> None:
        self._process = MediaMtxProcess(program)
        ports = {name: f"127.0.0.1:{find_free_port()}" for name in ("api", "webrtc", "hls", "rtsp")}
        media = f"127.0.0.1:{find_free_port(socket.SOCK_DGRAM)}"
        off = dict.fromkeys(("rtmp", "srt"), False)
        if find_program(program)[1] >= WITH_MOQ:
            off["moq"] = False
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
        await repeat_until_answered(client.start)
        yield client
    finally:
        await client.stop()
        await somebodys.stop()


class ForeignSubject:
    """A foreign MediaMTX: a subject gives `program`."""

    program: Path

    async def test_a_camera_is_served_by_it_and_again_after_it_was_started_anew(self) -> None:
        somebodys = SomebodysMediaMtx(self.program)
        async with camera() as source, served_by(somebodys) as server:
            wanted = [CameraSource("gate", source.url)]
            await server.apply(wanted)
            await wait_for_status(server, is_live)
            await server.offer("gate", await make_offer(), CHARLIE)
            await somebodys.stop()
            with pytest.raises(Refused):
                await server.statuses()
            await somebodys.start()

            async def come_back() -> None:
                await server.start()
                await server.apply(wanted)

            await repeat_until_answered(come_back)
            await wait_for_status(server, is_live)
            answer = await server.offer("gate", await make_offer(), CHARLIE)
            assert (await server.statuses())["gate"].sessions == (answer.session,)
            await server.end("gate", answer.session)
            assert (await read_file(server, "index.m3u8"))[1].startswith(b"#EXTM3U")
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

    async def test_it_pulls_a_camera_itself_and_the_gateway_says_why_it_cannot(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with camera() as gone:
            pass
        async with camera() as source, served_by(SomebodysMediaMtx(self.program)) as server:
            wanted = [CameraSource("gate", source.url, "admin", "p@ss:/", way=Way.SERVER_PULL)]
            await server.apply(wanted)
            status = await wait_for_status(server, is_live)
            await server.apply(wanted)  # it is known there by the same address, and left alone
            assert (await server.statuses())["gate"].state == "live"
            assert (status.codec, source.connections) == ("H264", 1)
            assert (await server.offer("gate", await make_offer(), CHARLIE)).session
            monkeypatch.setattr(mediamtx_paths, "SEARCHED_SECONDS", 0.0)
            await server.apply([CameraSource("gate", gone.url, way=Way.SERVER_PULL)])
            await wait_for_status(server, lambda status: status.code == "connection_refused")
            with pytest.raises(Refused) as caught:
                await server.offer("gate", await make_offer(), CHARLIE)
            assert (caught.value.refusal.code, caught.value.permanent) == ("connection_refused", False)
