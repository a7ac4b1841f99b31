"""An RTSP camera over TCP that does everything right; each quirk is a subclass that does one thing otherwise."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
from collections.abc import Sequence
from functools import cache
from struct import pack
from typing import Any, NamedTuple

import av

from belvedere.cameras.mediaserver.gateway.access_unit import split_annex_b
from belvedere.cameras.mediaserver.gateway.h264.units import PPS, SPS, nal_type
from belvedere.cameras.mediaserver.gateway.tests.clips import encode

FPS, WIDTH, HEIGHT = 12, 160, 96
MTU = 1200


class Picture(NamedTuple):
    """NAL units without start codes."""

    nals: list[bytes]
    key: bool


class Clip(NamedTuple):
    """Pictures that are sent over and over, and their parameter sets."""

    pictures: list[Picture]
    sets: list[bytes]


@cache
def clip(profile: str = "baseline", key_frame_pictures: int = FPS, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Clip:
    """Four seconds in which something moves in every picture; in one slice each, without B-frames."""
    keys = f"keyint={key_frame_pictures}:min-keyint={key_frame_pictures}"
    options = {"profile": profile, "tune": "zerolatency", "x264-params": f"{keys}:scenecut=0:sliced-threads=0"}
    return make_clip(encode("libx264", options, pictures=4 * FPS, fps=FPS, size=size))


def make_clip(packets: list[av.Packet[Any]]) -> Clip:
    """Take the parameter sets out of what x264 has made."""
    units = [split_annex_b(bytes(packet)) for packet in packets]
    sets = {nal: None for nals in units for nal in nals if nal_type(nal) in (SPS, PPS)}
    slices = [[nal for nal in nals if nal_type(nal) in (1, 5)] for nals in units]
    return Clip([Picture(nals, nal_type(nals[0]) == 5) for nals in slices], list(sets))


def fragment(nal: bytes) -> list[bytes]:
    """RTP payloads of a NAL unit: itself, or FU-A (RFC 6184 §5.8)."""
    if len(nal) <= MTU:
        return [nal]
    parts = [nal[at : at + MTU - 2] for at in range(1, len(nal), MTU - 2)]
    last = len(parts) - 1
    heads = [(0x80 if i == 0 else 0) | (0x40 if i == last else 0) | nal[0] & 0x1F for i in range(len(parts))]
    return [bytes((nal[0] & 0xE0 | 28, head)) + part for head, part in zip(heads, parts, strict=True)]


class Request(NamedTuple):
    """headers: names in lower case."""

    method: str
    url: str
    headers: dict[str, str]


class Connection:
    """One client."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.sequence = 1000
        self.playing: asyncio.Task[None] | None = None

    def answer(self, request: Request, status: str = "200 OK", headers: Sequence[str] = (), body: str = "") -> None:
        """Answer a request."""
        lines = [f"RTSP/1.0 {status}", f"CSeq: {request.headers.get('cseq', '0')}", *headers]
        lines += [f"Content-Length: {len(body)}"] if body else []
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())


