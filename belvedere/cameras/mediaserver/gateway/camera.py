"""One camera: one pull, however many watch; its state, and everything that is fed from it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from dataclasses import replace

from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.gateway.errors import CameraError, Fault
from belvedere.cameras.mediaserver.gateway.h264 import (
    AccessUnit,
    Depacketizer,
    ParameterSets,
    SequenceParameters,
    parse_sps,
)
from belvedere.cameras.mediaserver.gateway.hls import Hls
from belvedere.cameras.mediaserver.gateway.places import Places
from belvedere.cameras.mediaserver.gateway.resolver import Rules, addresses_of
from belvedere.cameras.mediaserver.gateway.rtsp.client import Offer, Redirect, RtspSession, connect
from belvedere.cameras.mediaserver.gateway.timeline import Probe, Timeline
from belvedere.cameras.mediaserver.gateway.viewer import Picture
from belvedere.cameras.mediaserver.gateway.whep import Whep
from belvedere.cameras.mediaserver.port import CameraSource, CameraStatus, Refused
from belvedere.cameras.source import Source, SourceError, parse_source

log = logging.getLogger(__name__)

MAX_REDIRECTS = 3
KEY_FRAME_SECONDS = 30.0
READY_SECONDS = 4.0
SEGMENT_SECONDS = 4.0
MAX_AHEAD = 2  # segments that a player may ask for before they are begun; a larger number is of an earlier run
WATCHING_SECONDS = 10.0
LOGIN_RETRY_SECONDS = (30.0, 60.0, 120.0, 300.0)
COSTLY_RETRY_SECONDS = (2.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0)
SETTLED_SECONDS = 60.0  # live for so long: what failed before is forgotten, whatever it was


def retry_seconds(failures: int, *, permanent: bool = False, costly: bool = False, watched: bool = False) -> float:
    """How long to wait after the n-th failure in a row (from 1).

    permanent: a refused log-in, which cameras answer with a lock when it comes often. costly: a camera that broke a
    limit, each attempt with it is time taken from the others. watched: somebody waits in front of a frozen picture,
    so look often; a camera that starts does not mind.
    """
    if permanent or costly:
        pauses = LOGIN_RETRY_SECONDS if permanent else COSTLY_RETRY_SECONDS
        return pauses[min(failures, len(pauses)) - 1]
    return min(2.0 ** (failures - 1), 2.0 if watched else 30.0)


class Camera:
    """Pulls from `start` to `stop`; viewers stay while the camera is away."""

    def __init__(self, wanted: CameraSource, rules: Rules, places: Places | None = None) -> None:
        self.wanted = wanted
        self.hls = Hls()
        self.whep = Whep(wanted.id, places or Places())
        self._rules = rules
        self._status = CameraStatus(since_ms=_now_ms())
        self._timeline = Timeline()
        self._probe = Probe()
        self._sets = ParameterSets()
        self._parameters: SequenceParameters | None = None
        self._key_wanted_since = 0.0
        self._live_since = 0.0
        self._ready = asyncio.Event()
        self._segment_cut = asyncio.Event()
        self._watchers: dict[str, float] = {}
        self._task: asyncio.Task[None] | None = None
        self._session: RtspSession | None = None

    def start(self) -> None:
        """Begin to pull."""
        self._task = asyncio.create_task(self._run(), name=f"camera {self.wanted.id}")

    async def stop(self) -> None:
        """End the pull and every viewer."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self.whep.stop()

    # What is asked of it

    def status(self) -> CameraStatus:
        """The present state."""
        probe, parameters = self._probe, self._parameters
        return replace(
            self._status,
            width=parameters.width if parameters else 0,
            height=parameters.height if parameters else 0,
            fps=probe.fps,
            key_frame_seconds=probe.key_frame_seconds,
            b_frames=probe.b_frames,
            viewers=len(self.whep) + self._watching(),
            sessions=self.whep.ids(),
        )

    async def open_session(self, offer: str, viewer: str = "", address: str = "") -> tuple[str, str]:
        """A WHEP session: id and answer. Raises Refused where no picture would come."""
        await self._until_ready()
        if self._probe.b_frames:
            raise Refused(refusals.B_FRAMES)
        return await self.whep.open(offer, viewer, address)

    async def file(self, name: str, viewer: str, number: int = 0) -> tuple[bytes, str]:
        """A file of the HLS stream. Raises Refused.

        number: of a segment that should be there first; players ask for the playlist ahead, so that they learn of
        each segment when it is cut (rfc8216bis §6.2.5.2).
        """
        if not self.hls.segments:
            await self._until_ready()
        await self._until_segment(number)
        found = self.hls.file(name)
        if found is None:
            raise Refused(refusals.NO_FILE if self.hls.segments else refusals.NOT_READY)
        self._watchers[viewer] = time.monotonic()
        return found

    async def _until_segment(self, number: int) -> None:
        """Waits a little; the first segment takes a second or two to fill."""
        if number > self.hls.newest + MAX_AHEAD:
            number = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SEGMENT_SECONDS):
                while self.hls.newest < number and self._status.state == "live":
                    await self._segment_cut.wait()

    async def _until_ready(self) -> None:
        """Waits a little for a camera that is just connecting. Raises Refused where it cannot be shown."""
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
            raise Refused(refusals.NOT_READY)

    def _watching(self) -> int:
        since = time.monotonic() - WATCHING_SECONDS
        self._watchers = {viewer: at for viewer, at in self._watchers.items() if at > since}
        return len(self._watchers)

    # The pull

    async def _run(self) -> None:
        failures = 0
        while True:
            error = await self._failure()
            failures = 1 if self._is_forgiven(error) else failures + 1
            self._lost(error)
            watched = len(self.whep) + self._watching() > 0
            pause = retry_seconds(failures, permanent=error.permanent, costly=error.costly, watched=watched)
            await asyncio.sleep(pause)

    def _is_forgiven(self, error: CameraError) -> bool:
        """Whether the count of failures begins anew: not where a camera shows one picture and then breaks a limit."""
        if self._status.state != "live":
            return False
        return not error.costly or time.monotonic() - self._live_since >= SETTLED_SECONDS

    async def _failure(self) -> CameraError:
        """Pulls until the camera is gone, and says why."""
        try:
            await self._pull()
        except CameraError as error:
            return error
        except Exception:
            log.exception("camera %s", self.wanted.id)
        return CameraError(Fault.BAD_ANSWER)

    async def _pull(self) -> None:
        """Until the camera is gone. Raises CameraError, always."""
        try:
            source = parse_source(self.wanted.url)
        except SourceError as error:
            raise CameraError(Fault.FORBIDDEN) from error
        source = replace(source, username=self.wanted.username, password=self.wanted.password)
        for _ in range(1 + MAX_REDIRECTS):
            try:
                async with await self._connect(source) as session:
                    offer = await session.describe()
                    await self._play(session, offer)
            except Redirect as redirect:
                source = _redirected(source, redirect.location)
        raise CameraError(Fault.REDIRECTS)

    async def _connect(self, source: Source) -> RtspSession:
        failure = CameraError(Fault.NAME_UNKNOWN)
        for address in await addresses_of(source, self._rules):
            try:
                return await connect(source, address)
            except CameraError as error:
                failure = error
        raise failure

    async def _play(self, session: RtspSession, offer: Offer) -> None:
        self._status = replace(self._status, codec=offer.video.codec, audio=offer.audio)
        if offer.video.codec != "H264":
            self._ready.set()  # there is an answer for viewers: the refusal
            await session.play(offer.video, lambda _packet: self._live())
        self._begin(offer.video.parameter_sets)
        depacketizer = Depacketizer(offer.video.payload_type)
        self._session = session

        def on_rtp(packet: bytes) -> None:
            for unit in depacketizer.feed(packet):
                self._take(unit)

        await session.play(offer.video, on_rtp)

    def _begin(self, parameter_sets: Sequence[bytes]) -> None:
        self._timeline.restart()
        self._probe = Probe()
        self._sets = ParameterSets(list(parameter_sets))
        self._parameters = None
        self._key_wanted_since = time.monotonic()
        self.hls.restart()
        for viewer in self.whep.viewers():
            viewer.restart()

    def _take(self, unit: AccessUnit) -> None:
        """A picture, in decoding order. Raises CameraError."""
        self._sets.apply(unit)
        if self._parameters is None or unit.key:
            if not (unit.key and self._sets.complete):
                self._expect_key()
                return
            self._parameters = parse_sps(self._sets.sps)
            if self._parameters is None:
                raise CameraError(Fault.BAD_VIDEO)
        unit.ts = self._timeline.map(unit.ts, time.monotonic())
        before = self._probe.b_frames
        self._probe.feed(unit, self._parameters)
        if self._probe.b_frames is not None:
            if before is not self._probe.b_frames:
                self._decided()
            self._live()
            newest = self.hls.newest
            self.hls.feed(unit, self._sets, self._parameters, self._probe.reorder, _now_ms())
            if self.hls.newest != newest:
                self._segment_cut.set()
                self._segment_cut = asyncio.Event()
        self._send(unit)

    def _decided(self) -> None:
        self._ready.set()
        if self._probe.b_frames:  # found late: what was cut until now has wrong times
            self.hls.restart()

    def _send(self, unit: AccessUnit) -> None:
        if len(self.whep):
            picture = Picture(unit)
            for viewer in self.whep.viewers():
                viewer.push(picture)

    def _expect_key(self) -> None:
        if time.monotonic() - self._key_wanted_since > KEY_FRAME_SECONDS and self._session is not None:
            self._session.abandon(CameraError(Fault.NO_KEY_FRAME))

    # Its state

    def _live(self) -> None:
        if self._status.state != "live":
            self._live_since = time.monotonic()
            self._status = replace(self._status, state="live", code="", reason="", since_ms=_now_ms())

    def _lost(self, error: CameraError) -> None:
        """A camera that was live gets one quiet attempt before it counts as offline; it is away since now."""
        live = self._status.state == "live"
        self._session = None
        self._ready.clear()
        self._status = replace(
            self._status,
            state="connecting" if live else "offline",
            code=error.fault.value,
            reason=str(error),
            since_ms=_now_ms() if live else self._status.since_ms,
        )


def _redirected(source: Source, location: str) -> Source:
    """Where the camera sends us, by the same rules; the password stays with the server it was meant for."""
    try:
        target = parse_source(location)
    except SourceError as error:
        raise CameraError(Fault.FORBIDDEN) from error
    target = target.without_credentials()
    if target.same_host(source):
        target = replace(target, username=source.username, password=source.password)
    return target


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
