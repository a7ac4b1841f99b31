"""A camera that is a script, and the pull of it."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import ssl
from collections.abc import AsyncIterator, Callable

from belvedere.cameras.mediaserver.gateway.camera import Camera
from belvedere.cameras.mediaserver.gateway.resolver import Rules
from belvedere.cameras.mediaserver.port import CameraSource, CameraStatus

HERE = Rules((ipaddress.ip_network("127.0.0.1/32"),))
H265 = "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\na=control:t\r\nm=audio 0 RTP/AVP 0\r\n"


class ScriptedCamera:
    """Answers each request by `answer(method, url)`: a whole RTSP answer without CSeq, or None to fall silent."""

    def __init__(self, answer: Callable[[str, str], str | None]) -> None:
        self.answer = answer
        self.requests: list[str] = []
        self.connections = 0
        self.closes = False  # after the next answer
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writer = writer
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.requests.append(head)
                if head.startswith("RTSP/"):  # to a request of its own
                    continue
                method, url, _ = head.split("\r\n")[0].split(" ")
                answer = self.answer(method, url)
                if answer is None:
                    continue
                cseq = next(line for line in head.split("\r\n") if line.startswith("CSeq"))
                first, rest = answer.split("\r\n", 1)
                writer.write(f"{first}\r\n{cseq}\r\n{rest}".encode())
                if self.closes:
                    self.closes = False
                    break
        writer.close()


@contextlib.asynccontextmanager
async def scripted(
    answer: Callable[[str, str], str | None], tls: ssl.SSLContext | None = None
) -> AsyncIterator[ScriptedCamera]:
    script = ScriptedCamera(answer)
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0, ssl=tls)
    script.port = server.sockets[0].getsockname()[1]
    try:
        yield script
    finally:
        server.close()


def script_url(script: ScriptedCamera) -> str:
    return f"rtsp://127.0.0.1:{script.port}/"


@contextlib.asynccontextmanager
async def pulled(url: str, rules: Rules = HERE, username: str = "", password: str = "") -> AsyncIterator[Camera]:
    camera = Camera(CameraSource("gate", url, username, password), rules)
    camera.start()
    try:
        yield camera
    finally:
        await camera.stop()


async def until(camera: Camera, wanted: Callable[[CameraStatus], bool], seconds: float = 30) -> CameraStatus:
    async with asyncio.timeout(seconds):
        while not wanted(camera.status()):
            await asyncio.sleep(0.02)
    return camera.status()


def is_offline(status: CameraStatus) -> bool:
    return status.state == "offline"


def unauthorized(_method: str, _url: str) -> str:
    return 'RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm="c", nonce="n"\r\n\r\n'


def describes(body: str) -> Callable[[str, str], str | None]:
    def answer(method: str, _url: str) -> str | None:
        if method == "DESCRIBE":
            return f"RTSP/1.0 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        if method == "SETUP":
            transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 7;timeout=60"
            return f"RTSP/1.0 200 OK\r\n{transport}\r\n\r\n"
        return "RTSP/1.0 200 OK\r\n\r\n"

    return answer
