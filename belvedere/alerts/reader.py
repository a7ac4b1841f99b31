"""Reads the event log for the hub, in a thread that keeps its database connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import DatabaseError, InterfaceError, connection

from belvedere.alerts import log
from belvedere.live.port import Frame, Position

T = TypeVar("T")


class LogReader:
    """live.port.EventLog on Django's database."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="alert-log")

    async def positions(self) -> dict[int, Position]:
        """Of every site that has a log."""
        return await self._run(log.positions)

    async def position(self, site_id: int) -> Position:
        """Of this site; its log is made where there is none yet."""
        return await self._run(lambda: log.position(site_id))

    async def frames_after(self, site_id: int, seq: int) -> Sequence[Frame]:
        """The next page of entries."""
        return await self._run(lambda: log.frames_after(site_id, seq))

    def close(self) -> None:
        """Stop the thread."""
        self._thread.submit(connection.close)
        self._thread.shutdown(wait=True)

    async def _run(self, read: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, _read_or_reconnect, read)


def _read_or_reconnect(read: Callable[[], T]) -> T:
    try:
        return read()
    except (DatabaseError, InterfaceError):
        connection.close()  # the next one gets a new connection
        raise
