"""Submits one body and waits for its outcome: of a POST, or of a refused body that is sent through again."""

from __future__ import annotations

import asyncio

from belvedere.domain.reading import Outcome
from belvedere.pipeline.ingest.judge import Decoded
from belvedere.pipeline.stream.port import DeviceHandle, Inlet, NotStored, Receipt, Record


class _Waiter:
    """The sink of one record."""

    def __init__(self) -> None:
        self.outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def settle(self, tokens: list[int], outcomes: list[Outcome]) -> None:  # noqa: ARG002  (there is only one)
        if not self.outcome.done():
            self.outcome.set_result(outcomes[-1])

    def failed(self, token: int) -> None:  # noqa: ARG002  (there is only one)
        if not self.outcome.done():
            self.outcome.set_exception(NotStored("an error of the server"))


def submit(
    inlet: Inlet,
    device: DeviceHandle,
    decoded: Decoded,
    now_ms: int,
    body: bytes,
    stamped_ms: int = 0,
    *,
    from_quarantine: bool = False,
) -> asyncio.Future[Outcome]:
    """Queue a decoded body; the future has its outcome after the commit, or NotStored. Raises StreamFull."""
    waiter = _Waiter()
    record = Record(device, decoded.readings, decoded.rejected, now_ms, body, stamped_ms, from_quarantine)
    inlet.submit(record, Receipt(waiter, 0, wants_outcome=True))
    return waiter.outcome
