"""Many WebSocket clients in one loop that only note when a frame came; parsing waits until after the measurement."""

from __future__ import annotations

import asyncio
import base64
import os
import time
from typing import cast

FRAME_TEXT, FRAME_PING = 0x1, 0x9
FINAL_PING = 0x80 | FRAME_PING
WAIT_SECONDS = 10.0


class Listener(asyncio.Protocol):
    """One socket. arrivals: (perf_counter, bytes) of whatever came after the handshake."""

    def __init__(self, host: str, path: str, headers: dict[str, str]) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade"]
        lines += ["Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._request = "\r\n".join(lines).encode() + b"\r\n\r\n"
        self.arrivals: list[tuple[float, bytes]] = []
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lost = False
        self._head = b""
        self._came = asyncio.Event()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's has the methods, not the base class
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        at = time.perf_counter()
        if self.opened.done():
            self.arrivals.append((at, data))
            self._came.set()
            if FINAL_PING in data:
                self._answer_pings(data)
            return
        self._head += data
        head, end, rest = self._head.partition(b"\r\n\r\n")
        if end:
            if b" 101 " in head.split(b"\r\n")[0]:
                self.opened.set_result(None)
                if rest:
                    self.arrivals.append((at, rest))
            else:
                self.opened.set_exception(ConnectionRefusedError(head.split(b"\r\n")[0].decode()))

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        if not self.opened.done():
            self.opened.set_exception(error or ConnectionResetError("closed during the handshake"))

    def _answer_pings(self, data: bytes) -> None:
        """Or the server takes the socket for dead after 40 s. It writes a frame at once, so one comes whole."""
        assert self.transport
        for kind, payload in split(data)[0]:
            if kind == FRAME_PING:
                self.transport.write(bytes([0x8A, 0x80 | len(payload)]) + b"\0\0\0\0" + payload)

    async def wait_for(self, part: bytes, seen: int) -> None:
        """Wait until something with this in it has come behind the first `seen` arrivals."""
        async with asyncio.timeout(WAIT_SECONDS):
            while not any(part in data for _, data in self.arrivals[seen:]):
                self._came.clear()
                await self._came.wait()

    def frames(self) -> list[tuple[float, bytes]]:
        """(arrival of its last byte, text) of each text frame."""
        rest, found = b"", []
        for at, data in self.arrivals:
            whole, rest = split(rest + data)
            found += [(at, payload) for kind, payload in whole if kind == FRAME_TEXT]
        return found

    def say(self, text: str) -> None:
        """Send one short text frame (mask of zeros: the peer is a benchmark)."""
        assert self.transport
        data = text.encode()
        size = bytes([128 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2)
        self.transport.write(b"\x81" + size + b"\0\0\0\0" + data)


def split(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """(opcode, payload) of each whole frame, and what is left over (RFC 6455 §5.2, unmasked)."""
    found = []
    while len(data) >= 2:
        size, start = data[1] & 127, 2
        if size == 126:
            size, start = int.from_bytes(data[2:4]), 4
        elif size == 127:
            size, start = int.from_bytes(data[2:10]), 10
        if len(data) < start + size:
            break
        found.append((data[0] & 15, data[start : start + size]))
        data = data[start + size :]
    return found, data


async def open_many(port: int, path: str, headers: dict[str, str], count: int) -> list[Listener]:
    """Connect `count` sockets, 50 at a time."""
    loop = asyncio.get_running_loop()
    listeners: list[Listener] = []
    host = f"127.0.0.1:{port}"
    while len(listeners) < count:
        some = min(50, count - len(listeners))
        made = await asyncio.gather(
            *(loop.create_connection(lambda: Listener(host, path, headers), "127.0.0.1", port) for _ in range(some))
        )
        listeners += [listener for _, listener in made]
        async with asyncio.timeout(30):
            await asyncio.gather(*(listener.opened for _, listener in made))
    return listeners
