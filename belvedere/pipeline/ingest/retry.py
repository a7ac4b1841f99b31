"""Sends a refused body through the whole pipeline once more."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Protocol

from belvedere.domain.clock import ServerClock
from belvedere.domain.reading import Outcome
from belvedere.pipeline.ingest.decode import MAX_HTTP_BODY_BYTES, decode
from belvedere.pipeline.ingest.single import submit
from belvedere.pipeline.stream.port import DeviceHandle, Inlet

WAIT_SECONDS = 5.0


class Directory(Protocol):
    """Finds devices."""

    def get(self, device_id: str) -> DeviceHandle | None:
        """The device of this id."""


class Retry:
    """Callable from any thread but the loop's."""

    def __init__(self, loop: asyncio.AbstractEventLoop, inlet: Inlet, directory: Directory, clock: ServerClock) -> None:
        self._loop = loop
        self._inlet = inlet
        self._directory = directory
        self._clock = clock

    def __call__(self, device_id: str, data_key: str, body: bytes, received_ms: int) -> Outcome:
        """Send the body and wait for its outcome. Raises NotStored, TimeoutError, LookupError (no such device)."""
        sending = asyncio.run_coroutine_threadsafe(self._send(device_id, data_key, body, received_ms), self._loop)
        return sending.result(WAIT_SECONDS)

    async def _send(self, device_id: str, data_key: str, body: bytes, received_ms: int) -> Outcome:
        device = self._directory.get(device_id)
        if device is None or device.data_key != data_key:
            raise LookupError(device_id)
        now_ms = self._clock.now_ms()
        # A reading without a time gets the time of receipt, as it did then: what was stored then is a duplicate now.
        decoded = decode(body, now_ms, count(received_ms).__next__, MAX_HTTP_BODY_BYTES, self._clock.believed)
        return await submit(self._inlet, device, decoded, now_ms, body, received_ms, from_quarantine=True)
