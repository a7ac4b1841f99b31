"""Puts records into Kafka: a receipt is settled by the delivery report, when all replicas in sync have the record."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any, NamedTuple

import structlog

from belvedere.domain.reading import Outcome
from belvedere.domain.times import now_ms
from belvedere.pipeline.stream.kafka.wire import Reply, encode_record, partition_of
from belvedere.pipeline.stream.port import Receipt, Record, StreamFull

log = structlog.get_logger(__name__)

MAX_BYTES = 32 * 1024 * 1024  # of records under way
OVERHEAD_BYTES = 200  # what a record weighs beside its bytes
POLL_SECONDS = 0.2
PROBE_SECONDS = 1.0
REPLY_SECONDS = 1.0  # a worker that is not behind has stored the record by then
MARK_SECONDS = 0.5
BLIND_MS = 5_000  # a pause of so long is a time in which devices may not have been heard
FLUSH_SECONDS = 1.5
AWAY = "Kafka cannot be reached."
FAILED = "Kafka's client has failed ({reason}): this process ends, to be started again."


class Mark(NamedTuple):
    """How far this process has heard its devices, ms. Whatever came up to `low_ms` is in Kafka.

    heard_since_ms: since then it has heard them without a pause. before_ms: how far it had heard before that pause.
    """

    heard_since_ms: int
    low_ms: int
    before_ms: int


def terminate() -> None:
    """End this process in an orderly way; whoever supervises it starts it again."""
    os.kill(os.getpid(), signal.SIGTERM)


class _Sent(NamedTuple):
    """A record under way. second: of its receipt. number: its own where somebody waits for the worker's outcome."""

    receipt: Receipt
    weight: int
    second: int
    outcome: Outcome
    number: int | None


