"""The open WebRTC sessions and whose they are: each ends when its owner may not watch any more.

A session flows without us once it is open, so its rights are looked at again every 2 s: it ends within 5 s of a
sign-out, like everything else.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Protocol

import structlog

from belvedere.accounts.rights import RightsSource
from belvedere.cameras.mediaserver.port import CameraStatus, MediaServer, Refused
from belvedere.cameras.selectors import WantedCamera
from belvedere.web_api.asgi import Headers, credentials_of

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 2.0
NEW_SESSION_SECONDS = 60.0  # the supervisor's list of sessions is a poll old, on a stalled machine many


class Cameras(Protocol):
    """cameras.supervisor.CameraSupervisor."""

    @property
    def server(self) -> MediaServer: ...
    def wanted(self, camera_id: str) -> WantedCamera | None: ...
    async def catch_up(self) -> None: ...
    def status_of(self, camera_id: str) -> CameraStatus | None: ...


@dataclass(frozen=True)
class _Grant:
    """Whose session it is."""

    headers: Headers
    opened_at: float


class Sessions:
    """Remembers each session with its owner's credentials, until it has ended."""

    def __init__(self, rights: RightsSource, cameras: Cameras) -> None:
        self._rights = rights
        self._cameras = cameras
        self._grants: dict[tuple[str, str], _Grant] = {}
        self._sweeper: asyncio.Task[None] | None = None

    def add(self, camera_id: str, session: str, headers: Headers) -> None:
        """A session was opened by a request with these headers."""
        self._grants[camera_id, session] = _Grant(credentials_of(headers), time.monotonic())
        if self._sweeper is None or self._sweeper.done():
            self._sweeper = asyncio.create_task(self._sweep(), name="media rights")

    def forget(self, camera_id: str, session: str) -> None:
        """It has ended."""
        self._grants.pop((camera_id, session), None)

    async def _sweep(self) -> None:
        """Until no session is left: end those whose owner may not watch any more, forget those that have ended."""
        while self._grants:
            await asyncio.sleep(SWEEP_SECONDS)
            for (camera_id, session), grant in list(self._grants.items()):
                try:
                    if await self._end_unless_allowed(camera_id, session, grant):
                        self.forget(camera_id, session)
                except Exception:  # one look-up that fails must not leave every session open for ever
                    log.exception("media_rights_unknown", camera=camera_id)

    async def _end_unless_allowed(self, camera_id: str, session: str, grant: _Grant) -> bool:
        """Whether it is over, by itself or because its owner may not watch any more."""
        if not self._is_open(camera_id, session, grant):
            return True
        if await self._is_allowed(camera_id, grant):
            return False
        try:
            await self._cameras.server.end(camera_id, session)
        except Refused as refused:
            return refused.permanent  # else at the next sweep; a server that was started anew does not list it
        return True

    def _is_open(self, camera_id: str, session: str, grant: _Grant) -> bool:
        status = self._cameras.status_of(camera_id)
        young = time.monotonic() - grant.opened_at < NEW_SESSION_SECONDS
        return young or (status is not None and session in status.sessions)

    async def _is_allowed(self, camera_id: str, grant: _Grant) -> bool:
        rights = await self._rights.find(grant.headers)
        camera = self._cameras.wanted(camera_id)
        return rights is not None and camera is not None and camera.is_open_to(rights)
