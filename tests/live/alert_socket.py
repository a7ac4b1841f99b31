"""A program that listens to alerts: keeps what it saw, and resumes after the last of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from tests.live.server import SITE

PATIENCE_SECONDS = 30.0  # for what comes in milliseconds on a quiet machine


class AlertSocket:
    """events: every event frame in the order of arrival, over all connections."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.replace("http", "ws", 1)
        self.token = token
        self.events: list[dict[str, Any]] = []
        self.hello: dict[str, Any] = {}
        self.connects = 0
        self.closed_with: int | None = None
        self._arrived = asyncio.Event()
        self._wire: ClientConnection | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def seq(self) -> int:
        """The last event seen."""
        return int(self.events[-1]["seq"]) if self.events else 0

    async def open(self, origin: str | None = None) -> AlertSocket:
        """Connect after the last event seen. Raises OSError, WebSocketException."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if origin:
            headers["Origin"] = origin
        address = f"{self.url}/ws/alerts/?site={SITE}&after={self.seq}"
        self._wire = await connect(address, additional_headers=headers, open_timeout=PATIENCE_SECONDS, compression=None)
        first = json.loads(await asyncio.wait_for(self._wire.recv(), PATIENCE_SECONDS))
        assert first["type"] == "hello", first
        self.hello = first
        self.connects += 1
        self.closed_with = None
        self._reading = asyncio.create_task(self._read(self._wire))
        return self

    async def _read(self, wire: ClientConnection) -> None:
        try:
            async for text in wire:
                frame = json.loads(text)
                if frame["type"] == "event":
                    self.events.append(frame)
                    self._arrived.set()
        except ConnectionClosed:
            pass
        finally:
            self.closed_with = wire.close_code or 1006
            self._arrived.set()

    async def stay(self) -> None:
        """Connect and connect again, for ever, as a dashboard does over cuts and restarts."""
        while True:
            with contextlib.suppress(OSError, WebSocketException, TimeoutError, AssertionError):
                await self.open()
                assert self._reading
                await self._reading
            await asyncio.sleep(0.1)

    async def wait_for(self, count: int, timeout_seconds: float = PATIENCE_SECONDS) -> list[dict[str, Any]]:
        """Until so many events have arrived in all. Raises TimeoutError."""
        async with asyncio.timeout(timeout_seconds):
            while len(self.events) < count:
                self._arrived.clear()
                await self._arrived.wait()
        return self.events

    async def wait_closed(self, timeout_seconds: float = PATIENCE_SECONDS) -> int:
        """The close code. Raises TimeoutError when the server keeps it open."""
        assert self._reading
        await asyncio.wait_for(asyncio.shield(self._reading), timeout_seconds)
        assert self.closed_with
        return self.closed_with

    def cut(self) -> None:
        """Drop the TCP connection without a word."""
        assert self._wire
        self._wire.transport.abort()

    async def close(self) -> None:
        """Leave politely."""
        if self._wire:
            await self._wire.close()
        if self._reading:
            await self._reading
