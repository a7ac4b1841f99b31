"""One connection over which a camera is published (RFC 2326: ANNOUNCE, SETUP, RECORD), interleaved in TCP."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Sequence

from belvedere.cameras.mediaserver.gateway.rtsp.announce import Track, control_of, write_description
from belvedere.cameras.mediaserver.publishing import Target

ANSWER_SECONDS = 5.0
MAX_HEAD_BYTES = 16 * 1024
MAX_WAITING_BYTES = 4 * 1024 * 1024  # written and not taken yet: seconds of picture, of a server that does not read


class PublishRefused(Exception):
    """The server does not take the camera; its status says why."""


class Publication:
    """An open connection. `send` never waits."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, data: bytes) -> bool:
        """Write packets; return whether there was room for them."""
        transport = self._writer.transport
        if transport.is_closing() or transport.get_write_buffer_size() + len(data) > MAX_WAITING_BYTES:
            return False
        transport.write(data)
        return True

    async def wait_until_closed(self) -> None:
        """Read what the server sends (reports, which are not used) until it has closed the connection."""
        while await self._reader.read(65_536):
            pass

    def close(self) -> None:
        """The server forgets the stream at once."""
        self._writer.transport.abort()


async def publish(target: Target, path: str, tracks: Sequence[Track]) -> Publication:
    """Open the connection. Raises PublishRefused, OSError and TimeoutError."""
    async with asyncio.timeout(ANSWER_SECONDS):
        reader, writer = await asyncio.open_connection(target.host, target.port, limit=MAX_HEAD_BYTES)
        try:
            await _Handshake(reader, writer, target, path).run(tracks)
        except BaseException:  # a cancelled attempt too: nothing may stay open
            writer.transport.abort()
            raise
    return Publication(reader, writer)


class _Handshake:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: Target, path: str) -> None:
        self._reader = reader
        self._writer = writer
        self._url = f"rtsp://{target.host}:{target.port}/{path}"
        self._login = b64encode(f"{target.username}:{target.password}".encode()).decode()
        self._sequence = 0
        self._session = ""

    async def run(self, tracks: Sequence[Track]) -> None:
        description = write_description(tracks)
        await self._ask("ANNOUNCE", self._url, {"Content-Type": "application/sdp"}, description)
        for number in range(len(tracks)):
            channels = f"interleaved={2 * number}-{2 * number + 1}"
            transport = {"Transport": f"RTP/AVP/TCP;unicast;{channels};mode=record"}
            await self._ask("SETUP", f"{self._url}/{control_of(number)}", transport)
        await self._ask("RECORD", self._url, {"Range": "npt=0.000-"})

    async def _ask(self, method: str, url: str, headers: dict[str, str], body: str = "") -> None:
        """Send a request and take its answer. Raises PublishRefused."""
        self._sequence += 1
        sent = {"CSeq": str(self._sequence), "Authorization": f"Basic {self._login}", **headers}
        if self._session:
            sent["Session"] = self._session
        if body:
            sent["Content-Length"] = str(len(body))
        head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        self._writer.write(f"{method} {url} RTSP/1.0\r\n{head}\r\n{body}".encode())
        try:
            answer = await self._reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise PublishRefused(f"{method}: no answer that can be read") from error
        status, _, rest = answer.decode("utf-8", "replace").partition("\r\n")
        if not status.startswith("RTSP/1.0 200"):
            raise PublishRefused(f"{method}: {status[:200]}")
        read = dict(line.partition(":")[::2] for line in rest.split("\r\n"))
        lowered = {name.strip().lower(): value.strip() for name, value in read.items()}
        self._session = lowered.get("session", self._session).partition(";")[0]
        length = lowered.get("content-length", "0")
        if length.isdigit() and 0 < int(length) <= MAX_HEAD_BYTES:
            await self._reader.readexactly(int(length))
