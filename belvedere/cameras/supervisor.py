"""Make the media server match the database, keep it running, and announce what becomes of its cameras."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import structlog
from channels.db import database_sync_to_async

from belvedere.cameras import selectors
from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.port import CameraStatus, MediaServer, Refused, Stream
from belvedere.cameras.models import Camera
from belvedere.cameras.selectors import WantedCamera
from belvedere.cameras.watch import News, Watch
from belvedere.domain.changes import CatchUp, Change, ChangeKind, keys_of

log = structlog.get_logger(__name__)

RECONCILE_SECONDS = 10.0
POLL_SECONDS = 1.0
EDIT_SECONDS = 2.0
# A foreign server that was away for long serves again within 10 s of its start: this pause, and what it takes to
# publish. A gateway that dies at each start costs a tenth of a core.
MAX_RESTART_SECONDS = 5.0


class Listener(Protocol):
    """Is told what becomes of cameras. Where it raises, it is told again in the next round."""

    async def camera_offline(self, camera: WantedCamera, since_ms: int, code: str, reason: str) -> None:
        """The camera has been away for 10 s; one that never showed a picture, for 5 min. code, reason: CameraStatus."""

    async def camera_live(self, camera: WantedCamera) -> None:
        """The camera is back; also called once at first sight, to end an alert of the last run."""

    async def camera_removed(self, camera: WantedCamera) -> None:
        """The camera was deleted or switched off."""


class CameraSupervisor:
    """Runs on the main event loop. Without an enabled camera no media server runs.

    catch_up: brings what other processes have just committed.
    """

    def __init__(self, server: MediaServer, listener: Listener, catch_up: CatchUp | None = None) -> None:
        self.server = server
        self._listener = listener
        self._catch_up = catch_up
        self._edited: asyncio.Future[None] | None = None  # done once the last edit is taken in
        self._wanted: dict[str, WantedCamera] = {}
        self._statuses: dict[str, CameraStatus] = {}
        self._watches: dict[str, Watch] = {}
        self._written: dict[str, tuple[str, str]] = {}
        self._removed: list[WantedCamera] = []  # not announced yet
        self._reconcile_at = 0.0
        self._failures = 0
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start to supervise; does not wait for cameras."""
        self._task = asyncio.create_task(self._run(), name="camera supervisor")

    async def stop(self) -> None:
        """Stop, with the media server; nothing is left running."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self.server.stop()

    def status_of(self, camera_id: str) -> CameraStatus | None:
        """Return the present status; None for a camera that is not pulled. Any thread."""
        return self._statuses.get(camera_id)

    def streams(self, status: CameraStatus) -> Sequence[Stream]:
        """Return the ways to watch a camera of this status. Any thread."""
        return self.server.streams(status)

    def wanted(self, camera_id: str) -> WantedCamera | None:
        """Return the camera if it is enabled, else None. Any thread."""
        return self._wanted.get(camera_id)

    async def catch_up(self) -> None:
        """Take in what was just edited, by whichever process; what takes longer than EDIT_SECONDS is left to later."""
        if self._catch_up is not None:
            await self._catch_up()
        if self._edited is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._edited), EDIT_SECONDS)

    def counts(self) -> dict[str, float]:
        """Return the number of cameras in each state."""
        return dict(Counter(status.state for status in self._statuses.values()))

    def load(self) -> None:
        """Nothing: it reads all cameras when it starts, and every RECONCILE_SECONDS."""

    def apply(self, changes: Sequence[Change]) -> None:
        """Somebody edited cameras, or who may see them: do not wait for the next look. Event loop only."""
        if keys_of(changes, ChangeKind.CAMERA, ChangeKind.PERSON):
            self._reconcile_at = 0.0
            self._edited = self._edited or asyncio.get_running_loop().create_future()
            self._wake.set()

    async def _run(self) -> None:
        while True:
            pause = POLL_SECONDS
            self._wake.clear()
            try:
                pause = await self._run_round()
            except Exception:  # a worker loop: the next round tries again
                log.exception("camera_supervision_failed")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    async def _run_round(self) -> float:
        """Run one round; return how long to wait before the next."""
        pause = POLL_SECONDS
        try:
            await self._synchronize()
            self._failures = 0
        except Refused as refused:
            pause = self._mark_server_down(refused)
        await self._announce_changes()
        return pause

    def _mark_server_down(self, refused: Refused) -> float:
        """Show no camera as live; return how long to wait before the next start."""
        self._failures += 1
        self._reconcile_at = 0.0
        log.warning("media_server_down", reason=str(refused), failures=self._failures)
        code, reason = refusals.SERVER_DOWN.code, refusals.SERVER_DOWN.sentence
        for camera_id in self._wanted:
            status = self._statuses.get(camera_id) or CameraStatus()
            self._statuses[camera_id] = replace(
                status, state="connecting", code=code, reason=reason, viewers=0, sessions=()
            )
        return float(min(0.25 * 2 ** (self._failures - 1), MAX_RESTART_SECONDS))

    async def _synchronize(self) -> None:
        """Give the database's cameras to the media server, and take its states."""
        now = asyncio.get_running_loop().time()
        if now >= self._reconcile_at:
            self._reconcile_at = now + RECONCILE_SECONDS
            try:
                await self._reconcile()
            except Exception:  # whatever it was: the next round must not wait for its time
                self._reconcile_at = 0.0
                raise
        if self._wanted:
            seen = await self.server.statuses()
            self._statuses = {camera_id: self._status_from(camera_id, seen) for camera_id in self._wanted}

    def _status_from(self, camera_id: str, seen: Mapping[str, CameraStatus]) -> CameraStatus:
        wanted = self._wanted[camera_id]
        if wanted.source is None:
            return CameraStatus(state="offline", code="secret_unreadable", reason=wanted.reason)
        return seen.get(camera_id) or self._statuses.get(camera_id) or CameraStatus()

    async def _reconcile(self) -> None:
        edited, self._edited = self._edited, None  # a later edit may not be in these rows
        try:
            await self._take_in(await database_sync_to_async(selectors.wanted_cameras)())
        finally:
            if edited is not None and not edited.done():
                edited.set_result(None)

    async def _take_in(self, rows: list[WantedCamera]) -> None:
        wanted = {row.id: row for row in rows}
        for camera_id in self._wanted.keys() - wanted.keys():
            self._removed.append(self._wanted[camera_id])
            for known in (self._statuses, self._watches, self._written):
                known.pop(camera_id, None)
        self._wanted = wanted
        if not self._wanted:
            await self.server.stop()
            return
        await self.server.start()
        await self.server.apply([row.source for row in rows if row.source is not None])

    async def _announce_changes(self) -> None:
        """Write changed states down, and announce them to the listener."""
        while self._removed:
            await self._listener.camera_removed(self._removed[-1])
            self._removed.pop()
        now = asyncio.get_running_loop().time()
        for camera_id, status in list(self._statuses.items()):
            if self._written.get(camera_id) != (status.state, status.reason):
                await database_sync_to_async(_write_state)(camera_id, status)
                self._written[camera_id] = (status.state, status.reason)
            watch = self._watches.setdefault(camera_id, Watch())
            ever_live = self._wanted[camera_id].ever_live
            news = watch.observe(status.state == "live", now, ever_live, status.arriving)
            if news is not News.NOTHING:
                await self._announce(news, self._wanted[camera_id], status)
                watch.mark_announced(news)

    async def _announce(self, news: News, camera: WantedCamera, status: CameraStatus) -> None:
        if news is News.OFFLINE:
            await self._listener.camera_offline(camera, status.since_ms, status.code, status.reason)
        else:
            await self._listener.camera_live(camera)


def _write_state(camera_id: str, status: CameraStatus) -> None:
    fields = {"state": status.state, "state_reason": status.reason[:300], "state_since_ms": status.since_ms or None}
    Camera.objects.filter(pk=camera_id).update(**fields, **({"ever_live": True} if status.state == "live" else {}))
