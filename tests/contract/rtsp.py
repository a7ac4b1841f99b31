"""A camera that speaks RTSP over TCP and sends a second of H.264 over and over; needs no GStreamer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import cache
from struct import pack, unpack

from aiortc.codecs.h264 import H264Encoder

from belvedere.cameras.mediaserver.gateway.tests.clips import encode, paint_steps

FPS, SIZE = 25, 96
SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 {codec}/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:track1\r\n"
)


@cache
def one_second() -> list[list[bytes]]:
    """RTP payloads by picture; the first picture is a key frame with its parameter sets."""
    options = {"profile": "baseline", "g": str(FPS), "tune": "zerolatency"}
    packets = encode("libx264", options, pictures=FPS, fps=FPS, size=(SIZE, SIZE), paint=paint_steps(9))
    return [H264Encoder._packetize(list(H264Encoder._split_bitstream(bytes(packet)))) for packet in packets]


class Camera:
    """codec: as its description says; only H264 is sent. redirect: where it sends everybody who has logged in.

    heads: of the requests that came.
    """

    def __init__(self, codec: str = "H264") -> None:
        self.codec = codec
        self.connections = 0
        self.open = self.most_open = 0
        self.redirect = ""
        self.heads: list[str] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        sending: asyncio.Task[None] | None = None
        try:
            while True:
                head = await _read_head(reader)
                self.heads.append(head)
                method = head.split(" ", 1)[0]
                writer.write(self._answer(method, head).encode())
                if method == "PLAY" and self.codec == "H264":
                    sending = asyncio.create_task(self._send(writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            if sending is not None:
                sending.cancel()
            self.open -= 1
            writer.close()

    def _answer(self, method: str, head: str) -> str:
        cseq = next(line for line in head.split("\r\n") if line.startswith("CSeq"))
        if self.redirect:
            if "Authorization" not in head:
                return f'RTSP/1.0 401 Unauthorized\r\n{cseq}\r\nWWW-Authenticate: Basic realm="camera"\r\n\r\n'
            return f"RTSP/1.0 302 Found\r\n{cseq}\r\nLocation: {self.redirect}\r\n\r\n"
        body = SDP.format(codec=self.codec) if method == "DESCRIBE" else ""
        lines = ["RTSP/1.0 200 OK", cseq, f"Content-Length: {len(body)}"]
        if method == "OPTIONS":
            lines.append("Public: DESCRIBE, SETUP, PLAY, TEARDOWN")
        if method == "DESCRIBE":
            lines.append("Content-Type: application/sdp")
        if method == "SETUP":
            lines += ["Session: 7;timeout=60", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"]
        return "\r\n".join(lines) + "\r\n\r\n" + body

    async def _send(self, writer: asyncio.StreamWriter) -> None:
        sequence = picture = 0
        while True:
            payloads = one_second()[picture % FPS]
            for index, payload in enumerate(payloads):
                marker = 0x80 if index == len(payloads) - 1 else 0
                header = pack(">BBHII", 0x80, marker | 96, sequence & 0xFFFF, picture * 90_000 // FPS, 1)
                writer.write(b"$\x00" + pack(">H", len(header) + len(payload)) + header + payload)
                sequence += 1
            picture += 1
            await asyncio.sleep(1 / FPS)


async def _read_head(reader: asyncio.StreamReader) -> str:
    """The next request; packets that come between requests are reports, and left out."""
    while (first := await reader.readexactly(1)) == b"$":
        _, size = unpack(">BH", await reader.readexactly(3))
        await reader.readexactly(size)
    return (first + await reader.readuntil(b"\r\n\r\n")).decode()


@contextlib.asynccontextmanager
async def camera(codec: str = "H264") -> AsyncIterator[Camera]:
    """A camera on a free port of 127.0.0.1."""
    made = Camera(codec)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"rtsp://127.0.0.1:{server.sockets[0].getsockname()[1]}/stream"
    async with server:
        yield made
