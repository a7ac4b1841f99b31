"""A camera that plays well until it is told to fail; its loop runs beside a test that waits for a browser."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import random
import threading
from collections.abc import Collection, Iterator
from enum import Enum

from belvedere.cameras.mediaserver.gateway.h265.rtp import packetize as packetize_h265
from belvedere.cameras.mediaserver.gateway.h265.tests.clips import clip as h265_clip
from tests.camera.quirks.camera import HEIGHT, WIDTH, Connection, QuirkCamera, Request, clip

LARGER = (2 * WIDTH, 2 * HEIGHT)


class Fault(Enum):
    """What goes wrong; the last two after the connection is cut, as when somebody has set the camera otherwise."""

    FREEZES = "sends nothing and answers nothing"
    GARBAGE = "sends no RTSP any more"
    LARGER = "sends pictures of another size"
    PASSWORD = "has another password"
    CODEC = "sends H.265"


class FaultyCamera(QuirkCamera):
    """fault: what is wrong with it now."""

    username, password = "admin", "secret"

    def __init__(self) -> None:
        super().__init__()
        self.fault: Fault | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._larger, self._h265 = clip(size=LARGER), h265_clip()
        self.loop: asyncio.AbstractEventLoop | None = None

    def fail(self, fault: Fault) -> None:
        """From now on. May be called from another thread."""
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self._begin, fault)

    def _begin(self, fault: Fault) -> None:
        self.fault = fault
        if fault is Fault.LARGER:
            self.clip = self._larger
        if fault in (Fault.PASSWORD, Fault.CODEC):
            self.cut()

    def cut(self) -> None:
        """End all connections."""
        for writer in self._open:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            await super().serve(reader, writer)
        finally:
            self._open.discard(writer)

    async def request(self, connection: Connection, request: Request) -> bool:
        if self.fault is Fault.FREEZES:
            return True
        if request.method != "OPTIONS" and not self._is_admitted(request):
            connection.answer(request, "401 Unauthorized", ['WWW-Authenticate: Basic realm="c"'])
            return True
        return await super().request(connection, request)

    def _is_admitted(self, request: Request) -> bool:
        known = f"{self.username}:{'changed' if self.fault is Fault.PASSWORD else self.password}"
        return request.headers.get("authorization") == "Basic " + base64.b64encode(known.encode()).decode()

    def media(self) -> list[str]:
        if self.fault is Fault.CODEC:
            return ["m=video 0 RTP/AVP 96", "a=rtpmap:96 H265/90000", "a=control:trackID=1"]
        return super().media()

    async def play(self, connection: Connection) -> None:
        number = 0
        while True:
            if self.fault is Fault.GARBAGE:
                letters = [byte for byte in range(256) if byte != ord("$")]
                connection.writer.write(bytes(random.Random(number).choices(letters, k=8192)))
            elif self.fault is Fault.CODEC:
                payloads = packetize_h265(self._h265[number % len(self._h265)].nals)
                self.send_payloads(connection, payloads, self.time_stamp(number))
            elif self.fault is not Fault.FREEZES:
                picture = self.clip.pictures[number % len(self.clip.pictures)]
                self.send(connection, picture, self.time_stamp(number), number)
            number += 1
            await asyncio.sleep(1 / self.fps)


@contextlib.contextmanager
def run_cameras(cameras: Collection[FaultyCamera]) -> Iterator[None]:
    """Serve them on loopback, each on a port of its own."""
    loop = asyncio.new_event_loop()

    async def serve() -> list[asyncio.Server]:
        servers = []
        for camera in cameras:
            servers.append(await asyncio.start_server(camera.serve, "127.0.0.1", 0))
            camera.loop, camera.port = loop, servers[-1].sockets[0].getsockname()[1]
        return servers

    async def end(servers: list[asyncio.Server]) -> None:
        for server in servers:
            server.close()
        for camera in cameras:
            camera.cut()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    servers = asyncio.run_coroutine_threadsafe(serve(), loop).result(30)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(end(servers), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()