class KafkaInlet:
    """Called on the event loop; Kafka's reports come in a thread of its own, between `start` and `stop`.

    address: of this process, for replies; "" where it hears none. wall_ms: the server's clock. end_process: what to do
    when Kafka takes nothing more from this producer (librdkafka's fatal errors): only a new process can go on.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        make_producer: Callable[[Callable[[Any], None]], Any],
        topic: str,
        partitions: int,
        address: str = "",
        max_bytes: int = MAX_BYTES,
        wall_ms: Callable[[], int] = now_ms,
        end_process: Callable[[], None] = terminate,
    ) -> None:
        self._loop = loop
        self._make_producer = make_producer
        self._topic = topic
        self._partitions = partitions
        self._address = address
        self._max_bytes = max_bytes
        self._wall_ms = wall_ms
        self._end_process = end_process
        self._bytes = 0
        self._seconds: Counter[int] = Counter()  # of receipt -> records under way
        self._numbers = count(1)
        self._awaiting: dict[int, _Sent] = {}
        self._waiting: list[Callable[[], None]] = []
        self._reports: list[tuple[_Sent, Any]] = []
        self._away = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kafka-reports", daemon=True)
        self._producer: Any = None
        self._marking: asyncio.TimerHandle | None = None
        self._open_ms = wall_ms()  # when connections were last known to be read
        self.mark = Mark(self._open_ms, self._open_ms - 1, self._open_ms - 1)
        self.stalled: str | None = None

    def start(self) -> None:
        """Connect, in the background. On the event loop."""
        self._producer = self._make_producer(self._hear_error)
        self._thread.start()
        self._keep_marking()

    def stop(self) -> None:
        """Wait a little for what is under way, then end. In a thread: it blocks."""
        self._producer.flush(FLUSH_SECONDS)
        self._stopping.set()
        self._thread.join(FLUSH_SECONDS)
        if self._marking is not None:
            self._loop.call_soon_threadsafe(self._marking.cancel)

    # --- the port ---------------------------------------------------------------------------------

    @property
    def pending(self) -> int:
        """Records under way."""
        return self._seconds.total()

    @property
    def pending_bytes(self) -> int:
        """Bytes taken and not yet settled."""
        return self._bytes

    def waits_seconds(self) -> float:
        """How long the oldest record has been under way, at most; 0 while none is."""
        oldest = min(list(self._seconds), default=None)
        return 0.0 if oldest is None else max(0.0, self._wall_ms() / 1000 - oldest)

    def has_room(self) -> bool:
        """Whether submit would take something now."""
        return self._bytes < self._max_bytes

    def submit(self, record: Record, receipt: Receipt) -> None:
        """Hand it to Kafka. Raises StreamFull."""
        from confluent_kafka import KafkaException

        if self._bytes >= self._max_bytes:
            raise StreamFull("Kafka is behind or away: wait, and send again")
        number = next(self._numbers) if receipt.wants_outcome and self._address else None
        value = encode_record(record, None if number is None else Reply(self._address, number))
        weight = len(value) + OVERHEAD_BYTES
        outcome = Outcome(len(record.readings), 0, record.rejected, is_known=False)
        sent = _Sent(receipt, weight, record.received_ms // 1000, outcome, number)
        data_key = record.device.data_key
        try:
            self._producer.produce(
                self._topic,
                value,
                data_key,
                partition_of(data_key, self._partitions),
                on_delivery=partial(self._hear_report, sent),
            )
        except (BufferError, KafkaException) as error:
            raise StreamFull("Kafka is behind or away: wait, and send again") from error
        self._bytes += weight
        self._seconds[sent.second] += 1
        if number is not None:
            self._awaiting[number] = sent

    def when_room(self, callback: Callable[[], None]) -> None:
        """Call back once, on the event loop, when there is room again."""
        self._waiting.append(callback)

    def give_up(self, callback: Callable[[], None]) -> None:
        """Do not call back any more."""
        with contextlib.suppress(ValueError):
            self._waiting.remove(callback)

    def reply(self, number: int, outcome: Outcome) -> None:
        """The worker's outcome of one of the records that wait for it. On the event loop; a late one is ignored."""
        sent = self._awaiting.pop(number, None)
        if sent is not None:
            self._tell(sent, outcome)

    # --- Kafka's reports: a thread of their own ----------------------------------------------------

    def _run(self) -> None:
        from confluent_kafka import KafkaException

        try:
            while not self._stopping.is_set():
                self._producer.poll(POLL_SECONDS)
                self._hand_over()
                if self._away.is_set():
                    self._probe()
        except KafkaException as error:  # poll raises nothing but fatal errors
            log.critical("kafka_producer_failed", reason=str(error))
            self.stalled = FAILED.format(reason=error.args[0])
            self._end_process()
            return
        self._producer.purge()
        self._producer.poll(0)
        self._hand_over()

    def _hear_report(self, sent: _Sent, error: Any, _message: Any) -> None:
        self._reports.append((sent, error))

    def _hear_error(self, error: Any) -> None:
        from confluent_kafka import KafkaError

        if error.code() == KafkaError._ALL_BROKERS_DOWN and not self._away.is_set():
            log.error("kafka_away", reason=error.str())
            self._away.set()
            self.stalled = AWAY

    def _probe(self) -> None:
        """While Kafka is away nothing is sent that could show it is back."""
        from confluent_kafka import KafkaException

        with contextlib.suppress(KafkaException):
            self._producer.list_topics(self._topic, timeout=PROBE_SECONDS)
            log.info("kafka_back")
            self._away.clear()
            self.stalled = None

    def _hand_over(self) -> None:
        if self._reports:
            reports, self._reports = self._reports, []
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to be told
                self._loop.call_soon_threadsafe(self._settle, reports)

    # --- on the event loop -------------------------------------------------------------------------

    def _settle(self, reports: list[tuple[_Sent, Any]]) -> None:
        """Tell each sink of what was delivered, in one call."""
        by_sink: dict[Any, tuple[list[int], list[Outcome]]] = {}
        for sent, error in reports:
            self._release(sent)
            if error is not None:
                self._fail(sent, error)
            elif sent.number is not None:
                self._loop.call_later(REPLY_SECONDS, self.reply, sent.number, sent.outcome)
            elif sent.receipt.sink is not None:
                tokens, outcomes = by_sink.setdefault(sent.receipt.sink, ([], []))
                tokens.append(sent.receipt.token)
                outcomes.append(sent.outcome)
        for sink, settled in by_sink.items():
            _call_safely(partial(sink.settle, *settled))
        if self._waiting and self.has_room():
            waiting, self._waiting = self._waiting, []
            for callback in waiting:
                _call_safely(callback)

    def _release(self, sent: _Sent) -> None:
        self._bytes -= sent.weight
        self._seconds[sent.second] -= 1
        if not self._seconds[sent.second]:
            del self._seconds[sent.second]

    def _fail(self, sent: _Sent, error: Any) -> None:
        log.error("record_not_delivered", reason=error.str())
        if sent.number is not None:
            self._awaiting.pop(sent.number, None)
        if sent.receipt.sink is not None:
            _call_safely(partial(sent.receipt.sink.failed, sent.receipt.token))

    def _tell(self, sent: _Sent, outcome: Outcome) -> None:
        if sent.receipt.sink is not None:
            _call_safely(partial(sent.receipt.sink.settle, [sent.receipt.token], [outcome]))

    def _keep_marking(self) -> None:
        self._marking = self._loop.call_later(MARK_SECONDS, self._keep_marking)
        self.note_mark()

    def note_mark(self) -> None:
        """Move the mark. Connections are not read while there is no room, nor while this process hangs.

        What they hold then has not been heard. A clock that is set forward looks like a machine that was suspended.
        """
        if not self.has_room() or self._waiting or self.stalled is not None:
            return
        wall_ms, (since_ms, low_ms, before_ms) = self._wall_ms(), self.mark
        if wall_ms - self._open_ms >= BLIND_MS:
            since_ms, before_ms = wall_ms, low_ms
        self._open_ms = wall_ms
        oldest = min(self._seconds, default=None)
        first_missing_ms = wall_ms if oldest is None else min(wall_ms, oldest * 1000)
        self.mark = Mark(since_ms, max(low_ms, first_missing_ms - 1), before_ms)


def _call_safely(call: Callable[[], None]) -> None:
    """At the edge of the event loop: what fails for one sender must not leave the others waiting for ever."""
    try:
        call()
    except Exception:  # of a sink, whatever it did
        log.exception("telling_failed")
