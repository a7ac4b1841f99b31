"""A client that takes what it is sent, or does not, and a log in memory that can fail."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
import pytest

from belvedere.live.port import Frame, Position
from belvedere.live.socket import Socket

FARM = 1
PATIENCE_SECONDS = 20.0


class Client:
    """The far end of a socket, below ASGI or through it. reads: cleared while it takes nothing.

    got: texts in the order in which they would arrive; code: with which it was closed; cut: without a word.
    """

    socket: Socket

    def __init__(self) -> None:
        self.got: list[str] = []
        self.code: int | None = None
        self.cut = False
        self.reads = asyncio.Event()
        self.reads.set()
        self.gone = False
        # What the short cut looks at; see live/wire.py.
        self.transport = self
        self.writable = asyncio.Event()
        self.close_sent = False
        self.conn = self
        self.extensions: list[object] = []

    async def send(self, message: dict[str, Any]) -> None:
        if self.gone:
            raise OSError("the client is gone")
        await self.reads.wait()
        if message["type"] == "websocket.close":
            self.code = message["code"]
            self.close_sent = True
        else:
            self.got.append(message["text"])

    def write(self, frame: bytes) -> None:
        self.got.append(frame[2:].decode())  # the tests' frames are short

    def is_closing(self) -> bool:
        return self.cut

    def abort(self) -> None:
        self.cut = True

    def numbers(self) -> list[int]:
        """Of the events it got."""
        messages = [msgspec.json.decode(text) for text in self.got]
        return [message["seq"] for message in messages if message["type"] == "event"]

    def last(self, kind: str) -> dict[str, Any]:
        """The newest message of this type."""
        messages: list[dict[str, Any]] = [msgspec.json.decode(text) for text in self.got]
        return next(message for message in reversed(messages) if message["type"] == kind)


def socket_of(client: Client, site_id: int = FARM, opened_at: float = 0.0) -> Socket:
    return Socket(client.send, site_id, "farm", [], opened_at)


def frame(seq: int, site_id: int = FARM) -> Frame:
    return Frame(site_id, seq, msgspec.json.encode({"type": "event", "seq": seq}).decode())


class MemoryLog:
    """live.port.EventLog in memory. failures: so many of the next reads fail; reads: what was asked for."""

    def __init__(self) -> None:
        self.frames: dict[int, list[Frame]] = {FARM: []}
        self.failures = 0
        self.page = 100
        self.pause: Callable[[], Awaitable[None]] | None = None

    def add(self, *seqs: int, site_id: int = FARM) -> list[Frame]:
        added = [frame(seq, site_id) for seq in seqs]
        self.frames.setdefault(site_id, []).extend(added)
        return added

    async def positions(self) -> dict[int, Position]:
        await self._read()
        return {site_id: self._position(site_id) for site_id in self.frames}

    async def position(self, site_id: int) -> Position:
        await self._read()
        self.frames.setdefault(site_id, [])
        return self._position(site_id)

    async def frames_after(self, site_id: int, seq: int) -> Sequence[Frame]:
        await self._read()
        found = [each for each in self.frames[site_id] if each.seq > seq][: self.page]
        if self.pause is not None:
            await self.pause()
        return found

    async def _read(self) -> None:
        await asyncio.sleep(0)
        if self.failures:
            self.failures -= 1
            raise OSError("the database is locked")

    def _position(self, site_id: int) -> Position:
        return Position(f"log-{site_id}", self.frames[site_id][-1].seq if self.frames[site_id] else 0)


async def until(true: Callable[[], Any]) -> None:
    """Waits for what is to come."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not true():
            await asyncio.sleep(0.002)


async def settled() -> None:
    """Lets all that can go on go on."""
    for _ in range(50):
        await asyncio.sleep(0)


@pytest.fixture
def event_log() -> MemoryLog:
    return MemoryLog()
