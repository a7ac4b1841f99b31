"""`POST /internal/media/auth`: MediaMTX asks whether somebody may in. It listens on loopback, at a port of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from belvedere.cameras.mediaserver.mediamtx.configuration import LOOPBACK

PATH = "/internal/media/auth"
MAX_QUESTION_BYTES = 64 * 1024


class Question(msgspec.Struct):
    """As MediaMTX sends it. action: api, read, publish, playback, metrics, pprof; id: of the session, None for none."""

    action: str
    path: str
    protocol: str
    user: str = ""
    password: str = ""
    token: str = ""
    ip: str = ""
    query: str = ""
    id: str | None = None


class Callback:
    """Answers 204 to those who may in, and 401 to everybody else."""

    def __init__(self, is_allowed: Callable[[Question], Awaitable[bool]]) -> None:
        self._is_allowed = is_allowed
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self) -> None:
        """Listen, where it does not yet."""
        if self._runner is not None:
            return
        app = web.Application(client_max_size=MAX_QUESTION_BYTES)
        app.router.add_post(PATH, self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://{LOOPBACK}:{port}{PATH}"

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            question = msgspec.json.decode(await request.read(), type=Question)
        except msgspec.DecodeError:
            return web.Response(status=401)
        return web.Response(status=204 if await self._is_allowed(question) else 401)
