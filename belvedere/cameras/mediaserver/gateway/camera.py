"""One camera: one pull, however many watch; its state, and the outputs that its pictures are handed to."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import replace

from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE, AccessUnit
from belvedere.cameras.mediaserver.gateway.arrivals import Arrivals, judge
from belvedere.cameras.mediaserver.gateway.codecs import find_codec
from belvedere.cameras.mediaserver.gateway.errors import SENTENCES, CameraError
from belvedere.cameras.mediaserver.gateway.outputs.hls import AT_ONCE, HlsOutput, WaitFor
from belvedere.cameras.mediaserver.gateway.outputs.output import Output
from belvedere.cameras.mediaserver.gateway.outputs.places import Places
from belvedere.cameras.mediaserver.gateway.outputs.publish import PublishOutput
from belvedere.cameras.mediaserver.gateway.outputs.snapshot import JPEG_TYPE, SnapshotOutput
from belvedere.cameras.mediaserver.gateway.outputs.whep import WhepOutput
from belvedere.cameras.mediaserver.gateway.pull import Pull, Pulling, Receiver
from belvedere.cameras.mediaserver.gateway.resolver import Rules
from belvedere.cameras.mediaserver.gateway.rtsp.client import Offer
from belvedere.cameras.mediaserver.gateway.rtsp.rtcp import SenderReport
from belvedere.cameras.mediaserver.gateway.sound.clock import SoundClock
from belvedere.cameras.mediaserver.gateway.sound.frames import Frame
from belvedere.cameras.mediaserver.gateway.video import Video
from belvedere.cameras.mediaserver.offers import take_offer
from belvedere.cameras.mediaserver.port import SNAPSHOT, CameraSource, CameraStatus, Refused
from belvedere.domain.times import now_ms

READY_SECONDS = 4.0


class Camera:
    """Pulls from `start` to `stop`; viewers stay while the camera is away.

    publisher: hands it on to another media server, in place of the outputs that viewers take here. make_pull: makes
    what brings its pictures, where that is no connection to the camera.
    """

    def __init__(
        self,
        wanted: CameraSource,
        rules: Rules,
        places: Places | None = None,
        publisher: PublishOutput | None = None,
        make_pull: Callable[[Receiver], Pulling] | None = None,
    ) -> None:
        self.wanted = wanted
        self.hls = HlsOutput()
        self.whep = WhepOutput(wanted.id, places or Places())
        self.publisher = publisher
        self._snapshot = SnapshotOutput()
        own: tuple[Output, ...] = (self.hls, self.whep, self._snapshot)
        self._outputs = own if publisher is None else (publisher,)
        self._pull = make_pull(self) if make_pull is not None else Pull(wanted, rules, self)
        self._video = Video()
        self._sound_clock = SoundClock(self._video.timeline)
        self._status = CameraStatus(since_ms=now_ms())
        self._ready = asyncio.Event()
        self.live_since: float | None = None
        self._arrivals = Arrivals(time.monotonic())

    def start(self) -> None:
        """Begin to pull."""
        self._arrivals = Arrivals(time.monotonic())
        self._pull.start()

    async def stop(self) -> None:
        """End the pull and every viewer."""
        await self._pull.stop()
        for output in self._outputs:
            await output.stop()

    def add_output(self, output: Output) -> Callable[[], None]:
        """Hand this output the pictures too, until what is returned is called."""
        self._outputs = (*self._outputs, output)

        def remove() -> None:
            self._outputs = tuple(each for each in self._outputs if each is not output)

        return remove

    # What is asked of it

    def status(self) -> CameraStatus:
        """The present state."""
        now = time.monotonic()
        self._judge(now)
        probe, parameters = self._video.probe, self._video.parameters
        return replace(
            self._status,
            width=parameters.width if parameters else 0,
            height=parameters.height if parameters else 0,
            fps=probe.fps,
            key_frame_seconds=probe.key_frame_seconds,
            b_frames=probe.b_frames,
            arriving=self._arrivals.are_coming(now),
            viewers=self._count_viewers(),
            sessions=self.whep.session_ids(),
            dropped=self.whep.count_dropped(),
        )

    def _judge(self, now: float) -> None:
        """Let no camera be live and black, nor connecting without a reason for long."""
        fault = judge(self._status, self._arrivals, now)
        if fault is None:
            return
        since_ms = self._status.since_ms
        if self._status.state == "live":
            self._ready.clear()
            since_ms = now_ms()
        self._status = replace(
            self._status, state="connecting", code=fault.value, reason=SENTENCES[fault], since_ms=since_ms
        )

    async def open_session(self, offer: str, viewer: str = "", address: str = "") -> tuple[str, str]:
        """A WHEP session: id and answer. Raises Refused where no picture would come."""
        await self._wait_until_ready()
        refusal = refusals.webrtc_refusal(self._status.codec, self._video.probe.b_frames)
        if refusal is not None:
            raise Refused(refusal)
        parameters = self._video.parameters
        return await self.whep.open(offer, viewer, address, parameters.profile if parameters else 0)

    async def admit(self, offer: str) -> str:
        """Return the offer as another server may answer it, once this camera is published there; "" for HLS.

        Raises Refused where no picture would come.
        """
        assert self.publisher is not None
        self.publisher.mark_watched()
        await self._wait_until_ready()
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self.publisher.wait_until_published()
        except TimeoutError as error:
            raise Refused(refusals.NOT_READY) from error
        if not offer:
            return offer
        refusal = refusals.webrtc_refusal(self._status.codec, self._video.probe.b_frames)
        if refusal is not None:
            raise Refused(refusal)
        parameters = self._video.parameters
        return take_offer(offer, self._video.codec.name, parameters.profile if parameters else 0)

    async def file(self, name: str, viewer: str, wait: WaitFor = AT_ONCE) -> tuple[bytes, str]:
        """A file of the HLS stream, or the snapshot, and its content type. Raises Refused.

        While the camera is away nobody waits for a file.
        """
        if name == SNAPSHOT:
            await self._wait_until_ready()
            return await self._snapshot.make(), JPEG_TYPE
        if self.hls.is_empty:
            await self._wait_until_ready()
        return await self.hls.file(name, viewer, replace(wait, patient=self._status.state == "live"))

    async def _wait_until_ready(self) -> None:
        """Waits a little for a camera that is just connecting. Raises Refused where it cannot be shown."""
        self._judge(time.monotonic())
        if self._status.state == "connecting":
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(READY_SECONDS):
                    await self._ready.wait()
        refusal = refusals.codec_refusal(self._status.codec)
        if refusal is not None:
            raise Refused(refusal)
        if self._status.state == "offline":
            sentence = refusals.OFFLINE.sentence.format(reason=self._status.reason)
            raise Refused(replace(refusals.OFFLINE, sentence=sentence.strip()))
        if not self._ready.is_set():
            code, reason = self._status.code, self._status.reason
            raise Refused(refusals.Refusal(code, reason, 503) if code else refusals.NOT_READY)

    def is_watched(self) -> bool:
        """Whether somebody waits for its pictures."""
        return self._count_viewers() > 0

    def _count_viewers(self) -> int:
        return sum(output.count_viewers() for output in self._outputs)

    # What its pull brings

    def begin(self, offer: Offer) -> None:
        """The camera is there, and this is what it sends."""
        self._status = replace(self._status, codec=offer.video.codec, audio=offer.audio, sound=False)
        self._sound_clock.begin(offer.sound.clock_rate if offer.sound else CLOCK_RATE)
        self.whep.begin_sound(offer.sound)
        self._arrivals.begin()
        codec = find_codec(offer.video.codec)
        if codec is None:
            self._ready.set()  # there is an answer for viewers: the refusal
            return
        if self.publisher is not None:
            self.publisher.begin(codec.name, offer.sound)
        self._video.begin(codec, offer.video.parameter_sets, time.monotonic())
        for output in self._outputs:
            output.restart()
        self.hls.begin_sound(offer.sound)

    def take(self, unit: AccessUnit) -> None:
        """A picture, in decoding order. Raises CameraError."""
        now = time.monotonic()
        self._arrivals.add(now)
        if not self._video.apply(unit, now):
            return
        if self._video.probe.b_frames is not None:
            if not self._status.codec:  # a description without one
                self._status = replace(self._status, codec=self._video.codec.name)
            self.mark_live()
        for output in self._outputs:
            output.take(unit, self._video)

    def hear(self, frame: Frame) -> None:
        """A frame of sound."""
        if not self._status.sound:
            self._status = replace(self._status, sound=True)
        ts = self._sound_clock.map(frame.ts, time.monotonic())
        if ts is not None:
            placed = Frame(frame.data, ts)
            for output in (self.whep, self.hls) if self.publisher is None else (self.publisher,):
                output.hear(placed)

    def take_report(self, kind: str, report: SenderReport) -> None:
        """A sender report. kind: video or audio."""
        self._sound_clock.take_report(kind, report)

    def mark_live(self) -> None:
        """It sends."""
        now = time.monotonic()
        self._arrivals.add_picture(now)
        self.live_since = self.live_since or now
        if self._status.state != "live":
            self._ready.set()
            self._status = replace(self._status, state="live", code="", reason="", since_ms=now_ms())

    def mark_lost(self, error: CameraError) -> None:
        """A camera that was live gets one quiet attempt before it counts as offline; it is away since now."""
        was_live = self._status.state == "live"
        live, self.live_since = self.live_since is not None, None
        self._arrivals.forget()
        self._ready.clear()
        self._status = replace(
            self._status,
            state="connecting" if live else "offline",
            code=error.fault.value,
            reason=str(error),
            since_ms=now_ms() if was_live else self._status.since_ms,
        )
