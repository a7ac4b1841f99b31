"""The sound of one camera for its WebRTC viewers: passed through, or made to Opus where it is AAC."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from belvedere.cameras.mediaserver.gateway.rtsp.sdp import Media
from belvedere.cameras.mediaserver.gateway.sound.converter import Converter
from belvedere.cameras.mediaserver.gateway.sound.frames import AAC, Frame, read_config
from belvedere.cameras.mediaserver.gateway.sound.transcoder import OPUS

MAX_QUEUED = 25  # frames: half a second of Opus; what is older is of no use beside the present picture
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

    async def recv(self) -> Frame:  # type: ignore[override]  # Sender takes frames, not av.Packet
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
        self._tracks: set[SoundTrack] = set()
        self._converter: Converter | None = None

    def begin(self, media: Media | None) -> bool:
        """A new connection of the camera; return whether those who listen were promised another codec."""
        before = self.mime_type
        if self._converter is not None:
            self._converter.stop()
            self._converter = None
        if media is not None and media.codec == AAC:
            if read_config(media.parameters):
                self._converter = Converter(media, OPUS, self._send)
            else:
                media = None
        self._media = media
        if media is None:
            return False
        self.mime_type = _MIME_TYPES[media.codec]
        self._start_converting()
        return before not in ("", self.mime_type)

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
        if not self._tracks and self._converter is not None:
            self._converter.stop()

    def hear(self, frame: Frame) -> None:
        """Take the camera's next frame."""
        if self._media is None or not self._tracks:
            return
        if self._converter is not None:
            self._converter.feed(frame)
        else:
            self._send(frame)

    def _send(self, frame: Frame) -> None:
        for track in self._tracks:
            track.push(frame)

    def _start_converting(self) -> None:
        if self._converter is not None and self._tracks:
            self._converter.start()
