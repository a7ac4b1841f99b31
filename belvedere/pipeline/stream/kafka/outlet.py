"""One partition's records, for the worker that holds it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import structlog

from belvedere.domain.reading import Outcome, Reason, Rejection
from belvedere.pipeline.stream.kafka.feed import Feed
from belvedere.pipeline.stream.kafka.wire import Reply, UnreadableError, decode_record, refuse_record
from belvedere.pipeline.stream.port import DeviceHandle, Receipt, Record, Taken

log = structlog.get_logger(__name__)

MAX_BATCH = 8_192  # records a transaction, as in memory.py
MAX_BATCH_BYTES = 2 * 1024 * 1024
TRIES_TOGETHER = 3  # crashes with the same records ahead, before they are taken one by one
TRIES_ALONE = 3
LOOK_SECONDS = 0.05  # how soon a nudge ends a wait
LONG_AGO_MS = -(1 << 62)
_NOBODY = Receipt(None, 0)
_ENDED = "The server's process ended {count} times while it processed this message."
_FAILED = "An error of the server; its log has it."


class Heard(NamedTuple):
    """How far all endpoints together have heard their devices, ms.

    since_ms: no silence of before counts. low_ms: whatever came up to then is in Kafka. sure_ms: up to here they were
    heard without a pause. resumed_ms: when the last short pause of an endpoint ended.
    """

    since_ms: int
    low_ms: int
    sure_ms: int
    resumed_ms: int


class Replies(Protocol):
    """Answers those who wait for the outcome of a record (replies.py)."""

    def send(self, reply: Reply, outcome: Outcome) -> None:
        """The record is committed."""


class Attempts(Protocol):
    """Counts, where a crash leaves the count, how often the records that wait have been begun with."""

    def begin(self) -> int:
        """They are about to be processed; how often that was, with this time."""

    def end(self) -> None:
        """They are stored."""

    def take_back(self, begun: int) -> None:
        """The last attempt was ended by something else than they; `begun` as it was given."""


class KafkaOutlet:
    """The partition stands where the store says; its feed has been told.

    find: (id, data key) -> the device, None where it is deleted. set_aside: keeps a message that cannot be processed.
    Records that were begun with so often that they seem to crash the process are taken one by one, as many as there may
    have been in the batch, and one is kept aside if that crashes it too: in its place comes the same record, refused,
    for quarantine.
    """

    def __init__(
        self,
        feed: Feed,
        partition: int,
        position: int | None,
        find: Callable[[str, str], DeviceHandle | None],
        replies: Replies,
        set_aside: Callable[[Any, str], None],
        attempts: Attempts,
    ) -> None:
        self._feed = feed
        self._partition = partition
        self._position = position
        self._last: Any = None
        self._find = find
        self._replies = replies
        self._set_aside = set_aside
        self._attempts = attempts
        self._begun: int | None = None
        self._suspects = MAX_BATCH  # records that are still to be taken one by one
        # id of a record -> its message, None where that is kept aside, and who waits for it
        self._taken: dict[int, tuple[Any, Reply | None]] = {}
        self._nudged = threading.Event()
        self._marks: list[tuple[int, Heard]] = []  # (offset, what was heard): consumed to there, all that is taken
        self._heard = Heard(LONG_AGO_MS, LONG_AGO_MS, LONG_AGO_MS, LONG_AGO_MS)
        self.stalled: str | None = None

    @property
    def pending(self) -> int:
        """Records that wait in this process."""
        return len(self._feed.buffered(self._partition))

    @property
    def position(self) -> int | None:
        """The offset after the last record taken; None where there was none yet."""
        return self._position

    def take(self, timeout_seconds: float) -> Taken:
        """What waits, oldest first; empty after the timeout or a nudge."""
        buffer = self._feed.buffered(self._partition)
        deadline = time.monotonic() + timeout_seconds
        while not buffer and not self._nudged.is_set():
            left = deadline - time.monotonic()
            if not self._feed.fetch(max(0.0, min(left, LOOK_SECONDS))) and left <= 0:
                break
        self._nudged.clear()
        self._taken = {}
        if not buffer:
            self._suspects = 0
            self._end_attempt()
            return Taken([], [])
        if self._begun is None:  # counted until the first ones are stored, not for each batch
            self._begun = self._attempts.begin()
        if self._begun > TRIES_TOGETHER + TRIES_ALONE:
            refused = self._refuse(buffer[0], _ENDED.format(count=self._begun - 1))
            self._pop(buffer)
            return refused
        return self._take(buffer, 1 if self._begun > TRIES_TOGETHER else MAX_BATCH)

    def _take(self, buffer: deque[Any], most: int) -> Taken:
        records: list[Record] = []
        room = MAX_BATCH_BYTES
        while buffer and len(records) < most and room > 0:
            message = self._pop(buffer)
            room -= len(message)
            record = self._decode(message)
            if record is not None:
                records.append(record)
        return Taken(records, [_NOBODY] * len(records), self._position, self._last.leader_epoch())

    def _pop(self, buffer: deque[Any]) -> Any:
        message = self._last = buffer.popleft()
        self._position = message.offset() + 1
        return message

    def _refuse(self, message: Any, why: str) -> Taken:
        """Keep it aside; the record, refused, for quarantine. Alone, for the next one may end the process as well."""
        self._set_aside(message, why)
        nothing = Taken([], [], message.offset() + 1, message.leader_epoch())
        try:
            record, reply = refuse_record(message.value(), self._find, Rejection(0, Reason.SERVER_FAILED, why))
        except UnreadableError:
            return nothing
        if record is None:
            return nothing
        self._taken[id(record)] = None, reply
        return nothing._replace(records=[record], receipts=[_NOBODY])

    def take_back_attempt(self) -> None:
        """What was begun with is left, and not because of it: the process lives."""
        if self._begun:
            self._attempts.take_back(self._begun)
            self._begun = None

    def _end_attempt(self) -> None:
        if not self._begun:
            return
        self._suspects -= 1
        if TRIES_TOGETHER < self._begun <= TRIES_TOGETHER + TRIES_ALONE and self._suspects > 0:
            # It was not this one. The next one is taken alone too, and has as many tries.
            while self._begun > TRIES_TOGETHER + 1:
                self._attempts.take_back(self._begun)
                self._begun -= 1
            return
        self._attempts.end()
        # Where they were taken one by one, the next ones are counted anew.
        self._begun = 0 if self._begun <= TRIES_TOGETHER else None

    def _decode(self, message: Any) -> Record | None:
        try:
            record, reply = decode_record(message.value(), self._find)
        except UnreadableError as error:
            log.error("record_unreadable", partition=self._partition, offset=message.offset(), reason=str(error))
            self._set_aside(message, str(error))
            return None
        if record is not None:
            self._taken[id(record)] = message, reply
        elif reply is not None:
            self._replies.send(reply, Outcome(0, 0, []))
        return record

    def nudge(self) -> None:
        """End a wait in take. Any thread."""
        self._nudged.set()

    def settle(self, taken: Taken, outcomes: list[Outcome], before: Callable[[], None] | None = None) -> None:
        """The records are committed: publish them, then answer whoever waits for an outcome."""
        self._end_attempt()
        if before is not None:
            before()
        for record, outcome in zip(taken.records, outcomes, strict=True):
            _, reply = self._taken.get(id(record), (None, None))
            if reply is not None:
                self._replies.send(reply, outcome)

    def fail(self, taken: Taken) -> Taken | None:
        """This one cannot be processed, and its sender was told that it is safe: it is kept aside, and refused.

        None where it is kept aside already.
        """
        (record,) = taken.records
        message, _ = self._taken[id(record)]
        if message is None:
            self._end_attempt()  # the next one is not to blame
            return None
        refused = self._refuse(message, _FAILED)
        # All before it are committed, and none after it.
        if taken.position is not None:
            refused = refused._replace(position=taken.position, epoch=taken.epoch)
        return refused if refused.records else None

    # --- the watermark ----------------------------------------------------------------------------

    def note_mark(self, heard: Heard, end: int) -> None:
        """Whatever endpoints have heard stands before the offset `end`, which was asked for after that."""
        if not self._marks or heard.low_ms > self._marks[-1][1].low_ms:
            self._marks.append((end, heard))

    def watermark_ms(self) -> int:
        """A time; whatever arrived up to then has been taken. Lag holds it back, so it is no silence."""
        position = self._position or 0
        while self._marks and self._marks[0][0] <= position:
            _, heard = self._marks.pop(0)
            if heard.low_ms > self._heard.low_ms:
                self._heard = heard
        return self._heard.low_ms

    def silence_ms(self, for_ms: int) -> int:
        """As `watermark_ms`, for a rule that waits so long for a silence.

        After a short pause of an endpoint its devices have the rule's own time to be heard again, and no more than
        endpoints say (marks.py).
        """
        watermark_ms, heard = self.watermark_ms(), self._heard
        return watermark_ms if watermark_ms >= heard.resumed_ms + for_ms else min(watermark_ms, heard.sure_ms)
