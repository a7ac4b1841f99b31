"""One WebSocket as the hub sees it: a bounded queue and a task that writes it out."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from enum import IntEnum
from typing import Final

from belvedere.live.wire import Wire, decode, find_transport, find_wire
from belvedere.web_api.asgi import Headers, Send

# Of frames (~1 KB) that wait while the client does not read: beyond the transport's own 64 KB and the kernel's
# buffers, so it takes seconds of deafness in a storm of alerts.
MAX_QUEUED_FRAMES: Final = 512
MAX_QUEUED_BYTES: Final = 1_048_576

# How long a reader of the log waits for a client to take one more frame.
ROOM_SECONDS: Final = 20.0

# How long a client may take to answer our close before the connection is cut.
CLOSE_SECONDS: Final = 3.0


class CloseCode(IntEnum):
    """Why the server closes (RFC 6455 §7.4, RFC 8441; 4xxx are ours)."""

    RECYCLED = 1001
    RESTARTING = 1012
    TOO_SLOW = 1013
    SIGNED_OUT = 4401
    NO_RIGHTS = 4403


class Socket:
    """position: seq of the last entry it was given. live: whether it gets entries as they come, not from the log."""

    __slots__ = (
        "_bytes",
        "_queue",
        "_roomy",
        "_send",
        "_task",
        "_wake",
        "_wire",
        "_writing",
        "close_code",
        "headers",
        "live",
        "opened_at",
        "position",
        "site",
        "site_id",
    )

    def __init__(self, send: Send, site_id: int, site: str, headers: Headers, opened_at: float) -> None:
        self.site_id = site_id
        self.site = site
        self.headers = headers
        self.opened_at = opened_at
        self.position = 0
        self.live = False
        self.close_code: int | None = None
        self._send = send
        self._queue: deque[bytes] = deque()
        self._bytes = 0
        self._wake = asyncio.Event()
        self._roomy = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._wire: Wire | None = None
        self._writing = False

    def start(self) -> None:
        """Begin to write; the handshake is over."""
        self._wire = find_wire(self._send)
        self._task = asyncio.get_running_loop().create_task(self._write())

    def offer(self, frame: bytes) -> bool:
        """Write the frame (of wire.encode) or queue it; never waits.

        A full queue closes the socket with TOO_SLOW: then False.
        """
        if self.close_code is not None:
            return True
        if self._wire is not None and not self._queue and not self._writing and self._wire.write(frame):
            return True
        if len(self._queue) >= MAX_QUEUED_FRAMES or self._bytes + len(frame) > MAX_QUEUED_BYTES:
            self.close(CloseCode.TOO_SLOW)
            return False
        self._queue.append(frame)
        self._bytes += len(frame)
        self._wake.set()
        return True

    @property
    def takes_short_cut(self) -> bool:
        """Whether frames go below ASGI (wire.py)."""
        return self._wire is not None

    async def wait_for_room(self) -> bool:
        """Wait until a reader of the log may go on: half the queue is kept for what is live.

        A client that takes nothing for ROOM_SECONDS closes the socket with TOO_SLOW: then False.
        """
        try:
            while self.close_code is None and not self._has_room():
                self._roomy.clear()
                await asyncio.wait_for(self._roomy.wait(), ROOM_SECONDS)
        except TimeoutError:
            self.close(CloseCode.TOO_SLOW)
            return False
        return True

    def _has_room(self) -> bool:
        return len(self._queue) < MAX_QUEUED_FRAMES // 2 and self._bytes < MAX_QUEUED_BYTES // 2

    def close(self, code: CloseCode) -> None:
        """Send what a reading client can still take, then the code; cut the connection if it does not answer."""
        if self.close_code is not None:
            return
        self.close_code = int(code)
        if code is CloseCode.TOO_SLOW:
            self._queue.clear()
            self._bytes = 0
        self._wake.set()
        self._roomy.set()
        asyncio.get_running_loop().call_later(CLOSE_SECONDS, self.abort)

    def abort(self) -> None:
        """Cut the connection. `close` of a transport waits for a client that never reads; ASGI has no word for this."""
        self.stop()
        transport = find_transport(self._send)
        if transport is not None:
            transport.abort()

    def stop(self) -> None:
        """The connection is gone."""
        self.close_code = self.close_code or CloseCode.RECYCLED
        self._queue.clear()
        self._roomy.set()
        if self._task is not None:
            self._task.cancel()

    async def _write(self) -> None:
        # The server raises OSError or RuntimeError where the client is gone: its disconnect event says so too.
        with contextlib.suppress(OSError, RuntimeError):
            while True:
                while self._queue:
                    await self._write_next()
                if self.close_code is not None:
                    await self._send({"type": "websocket.close", "code": self.close_code})
                    return
                self._wake.clear()
                await self._wake.wait()

    async def _write_next(self) -> None:
        frame = self._queue.popleft()
        self._writing = True  # what comes meanwhile must not overtake it
        await self._send({"type": "websocket.send", "text": decode(frame)})
        self._writing = False
        self._bytes -= len(frame)
        if self._has_room():
            self._roomy.set()
