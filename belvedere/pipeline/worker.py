"""The pipeline's thread: takes batches, ticks, maintains, and decides what happens when a step fails. See flow.py."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import ClassVar, Protocol, TypeVar

import structlog
from django.db import Error as RegistryError

from belvedere.domain.changes import Change, ChangeKind, keys_of
from belvedere.pipeline.flow import Flow
from belvedere.pipeline.rulebook import Book, Key, Now
from belvedere.pipeline.stream.port import Outlet, Taken
from belvedere.readings.store.port import Quarantine, ReadingStore, StoreBroken, StoreUnavailable

log = structlog.get_logger(__name__)
T = TypeVar("T")

TICK_SECONDS = 1.0
RETRY_SECONDS = 1.0
MAINTENANCE_SECONDS = 0.02  # a turn: what a batch may have to wait
EXIT_AFTER_FSYNC_ERROR = 1


class Timekeeper(Protocol):
    """Remembers the server's time in the store (timekeeping.py). Raises StoreBroken."""

    def tick(self) -> None:
        """A second has passed."""

    def remember(self) -> None:
        """Write the time, as at a stop."""


class Store(ReadingStore, Quarantine, Protocol):
    """Readings, and what was refused of them."""


class Worker:
    """Owns the thread in which `flow` runs. Without `start`, `turn` may be called instead, after `restore`.

    broken: why the store must not be written to. PASSING: errors that are no record's fault, for who calls `turn`.
    """

    PASSING: ClassVar[tuple[type[Exception], ...]] = (StoreBroken,)

    def __init__(
        self,
        flow: Flow,
        outlet: Outlet,
        store: Store,
        book: Book,
        timekeeper: Timekeeper,
        now: Callable[[], Now],
    ) -> None:
        self._flow = flow
        self._outlet = outlet
        self._store = store
        self._book = book
        self._timekeeper = timekeeper
        self._now = now
        self._edits: deque[tuple[set[Key], Now]] = deque()
        self._errands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pipeline", daemon=True)
        self._next_tick = 0.0
        self.broken: str | None = None

    def start(self) -> None:
        """Begin; the store is open."""
        self.restore()
        self._thread.start()

    def restore(self) -> None:
        """Take up the rule states of the last run, by a clock that has been judged."""
        self._book.follow_time()
        self._flow.rules.restore(self._store.rule_states(), self._now())
        self.take_up_rules()

    def stop(self, timeout_seconds: float) -> bool:
        """Commit what waits, then end; False where that took too long."""
        self._stopping.set()
        self._outlet.nudge()
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def errand(self, task: Callable[[], T]) -> Future[T]:
        """Run a small task in the pipeline's thread, between two batches. Any thread."""
        future: Future[T] = Future()

        def run() -> None:
            try:
                result = task()
            except (StoreUnavailable, StoreBroken) as error:
                future.set_exception(error)
            except Exception as error:  # whatever it was: who waits for the task is told, then the loop is
                future.set_exception(error)
                raise
            else:
                future.set_result(result)

        self._errands.put(run)
        self._outlet.nudge()
        return future

    def load(self) -> None:
        """The rule book was read anew."""
        self.take_up_rules()

    def apply(self, changes: Sequence[Change]) -> None:
        """Take up what rules watch now, and drop what the store has of deleted devices. After the rule book.

        What it queues is done before what a new device with an old id may send.
        """
        edited = keys_of(changes, ChangeKind.RULE, ChangeKind.SITE, ChangeKind.DEVICE_DELETED)
        if edited or any("retired" in change.data for change in changes):
            self.take_up_rules()
        for change in changes:
            if change.kind is ChangeKind.DEVICE_DELETED:
                self.errand(partial(self._store.drop_device, change.data["data_key"]))

    def take_up_rules(self) -> None:
        """The rule book has changed: judge what is new by the present values, forget what is gone. Any thread.

        What is watched is kept as of now, so that a rule that was off in between has forgotten everything. So is the
        time: a wait begins with the edit, however long the pipeline's thread is busy.
        """
        if self.broken is not None:
            return
        self._edits.append(({(rule.id, series) for rule, series in self._book.list_watched()}, self._now()))
        self._outlet.nudge()

    # --- the loop -------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._stopping.is_set() or self._outlet.pending or self._edits:
                self._turn_safely()
            self._timekeeper.remember()
        except StoreBroken as error:
            self._give_up(error)

    def _turn_safely(self) -> None:
        try:
            self.turn()
        except StoreBroken:
            raise
        except Exception:  # of a tick, an errand or housekeeping; they come round again
            log.exception("pipeline_failed")
            self._leave_transaction()
            time.sleep(RETRY_SECONDS)

    def turn(self) -> None:
        """What waits, then what is due. Raises StoreBroken."""
        idle = 0.0 if self._store.maintenance_due else max(0.0, min(self._next_tick - time.monotonic(), TICK_SECONDS))
        self._process(idle)
        while not self._errands.empty():
            self._errands.get()()
        if time.monotonic() >= self._next_tick:
            self._next_tick = time.monotonic() + TICK_SECONDS
            if self._book.follow_time():
                self.take_up_rules()
            self._flow.tick(self._wait_until_done)
            self._timekeeper.tick()
        self._maintain()
        # Last, so that what is unforeseen in here holds up nothing else.
        while self._edits:
            self._flow.take_up_rules(*self._edits[0], self._wait_until_done)
            self._edits.popleft()

    def _maintain(self) -> None:
        try:
            self._store.maintain(MAINTENANCE_SECONDS)
        except StoreUnavailable as error:
            log.warning("maintenance_postponed", reason=str(error))  # a full disk, say
            time.sleep(RETRY_SECONDS)

    # --- isolation: one record that fails takes no other with it ---------------------------------

    def _process(self, timeout_seconds: float) -> None:
        """What waits, all at once; after a surprise one by one, so that only the one at fault is not stored.

        Its sender is told nothing but the end of its connection, and sends again; or, where it was told already that it
        is safe, the stream gives it back as refused, for quarantine.
        """
        try:
            self._flow.run(timeout_seconds, self._wait_until_done)
        except self.PASSING:
            raise
        except Exception:  # unforeseen, else it has a type of its own: find out whose fault it is
            taken = self._flow.give_up()
            if not taken.records:
                raise  # of the stream itself
            log.exception("batch_failed", records=len(taken.records))
            for single in taken.singly():
                self._process_alone(single)

    def _process_alone(self, single: Taken) -> None:
        try:
            self._leave_transaction()
            self._flow.process(single, self._wait_until_done)
        except self.PASSING:
            raise
        except Exception:  # this one is at fault, and must take no other with it
            log.exception("record_failed", device=single.records[0].device.id)
            refused = self._outlet.fail(single)
            self._leave_transaction()
            if refused is not None:
                self._process_alone(refused)

    def _leave_transaction(self) -> None:
        """Whatever begins next would find what was left open, and call that damage."""
        self._wait_until_done(self._store.rollback)

    # --- retry and stall ------------------------------------------------------------------------

    def _wait_until_done(self, step: Callable[[], None]) -> None:
        """Try until it works; meanwhile the stream says why nothing is acknowledged."""
        while True:
            try:
                step()
            except (StoreUnavailable, RegistryError) as error:
                if self._outlet.stalled is None:
                    log.error("storing_stalled", reason=str(error))
                self._outlet.stalled = str(error)
                time.sleep(RETRY_SECONDS)
            else:
                if self._outlet.stalled is not None:
                    log.info("storing_resumed")
                    self._outlet.stalled = None
                    # Whoever was not read meanwhile could not be heard.
                    self._flow.rules.wait_anew(self._now().steady_ms)
                return

    def _give_up(self, error: StoreBroken) -> None:
        log.critical("store_broken", reason=str(error))
        self.broken = self._outlet.stalled = str(error)
        if error.disk_lies:
            # After a failed fsync the kernel may have dropped the pages: going on would acknowledge what is lost.
            os._exit(EXIT_AFTER_FSYNC_ERROR)
