"""Sends each new log entry to all sockets of its site, encoded once.

Entries come through the channel layer, of which this process is one member, and a layer may drop messages. So the
hub counts: a number that does not follow the last one, or a log that is further than the hub, makes it read
the log. A socket is either *live*, or it *catches up* from the log until nothing is between it and the hub.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

import msgspec
import structlog
from channels.layers import get_channel_layer

from belvedere.live.port import EventLog, Frame, Position
from belvedere.live.socket import CloseCode, Socket
from belvedere.live.wire import encode

log = structlog.get_logger(__name__)

GROUP: Final = "alerts"
ROUND_SECONDS: Final = 2.0  # rights are asked again, and the log's position; with RightsCache's 2.5 s that is < 5 s
PING_SECONDS: Final = 20.0
REJOIN_SECONDS: Final = 3600.0  # layers forget members after 24 h
MAX_AGE_SECONDS: Final = 11 * 3600.0  # proxies and tokens change: a socket comes back, to the log, before 12 h

# Tells which sockets must close, and with which code.
Guard = Callable[[Iterable[Socket]], Awaitable[list[tuple[Socket, CloseCode]]]]


class Hub:
    """One a process. `publish` and `seq_of` may be called from any thread, all else on the loop."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        event_log: EventLog,
        guard: Guard,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._loop = loop
        self._log = event_log
        self._guard = guard
        self._clock = clock
        self._layer: Any = None
        self._channel = ""
        self._sockets: dict[int, set[Socket]] = {}
        self._log_ids: dict[int, str] = {}
        self._seqs: dict[int, int] = {}
        self._seqs_lock = threading.Lock()
        self._delivered: dict[int, int] = {}
        self._wanted: dict[int, int] = {}
        self._healing: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False
        self.closed_slow = 0
        self.delivered = 0

    async def start(self) -> None:
        """Load where each log stands and join the channel layer."""
        self._layer = get_channel_layer()
        self._channel = await self._layer.new_channel("hub")
        await self._layer.group_add(GROUP, self._channel)
        for site_id, position in (await self._log.positions()).items():
            self._set_position(site_id, position)
            self._delivered[site_id] = position.seq
        self._start_task(self._listen())
        self._start_task(self._run_rounds())

    async def stop(self) -> None:
        """Close what is open, as a restart: clients come back with their `after`. A second call does nothing."""
        if self._stopped:
            return
        self._stopped = True
        for socket in self.sockets():
            socket.close(CloseCode.RESTARTING)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._layer is not None:
            await self._layer.group_discard(GROUP, self._channel)

    # --- what comes in

    def publish(self, frames: Sequence[Frame]) -> None:
        """Committed entries, in order; any thread, at once after the commit."""
        for frame in frames:
            self._raise_seq(frame.site_id, frame.seq)
        message = {"type": "alerts.entries", "entries": [tuple(frame) for frame in frames]}
        if not self._loop.is_closed():
            asyncio.run_coroutine_threadsafe(self._send(message), self._loop)

    def seq_of(self, site_id: int) -> int:
        """The log's newest number as far as this process knows, for the snapshot."""
        return self._seqs.get(site_id, 0)

    async def _send(self, message: dict[str, Any]) -> None:
        try:
            await self._layer.group_send(GROUP, message)
        except Exception as error:  # noqa: BLE001  (any layer, any error: the next round reads the log)
            log.warning("channel_layer_failed", error=repr(error))

    async def _listen(self) -> None:
        while True:
            try:
                message = await self._layer.receive(self._channel)
                for entry in message["entries"]:
                    self._receive(Frame(*entry))
            except Exception as error:  # noqa: BLE001  (any layer, any error: meanwhile the rounds read the log)
                log.warning("channel_layer_failed", error=repr(error))
                await asyncio.sleep(ROUND_SECONDS)

    def _receive(self, frame: Frame) -> None:
        self._raise_seq(frame.site_id, frame.seq)  # another process may have written it
        delivered = self._delivered.get(frame.site_id, 0)
        if frame.site_id not in self._healing and frame.seq == delivered + 1:
            self._deliver(frame)
        elif frame.seq > delivered:
            self._request_missing(frame.site_id, frame.seq)

    def _deliver(self, frame: Frame) -> None:
        self._delivered[frame.site_id] = frame.seq
        sockets = self._sockets.get(frame.site_id, ())
        self.delivered += bool(sockets)  # in a cluster each web process has sockets of its own
        message = encode(frame.text)
        for socket in sockets:
            if socket.live and frame.seq > socket.position:
                socket.position = frame.seq
                self._offer(socket, message)

    def _offer(self, socket: Socket, frame: bytes) -> None:
        self.closed_slow += not socket.offer(frame)

    def _request_missing(self, site_id: int, wanted: int) -> None:
        """Something is missing: read the log up to `wanted`."""
        self._wanted[site_id] = max(wanted, self._wanted.get(site_id, 0))
        if site_id not in self._healing:
            self._healing.add(site_id)
            self._start_task(self._read_missing(site_id))

    async def _read_missing(self, site_id: int) -> None:
        try:
            while self._delivered.get(site_id, 0) < self._wanted[site_id]:
                frames = await self._log.frames_after(site_id, self._delivered.get(site_id, 0))
                for frame in frames:
                    self._deliver(frame)
                if not frames:
                    break
        finally:
            self._healing.discard(site_id)

    # --- sockets

    def sockets(self) -> list[Socket]:
        """All that are open."""
        return [socket for sockets in self._sockets.values() for socket in sockets]

    async def join(self, socket: Socket, after: int | None) -> None:
        """Say hello, give the socket all after `after` (None = from now on), then all that comes."""
        if socket.site_id not in self._log_ids:
            self._set_position(socket.site_id, await self._log.position(socket.site_id))
        seq = self.seq_of(socket.site_id)
        self._sockets.setdefault(socket.site_id, set()).add(socket)
        socket.position = seq if after is None else min(after, seq)
        socket.start()
        self._offer(socket, _encode_message(type="hello", log_id=self._log_ids[socket.site_id], seq=seq))
        if not self._go_live_if_level(socket):
            self._start_task(self._catch_up(socket))

    def leave(self, socket: Socket) -> None:
        """The connection is gone."""
        socket.stop()
        sockets = self._sockets.get(socket.site_id)
        if sockets is not None:
            sockets.discard(socket)
            if not sockets:
                del self._sockets[socket.site_id]

    def _go_live_if_level(self, socket: Socket) -> bool:
        """Make it live if there is nothing between it and the hub; without a pause, so that nothing slips between."""
        socket.live = socket.position >= max(self._delivered.get(socket.site_id, 0), self.seq_of(socket.site_id))
        return socket.live

    async def _catch_up(self, socket: Socket) -> None:
        try:
            while socket.close_code is None and not (socket.live or self._go_live_if_level(socket)):
                if not await self._send_next_page(socket):
                    socket.live = True  # the log ends before the number that was told
        except BaseException:  # a cancelled task too: a socket that nobody reads for would be deaf for good
            socket.close(CloseCode.RESTARTING)  # it comes back with its `after`
            raise

    async def _send_next_page(self, socket: Socket) -> int:
        frames = await self._log.frames_after(socket.site_id, socket.position)
        for frame in frames:
            if not await socket.wait_for_room():
                self.closed_slow += 1
                break
            socket.position = frame.seq
            self._offer(socket, encode(frame.text))
        return len(frames)

    # --- the one timer

    async def _run_rounds(self) -> None:
        pinged = joined = self._clock()
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            try:
                now = self._clock()
                if now - joined >= REJOIN_SECONDS:
                    joined = now
                    await self._layer.group_add(GROUP, self._channel)
                await self._check_log()
                if now - pinged >= PING_SECONDS:
                    pinged = now
                    self._ping()
                await self._check_sockets(now)
            except Exception as error:  # noqa: BLE001  (a worker loop: the next round tries again)
                log.warning("live_round_failed", error=repr(error))

    async def _check_log(self) -> None:
        for site_id, position in (await self._log.positions()).items():
            self._set_position(site_id, position)
            if position.seq > self._delivered.get(site_id, 0):
                self._request_missing(site_id, position.seq)

    def _ping(self) -> None:
        for site_id, sockets in self._sockets.items():
            ping = _encode_message(type="ping", seq=self.seq_of(site_id))
            for socket in sockets:
                if socket.live:
                    self._offer(socket, ping)

    async def _check_sockets(self, now: float) -> None:
        sockets = self.sockets()
        for socket in sockets:
            if now - socket.opened_at >= MAX_AGE_SECONDS:
                socket.close(CloseCode.RECYCLED)
        for socket, code in await self._guard(sockets):
            socket.close(code)

    def _set_position(self, site_id: int, position: Position) -> None:
        """Never back: what was read may be older than what was published meanwhile."""
        self._log_ids[site_id] = position.log_id
        self._raise_seq(site_id, position.seq)

    def _raise_seq(self, site_id: int, seq: int) -> None:
        with self._seqs_lock:
            self._seqs[site_id] = max(seq, self._seqs.get(site_id, 0))

    def _start_task(self, coroutine: Any) -> None:
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._report_failure)

    def _report_failure(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("live_task_failed", error=repr(error))


def _encode_message(**fields: object) -> bytes:
    return encode(msgspec.json.encode(fields).decode())
