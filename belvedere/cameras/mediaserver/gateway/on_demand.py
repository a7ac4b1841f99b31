"""A camera's sub stream: pulled from the first viewer until some seconds after the last."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.gateway.camera import Camera
from belvedere.cameras.mediaserver.gateway.outputs.hls import AT_ONCE, WaitFor
from belvedere.cameras.mediaserver.gateway.outputs.places import Places
from belvedere.cameras.mediaserver.gateway.outputs.publish import PublishOutput
from belvedere.cameras.mediaserver.gateway.outputs.variant import Beside, Variant, measure
from belvedere.cameras.mediaserver.gateway.pull import Pulling, Receiver
from belvedere.cameras.mediaserver.gateway.resolver import Rules
from belvedere.cameras.mediaserver.port import CameraSource, CameraStatus, Refused

HOLD_SECONDS = 10.0  # as long as somebody counts as a viewer of HLS after the last file
# One that has failed is not connected and tries again by itself, ever more seldom. Forgotten with its last viewer it
# would begin anew with the next, and cameras lock accounts of which a refused log-in comes often.
FAILED_HOLD_SECONDS = 300.0
LOOK_SECONDS = 1.0
FIRST_LOOK_SECONDS = 3.0  # that a playlist waits for the first segment, to know what to say of it


class OnDemand:
    """Asked like a Camera, and has one while it is watched.

    make_publisher, make_pull: see Camera.
    """

    def __init__(
        self,
        wanted: CameraSource,
        rules: Rules,
        places: Places,
        make_publisher: Callable[[], PublishOutput | None] = lambda: None,
        make_pull: Callable[[Receiver], Pulling] | None = None,
    ) -> None:
        self.wanted = wanted
        self._rules = rules
        self._places = places
        self._make_publisher = make_publisher
        self._make_pull = make_pull
        self._camera: Camera | None = None
        self._last = CameraStatus(state="idle")
        self._variant: Variant | None = None
        self._was_looked_at = False
        self._kept_until = 0.0
        self._requests = 0
        self._closing: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()  # a new connection is made when the old one is closed, not beside it
        self._stopped = False

    def status(self) -> CameraStatus:
        """Return the present state; `idle` with what was seen the last time while nobody watches."""
        return self._last if self._camera is None else self._camera.status()

    def describe(self) -> Beside | None:
        """Return what a player may expect of it, as it was seen last; None before its first segment."""
        segmenter = None
        if self._camera is not None and not self._camera.hls.is_empty:
            segmenter = self._camera.hls.segmenter
            self._variant = measure(segmenter)
        return Beside(self._variant, segmenter) if self._variant is not None else None

    async def look(self) -> Beside | None:
        """Describe it; where nobody has watched it yet, connect it first. That happens once, and takes some seconds."""
        found = self.describe()
        if found is None and not self._was_looked_at:
            with contextlib.suppress(Refused, TimeoutError):
                async with asyncio.timeout(FIRST_LOOK_SECONDS), self._use() as camera:
                    await camera.hls.wait_until_filled()
            self._was_looked_at = True
            found = self.describe()
        return found

    async def keep(self) -> Beside | None:
        """Describe it, and pull it for the next seconds: a player may change to it whenever it likes."""
        self._kept_until = asyncio.get_running_loop().time() + HOLD_SECONDS
        with contextlib.suppress(Refused):
            async with self._use():
                pass
        return self.describe()

    async def open_session(self, offer: str, viewer: str = "", address: str = "") -> tuple[str, str]:
        """See Camera."""
        async with self._use() as camera:
            return await camera.open_session(offer, viewer, address)

    async def file(self, name: str, viewer: str, wait: WaitFor = AT_ONCE) -> tuple[bytes, str]:
        """See Camera."""
        async with self._use() as camera:
            return await camera.file(name, viewer, wait)

    async def admit(self, offer: str) -> str:
        """See Camera."""
        async with self._use() as camera:
            return await camera.admit(offer)

    def mark_watched(self) -> None:
        """Somebody watches it by another server."""
        if self._camera is not None and self._camera.publisher is not None:
            self._camera.publisher.mark_watched()

    async def close(self, session_id: str) -> bool:
        """End a WebRTC session; return whether there was one."""
        return self._camera is not None and await self._camera.whep.close(session_id)

    async def stop(self) -> None:
        """End the pull and every viewer."""
        self._stopped = True
        async with self._changing:
            if self._closing is not None:
                self._closing.cancel()
            if self._camera is not None:
                await self._camera.stop()

    @contextlib.asynccontextmanager
    async def _use(self) -> AsyncIterator[Camera]:
        """Pull it, at least until the request is answered."""
        self._requests += 1
        try:
            async with self._changing:
                if self._stopped:
                    raise Refused(refusals.UNKNOWN_CAMERA)
                if self._camera is None:
                    publisher = self._make_publisher()
                    self._camera = Camera(self.wanted, self._rules, self._places, publisher, self._make_pull)
                    self._camera.start()
                    self._closing = asyncio.create_task(self._close_when_unwatched(self._camera))
                camera = self._camera
            yield camera
        finally:
            self._requests -= 1

    async def _close_when_unwatched(self, camera: Camera) -> None:
        now = asyncio.get_running_loop().time
        watched_at = now()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self._is_wanted(camera):
                watched_at = now()
                continue
            failed = camera.status().state == "offline"
            if now() - watched_at >= (FAILED_HOLD_SECONDS if failed else HOLD_SECONDS):
                break
        async with self._changing:
            if self._is_wanted(camera):
                self._closing = asyncio.create_task(self._close_when_unwatched(camera))
                return
            self.describe()
            self._last = replace(camera.status(), state="idle", arriving=False, viewers=0, sessions=())
            self._camera = None
            await camera.stop()

    def _is_wanted(self, camera: Camera) -> bool:
        kept = asyncio.get_running_loop().time() < self._kept_until
        return bool(self._requests) or kept or camera.is_watched()
