"""The whole program with a real MediaMTX, where BELVEDERE_MEDIAMTX or PATH has one."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import av
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription

from belvedere.cameras.mediaserver.mediamtx.process import find_free_port
from tests.contract.mediamtx.real import find_real_program
from tests.contract.rtsp import camera
from tests.contract.test_foreign_mediamtx import SomebodysMediaMtx
from tests.live.server import SITE, Server, set_up

pytestmark = pytest.mark.live


def read_rtsp(url: str, reading: threading.Event) -> None:
    """As a player does, until the server ends it."""
    with av.open(url, options={"rtsp_transport": "tcp"}, timeout=15) as stream, contextlib.suppress(OSError):
        for number, _packet in enumerate(stream.demux(video=0)):
            if number == 10:
                reading.set()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(is_so):
            await asyncio.sleep(0.1)


async def test_a_camera_is_live_and_read_by_rtsp_until_the_token_is_deleted(tmp_path: Path) -> None:
    environment = {
        "BELVEDERE_MEDIA_SERVER": "mediamtx",
        "BELVEDERE_MEDIAMTX": str(find_real_program()),
        "BELVEDERE_MEDIAMTX_RTSP": f"127.0.0.1:{find_free_port()}",
        "BELVEDERE_MEDIAMTX_WEBRTC": "127.0.0.1:0",
        "BELVEDERE_CAMERA_ALLOW": "127.0.0.1/32",
    }
    server = await asyncio.to_thread(Server(tmp_path / "data", environment=environment).start)
    try:
        house = await asyncio.to_thread(set_up, server)
        async with camera() as source:
            body = {"site": SITE, "id": "gate", "source": {"url": source.url}}
            await asyncio.to_thread(house.api.post, "cameras", body)
            await until(lambda: house.api.get("cameras/gate")["state"] == "live")
            kinds = {stream["kind"] for stream in house.api.get("cameras/gate")["streams"]}
            assert kinds == {"webrtc", "llhls", "hls"}
            token = await asyncio.to_thread(house.api.post, "cameras/gate/rtsp-tokens", {"name": "VLC"})
            reading = threading.Event()
            url = f"rtsp://vlc:{token['token']}@{environment['BELVEDERE_MEDIAMTX_RTSP']}/gate"
            program = asyncio.create_task(asyncio.to_thread(read_rtsp, url, reading))
            await until(reading.is_set)
            begun = time.monotonic()
            await asyncio.to_thread(house.api.call, "DELETE", f"cameras/gate/rtsp-tokens/{token['id']}")
            async with asyncio.timeout(20):
                await program  # its session is ended
            print(f"\na reader by RTSP ends {time.monotonic() - begun:.1f} s after its token")
            with pytest.raises(av.error.HTTPUnauthorizedError):
                await asyncio.to_thread(read_rtsp, url, reading)
    finally:
        await asyncio.to_thread(server.close)


async def test_a_foreign_server_serves_again_after_it_was_away_and_its_viewers_go_with_their_rights(
    tmp_path: Path,
) -> None:
    somebodys = SomebodysMediaMtx(find_real_program())
    environment = {"BELVEDERE_MEDIA_SERVER": somebodys.url, "BELVEDERE_CAMERA_ALLOW": "127.0.0.1/32"}
    await somebodys.start()
    server = await asyncio.to_thread(Server(tmp_path / "data", environment=environment).start)
    try:
        house = await asyncio.to_thread(set_up, server)
        token = await asyncio.to_thread(house.api.post, "tokens", {"name": "wall"})
        headers = {"Authorization": f"Bearer {token['token']}"}
        async with camera() as source, aiohttp.ClientSession(f"{server.url}/media/gate/", headers=headers) as media:
            body = {"site": SITE, "id": "gate", "source": {"url": source.url}}
            await asyncio.to_thread(house.api.post, "cameras", body)
            await wait_for_playlist(media)
            await somebodys.stop()
            await until(lambda: server.log.count("media_server_down") >= FAILURES)
            begun = time.monotonic()
            await somebodys.start()
            await wait_for_playlist(media)
            print(f"\na foreign MediaMTX serves {time.monotonic() - begun:.1f} s after its start")
            async with watch(media) as viewer:
                begun = time.monotonic()
                await asyncio.to_thread(house.api.call, "DELETE", f"tokens/{token['id']}")
                async with asyncio.timeout(20):
                    while viewer.connectionState == "connected":
                        await asyncio.sleep(0.02)
                print(f"a viewer by WebRTC ends {time.monotonic() - begun:.1f} s after its token")
    finally:
        await asyncio.to_thread(server.close)
        await somebodys.stop()


FAILURES = 6  # attempts until the pause between them grows no more


async def wait_for_playlist(media: aiohttp.ClientSession) -> None:
    async with asyncio.timeout(60):
        while True:
            async with media.get("hls/index.m3u8") as answer:
                if answer.status == 200:
                    return
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def watch(media: aiohttp.ClientSession) -> AsyncIterator[RTCPeerConnection]:
    """A viewer by WebRTC, once it is connected."""
    viewer = RTCPeerConnection()
    viewer.addTransceiver("video", direction="recvonly")
    await viewer.setLocalDescription(await viewer.createOffer())
    headers = {"Content-Type": "application/sdp"}
    async with media.post("whep", data=viewer.localDescription.sdp, headers=headers) as answer:
        assert answer.status == 201
        await viewer.setRemoteDescription(RTCSessionDescription(await answer.text(), "answer"))
    async with asyncio.timeout(20):
        while viewer.connectionState != "connected":
            await asyncio.sleep(0.02)
    yield viewer
    await viewer.close()
