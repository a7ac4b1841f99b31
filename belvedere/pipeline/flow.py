"""The flow of readings, top to bottom. Read this first: `Flow.process` is the whole of it.

    device --MQTT/HTTP--> ingest/ decodes and checks      (event loop)
                            |   record, receipt
                            v
                          stream/ queues                  (memory, or Kafka)
                            |   take
                            v
    name:                 metrics -> series; true and false make a binary one, which takes nothing else (flags.py)
    stage:                dedupe, evaluate rules, collect what was refused
    commit:               one transaction: readings, rule states, outbox, quarantine, position in the stream
    publish:              latest values move
    acknowledge:          receipts are settled, then the alert drain is woken

The stages stand below in that order; what they refuse is put into words in refusals.py. They run in the pipeline's
thread; worker.py keeps that thread, and decides what happens when a step fails.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol

from belvedere.devices.directory import MAX_SERIES_A_DEVICE
from belvedere.domain.reading import Outcome, Reading, Rejection
from belvedere.pipeline import flags
from belvedere.pipeline.figures import PipelineFigures
from belvedere.pipeline.refusals import make_quarantine_entries, refuse_unstored
from belvedere.pipeline.rulebook import Book, Key, Now, RuleStates
from belvedere.pipeline.stream.port import DeviceHandle, Outlet, Record, Taken
from belvedere.readings.latest.port import LatestWriter
from belvedere.readings.store.batch import Batch, Verdict
from belvedere.readings.store.port import ReadingStore

_NEW, _DUPLICATE, _ADJUSTED, _CONFLICT = Verdict.NEW, Verdict.DUPLICATE, Verdict.ADJUSTED, Verdict.CONFLICT
_NOTHING = Taken([], [])
_OWN_PLACES = range(1 << 20)  # a reading at each place of its body
_ONE_STORED, _ONE_DUPLICATE = Outcome(1, 0, []), Outcome(0, 1, [])


class SeriesDirectory(Protocol):
    """Where series are found and made (devices.directory)."""

    def site_of(self, series: int) -> int | None:
        """The site of a series; None where it is gone."""

    def get(self, device_id: str) -> DeviceHandle | None:
        """The device of this id."""

    def allocate(self, wanted: Iterable[tuple[DeviceHandle, str, bool | None]]) -> None:
        """Make series for (device, metric, whether its first value is true or false) that have none.

        None: it has no value yet.
        """

    def make_binary(self, pairs: Iterable[tuple[DeviceHandle, str]]) -> None:
        """The series of these (device, metric) are binary from now on."""


class ClockWatch(Protocol):
    """Hears of devices whose clocks stand still (ingest/still.py)."""

    def hear_adjusted(self, record: Record) -> None:
        """A value of this record was stored later than its time, because another value stood there."""


# Runs one step until the store and the registry are there for it.
Attempt = Callable[[Callable[[], None]], None]


class Flow:
    """One batch, or one tick, from its beginning to its end. One thread.

    attempt: given to each call; repeats a step that has to wait for a disk or a database, and nothing else.
    wake_drain: called after a commit that holds transitions.
    """

    def __init__(
        self,
        outlet: Outlet,
        store: ReadingStore,
        directory: SeriesDirectory,
        book: Book,
        latest: LatestWriter,
        clock_watch: ClockWatch,
        wake_drain: Callable[[], None],
        now: Callable[[], Now],
    ) -> None:
        self._outlet = outlet
        self._store = store
        self._directory = directory
        self._book = book
        self._latest = latest
        self._clock_watch = clock_watch
        self._wake_drain = wake_drain
        self._now = now
        self._taken = _NOTHING
        self.rules = RuleStates(book, store.present, store.rule_history)
        self.figures = PipelineFigures()

    def run(self, timeout_seconds: float, attempt: Attempt) -> None:
        """Process what waits in the stream, or what comes until the timeout or a nudge."""
        taken = self._taken = self._outlet.take(timeout_seconds)
        if taken.records or taken.position is not None:  # a stream may have moved on past what holds nothing to store
            self.process(taken, attempt)
        self._taken = _NOTHING

    def give_up(self) -> Taken:
        """The records at which the last `run` failed: their senders are still to be told something."""
        taken, self._taken = self._taken, _NOTHING
        return taken

    def process(self, taken: Taken, attempt: Attempt) -> None:
        """Everything that happens to records between the stream and their acknowledgement."""
        attempt(lambda: name_series(taken.records, self._directory))
        self._settle_kinds(taken.records, attempt)
        staged = stage(taken.records, self._store.stage(), self.rules.changes(self._now()))
        staged.batch.position, staged.batch.epoch = taken.position, taken.epoch
        self._commit(staged.batch, attempt)
        staged.states.adopt()
        self._report(taken.records, staged)
        self._outlet.settle(taken, staged.outcomes, before=self._publishing(staged.batch))
        self._wake_drain_for(staged.batch)

    def tick(self, attempt: Attempt) -> None:
        """Let time pass for the rules that wait for it."""
        changes = self.rules.changes(self._now())
        changes.tick(self._outlet.watermark_ms(), self._outlet.silence_ms)
        self._commit_changes(changes, attempt)
        self.figures.ticks += 1

    def take_up_rules(self, watched: set[Key], edited: Now, attempt: Attempt) -> None:
        """Judge by the present values what is new since the book was `edited`; forget the pairs not `watched` then."""
        attempt(lambda: name_awaited(self._book.list_awaited(), self._directory))
        changes = self.rules.changes(edited)
        changes.drop_unwatched(watched)
        changes.evaluate_present()
        self._commit_changes(changes, attempt)

    def _settle_kinds(self, records: list[Record], attempt: Attempt) -> None:
        """Check series of true and false, and those that have no value yet; the most devices have neither."""
        concerned = [record for record in records if record.device.binary or record.device.valueless]
        if concerned:
            attempt(lambda: flags.take_first_values(concerned, self._directory))
            self.figures.count_rejected(flags.refuse_numbers(concerned))

    def _commit_changes(self, changes: RuleStates.Changes, attempt: Attempt) -> None:
        batch = self._store.stage()
        changes.into(batch)
        self._commit(batch, attempt)
        changes.adopt()
        self._wake_drain_for(batch)

    def _commit(self, batch: Batch, attempt: Attempt) -> None:
        if not batch.empty:
            began = time.perf_counter()
            attempt(lambda: self._store.commit(batch))
            self.figures.count_commit(time.perf_counter() - began)
        self.figures.count_values(batch)

    def _publishing(self, batch: Batch) -> Callable[[], None] | None:
        """What moves the latest values, on the event loop: who is acknowledged finds the value in the next poll."""
        moved = moved_values(batch, self._store.present)
        return (lambda: publish(moved, self._directory, self._latest)) if moved else None

    def _report(self, records: list[Record], staged: Staged) -> None:
        """Tell of refused and of adjusted values; the most batches have neither."""
        if staged.batch.quarantine:
            pairs = zip(records, staged.outcomes, strict=True)
            # What `decode` refused was counted there.
            refused_here = (outcome.rejected[len(record.rejected) :] for record, outcome in pairs if outcome.rejected)
            self.figures.count_rejected(itertools.chain.from_iterable(refused_here))
        if staged.batch.adjusted:
            for record, outcome in zip(records, staged.outcomes, strict=True):
                if outcome.adjusted:
                    self._clock_watch.hear_adjusted(record)

    def _wake_drain_for(self, batch: Batch) -> None:
        if batch.outbox:
            self._wake_drain()


# --- name -----------------------------------------------------------------------------------------


def name_series(records: list[Record], directory: SeriesDirectory) -> None:
    """Give every metric of the batch its series; a device over its limit simply gets none."""
    wanted: dict[tuple[DeviceHandle, str], bool | None] = {}
    for record in records:
        known = record.device.series
        for reading in record.readings:
            for metric in reading.values:
                if metric not in known:
                    wanted.setdefault((record.device, metric), type(reading.values[metric]) is bool)
    if wanted:
        directory.allocate(_within_limit(wanted))


def name_awaited(awaited: Iterable[tuple[str, str]], directory: SeriesDirectory) -> None:
    """Give the (device id, metric) pairs that a rule waits for their series, though nothing came of them yet."""
    handles = [(directory.get(device_id), metric) for device_id, metric in awaited]
    wanted: dict[tuple[DeviceHandle, str], bool | None] = {
        (device, metric): None for device, metric in handles if device is not None
    }
    # Also without any: the first new series of a run should not wait for this thread's connection to the registry.
    directory.allocate(_within_limit(wanted))


def _within_limit(
    wanted: dict[tuple[DeviceHandle, str], bool | None],
) -> list[tuple[DeviceHandle, str, bool | None]]:
    counts: dict[str, int] = {}
    kept = []
    for (device, metric), is_flag in wanted.items():
        count = counts.setdefault(device.id, len(device.series))
        if count < MAX_SERIES_A_DEVICE:
            counts[device.id] = count + 1
            kept.append((device, metric, is_flag))
    return kept


# --- stage ----------------------------------------------------------------------------------------


class Staged(NamedTuple):
    """A batch ready for its commit. outcomes: one a record; states: rule states to adopt after it."""

    batch: Batch
    outcomes: list[Outcome]
    states: RuleStates.Changes


def stage(records: list[Record], batch: Batch, changes: RuleStates.Changes) -> Staged:
    """Put the records into the batch and run the rules over what is new."""
    outcomes = [_stage_one(record, batch, changes) for record in records]
    changes.into(batch)
    return Staged(batch, outcomes, changes)


def _stage_one(record: Record, batch: Batch, changes: RuleStates.Changes) -> Outcome:
    stored = duplicate = adjusted = 0
    unstored: list[str] = []
    readings, series_of = record.readings, record.device.series
    received_ms = record.received_ms
    refused_here: list[Rejection] = []
    # Most bodies have nothing refused so far: then a reading's position is its place.
    places = record.places_in_body() if record.rejected else _OWN_PLACES
    for position, reading in enumerate(readings) if len(readings) < 2 else _sort_by_time(readings):
        verdict = _stage_values(reading, series_of, received_ms, batch, changes, unstored)
        if verdict is _DUPLICATE:
            duplicate += 1
        elif verdict is not _CONFLICT:
            stored += 1
            adjusted += verdict is _ADJUSTED
        if unstored:
            whole = verdict is _CONFLICT
            refused_here += refuse_unstored(places[position], reading, series_of, unstored, whole=whole)
            unstored.clear()
    refused = [*record.rejected, *refused_here] if refused_here else record.rejected
    if refused:
        if not record.from_quarantine and not record.device.gone:
            batch.quarantine += make_quarantine_entries(record, refused)
        return Outcome(stored, duplicate, refused, adjusted)
    if stored + duplicate == 1 and not adjusted:
        return _ONE_STORED if stored else _ONE_DUPLICATE
    return Outcome(stored, duplicate, [], adjusted)


def _sort_by_time(readings: list[Reading]) -> Iterable[tuple[int, Reading]]:
    """(position, reading), oldest first: a logger may send its buffer newest first."""
    if all(before.ts_ms <= after.ts_ms for before, after in itertools.pairwise(readings)):
        return enumerate(readings)
    return sorted(enumerate(readings), key=lambda entry: entry[1].ts_ms)


def _stage_values(
    reading: Reading,
    series_of: Mapping[str, int],
    received_ms: int,
    batch: Batch,
    changes: RuleStates.Changes,
    unstored: list[str],
) -> Verdict:
    """The greatest verdict of the values of a reading; metrics without a place or a series go to `unstored`."""
    greatest = _CONFLICT
    ts_ms = reading.ts_ms
    for metric, value in reading.values.items():
        series = series_of.get(metric)
        if series is None:
            unstored.append(metric)
            continue
        verdict = batch.add(series, ts_ms, value, received_ms)
        if verdict > greatest:
            greatest = verdict
        if verdict is _NEW or verdict is _ADJUSTED:
            rules = changes.rules_of(series)
            if rules:
                at_ms = ts_ms if verdict is _NEW else batch.placed_ms
                if at_ms > received_ms:
                    at_ms = received_ms
                changes.sample(rules, series, at_ms, float(value), received_ms)  # a flag becomes a number here
        elif verdict is _CONFLICT:
            unstored.append(metric)
    return greatest


# --- publish --------------------------------------------------------------------------------------


def moved_values(batch: Batch, present: Mapping[int, tuple[int, float, int]]) -> list[tuple[int, int, float]]:
    """(series, effective time, value) of the series whose present value this batch has changed. After the commit."""
    return [(series, present[series][0], present[series][1]) for series in batch.shown()]


def publish(moved: list[tuple[int, int, float]], directory: SeriesDirectory, latest: LatestWriter) -> None:
    """Move the latest values of the series that are still there."""
    for series, ts_ms, value in moved:
        site = directory.site_of(series)
        if site is not None:
            latest.moved(site, series, ts_ms, value)
