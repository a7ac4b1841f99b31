"""A TCP proxy whose connections fall silent without an end, as where a host has lost its power."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from typing import Any

from tests.cluster.process import free_port

_READ_BYTES = 65_536


class SilentProxy:
    """Runs in a thread of its own."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self.port = free_port()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._passing = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Listen, and pass everything on."""
        self._thread.start()
        self._do(self._start())

    def stop(self) -> None:
        """Listen no more."""
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def silence(self) -> None:
        """From now on those who are connected send and hear nothing. New connections pass, as by another route."""
        self._do(self._silence())

    def _do(self, doing: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(doing, self._loop).result()

    async def _start(self) -> None:
        self._passing.set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _silence(self) -> None:
        self._passing.clear()
        self._passing = asyncio.Event()
        self._passing.set()

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_connection("127.0.0.1", self._target_port)
        passing = self._passing
        for source, target in ((client, to_server), (server, to_client)):
            task = asyncio.create_task(_copy(source, target, passing))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter, passing: asyncio.Event) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await source.read(_READ_BYTES):
            await passing.wait()
            target.write(data)
            await target.drain()
        await passing.wait()
        target.close()


@contextlib.contextmanager
def run_proxy(target_port: int) -> Iterator[SilentProxy]:
    """One that passes everything on at first."""
    proxy = SilentProxy(target_port)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
