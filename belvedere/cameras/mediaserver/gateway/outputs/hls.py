"""HLS of one camera (RFC 8216): the files, and who asked for one lately."""

from __future__ import annotations

import asyncio
import contextlib
import time

from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.outputs import files
from belvedere.cameras.mediaserver.gateway.outputs.hls_sound import HlsSound
from belvedere.cameras.mediaserver.gateway.outputs.segments import Segmenter
from belvedere.cameras.mediaserver.gateway.rtsp.sdp import Media
from belvedere.cameras.mediaserver.gateway.sound.frames import Frame
from belvedere.cameras.mediaserver.gateway.video import Video
from belvedere.cameras.mediaserver.port import Refused
from belvedere.domain.times import now_ms

SEGMENT_SECONDS = 4.0
MAX_AHEAD = 2  # segments that a player may ask for before they are begun; a larger number is of an earlier run
WATCHING_SECONDS = 10.0


class HlsOutput:
    """Implements Output."""

    def __init__(self) -> None:
        self.segmenter = Segmenter()
        self._sound = HlsSound(self.segmenter.sound)
        self._segment_cut = asyncio.Event()
        self._seen: dict[str, float] = {}

    @property
    def is_empty(self) -> bool:
        """Return whether there is no segment yet."""
        return not self.segmenter.segments

    def restart(self) -> None:
        """See Output."""
        self.segmenter.restart()

    def take(self, unit: AccessUnit, video: Video) -> None:
        """See Output. Nothing is cut until it is known whether pictures are reordered."""
        if video.probe.b_frames is None or video.parameters is None:
            return
        newest = self.segmenter.newest
        self.segmenter.feed(unit, video.sets, video.parameters, video.probe.reorder, now_ms())
        if self.segmenter.newest != newest:
            self._segment_cut.set()
            self._segment_cut = asyncio.Event()

    def begin_sound(self, media: Media | None) -> None:
        """A new connection of the camera, and the sound that it sends."""
        self._sound.begin(media)

    def hear(self, frame: Frame) -> None:
        """Take a frame of sound, on the line of the pictures."""
        self._sound.hear(frame, is_watched=bool(self._seen) and self.count_viewers() > 0)

    def count_viewers(self) -> int:
        """See Output: whoever asked for a file in the last seconds."""
        since = time.monotonic() - WATCHING_SECONDS
        self._seen = {viewer: at for viewer, at in self._seen.items() if at > since}
        return len(self._seen)

    async def stop(self) -> None:
        """See Output."""
        self._sound.stop()

    async def file(self, name: str, viewer: str, number: int = 0) -> tuple[bytes, str]:
        """Return a playlist, an init segment or a segment with its content type. Raises Refused.

        number: wait for this segment first. Players ask for the playlist ahead of time, so that they learn of each
        segment when it is cut (rfc8216bis §6.2.5.2).
        """
        await self._wait_for_segment(number)
        found = files.find_file(self.segmenter, name)
        if found is None:
            raise Refused(refusals.NOT_READY if self.is_empty else refusals.NO_FILE)
        self._seen[viewer] = time.monotonic()
        return found

    async def _wait_for_segment(self, number: int) -> None:
        """Wait some seconds at most; the first segment takes a second or two to fill."""
        if number > self.segmenter.newest + MAX_AHEAD:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SEGMENT_SECONDS):
                while self.segmenter.newest < number:
                    await self._segment_cut.wait()
