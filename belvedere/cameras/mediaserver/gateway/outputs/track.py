"""The track of one WebRTC viewer: a queue that starts at a key frame, and when it falls behind goes on at the next.

A viewer who comes between two key frames is sent what has come since the last one first.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from belvedere.cameras.mediaserver.gateway.outputs.catch_up import CatchUp
from belvedere.cameras.mediaserver.gateway.outputs.picture import Picture

MAX_QUEUED = 60  # pictures: 2.4 s at 25 a second; more is no live picture any more
MAX_QUEUED_BYTES = 16 * 1024 * 1024  # of them; 2.4 s at 50 Mbit/s
MAX_AGE_SECONDS = 0.3  # of a picture that waits while a newer key frame is there


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

    async def recv(self) -> Picture:  # type: ignore[override]  # Sender takes pictures, not av.Packet
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
