"""The whole program with a real MediaMTX, where BELVEDERE_MEDIAMTX or PATH has one."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from belvedere.cameras.mediaserver.mediamtx.process import find_free_port
from tests.contract.mediamtx.real import find_real_program
from tests.contract.rtsp import camera
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
            await asyncio.to_thread(house.api.call, "DELETE", f"cameras/gate/rtsp-tokens/{token['id']}")
            async with asyncio.timeout(20):
                await program  # its session is ended
            with pytest.raises(av.error.HTTPUnauthorizedError):
                await asyncio.to_thread(read_rtsp, url, reading)
    finally:
        await asyncio.to_thread(server.close)
