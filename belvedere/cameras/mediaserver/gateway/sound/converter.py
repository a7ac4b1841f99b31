"""Converts sound beside the event loop, while somebody wants it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable

from belvedere.cameras.mediaserver.gateway.rtsp.sdp import Media
from belvedere.cameras.mediaserver.gateway.sound.frames import Frame
from belvedere.cameras.mediaserver.gateway.sound.transcoder import Target, Transcoder

WAITING_SECONDS = 3.0  # of sound, when the machine is busy with other things
MAX_WAITING = 1024  # frames, whatever their times say


class Converter:
    """In a thread, so that no picture waits for it. take: gets each frame that is made, on the event loop."""

    def __init__(self, source: Media, target: Target, take: Callable[[Frame], None]) -> None:
        self._source = source
        self._target = target
        self._take = take
        self._most_ticks = WAITING_SECONDS * source.clock_rate
        self._waiting: deque[Frame] = deque(maxlen=MAX_WAITING)
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether what is fed is converted."""
        return self._task is not None

    def start(self) -> None:
        """Convert what is fed from now on."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        """Convert nothing any more; what waits is forgotten."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._waiting.clear()

    def feed(self, frame: Frame) -> None:
        """Add the camera's next frame; the oldest gives way. Nothing happens while it is not running."""
        if self._task is not None:
            self._waiting.append(frame)
            while frame.ts - self._waiting[0].ts > self._most_ticks:
                self._waiting.popleft()
            self._wake.set()

    async def _run(self) -> None:
        transcoder = Transcoder(self._source, self._target)
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                while self._waiting:
                    frames = list(self._waiting)
                    self._waiting.clear()
                    for frame in await asyncio.to_thread(_convert, transcoder, frames):
                        self._take(frame)
                self._wake.clear()
                await self._wake.wait()


def _convert(transcoder: Transcoder, frames: list[Frame]) -> list[Frame]:
    return [converted for frame in frames for converted in transcoder.feed(frame)]
