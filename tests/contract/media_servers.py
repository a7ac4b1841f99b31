"""What the suites of the media servers share: a viewer, a browser's offer, and waiting for a status."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections.abc import Awaitable, Callable

from aiortc import RTCPeerConnection

from belvedere.cameras.mediaserver.port import CameraStatus, MediaServer, Refused, Viewer

ALLOW = [ipaddress.ip_network("127.0.0.1/32")]
CHARLIE = Viewer("3", "192.168.1.50")


async def wait_for_status(
    server: MediaServer, wanted: Callable[[CameraStatus], object], camera: str = "gate"
) -> CameraStatus:
    async with asyncio.timeout(60):
        while not wanted(status := (await server.statuses()).get(camera, CameraStatus())):
            await asyncio.sleep(0.05)
    return status


def is_live(status: CameraStatus) -> bool:
    return status.state == "live"


async def make_offer() -> str:
    """A real one."""
    connection = RTCPeerConnection()
    connection.addTransceiver("video", direction="recvonly")
    await connection.setLocalDescription(await connection.createOffer())
    sdp: str = connection.localDescription.sdp
    await connection.close()
    return sdp


async def read_file(server: MediaServer, name: str) -> tuple[str, bytes]:
    """Content type and bytes of a file."""
    name, _, query = name.partition("?")  # as a player asks for what a playlist names
    file = await server.file("gate", name, query, CHARLIE)
    async with contextlib.aclosing(file.body) as chunks:
        data = b"".join([chunk async for chunk in chunks])
    assert file.size in (None, len(data))
    assert file.cache_control
    return file.content_type, data


async def repeat_until_answered(ask: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(Refused):
                await ask()
                return
            await asyncio.sleep(0.05)
