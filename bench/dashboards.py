"""Many dashboards that poll one site: each on its own connection, every 5 s, for what changed."""

from __future__ import annotations

import asyncio
import json
import random
import time
from typing import cast

POLL_SECONDS = 5.0


class Dashboard(asyncio.Protocol):
    """One page. times_ms: of each answered poll."""

    def __init__(self, path: str, token: str, times_ms: list[float]) -> None:
        self._path = path
        self._token = token
        self._times_ms = times_ms
        self._begun = 0.0
        self._buffer = b""
        self._cursor = ""
        self.transport: asyncio.Transport | None = None
        self.bytes_read = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's has the methods, not the base class

    def poll(self) -> None:
        """Ask for what changed since the last answer."""
        assert self.transport
        self._begun = time.perf_counter()
        since = f"?since={self._cursor}" if self._cursor else ""
        self.transport.write(
            f"GET {self._path}{since} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {self._token}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return
        lines = head.lower().split(b"\r\n")
        length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), 0)
        if len(body) < length:
            return
        self._times_ms.append((time.perf_counter() - self._begun) * 1000)
        self.bytes_read += len(self._buffer)
        if b" 200 " in lines[0]:
            self._cursor = json.loads(body)["cursor"]
        elif b" 304 " not in lines[0]:
            raise RuntimeError(lines[0].decode())
        self._buffer = b""


async def poll_many(port: int, path: str, token: str, count: int, seconds: float) -> tuple[list[float], int]:
    """`count` dashboards for so long: times of all polls in ms, bytes read."""
    loop = asyncio.get_running_loop()
    times_ms: list[float] = []
    pages: list[Dashboard] = []
    end = loop.time() + seconds

    async def live(delay_seconds: float) -> None:
        await asyncio.sleep(delay_seconds)
        page = Dashboard(path, token, times_ms)
        pages.append(page)
        while loop.time() < end:
            if page.transport is None or page.transport.is_closing():
                await loop.create_connection(lambda: page, "127.0.0.1", port)
            page.poll()
            await asyncio.sleep(POLL_SECONDS)
        assert page.transport
        page.transport.abort()

    await asyncio.gather(*(live(random.uniform(0, POLL_SECONDS)) for _ in range(count)))
    return times_ms, sum(page.bytes_read for page in pages)
