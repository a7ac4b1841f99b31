"""Programs that read a camera by RTSP with a token for that camera: VLC, OBS, a recorder.

MediaMTX asks about them once, so that their rights are looked at again every 2 s; a session ends within 5 s of the
end of its token or of its owner's rights.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Protocol

import structlog

from belvedere.cameras.mediaserver.port import Refused

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 2.0
NEW_SESSION_SECONDS = 20.0  # it is asked about before it is listed

MayWatch = Callable[[str, str], Awaitable[bool]]  # a token, a camera


class RtspSessions(Protocol):
    """What MediaMTX's API says of them. Both raise Refused."""

    async def list_rtsp_sessions(self) -> Collection[str]:
        """Return the names of the open ones."""

    async def kick_rtsp_session(self, session: str) -> None:
        """End one; it may have ended already."""


@dataclass(frozen=True)
class _Guest:
    token: str
    camera: str
    since: float


class Guests:
    """Those who were let in, until they have gone."""

    def __init__(self, may_watch: MayWatch, sessions: RtspSessions) -> None:
        self._may_watch = may_watch
        self._sessions = sessions
        self._guests: dict[str, _Guest] = {}
        self._sweeper: asyncio.Task[None] | None = None

    async def admit(self, session: str, token: str, camera: str) -> bool:
        """Return whether this token may watch this camera. session: "" for a question before there is one."""
        if not token or not await self._may_watch(token, camera):
            return False
        if session:
            self._guests[session] = _Guest(token, camera, time.monotonic())
            if self._sweeper is None or self._sweeper.done():
                self._sweeper = asyncio.create_task(self._sweep(), name="rtsp rights")
        return True

    async def stop(self) -> None:
        """Forget them all: their server ends."""
        self._guests.clear()
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None

    async def _sweep(self) -> None:
        while self._guests:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self._end_those_without_rights()
            except Refused:
                continue  # MediaMTX is being started anew; what was open there has ended
            except Exception:  # one look-up that fails must not leave every session open for ever
                log.exception("rtsp_rights_unknown")

    async def _end_those_without_rights(self) -> None:
        listed = await self._sessions.list_rtsp_sessions()
        for session, guest in list(self._guests.items()):
            if session not in listed and time.monotonic() - guest.since > NEW_SESSION_SECONDS:
                del self._guests[session]
            elif not await self._may_watch(guest.token, guest.camera):
                await self._sessions.kick_rtsp_session(session)
                del self._guests[session]
