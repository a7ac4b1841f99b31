"""The embedded stream: a bounded queue between the event loop and the pipeline's thread."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial

import structlog

from belvedere.domain.reading import Outcome
from belvedere.pipeline.stream.port import Receipt, Record, Sink, StreamFull, Taken

log = structlog.get_logger(__name__)

MAX_BYTES = 32 * 1024 * 1024  # of bodies; with what Python adds some 150 MB at the worst
MAX_BATCH = 8_192  # records a transaction: long enough to be cheap, short enough to acknowledge soon
MAX_BATCH_BYTES = 2 * 1024 * 1024  # some 20,000 readings of a back-fill: a tenth of a second
OVERHEAD_BYTES = 200  # what a record weighs beside its body


def _monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class MemoryStream:
    """Inlet and outlet. submit and settle's callbacks run on the event loop; take and settle are called by one thread.

    steady_ms: a line of time that no step of a clock moves.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        max_bytes: int = MAX_BYTES,
        steady_ms: Callable[[], int] = _monotonic_ms,
    ) -> None:
        self._loop = loop
        self._max_bytes = max_bytes
        # The receipt goes in first: whoever finds a record finds its receipt. A deque of pairs costs a tuple for each.
        self._records: deque[Record] = deque()
        self._receipts: deque[Receipt] = deque()
        self._bytes = 0
        self._idle = False
        self._wake = threading.Event()
        self._waiting: list[Callable[[], None]] = []
        self._steady_ms = steady_ms
        self._all_after_ms = steady_ms()
        self.stalled: str | None = None

    @property
    def pending(self) -> int:
        """Records that wait for the pipeline."""
        return len(self._records)

    @property
    def pending_bytes(self) -> int:
        """Bytes taken and not yet settled."""
        return self._bytes

    def waits_seconds(self) -> float:
        """How long the oldest record has waited, at most; 0 while none waits."""
        return max(0, self._steady_ms() - self._all_after_ms) / 1000 if self._records else 0.0

    def watermark_ms(self) -> int:
        """A time on the steady line; whatever arrived up to then has been taken. For the thread that takes."""
        now_ms = self._steady_ms()
        return min(self._all_after_ms, now_ms) if self._records else now_ms

    def silence_ms(self, _for_ms: int) -> int:
        """The same: while nothing can be stored the worker begins these waits anew."""
        return self.watermark_ms()

    def has_room(self) -> bool:
        """Whether submit would take something now."""
        return self._bytes < self._max_bytes

    def submit(self, record: Record, receipt: Receipt) -> None:
        """Queue it. Raises StreamFull."""
        if self._bytes >= self._max_bytes:
            raise StreamFull("the pipeline is behind: wait, and send again")
        self._bytes += len(record.body) + OVERHEAD_BYTES
        self._receipts.append(receipt)
        self._records.append(record)
        if self._idle:
            self._idle = False  # once is enough, and a call of `set` costs as much as the rest of this
            self._wake.set()

    def when_room(self, callback: Callable[[], None]) -> None:
        """Call back once, on the event loop, when there is room again."""
        self._waiting.append(callback)

    def give_up(self, callback: Callable[[], None]) -> None:
        """Do not call back any more."""
        with contextlib.suppress(ValueError):
            self._waiting.remove(callback)

    # --- the pipeline's side ---------------------------------------------------------------------

    def take(self, timeout_seconds: float) -> Taken:
        """What waits, oldest first; empty after the timeout or a nudge."""
        if not self._records and timeout_seconds > 0:
            self._idle = True
            if not self._records:
                self._wake.wait(timeout_seconds)
            self._idle = False
            self._wake.clear()
        now_ms, waiting = self._steady_ms(), len(self._records)
        records = self._take_records(min(waiting, MAX_BATCH))
        if len(records) == waiting:
            self._all_after_ms = now_ms
        next_receipt = self._receipts.popleft
        return Taken(records, [next_receipt() for _ in records])

    def _take_records(self, most: int) -> list[Record]:
        next_record = self._records.popleft
        if self._bytes <= MAX_BATCH_BYTES:  # of those that wait and more, so none need be counted
            return [next_record() for _ in range(most)]
        records: list[Record] = []
        room = MAX_BATCH_BYTES
        while len(records) < most and room > 0:
            records.append(next_record())
            room -= len(records[-1].body)
        return records

    def nudge(self) -> None:
        """End a wait in take. Any thread."""
        self._wake.set()

    def settle(self, taken: Taken, outcomes: list[Outcome], before: Callable[[], None] | None = None) -> None:
        """Tell the sinks what became of their records, on the event loop; `before` runs there first."""
        by_sink: dict[Sink, tuple[list[int], list[Outcome]]] = {}
        for receipt, outcome in zip(taken.receipts, outcomes, strict=True):
            sink = receipt.sink
            if sink is not None:
                settled = by_sink.get(sink)
                if settled is None:
                    by_sink[sink] = [receipt.token], [outcome]
                else:
                    settled[0].append(receipt.token)
                    settled[1].append(outcome)
        self._loop.call_soon_threadsafe(self._settle_sinks, by_sink, _count_bytes(taken), before)

    def _settle_sinks(
        self,
        by_sink: dict[Sink, tuple[list[int], list[Outcome]]],
        weight: int,
        before: Callable[[], None] | None,
    ) -> None:
        self._bytes -= weight
        if before is not None:
            _call_safely(before)
        for sink, settled in by_sink.items():
            _call_safely(partial(sink.settle, *settled))
        self._call_back()

    def fail(self, taken: Taken) -> None:
        """Tell the sinks, on the event loop, that nothing was stored: they send again."""
        self._loop.call_soon_threadsafe(self._fail_sinks, taken.receipts, _count_bytes(taken))

    def _fail_sinks(self, receipts: list[Receipt], weight: int) -> None:
        self._bytes -= weight
        for receipt in receipts:
            if receipt.sink is not None:
                _call_safely(partial(receipt.sink.failed, receipt.token))
        self._call_back()

    def _call_back(self) -> None:
        if self._waiting and self.has_room():
            waiting, self._waiting = self._waiting, []
            for callback in waiting:
                _call_safely(callback)


def _call_safely(call: Callable[[], None]) -> None:
    """At the edge of the event loop: what fails for one sender must not leave the others waiting for ever."""
    try:
        call()
    except Exception:  # of a sink, whatever it did
        log.exception("telling_failed")


def _count_bytes(taken: Taken) -> int:
    """Bytes that count against the limit."""
    return sum([len(record.body) for record in taken.records]) + OVERHEAD_BYTES * len(taken.records)
