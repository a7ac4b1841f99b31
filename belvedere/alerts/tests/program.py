"""The program as the alerts socket needs it: a real uvicorn, the hub and the consumers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import uvicorn
import uvloop
from channels.layers import InMemoryChannelLayer, channel_layers
from channels.routing import URLRouter

from belvedere.accounts.rights import RightsCache
from belvedere.alerts import consumers
from belvedere.alerts.guard import Guard
from belvedere.alerts.log import publisher
from belvedere.alerts.reader import LogReader
from belvedere.alerts.routing import websocket_urlpatterns
from belvedere.live.hub import Hub

PATIENCE_SECONDS = 30.0  # for what comes in milliseconds on a quiet machine


class Program:
    """uvicorn, the hub and the consumers, as the wiring puts them together."""

    def __init__(self) -> None:
        self.hub: Hub
        self.layer = InMemoryChannelLayer()
        self.port = 0
        self.peak_rss = 0
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._stopping: asyncio.Event
        self._thread = threading.Thread(target=lambda: uvloop.run(self._main()), daemon=True)

    def start(self) -> Program:
        channel_layers.set("default", self.layer)
        self._thread.start()
        assert self._ready.wait(PATIENCE_SECONDS)
        return self

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()

    def on_loop(self, call: Callable[[], Any]) -> Any:
        async def run() -> Any:
            return call()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(PATIENCE_SECONDS)

    async def _main(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        cache, reader = RightsCache(), LogReader()
        guard = Guard(cache)
        self.hub = Hub(self._loop, reader, guard)
        await self.hub.start()
        publisher.bind(self.hub)
        consumers.hub.bind(self.hub)
        consumers.guard.bind(guard)
        config = uvicorn.Config(
            URLRouter(websocket_urlpatterns),
            loop="none",
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            port=0,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        server.capture_signals = _no_signals  # type: ignore[method-assign]  # not the main thread
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        self.port = server.servers[0].sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopping.wait()
        await self.hub.stop()
        server.should_exit = True
        await serving
        cache.close()
        reader.close()


def _no_signals() -> Any:
    import contextlib

    return contextlib.nullcontext()


def open_sockets(program: Program) -> int:
    return len(program.on_loop(program.hub.sockets))
