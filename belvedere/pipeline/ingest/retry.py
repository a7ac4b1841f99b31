"""A refused body, sent through the whole pipeline once more."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from belvedere.domain.reading import Outcome
from belvedere.pipeline.ingest.decode import MAX_HTTP_BODY_BYTES, decode
from belvedere.pipeline.ingest.single import stamps, submit
from belvedere.pipeline.stream.port import DeviceHandle, Stream

WAIT_SECONDS = 5.0


class Directory(Protocol):
    """Where the device is found."""

    def get(self, device_id: str) -> DeviceHandle | None:
        """The device of this id."""


class Retry:
    """Callable from any thread but the loop's."""

    def __init__(self, loop: asyncio.AbstractEventLoop, stream: Stream, directory: Directory) -> None:
        self._loop = loop
        self._stream = stream
        self._directory = directory

    def __call__(self, device_id: str, body: bytes) -> Outcome:
        """What becomes of the body now. Raises StreamFull, TimeoutError, LookupError (no such device)."""
        return asyncio.run_coroutine_threadsafe(self._send(device_id, body), self._loop).result(WAIT_SECONDS)

    async def _send(self, device_id: str, body: bytes) -> Outcome:
        device = self._directory.get(device_id)
        if device is None:
            raise LookupError(device_id)
        now_ms = time.time_ns() // 1_000_000
        decoded = decode(body, now_ms, stamps(device, now_ms), MAX_HTTP_BODY_BYTES)
        # What is still refused stays where it is: the row is in quarantine already.
        outcome = await submit(self._stream, device, decoded, [], now_ms, body)
        return Outcome(outcome.stored, outcome.duplicate, [*decoded.rejected, *outcome.rejected])
