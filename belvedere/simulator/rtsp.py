"""A camera's RTSP server: Digest log-in, RTP over the same TCP connection, any number of viewers.

RFC 2326 (RTSP), RFC 6184 (H.264 in RTP), RFC 2617 (Digest).
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from belvedere.cameras.mediaserver.flv import Frame, Parameters
from belvedere.simulator.encoder import run_encoder
from belvedere.simulator.picture import Scene

_RTP_BYTES = 1_200
_CLOCK_KHZ = 90
_FU_A = 28
# A viewer that does not read is dropped at this many bytes: half a minute of these pictures.
_MOST_BUFFERED_BYTES = 2 << 20
_REASONS = {200: "OK", 401: "Unauthorized", 404: "Not Found", 454: "Session Not Found", 455: "Method Not Valid"}
_REASONS |= {400: "Bad Request", 461: "Unsupported Transport", 501: "Not Implemented"}


def packetize(nal: bytes) -> list[bytes]:
    """RTP payloads of one NAL unit: itself, or fragments of type FU-A (RFC 6184 §5.8)."""
    if len(nal) <= _RTP_BYTES:
        return [nal]
    indicator, kind = nal[0] & 0xE0 | _FU_A, nal[0] & 0x1F
    parts = [nal[at : at + _RTP_BYTES - 2] for at in range(1, len(nal), _RTP_BYTES - 2)]
    last = len(parts) - 1
    return [
        bytes([indicator, (0x80 if n == 0 else 0) | (0x40 if n == last else 0) | kind]) + part
        for n, part in enumerate(parts)
    ]


@dataclass
class Camera:
    """One encoder and its viewers. path: as in the URL, without the slash."""

    path: str
    scene: Scene
    username: str = ""
    password: str = ""
    parameters: Parameters | None = None
    viewers: set[Viewer] = field(default_factory=set)
    known: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Encode and send to the viewers without end; an ffmpeg that died is started again."""
        while True:
            async with run_encoder(self.scene) as frames:
                await self._hand_out(frames)
            await asyncio.sleep(1)

    async def _hand_out(self, frames: AsyncIterator[Parameters | Frame]) -> None:
        async for item in frames:
            if isinstance(item, Parameters):
                self.parameters = item
                self.known.set()
                continue
            nals = [*self.parameters, *item.nals] if item.key and self.parameters else item.nals
            payloads = [payload for nal in nals for payload in packetize(nal)]
            for viewer in list(self.viewers):
                viewer.send(payloads, item.time_ms, item.key)

    def build_sdp(self) -> str:
        """The body of the answer to DESCRIBE."""
        assert self.parameters
        sets = ",".join(base64.b64encode(nal).decode() for nal in self.parameters)
        return "\r\n".join(
            [
                "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=Belvedere test camera\r\nc=IN IP4 0.0.0.0\r\nt=0 0",
                "a=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000",
                f"a=fmtp:96 packetization-mode=1;profile-level-id={self.parameters.sps[1:4].hex()};"
                f"sprop-parameter-sets={sets}",
                "a=control:track0\r\n",
            ]
        )


class Viewer:
    """One session that plays: writes RTP into its TCP connection, from the next key frame on."""

    def __init__(self, transport: asyncio.WriteTransport, channel: int) -> None:
        self._transport = transport
        self._channel = channel
        self._sequence = secrets.randbelow(1 << 15)
        self._source = secrets.token_bytes(4)
        self._started = False

    def send(self, payloads: list[bytes], time_ms: int, key: bool) -> None:
        """Send one frame; its last packet has the marker bit."""
        if not self._started and not key:
            return
        self._started = True
        if self._transport.get_write_buffer_size() > _MOST_BUFFERED_BYTES:
            self._transport.abort()
            return
        stamp = (time_ms * _CLOCK_KHZ & 0xFFFFFFFF).to_bytes(4)
        out = bytearray()
        for n, payload in enumerate(payloads):
            marker = 0x80 if n == len(payloads) - 1 else 0
            out += bytes([0x24, self._channel]) + (12 + len(payload)).to_bytes(2)
            out += bytes([0x80, marker | 96]) + self._sequence.to_bytes(2) + stamp + self._source + payload
            self._sequence = (self._sequence + 1) & 0xFFFF
        self._transport.write(bytes(out))


@dataclass
class Request:
    """One RTSP request. headers: names in lower case."""

    method: str
    url: str
    headers: dict[str, str]

    @property
    def path(self) -> str:
        """The camera's path: what follows the host, without the track."""
        return re.sub(r"^rtsp://[^/]+/?", "", self.url).removesuffix("/track0").strip("/").split("?")[0]


