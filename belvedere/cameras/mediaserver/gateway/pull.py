"""One pull of one camera: connects, plays, and when the camera goes connects again, until it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Protocol
from urllib.parse import urljoin

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.codecs import find_codec
from belvedere.cameras.mediaserver.gateway.errors import CameraError, Fault
from belvedere.cameras.mediaserver.gateway.resolver import Rules, resolve_addresses
from belvedere.cameras.mediaserver.gateway.rtsp.client import Offer, Reconnect, Redirect, RtspSession, connect
from belvedere.cameras.mediaserver.gateway.rtsp.digest import Login
from belvedere.cameras.mediaserver.gateway.rtsp.link import OnRtp
from belvedere.cameras.mediaserver.gateway.rtsp.rtcp import SenderReport
from belvedere.cameras.mediaserver.gateway.sound import frames as sound
from belvedere.cameras.mediaserver.gateway.sound.frames import Frame
from belvedere.cameras.mediaserver.port import CameraSource
from belvedere.cameras.source import Source, SourceError, SourceFault, parse_source

log = logging.getLogger(__name__)

MAX_REDIRECTS = 3
LOGIN_RETRY_SECONDS = (30.0, 60.0, 120.0, 300.0)
COSTLY_RETRY_SECONDS = (2.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0)
NO_PICTURE_SECONDS = 15.0  # while packets come
SETTLED_SECONDS = 60.0  # live for so long: what failed before is forgotten, whatever it was


class Receiver(Protocol):
    """What a pull feeds. A CameraError that it raises ends the connection with that reason."""

    @property
    def live_since(self) -> float | None:
        """Since when there is a picture, monotonic; None while there is none."""

    def begin(self, offer: Offer) -> None:
        """Connected; this is what the camera sends from now on."""

    def take(self, unit: AccessUnit) -> None:
        """A picture, in decoding order."""

    def hear(self, frame: Frame) -> None:
        """A frame of sound."""

    def take_report(self, kind: str, report: SenderReport) -> None:
        """A sender report. kind: video or audio."""

    def mark_live(self) -> None:
        """The camera sends, though nothing that is understood."""

    def mark_lost(self, error: CameraError) -> None:
        """The connection has ended, or none was made."""

    def is_watched(self) -> bool:
        """Whether somebody waits in front of a frozen picture."""


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


class Pulling(ABC):
    """Brings a receiver its pictures from `start` to `stop`; whenever they end it tries again."""

    def __init__(self, name: str, receiver: Receiver) -> None:
        self._name = name
        self._receiver = receiver
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        """End; nothing is tried any more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        failures = 0
        while True:
            error = await self._bring_until_lost()
            failures = 1 if self._is_forgiven(error) else failures + 1
            self._receiver.mark_lost(error)
            watched = self._receiver.is_watched()
            pause = retry_seconds(failures, permanent=error.permanent, costly=error.costly, watched=watched)
            await asyncio.sleep(pause)

    def _is_forgiven(self, error: CameraError) -> bool:
        """Whether the count of failures begins anew: not where there is one picture and then a limit is broken."""
        since = self._receiver.live_since
        if since is None:
            return False
        return not error.costly or time.monotonic() - since >= SETTLED_SECONDS

    @abstractmethod
    async def _bring_until_lost(self) -> CameraError:
        """Bring pictures until there are no more, and say why."""


class Pull(Pulling):
    """Brings them from the camera, by RTSP."""

    def __init__(self, wanted: CameraSource, rules: Rules, receiver: Receiver) -> None:
        super().__init__(f"camera {wanted.id}", receiver)
        self._wanted = wanted
        self._rules = rules

    async def _bring_until_lost(self) -> CameraError:
        try:
            await self._pull()
        except CameraError as error:
            return error
        except Exception:  # the edge of this camera: the next attempt may go well
            log.exception("camera %s", self._wanted.id)
        return CameraError(Fault.BAD_ANSWER)

    async def _pull(self) -> None:
        """Until the camera is gone. Raises CameraError, always."""
        try:
            source = parse_source(self._wanted.url)
        except SourceError as error:
            raise CameraError(Fault.FORBIDDEN) from error
        target = source = replace(source, username=self._wanted.username, password=self._wanted.password)
        for _ in range(1 + MAX_REDIRECTS):
            try:
                await self._pull_from(target)
            except Redirect as redirect:
                target = follow_redirect(target, redirect.location)
            except CameraError as error:
                if error.fault is Fault.LOGIN_WANTED and source.username and not target.same_host(source):
                    raise CameraError(Fault.REDIRECT_LOGIN) from error
                raise
        raise CameraError(Fault.REDIRECTS)

    async def _pull_from(self, source: Source) -> None:
        """Until the camera is gone. Raises CameraError or Redirect, always."""
        try:
            async with await self._connect(source) as session:
                await self._play(session, await session.describe())
        except Reconnect as reconnect:
            async with await self._connect(source, reconnect.login) as session:
                await self._play(session, await session.describe())

    async def _connect(self, source: Source, login: Login | None = None) -> RtspSession:
        failure = CameraError(Fault.NAME_UNKNOWN)
        for address in await resolve_addresses(source, self._rules):
            try:
                return await connect(source, address, login)
            except CameraError as error:
                failure = error
        raise failure

    async def _play(self, session: RtspSession, offer: Offer) -> None:
        self._receiver.begin(offer)
        codec = find_codec(offer.video.codec)
        if codec is None:
            await session.play(offer, lambda _packet: self._receiver.mark_live())
            return
        depacketizer, watchdog = codec.depacketizer(offer.video.payload_type), PictureWatchdog()
        take = self._receiver.take

        def on_rtp(packet: bytes) -> None:
            units = depacketizer.feed(packet)
            watchdog.observe(bool(units), time.monotonic())
            for unit in units:
                take(unit)

        await session.play(offer, on_rtp, self._make_ear(offer), self._receiver.take_report)

    def _make_ear(self, offer: Offer) -> OnRtp | None:
        if offer.sound is None:
            return None
        depacketizer, hear = sound.Depacketizer(offer.sound.codec, offer.sound.payload_type), self._receiver.hear

        def on_sound(packet: bytes) -> None:
            for frame in depacketizer.feed(packet):
                hear(frame)

        return on_sound


class PictureWatchdog:
    """Ends a connection over which packets come and no picture does."""

    def __init__(self) -> None:
        self._picture_at: float | None = None

    def observe(self, has_picture: bool, now: float) -> None:
        """Call for each packet. now: seconds, monotonic. Raises CameraError after NO_PICTURE_SECONDS."""
        if has_picture or self._picture_at is None:
            self._picture_at = now
        elif now - self._picture_at > NO_PICTURE_SECONDS:
            raise CameraError(Fault.NO_PICTURE)


def follow_redirect(source: Source, location: str) -> Source:
    """Where the camera sends us, by the same rules; the password stays with the server it was meant for."""
    try:
        target = parse_source(urljoin(source.url, location.strip()))
    except (SourceError, ValueError) as error:
        forbidden = isinstance(error, SourceError) and error.reason is SourceFault.FORBIDDEN_ADDRESS
        raise CameraError(Fault.FORBIDDEN if forbidden else Fault.BAD_REDIRECT) from error
    target = target.without_credentials()
    if target.same_host(source):
        target = replace(target, username=source.username, password=source.password)
    return target