class QuirkCamera:
    """Subclasses override what they do otherwise. log: methods and URLs; reports: RTCP that came."""

    path = "/stream1"
    fps: float = FPS
    payload_type = 96
    username = password = ""
    makes_segments = True  # in the time that a test has

    def __init__(self, film: Clip | None = None) -> None:
        self.clip = film or clip()
        self.log: list[tuple[str, str]] = []
        self.reports: list[bytes] = []
        self.answers: list[bytes] = []
        self.connections = 0
        self.port = 0

    @property
    def host(self) -> str:
        """With its port."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"rtsp://{self.host}{self.path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        connection = Connection(writer)
        try:
            while (request := await self._read(reader)) is not None:
                self.log.append((request.method, request.url))
                if not await self.request(connection, request):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            if connection.playing is not None:
                connection.playing.cancel()
            with contextlib.suppress(ConnectionError):
                writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Request | None:
        """The next request; what is none is noted."""
        while True:
            first = await reader.readexactly(1)
            if first == b"$":
                head = await reader.readexactly(3)
                self.reports.append(await reader.readexactly(int.from_bytes(head[1:], "big")))
                continue
            text = first + await reader.readuntil(b"\r\n\r\n")
            if text.startswith(b"RTSP/"):
                self.answers.append(text)
                continue
            start, *lines = text.decode().split("\r\n")
            method, url, _ = start.split(" ")
            pairs = (line.partition(": ") for line in lines if line)
            return Request(method, url, {name.lower(): value for name, _, value in pairs})

    async def request(self, connection: Connection, request: Request) -> bool:
        """Answer; False closes the connection."""
        if request.method == "DESCRIBE":
            connection.answer(request, headers=self.describe_headers(request.url), body=self.description())
        elif request.method == "SETUP":
            headers = ["Session: 12345678;timeout=60", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"]
            connection.answer(request, headers=headers)
        elif request.method == "PLAY":
            connection.answer(request, headers=["Session: 12345678"])
            connection.playing = asyncio.create_task(self.play(connection))
        else:
            connection.answer(request, headers=["Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER"])
        return request.method != "TEARDOWN"

    def describe_headers(self, url: str) -> list[str]:
        """Of the answer to DESCRIBE."""
        return [f"Content-Base: {url.rstrip('/')}/"]

    def description(self) -> str:
        """The SDP."""
        return "\r\n".join(["v=0", "s=Media", "t=0 0", "a=control:*", *self.media()]) + "\r\n"

    def media(self) -> list[str]:
        """The lines of the video."""
        sets = ",".join(base64.b64encode(nal).decode() for nal in self.clip.sets)
        return [
            f"m=video 0 RTP/AVP {self.payload_type}",
            f"a=rtpmap:{self.payload_type} H264/90000",
            f"a=fmtp:{self.payload_type} packetization-mode=1;sprop-parameter-sets={sets}",
            "a=control:trackID=1",
        ]

    async def play(self, connection: Connection) -> None:
        """Send until the connection ends."""
        begun = asyncio.get_running_loop().time()
        number = 0
        while True:
            picture = self.clip.pictures[number % len(self.clip.pictures)]
            self.send(connection, picture, self.time_stamp(number), number)
            number += 1
            await connection.writer.drain()
            await asyncio.sleep(max(0.0, begun + number / self.fps - asyncio.get_running_loop().time()))

    def time_stamp(self, number: int) -> int:
        """Of RTP, for the number-th picture."""
        return 90_000 + round(number * 90_000 / self.fps)

    def send(self, connection: Connection, picture: Picture, stamp: int, _number: int) -> None:
        """One picture."""
        nals = [*self.clip.sets, *picture.nals] if picture.key else picture.nals
        self.send_payloads(connection, [payload for nal in nals for payload in fragment(nal)], stamp)

    def send_payloads(self, connection: Connection, payloads: list[bytes], stamp: int) -> None:
        """One picture, with the marker on its last packet."""
        for index, payload in enumerate(payloads):
            self.packet(connection, payload, index == len(payloads) - 1, stamp)

    def packet(self, connection: Connection, payload: bytes, marker: bool, stamp: int, **changes: Any) -> None:
        """One packet of RTP. changes: payload_type, ssrc."""
        kind = changes.get("payload_type", self.payload_type) | (0x80 if marker else 0)
        head = pack(">BBHII", 0x80, kind, connection.sequence & 0xFFFF, stamp & 0xFFFFFFFF, changes.get("ssrc", 1))
        connection.sequence += 1
        connection.writer.write(b"$\0" + pack(">H", len(head) + len(payload)) + head + payload)


def digest_fields(request: Request) -> dict[str, str]:
    """The fields of an Authorization header."""
    return dict(re.findall(r'(\w+)="?([^",\s]*)"?', request.headers.get("authorization", "")))