async def read_request(reader: asyncio.StreamReader) -> Request:
    """The next request; RTCP that the viewer interleaves is skipped. Raises IncompleteReadError at the end."""
    while (first := await reader.readexactly(1)) == b"$":
        head = await reader.readexactly(3)
        await reader.readexactly(int.from_bytes(head[1:]))
    lines = (first + await reader.readuntil(b"\r\n\r\n")).decode(errors="replace").split("\r\n")
    method, _, rest = lines[0].partition(" ")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    await reader.readexactly(int(headers.get("content-length", "0") or 0))
    return Request(method, rest.split(" ")[0], headers)


def _hash_md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()  # RFC 2617 Digest knows no other


def check_digest(request: Request, camera: Camera, nonce: str) -> bool:
    """Whether the Authorization header proves the password (RFC 2617 §3.2, without qop)."""
    header = request.headers.get("authorization", "")
    given = dict(re.findall(r'(\w+)="([^"]*)"', header))
    if not header.startswith("Digest ") or given.get("username") != camera.username or given.get("nonce") != nonce:
        return False
    secret = _hash_md5(f"{camera.username}:{given.get('realm', '')}:{camera.password}")
    asked = _hash_md5(f"{request.method}:{given.get('uri', '')}")
    wanted = _hash_md5(f"{secret}:{nonce}:{asked}")
    return secrets.compare_digest(wanted, given.get("response", ""))


class Session:
    """One connection."""

    def __init__(self, cameras: dict[str, Camera], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._cameras = cameras
        self._reader = reader
        self._writer = writer
        self._nonce = secrets.token_hex(16)
        self._id = secrets.token_hex(8)
        self._camera: Camera | None = None
        self._viewer: Viewer | None = None

    async def serve(self) -> None:
        """Answer requests until the connection ends."""
        try:
            while True:
                request = await read_request(self._reader)
                status, headers, body = await self._answer(request)
                self._write(request, status, headers, body)
                if request.method == "PLAY" and status == 200 and self._camera and self._viewer:
                    self._camera.viewers.add(self._viewer)
                if request.method == "TEARDOWN":
                    return
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
            return
        finally:
            if self._camera and self._viewer:
                self._camera.viewers.discard(self._viewer)
            self._writer.close()

    def _write(self, request: Request, status: int, headers: dict[str, str], body: str) -> None:
        data = body.encode()
        lines = [f"RTSP/1.0 {status} {_REASONS[status]}", f"CSeq: {request.headers.get('cseq', '0')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if data:
            lines.append(f"Content-Length: {len(data)}")
        self._writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + data)

    async def _answer(self, request: Request) -> tuple[int, dict[str, str], str]:
        if request.method == "OPTIONS":
            return 200, {"Public": "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER"}, ""
        camera = self._cameras.get(request.path)
        if not camera:
            return 404, {}, ""
        if camera.username and not check_digest(request, camera, self._nonce):
            return 401, {"WWW-Authenticate": f'Digest realm="camera", nonce="{self._nonce}"'}, ""
        match request.method:
            case "DESCRIBE":
                async with asyncio.timeout(10):
                    await camera.known.wait()
                return (
                    200,
                    {"Content-Type": "application/sdp", "Content-Base": request.url.rstrip("/") + "/"},
                    camera.build_sdp(),
                )
            case "SETUP":
                return self._set_up(request, camera)
            case "PLAY":
                if not self._viewer:
                    return 455, {}, ""
                return 200, {"Session": self._id, "Range": "npt=0.000-"}, ""
            case "TEARDOWN" | "GET_PARAMETER" | "SET_PARAMETER":
                return 200, {"Session": self._id}, ""
        return 501, {}, ""

    def _set_up(self, request: Request, camera: Camera) -> tuple[int, dict[str, str], str]:
        wanted = request.headers.get("transport", "")
        channels = re.search(r"RTP/AVP/TCP.*interleaved=(\d+)-(\d+)", wanted)
        if not channels:
            return 461, {}, ""
        self._camera = camera
        self._viewer = Viewer(self._writer.transport, int(channels[1]))
        answer = f"RTP/AVP/TCP;unicast;interleaved={channels[1]}-{channels[2]}"
        return 200, {"Session": f"{self._id};timeout=60", "Transport": answer}, ""


@contextlib.asynccontextmanager
async def serve_rtsp(cameras: list[Camera], host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    """Serve these cameras within the block; gives the port."""
    by_path = {camera.path: camera for camera in cameras}
    sessions: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(Session(by_path, reader, writer).serve())
        sessions.add(task)
        task.add_done_callback(sessions.discard)

    encoding = [asyncio.create_task(camera.run()) for camera in cameras]
    server = await asyncio.start_server(connected, host, port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in (*encoding, *sessions):
            task.cancel()
        await asyncio.gather(*encoding, *sessions, return_exceptions=True)
