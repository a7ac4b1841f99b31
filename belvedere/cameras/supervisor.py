"""Makes the media server match the database, keeps it running, and tells what its cameras do."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import structlog
from channels.db import database_sync_to_async

from belvedere.cameras import selectors
from belvedere.cameras.mediaserver.port import CameraStatus, MediaServer, MediaServerError
from belvedere.cameras.models import Camera
from belvedere.cameras.selectors import WantedCamera
from belvedere.cameras.signals import camera_changed
from belvedere.cameras.watch import News, Watch

log = structlog.get_logger(__name__)

RECONCILE_SECONDS = 10.0
POLL_SECONDS = 1.0
MAX_RESTART_SECONDS = 30.0
_RESTARTING = ("media_server_down", "The camera service is being started again.")

# camera id, site id, name, since (ms), reason
OnOffline = Callable[[str, int, str, int, str], Awaitable[None]]
# camera id, site id
OnLive = Callable[[str, int], Awaitable[None]]


class CameraSupervisor:
    """Runs on the main event loop. Without an enabled camera no media server runs.

    on_offline is awaited when a camera has been away for 10 s, on_live when it is back, and once at first sight.
    on_gone: a camera was deleted or switched off; nobody watches it any more.
    """

    def __init__(
        self, server: MediaServer, on_offline: OnOffline, on_live: OnLive, on_gone: OnLive | None = None
    ) -> None:
        self.server = server
        self._on_offline = on_offline
        self._on_live = on_live
        self._on_gone = on_gone
        self._wanted: dict[str, WantedCamera] = {}
        self._statuses: dict[str, CameraStatus] = {}
        self._watches: dict[str, Watch] = {}
        self._written: dict[str, tuple[str, str]] = {}
        self._gone: list[WantedCamera] = []  # until somebody has heard
        self._reconcile_at = 0.0
        self._failures = 0
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin; does not wait for cameras."""
        self._loop = asyncio.get_running_loop()
        camera_changed.connect(self._changed)
        self._task = asyncio.create_task(self._run(), name="camera supervisor")

    async def stop(self) -> None:
        """End, with the media server; nothing is left running."""
        camera_changed.disconnect(self._changed)
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self.server.stop()

    def status_of(self, camera_id: str) -> CameraStatus | None:
        """What is known now; None for a camera that is not pulled. Any thread."""
        return self._statuses.get(camera_id)

    def wanted(self, camera_id: str) -> WantedCamera | None:
        """A camera that may be watched. Any thread."""
        return self._wanted.get(camera_id)

    def counts(self) -> dict[str, float]:
        """Cameras by state."""
        return dict(Counter(status.state for status in self._statuses.values()))

    def _changed(self, **_signal: Any) -> None:
        """From any thread: somebody edited a camera."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._reconcile_now)

    def _reconcile_now(self) -> None:
        self._reconcile_at = 0.0
        self._wake.set()

    async def _run(self) -> None:
        while True:
            pause = POLL_SECONDS
            self._wake.clear()
            try:
                pause = await self._turn()
            except Exception:
                log.exception("camera_supervision_failed")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    async def _turn(self) -> float:
        """One round; how long to wait before the next."""
        pause = POLL_SECONDS
        try:
            await self._match()
            self._failures = 0
        except MediaServerError as error:
            pause = self._server_down(error)
        await self._tell()
        return pause

    def _server_down(self, error: MediaServerError) -> float:
        """How long to wait before the next start."""
        self._failures += 1
        self._reconcile_at = 0.0
        log.warning("media_server_down", reason=str(error), failures=self._failures)
        code, reason = _RESTARTING
        for camera_id in self._wanted:
            status = self._statuses.get(camera_id) or CameraStatus()
            self._statuses[camera_id] = replace(
                status, state="connecting", code=code, reason=reason, viewers=0, sessions=()
            )
        return float(min(0.25 * 2 ** (self._failures - 1), MAX_RESTART_SECONDS))

    async def _match(self) -> None:
        """The database's cameras to the media server, the media server's states to us."""
        now = asyncio.get_running_loop().time()
        if now >= self._reconcile_at:
            self._reconcile_at = now + RECONCILE_SECONDS
            try:
                await self._reconcile()
            except Exception:
                self._reconcile_at = 0.0
                raise
        if self._wanted:
            seen = await self.server.statuses()
            self._statuses = {camera_id: self._status(camera_id, seen) for camera_id in self._wanted}

    def _status(self, camera_id: str, seen: Mapping[str, CameraStatus]) -> CameraStatus:
        wanted = self._wanted[camera_id]
        if wanted.source is None:
            return CameraStatus(state="offline", code="secret_unreadable", reason=wanted.reason)
        return seen.get(camera_id) or self._statuses.get(camera_id) or CameraStatus()

    async def _reconcile(self) -> None:
        rows = await database_sync_to_async(selectors.wanted_cameras)()
        wanted = {row.id: row for row in rows}
        for camera_id in self._wanted.keys() - wanted.keys():
            self._gone.append(self._wanted[camera_id])
            for known in (self._statuses, self._watches, self._written):
                known.pop(camera_id, None)
        self._wanted = wanted
        if not self._wanted:
            await self.server.stop()
            return
        await self.server.start()
        await self.server.apply([row.source for row in rows if row.source is not None])

    async def _tell(self) -> None:
        """Write changed states down, and tell who listens."""
        while self._gone:
            if self._on_gone is not None:
                await self._on_gone(self._gone[-1].id, self._gone[-1].site_id)
            self._gone.pop()
        now = asyncio.get_running_loop().time()
        for camera_id, status in list(self._statuses.items()):
            if self._written.get(camera_id) != (status.state, status.reason):
                await database_sync_to_async(_write_state)(camera_id, status)
                self._written[camera_id] = (status.state, status.reason)
            watch = self._watches.setdefault(camera_id, Watch())
            news = watch.look(status.state == "live", now)
            if news is not News.NOTHING:
                await self._announce(news, self._wanted[camera_id], status)
                watch.told(news)

    async def _announce(self, news: News, camera: WantedCamera, status: CameraStatus) -> None:
        if news is News.OFFLINE:
            await self._on_offline(camera.id, camera.site_id, camera.name, status.since_ms, status.reason)
        else:
            await self._on_live(camera.id, camera.site_id)


def _write_state(camera_id: str, status: CameraStatus) -> None:
    Camera.objects.filter(pk=camera_id).update(
        state=status.state, state_reason=status.reason[:300], state_since_ms=status.since_ms or None
    )
