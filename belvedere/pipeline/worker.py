"""The one loop that writes readings.db: batches, ticks, maintenance, errands. See flow.py for the stages."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import structlog
from django.db import Error as RegistryError

from belvedere.domain.reading import Outcome
from belvedere.pipeline import flags, flow
from belvedere.pipeline.rulebook import Book, Key, Now, RuleStates
from belvedere.pipeline.stream.memory import MemoryStream
from belvedere.pipeline.stream.port import Submission
from belvedere.readings.latest.port import Latest
from belvedere.readings.retention import Retention
from belvedere.readings.store.batch import Batch
from belvedere.readings.store.flush import Flush
from belvedere.readings.store.port import StoreBroken, StoreUnavailable
from belvedere.readings.store.sqlite import SqliteStore

log = structlog.get_logger(__name__)
T = TypeVar("T")

TICK_SECONDS = 1.0
RETRY_SECONDS = 1.0
MAINTENANCE_BUDGET_SECONDS = 0.02  # what a batch may have to wait for housekeeping
EXIT_AFTER_FSYNC_ERROR = 1


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class Worker:
    """Owns the pipeline's thread. wake_drain: called after a commit that holds transitions.

    each_tick, at_end: called in this thread once a second, and after the last commit of a stop.
    now_ms: the server's clock. steady_ms: the line of time that no step of that clock moves, the stream's too.
    committed, batches, ticks, rejected, commit_seconds: figures for /metrics. broken: why the store must not be
    written to.
    """

    def __init__(
        self,
        stream: MemoryStream,
        store: SqliteStore,
        allocator: flow.SeriesAllocator,
        book: Book,
        latest: Latest,
        site_of: Callable[[int], int | None],
        retention: Retention,
        steady_ms: Callable[[], int],
        now_ms: Callable[[], int] = _now_ms,
    ) -> None:
        self._stream = stream
        self._store = store
        self._allocator = allocator
        self._latest = latest
        self._site_of = site_of
        self._retention = retention
        self._flush = Flush(store)
        self._book = book
        self._rules = RuleStates(book, store.present, store.raw)
        self._now_ms = now_ms
        self._steady_ms = steady_ms
        self._edits: deque[set[Key]] = deque()
        self._errands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pipeline", daemon=True)
        self._next_tick = 0.0
        self.adjusted_one: Callable[[Submission], None] = lambda _submission: None
        self.wake_drain: Callable[[], None] = lambda: None
        self.each_tick: Callable[[], None] = lambda: None
        self.at_end: Callable[[], None] = lambda: None
        self.committed = 0
        self.duplicates = 0
        self.adjusted = 0
        self.batches = 0
        self.ticks = 0
        self.rejected: Counter[str] = Counter()
        self.commit_seconds: list[float] = []
        self.broken: str | None = None

    def start(self) -> None:
        """Begin; the store is open."""
        self._rules.restore(self._store.rule_states(), self._now())
        self.take_up_rules()
        self._thread.start()

    def stop(self, timeout_seconds: float) -> bool:
        """Commit what waits, then end; False where that took too long."""
        self._stopping.set()
        self._stream.nudge()
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
            except Exception as error:
                future.set_exception(error)
                raise
            else:
                future.set_result(result)

        self._errands.put(run)
        self._stream.nudge()
        return future

    def take_up_rules(self) -> None:
        """The rule book has changed: judge what is new by the present values, forget what is gone. Any thread.

        What is watched now is noted at once, so that a rule that was off in between has forgotten everything.
        """
        if self.broken is not None:
            return
        self._edits.append({(rule.id, series) for rule, series in self._book.watched()})
        self._stream.nudge()

    def _look_at_rules(self) -> None:
        self._until_done(lambda: flow.name_awaited(self._book.awaited(), self._allocator))
        changes = self._rules.changes(self._now())
        changes.drop_unwatched(self._edits[0])
        changes.look()
        self._commit_changes(changes)
        self._edits.popleft()

    # --- the loop -------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._stopping.is_set() or self._stream.pending or self._edits:
                self._turn_safely()
            self.at_end()
        except StoreBroken as error:
            self._give_up(error)

    def _turn_safely(self) -> None:
        try:
            self._turn()
        except StoreBroken:
            raise
        except Exception:
            # Of a tick, an errand or housekeeping; they come round again.
            log.exception("pipeline_failed")
            self._leave_transaction()
            time.sleep(RETRY_SECONDS)

    def _leave_transaction(self) -> None:
        """Whatever begins next would find what was left open, and call that damage."""
        self._until_done(self._store.rollback)

    def _turn(self) -> None:
        idle = 0.0 if self._flush.due else max(0.0, min(self._next_tick - time.monotonic(), TICK_SECONDS))
        submissions = self._stream.take(idle)
        if submissions:
            self._process_whatever(submissions)
        while not self._errands.empty():
            self._errands.get()()
        if time.monotonic() >= self._next_tick:
            self._next_tick = time.monotonic() + TICK_SECONDS
            self._tick()
            self.each_tick()
        self._maintain()
        # Last, so that what is unforeseen in here holds up nothing else.
        while self._edits:
            self._look_at_rules()

    def _process_whatever(self, submissions: list[Submission]) -> None:
        """All at once; after a surprise one by one, so that only the one at fault is not stored.

        Its sender is told nothing but the end of its connection, and sends again.
        """
        try:
            self._process(submissions)
        except StoreBroken:
            raise
        except Exception:
            log.exception("batch_failed", submissions=len(submissions))
            for submission in submissions:
                self._process_alone(submission)

    def _process_alone(self, submission: Submission) -> None:
        try:
            self._leave_transaction()
            self._process([submission])
        except StoreBroken:
            raise
        except Exception:
            log.exception("submission_failed", device=submission.device.id)
            self._stream.fail(submission)
            self._leave_transaction()

    def _process(self, submissions: list[Submission]) -> None:
        self._until_done(lambda: flow.name_series(submissions, self._allocator))
        self._until_done(lambda: flags.take_first_values(submissions, self._allocator))
        self.rejected.update(one.reason for one in flags.refuse_numbers(submissions))
        staged = flow.stage(submissions, self._store.stage(), self._rules.changes(self._now()))
        self._commit(staged.batch)
        staged.states.adopt()
        moved = flow.moved(staged.batch, self._store.present)
        if staged.batch.quarantine:
            self._count_rejected(submissions, staged.outcomes)
        if staged.batch.adjusted:
            self._tell_adjusted(submissions, staged.outcomes)
        self._stream.settle(submissions, staged.outcomes, (lambda: self._publish(moved)) if moved else None)
        self._wake_drain_for(staged.batch)

    def _tell_adjusted(self, submissions: list[Submission], outcomes: list[Outcome]) -> None:
        for submission, outcome in zip(submissions, outcomes, strict=True):
            if outcome.adjusted:
                self.adjusted_one(submission)

    def _count_rejected(self, submissions: list[Submission], outcomes: list[Outcome]) -> None:
        """What was refused here; what `decode` refused was counted there."""
        for submission, outcome in zip(submissions, outcomes, strict=True):
            self.rejected.update(one.reason for one in outcome.rejected[len(submission.rejected) :])

    def _tick(self) -> None:
        changes = self._rules.changes(self._now())
        changes.tick(self._stream.watermark_ms())
        self._commit_changes(changes)
        self.ticks += 1

    def _commit_changes(self, changes: RuleStates.Changes) -> None:
        batch = self._store.stage()
        changes.into(batch)
        self._commit(batch)
        changes.adopt()
        self._wake_drain_for(batch)

    def _now(self) -> Now:
        return Now(self._now_ms(), self._steady_ms())

    def _commit(self, batch: Batch) -> None:
        if not batch.empty:
            began = time.perf_counter()
            self._until_done(lambda: self._store.commit(batch))
            self._note(time.perf_counter() - began)
        self.committed += len(batch)
        self.duplicates += batch.duplicates
        self.adjusted += batch.adjusted

    def _note(self, seconds: float) -> None:
        self.batches += 1
        self.commit_seconds.append(seconds)
        if len(self.commit_seconds) > 1_000:
            del self.commit_seconds[:500]

    def _wake_drain_for(self, batch: Batch) -> None:
        if batch.outbox:
            self.wake_drain()

    def _publish(self, moved: list[tuple[int, int, float]]) -> None:
        """On the event loop, before the acknowledgements: who has a PUBACK finds the value in the next poll."""
        for series, ts_ms, value in moved:
            site = self._site_of(series)
            if site is not None:
                self._latest.moved(site, series, ts_ms, value)

    def _until_done(self, step: Callable[[], None]) -> None:
        """Try until it works; meanwhile the stream says why nothing is acknowledged."""
        while True:
            try:
                step()
            except (StoreUnavailable, RegistryError) as error:
                if self._stream.stalled is None:
                    log.error("storing_stalled", reason=str(error))
                self._stream.stalled = str(error)
                time.sleep(RETRY_SECONDS)
            else:
                if self._stream.stalled is not None:
                    log.info("storing_resumed")
                    self._stream.stalled = None
                    # Whoever was not read meanwhile could not be heard.
                    self._rules.wait_anew(self._steady_ms())
                return

    def _maintain(self) -> None:
        """A little housekeeping; a full disk only postpones it."""
        try:
            if self._flush.due:
                self._flush.step(MAINTENANCE_BUDGET_SECONDS * self._flush.urgency)
            else:
                self._retention.step()
        except StoreUnavailable as error:
            log.warning("maintenance_postponed", reason=str(error))
            time.sleep(RETRY_SECONDS)

    def _give_up(self, error: StoreBroken) -> None:
        log.critical("store_broken", reason=str(error))
        self.broken = self._stream.stalled = str(error)
        if error.disk_lies:
            # After a failed fsync the kernel may have dropped the pages: going on would acknowledge what is lost.
            os._exit(EXIT_AFTER_FSYNC_ERROR)
