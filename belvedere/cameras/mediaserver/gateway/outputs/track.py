"""The track of one WebRTC viewer: a queue that starts at a key frame, and when it falls behind goes on at the next.

A viewer who comes between two key frames is sent what has come since the last one first.
"""

from __future__ import annotations

import asyncio
import copy
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from time import monotonic

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE, AccessUnit
from belvedere.cameras.mediaserver.gateway.h265.rtp import packetize as packetize_h265
from belvedere.cameras.mediaserver.gateway.outputs.aiortc_private import packetize as packetize_h264
from belvedere.cameras.mediaserver.gateway.sound.frames import Frame

MAX_QUEUED = 60  # pictures: 2.4 s at 25 a second; more is no live picture any more
MAX_QUEUED_BYTES = 16 * 1024 * 1024  # of them; 2.4 s at 50 Mbit/s
MAX_AGE_SECONDS = 0.3  # of a picture that waits while a newer key frame is there
LEAST_STEP_TICKS = CLOCK_RATE // 1000


Packetize = Callable[[Iterable[bytes]], list[bytes]]
PACKETIZERS: Mapping[str, Packetize] = {"H264": packetize_h264, "H265": packetize_h265}


class Picture:
    """An access unit, cut into RTP payloads once for all viewers."""

    def __init__(self, unit: AccessUnit, packetize: Packetize = packetize_h264) -> None:
        self.ts = unit.ts
        self.key = unit.key
        self._nals = [*unit.sets, *unit.nals]
        self.size = sum(map(len, self._nals))
        self._packetize = packetize

    @cached_property
    def payloads(self) -> list[bytes]:
        """Return the RTP payloads (RFC 6184, RFC 7798)."""
        return self._packetize(self._nals)

    def moved_to(self, ts: int) -> Picture:
        """Return the same picture at another time; the payloads are shared."""
        assert self.payloads
        moved = copy.copy(self)
        moved.ts = ts
        return moved


class PassThrough:
    """Takes the place of aiortc's encoder: pictures and sound are encoded already."""

    def pack(self, picture: Picture | Frame) -> tuple[list[bytes], int]:
        """Return RTP payloads and time stamp."""
        payloads = [picture.data] if isinstance(picture, Frame) else picture.payloads
        return payloads, picture.ts & 0xFFFFFFFF


class CatchUp:
    """Stamps the pictures of the past that a new viewer is sent, until the present ones overtake them.

    Each gets the time at which it is sent, on the camera's line of time. A player then sees neither a delay that grows
    nor a picture that has to wait: both would be added to the age of all that follows.
    """

    def __init__(self, newest_ts: int, now: float) -> None:
        self._newest_ts = newest_ts
        self._began = now
        self._last = newest_ts - LEAST_STEP_TICKS

    def stamp(self, picture: Picture, now: float) -> Picture:
        """Return the picture of the past at the time that it is sent."""
        sent = self._newest_ts + round((now - self._began) * CLOCK_RATE)
        self._last = max(sent, self._last + LEAST_STEP_TICKS)
        return picture.moved_to(self._last)

    def is_over(self, picture: Picture) -> bool:
        """Whether the picture lies behind all that were stamped."""
        return picture.ts > self._last


class PictureTrack(MediaStreamTrack):
    """A track that aiortc sends. Everything runs on the event loop.

    replay: pictures from a key frame up to the present one, or none; asked for when the viewer is connected.
    """

    kind = "video"

    def __init__(self, replay: Callable[[], Sequence[Picture]] = tuple) -> None:
        super().__init__()
        self._replay = replay
        self._replayed: deque[Picture] = deque()
        self._catch_up: CatchUp | None = None
        self._queue: deque[tuple[float, Picture]] = deque()  # since when it waits
        self._queued_bytes = 0
        self._wake = asyncio.Event()
        self._started = False
        self._wants_key = True
        self.dropped = 0

    def push(self, picture: Picture) -> None:
        """Queue the camera's next picture."""
        if not self._started:
            return
        if self._wants_key and not picture.key:
            return
        if len(self._queue) >= MAX_QUEUED or self._queued_bytes + picture.size > MAX_QUEUED_BYTES:
            self.dropped += len(self._queue)
            self._queue.clear()
            self._queued_bytes = 0
            if not picture.key:
                self._wants_key = True
                return
        self._wants_key = False
        self._queue.append((monotonic(), picture))
        self._queued_bytes += picture.size
        self._wake.set()

    def restart(self) -> None:
        """Skip pictures until the next key frame: the camera was away."""
        self._wants_key = True
        self._replayed.clear()

    async def recv(self) -> Picture:  # type: ignore[override]  # PassThrough takes pictures, not av.Packet
        """Wait for the next picture to send."""
        if not self._started:
            self._begin()
        if self._replayed and self._catch_up is not None:
            return self._catch_up.stamp(self._replayed.popleft(), monotonic())
        while not self._queue:
            if self.readyState != "live":
                raise MediaStreamError
            self._wake.clear()
            await self._wake.wait()
        self._skip_old()
        _, picture = self._queue.popleft()
        self._queued_bytes -= picture.size
        if self._catch_up is not None:
            if not self._catch_up.is_over(picture):
                return self._catch_up.stamp(picture, monotonic())
            self._catch_up = None
        return picture

    def _begin(self) -> None:
        self._started = True
        self._replayed.extend(self._replay())
        self._wants_key = not self._replayed
        if self._replayed:
            self._catch_up = CatchUp(self._replayed[-1].ts, monotonic())

    def _skip_old(self) -> None:
        """Go on at the newest key frame where the next picture has waited too long.

        Without one all are sent, late as they are: the picture would stand still until the next key frame, and what
        waits is as a rule of one short stop of this process, sent within milliseconds.
        """
        if monotonic() - self._queue[0][0] <= MAX_AGE_SECONDS:
            return
        newest = max((at for at, (_, picture) in enumerate(self._queue) if picture.key), default=0)
        for _ in range(newest):
            self._queued_bytes -= self._queue.popleft()[1].size
        self.dropped += newest

    def stop(self) -> None:
        """End the track, and wake the sender that waits for a picture."""
        super().stop()
        self._queue.clear()
        self._replayed.clear()
        self._wake.set()
