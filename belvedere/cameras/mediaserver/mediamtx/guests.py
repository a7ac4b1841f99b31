"""Programs that were let in once with a secret: those that read a camera, and those that publish one.

MediaMTX asks about them once, so that their rights are looked at again every 2 s; a session ends within 5 s of the
end of its secret or of its owner's rights.
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

MayDo = Callable[[str, str], Awaitable[bool]]  # a secret, a camera


class OpenSessions(Protocol):
    """What MediaMTX's API says of them. protocol: rtsp or webrtc. Both raise Refused."""

    async def list_sessions(self, protocol: str) -> Collection[str]:
        """Return the names of the open ones."""

    async def kick_session(self, protocol: str, session: str) -> None:
        """End one; it may have ended already."""


@dataclass(frozen=True)
class _Guest:
    secret: str
    camera: str
    may_do: MayDo
    since: float


class Guests:
    """Those who were let in, until they have gone."""

    def __init__(self, sessions: OpenSessions) -> None:
        self._sessions = sessions
        self._guests: dict[tuple[str, str], _Guest] = {}
        self._sweeper: asyncio.Task[None] | None = None

    async def admit(self, protocol: str, session: str, secret: str, camera: str, may_do: MayDo) -> bool:
        """Return whether this secret opens this camera. session: "" for a question before there is one."""
        if not secret or not await may_do(secret, camera):
            return False
        if session:
            self._guests[protocol, session] = _Guest(secret, camera, may_do, time.monotonic())
            if self._sweeper is None or self._sweeper.done():
                self._sweeper = asyncio.create_task(self._sweep(), name="rights of guests")
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
                log.exception("rights_of_guests_unknown")

    async def _end_those_without_rights(self) -> None:
        protocols = {protocol for protocol, _ in self._guests}
        listed = {protocol: await self._sessions.list_sessions(protocol) for protocol in protocols}
        for (protocol, session), guest in list(self._guests.items()):
            is_listed = session in listed.get(protocol, ())
            if not is_listed and time.monotonic() - guest.since > NEW_SESSION_SECONDS:
                del self._guests[protocol, session]
            elif not await guest.may_do(guest.secret, guest.camera):
                await self._sessions.kick_session(protocol, session)
                del self._guests[protocol, session]
