"""Feeds a camera's pictures to a converter, as fragmented MP4. Implements Output."""

from __future__ import annotations

import asyncio

from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE, AccessUnit
from belvedere.cameras.mediaserver.gateway.outputs import cmaf
from belvedere.cameras.mediaserver.gateway.outputs.segments import DecodingOrder
from belvedere.cameras.mediaserver.gateway.video import Video

MAX_WAITING_BYTES = 4 * 1024 * 1024  # of a converter that is too slow; it goes on at the next key frame
_USUAL_TICKS = CLOCK_RATE // 25  # each fragment says when it begins, so nothing depends on how long a picture lasts


class Feed:
    """From the first key frame until the camera is away or sends something else; a converter is begun anew then.

    height: of the pictures, once `begun` is set. fed: how many there were.
    """

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()
        self.height = 0
        self._kind: tuple[object, ...] = ()
        self._order = DecodingOrder(0)
        self.fed = 0
        self._wants_key = True
        self._waiting: list[bytes] = []
        self._writer: asyncio.StreamWriter | None = None

    def connect(self, writer: asyncio.StreamWriter) -> None:
        """Write there, first what has come meanwhile."""
        self._writer = writer
        writer.writelines(self._waiting)
        self._waiting = []

    def restart(self) -> None:
        """See Output."""
        if self.begun.is_set():
            self.ended.set()

    def take(self, unit: AccessUnit, video: Video) -> None:
        """See Output. What it is made of must be known before the first picture."""
        if self.ended.is_set() or video.probe.b_frames is None or video.parameters is None:
            return
        if self._wants_key and not unit.key:
            return
        if unit.key:
            kind = (video.sets.all, video.parameters.width, video.parameters.height, video.probe.reorder)
            if self.begun.is_set() and kind != self._kind:
                self.ended.set()
                return
            self._wants_key = self._is_behind()
            if self._wants_key:
                return
            if not self.begun.is_set():
                self._begin(kind, video)
        elif self._is_behind():
            self._wants_key = True
            return
        dts = self._order.next_dts(unit.ts)
        sample = cmaf.Sample(cmaf.sample_data(unit.nals), dts, _USUAL_TICKS, unit.ts - dts, unit.key)
        self.fed += 1
        self._write(cmaf.fragment(self.fed, [sample]))

    def _begin(self, kind: tuple[object, ...], video: Video) -> None:
        assert video.parameters is not None
        self._kind, self.height = kind, video.parameters.height
        self._order = DecodingOrder(video.probe.reorder)
        self._write(cmaf.init_segment(video.sets.make_configuration(), video.parameters))
        self.begun.set()

    def _is_behind(self) -> bool:
        if self._writer is None:
            return sum(map(len, self._waiting)) > MAX_WAITING_BYTES
        return self._writer.transport.get_write_buffer_size() > MAX_WAITING_BYTES

    def _write(self, data: bytes) -> None:
        if self._writer is None:
            self._waiting.append(data)
        elif not self._writer.is_closing():
            self._writer.write(data)

    def count_viewers(self) -> int:
        """See Output. Who watches the smaller picture is counted there."""
        return 0

    async def stop(self) -> None:
        """See Output."""
        self.ended.set()
