"""HLS of one camera (RFC 8216): the files, and who asked for one lately. What nobody watches is not cut."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.codec import Parameters, ParameterSets
from belvedere.cameras.mediaserver.gateway.outputs import files
from belvedere.cameras.mediaserver.gateway.outputs.backlog import Backlog, Uncut
from belvedere.cameras.mediaserver.gateway.outputs.hls_sound import HlsSound
from belvedere.cameras.mediaserver.gateway.outputs.playlists import SOUND_PLAYLIST
from belvedere.cameras.mediaserver.gateway.outputs.segments import Segmenter
from belvedere.cameras.mediaserver.gateway.outputs.variant import Beside
from belvedere.cameras.mediaserver.gateway.rtsp.sdp import Media
from belvedere.cameras.mediaserver.gateway.sound.frames import Frame
from belvedere.cameras.mediaserver.gateway.video import Video
from belvedere.cameras.mediaserver.port import Refused
from belvedere.domain.times import now_ms

SEGMENT_SECONDS = 4.0
MAX_AHEAD = 2  # segments that a player may ask for before they are begun; a larger number is of an earlier run
WATCHING_SECONDS = 10.0
CUTTING_SECONDS = 30.0  # after the last look at the segments
_NUMBER = re.compile(r"[0-9]{1,12}\Z")


@dataclass(frozen=True)
class WaitFor:
    """What a player's query asks for (RFC 8216bis §6.2.5.2): the playlist as it is once it has this segment, or part.

    Players ask ahead of time, so that they learn of each segment or part when it is cut. parts: a playlist of low
    latency; `parts=no` asks for a plain one. patient: it may take a while. beside: the sub stream, for a playlist or
    a manifest of the main one.
    """

    number: int = 0
    part: int | None = None
    parts: bool = True
    patient: bool = True
    beside: Beside | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> WaitFor:
        """Return what this query asks for; numbers that are none are not there."""
        number, part = query.get("_HLS_msn", ""), query.get("_HLS_part", "")
        if not _NUMBER.match(number):
            return cls(parts=query.get("parts") != "no")
        return cls(int(number), int(part) if _NUMBER.match(part) else None, query.get("parts") != "no")


AT_ONCE = WaitFor()


class HlsOutput:
    """Implements Output."""

    def __init__(self) -> None:
        self._segmenter = Segmenter()
        self._sound = HlsSound(self._segmenter.sound)
        self._backlog = Backlog()
        self._cuts_until = 0.0
        self._part_cut = asyncio.Event()
        self._seen: dict[str, float] = {}

    @property
    def segmenter(self) -> Segmenter:
        """Up to the newest picture, and so for a while."""
        self._cuts_until = time.monotonic() + CUTTING_SECONDS
        self._cut_backlog()
        return self._segmenter

    @property
    def is_empty(self) -> bool:
        """Return whether there is no segment yet."""
        return not self.segmenter.segments

    def restart(self) -> None:
        """See Output."""
        self._cut_backlog()
        self._segmenter.restart()

    def take(self, unit: AccessUnit, video: Video) -> None:
        """See Output. Nothing is cut until it is known whether pictures are reordered."""
        if video.probe.b_frames is None or video.parameters is None:
            return
        if self._is_cutting():
            self.feed(unit, video.sets, video.parameters, video.probe.reorder)
            return
        if self._backlog.add(Uncut(unit, video.sets, video.parameters, video.probe.reorder, now_ms())):
            self._segmenter.skip()
        if self._backlog.is_full:
            self._cut_backlog()

    def _is_cutting(self) -> bool:
        return time.monotonic() < self._cuts_until

    def _cut_backlog(self) -> None:
        for item in self._backlog.take():
            if isinstance(item, Uncut):
                self._segmenter.feed(*item)
            else:
                self._sound.hear(item, is_watched=False)

    def feed(self, unit: AccessUnit, sets: ParameterSets, parameters: Parameters, reorder: int) -> None:
        """Cut, and wake who waits for a part."""
        awaited = self._segmenter.next_part
        self._segmenter.feed(unit, sets, parameters, reorder, now_ms())
        if self._segmenter.next_part != awaited:
            self._part_cut.set()
            self._part_cut = asyncio.Event()

    def begin_sound(self, media: Media | None) -> None:
        """A new connection of the camera, and the sound that it sends."""
        self._sound.begin(media)

    def hear(self, frame: Frame) -> None:
        """Take a frame of sound, on the line of the pictures."""
        if self._is_cutting():
            self._sound.hear(frame, is_watched=bool(self._seen) and self.count_viewers() > 0)
        else:
            self._backlog.hear(frame)

    def count_viewers(self) -> int:
        """See Output: whoever asked for a file in the last seconds."""
        since = time.monotonic() - WATCHING_SECONDS
        self._seen = {viewer: at for viewer, at in self._seen.items() if at > since}
        return len(self._seen)

    async def stop(self) -> None:
        """See Output."""
        self._sound.stop()

    async def file(self, name: str, viewer: str, wait: WaitFor = AT_ONCE) -> tuple[bytes, str]:
        """Return a playlist, an init segment, a segment or a part with its content type. Raises Refused."""
        if wait.patient and wait.number <= self.segmenter.newest + MAX_AHEAD:
            of_sound = name == SOUND_PLAYLIST
            await self._wait_until(lambda: self.segmenter.has(wait.number, wait.part, of_sound=of_sound))
        if wait.patient and name in self._next_parts:  # asked for as soon as a playlist has named it
            await self._wait_until(lambda: name not in self._next_parts)
        found = files.find_file(self.segmenter, name, parts=wait.parts, now_ms=now_ms(), beside=wait.beside)
        if found is None:
            raise Refused(refusals.NOT_READY if self.is_empty else refusals.NO_FILE)
        self._seen[viewer] = time.monotonic()
        return found

    async def wait_until_filled(self) -> None:
        """Wait some seconds at most for the first segment."""
        await self._wait_until(lambda: not self.is_empty)

    @property
    def _next_parts(self) -> tuple[str, str]:
        return self.segmenter.next_part, self.segmenter.sound.next_part

    async def _wait_until(self, reached: Callable[[], bool]) -> None:
        """Wait some seconds at most; the first segment takes a second or two to fill."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SEGMENT_SECONDS):
                while not reached():
                    await self._part_cut.wait()
