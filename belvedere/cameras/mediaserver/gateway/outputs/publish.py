"""Hands a camera on to another media server: publishes it there by RTSP. Implements Output.

Pictures and sound are passed through, in packets that were cut anew. The connection stays while the camera is away, so
that viewers of the other server stay, and is made anew where the camera comes back with other codecs.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable

from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE, AccessUnit
from belvedere.cameras.mediaserver.gateway.outputs.picture import PACKETIZERS
from belvedere.cameras.mediaserver.gateway.rtsp.announce import Track, make_tracks
from belvedere.cameras.mediaserver.gateway.rtsp.publication import Publication, PublishRefused, publish
from belvedere.cameras.mediaserver.gateway.rtsp.rtp import RtpStream
from belvedere.cameras.mediaserver.gateway.rtsp.sdp import Media
from belvedere.cameras.mediaserver.gateway.sound.frames import AAC, Frame, write_packet
from belvedere.cameras.mediaserver.gateway.video import Video
from belvedere.cameras.mediaserver.publishing import Target

log = logging.getLogger(__name__)

WATCHED_SECONDS = 10.0  # after each word of it
REPORT_SECONDS = 5.0  # a server closes a connection over which nothing comes for 10 s
RETRY_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)


class PublishOutput:
    """path: the stream's name at the other server; find_target: where that is at present."""

    def __init__(self, path: str, find_target: Callable[[], Target | None]) -> None:
        self._path = path
        self._find_target = find_target
        self._tracks: tuple[Track, ...] = ()
        self._streams: tuple[RtpStream, ...] = ()
        self._is_aac = False
        self._newest: tuple[int, float] | None = None  # time stamp of a picture, and when it came
        self._publication: Publication | None = None
        self._wants_key = True
        self._watched_until = 0.0
        self._published = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def begin(self, codec: str, sound: Media | None) -> None:
        """A new connection of the camera, and what it sends."""
        tracks = make_tracks(codec, sound)
        self._is_aac = sound is not None and sound.codec == AAC
        if tracks == self._tracks:
            return
        self._tracks = tracks
        self._end()
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"publish {self._path}")

    def restart(self) -> None:
        """See Output."""
        self._wants_key = True

    def take(self, unit: AccessUnit, video: Video) -> None:
        """See Output."""
        if self._publication is None or (self._wants_key and not unit.key):
            return
        self._newest = unit.ts, time.monotonic()
        payloads = PACKETIZERS[video.codec.name]([*unit.sets, *unit.nals])
        self._wants_key = not self._publication.send(self._streams[0].pack(payloads, unit.ts))

    def hear(self, frame: Frame) -> None:
        """Hand on a frame of sound, which lies on the line of the pictures."""
        if self._publication is not None and len(self._streams) > 1:
            payload = write_packet(frame.data) if self._is_aac else frame.data
            self._publication.send(self._streams[1].pack([payload], frame.ts))

    def mark_watched(self) -> None:
        """Somebody watches by the other server."""
        self._watched_until = time.monotonic() + WATCHED_SECONDS

    def count_viewers(self) -> int:
        """See Output: 1 where somebody watches; the other server knows how many."""
        return int(time.monotonic() < self._watched_until)

    async def wait_until_published(self) -> None:
        """Return once viewers find it at the other server."""
        await self._published.wait()

    async def stop(self) -> None:
        """See Output."""
        task = self._task
        self._end()
        if task is not None:
            await asyncio.gather(task, return_exceptions=True)

    def _end(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        """Publish, and again after each loss, until it is cancelled."""
        failures = 0
        while True:
            target = self._find_target()
            try:
                if target is not None:
                    await self._publish(target)
                    failures = 0
            except (PublishRefused, OSError, TimeoutError) as error:
                if failures == 0:
                    log.warning("%s cannot be published: %s", self._path, error)
                failures += 1
            await asyncio.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])

    async def _publish(self, target: Target) -> None:
        """Until the connection is lost. Raises PublishRefused, OSError and TimeoutError."""
        publication = await publish(target, self._path, self._tracks)
        self._streams = tuple(
            RtpStream(2 * number, track.payload_type, track.clock_rate) for number, track in enumerate(self._tracks)
        )
        self._wants_key = True
        self._publication = publication
        self._published.set()
        reporting = asyncio.get_running_loop().create_task(self._report(publication))
        try:
            with contextlib.suppress(ConnectionError):
                await publication.wait_until_closed()
        finally:
            reporting.cancel()
            self._publication = None
            self._published.clear()
            publication.close()

    async def _report(self, publication: Publication) -> None:
        while True:
            await asyncio.sleep(REPORT_SECONDS)
            if self._newest is None:
                continue
            ts, at = self._newest
            seconds = ts / CLOCK_RATE + time.monotonic() - at
            for stream in self._streams:
                publication.send(stream.report(seconds, time.time()))
