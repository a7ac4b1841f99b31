"""The sound of one camera for its WebRTC viewers: passed through, or made to Opus where it is AAC."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Mapping

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from belvedere.cameras.mediaserver.gateway.rtsp.sdp import Media
from belvedere.cameras.mediaserver.gateway.sound import opus
from belvedere.cameras.mediaserver.gateway.sound.clock import SoundClock
from belvedere.cameras.mediaserver.gateway.sound.frames import AAC, Frame, read_config

MAX_QUEUED = 25  # frames: half a second of Opus; what is older is of no use beside the present picture
MAX_WAITING = 32  # frames of AAC: two seconds, when the machine is busy with other things
# The names of aiortc, by those of descriptions.
_MIME_TYPES: Mapping[str, str] = {
    "OPUS": "audio/opus",
    "G722": "audio/G722",
    "PCMU": "audio/PCMU",
    "PCMA": "audio/PCMA",
    AAC: "audio/opus",
}


class SoundTrack(MediaStreamTrack):
    """A track that aiortc sends. Everything runs on the event loop."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._queue: deque[Frame] = deque(maxlen=MAX_QUEUED)
        self._wake = asyncio.Event()
        self._started = False

    def push(self, frame: Frame) -> None:
        """Queue the camera's next frame; the oldest gives way."""
        if self._started:
            self._queue.append(frame)
            self._wake.set()

    async def recv(self) -> Frame:  # type: ignore[override]  # PassThrough takes frames, not av.Packet
        """Wait for the next frame to send."""
        self._started = True
        while not self._queue:
            if self.readyState != "live":
                raise MediaStreamError
            self._wake.clear()
            await self._wake.wait()
        return self._queue.popleft()

    def stop(self) -> None:
        """End the track, and wake the sender that waits for a frame."""
        super().stop()
        self._queue.clear()
        self._wake.set()


class Listeners:
    """mime_type: of what is sent, "" where the camera has no sound that can be heard."""

    def __init__(self) -> None:
        self.mime_type = ""
        self._media: Media | None = None
        self._config = b""
        self._clock = SoundClock(1)
        self._tracks: set[SoundTrack] = set()
        self._waiting: deque[Frame] = deque(maxlen=MAX_WAITING)
        self._wake = asyncio.Event()
        self._converting: asyncio.Task[None] | None = None

    def begin(self, media: Media | None) -> bool:
        """A new connection of the camera; return whether those who listen were promised another codec."""
        before = self.mime_type
        self._stop_converting()
        self._config = read_config(media.parameters) if media is not None and media.codec == AAC else b""
        if media is not None and media.codec == AAC and not self._config:
            media = None
        self._media = media
        if media is None:
            return False
        self.mime_type = _MIME_TYPES[media.codec]
        changed = before not in ("", self.mime_type)
        rate = opus.RATE if media.codec == AAC else media.clock_rate
        if changed or not before:
            self._clock = SoundClock(rate)
        self._clock.restart()
        self._start_converting()
        return changed

    def open(self) -> SoundTrack:
        """Return a track for one more listener."""
        track = SoundTrack()
        self._tracks.add(track)
        self._start_converting()
        return track

    def close(self, track: SoundTrack | None) -> None:
        """Forget a listener. Nothing is converted for nobody."""
        if track is not None:
            track.stop()
            self._tracks.discard(track)
        if not self._tracks:
            self._stop_converting()

    def hear(self, frame: Frame) -> None:
        """Take the camera's next frame."""
        if self._media is None or not self._tracks:
            return
        if self._media.codec != AAC:
            self._send(frame)
        else:
            self._waiting.append(frame)
            self._wake.set()

    def _send(self, frame: Frame) -> None:
        mapped = Frame(frame.data, self._clock.map(frame.ts, time.monotonic()))
        for track in self._tracks:
            track.push(mapped)

    def _start_converting(self) -> None:
        if self._config and self._tracks and self._media is not None and self._converting is None:
            converter = opus.Transcoder(self._config, self._media.clock_rate)
            self._converting = asyncio.get_running_loop().create_task(self._convert(converter))

    def _stop_converting(self) -> None:
        if self._converting is not None:
            self._converting.cancel()
            self._converting = None
        self._waiting.clear()

    async def _convert(self, converter: opus.Transcoder) -> None:
        """In a thread, so that no picture waits for it."""
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                while self._waiting:
                    for frame in await asyncio.to_thread(converter.feed, self._waiting.popleft()):
                        self._send(frame)
                self._wake.clear()
                await self._wake.wait()
