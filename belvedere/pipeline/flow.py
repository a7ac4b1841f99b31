"""The flow of readings, top to bottom. Read this first.

    device --MQTT/HTTP--> ingest/ decodes and checks      (event loop)
                            |   Submission
                            v
                          stream/ queues                  (memory, or Kafka)
                            |   take
                            v
    stage:                names -> series, dedupe, evaluate rules, collect what was refused
    commit:               one transaction: readings, rule states, outbox, quarantine
    publish:              latest values, then acknowledgements, then the alert drain is woken

The functions below are the stages of one batch, in that order. worker.py calls them in its one loop,
and decides what happens when a commit fails. They run in the pipeline's thread.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from belvedere.devices.directory import MAX_SERIES_A_DEVICE
from belvedere.domain.reading import Outcome, Reading, Reason, Rejection
from belvedere.pipeline.rulebook import RuleStates
from belvedere.pipeline.stream.port import DeviceHandle, Submission
from belvedere.readings.store.batch import Batch, QuarantineEntry, Verdict

_NEW, _DUPLICATE, _ADJUSTED, _CONFLICT = Verdict.NEW, Verdict.DUPLICATE, Verdict.ADJUSTED, Verdict.CONFLICT
_ONE_STORED = Outcome(1, 0, [])
_ONE_DUPLICATE = Outcome(0, 1, [])
_NO_PLACE = "another value has this time, and no later millisecond of its second is free"
_TOO_MANY = f"a device has at most {MAX_SERIES_A_DEVICE} series."
_MOST_NAMED = 8  # metrics in one line of quarantine


class SeriesAllocator(Protocol):
    """Where new series come from (devices.directory)."""

    def get(self, device_id: str) -> DeviceHandle | None:
        """The device of this id."""

    def allocate(self, wanted: Iterable[tuple[DeviceHandle, str, bool | None]]) -> None:
        """Make series for (device, metric, whether its first value is true or false) that have none.

        None: it has no value yet.
        """

    def make_binary(self, pairs: Iterable[tuple[DeviceHandle, str]]) -> None:
        """The series of these (device, metric) are binary from now on."""


class Staged(NamedTuple):
    """A batch ready for its commit. outcomes: one a submission; states: rule states to adopt after it."""

    batch: Batch
    outcomes: list[Outcome]
    states: RuleStates.Changes


def name_series(submissions: list[Submission], allocator: SeriesAllocator) -> None:
    """Give every metric of the batch its series; a device over its limit simply gets none."""
    wanted: dict[tuple[DeviceHandle, str], bool | None] = {}
    for submission in submissions:
        known = submission.device.series
        for reading in submission.readings:
            for metric in reading.values:
                if metric not in known:
                    wanted.setdefault((submission.device, metric), type(reading.values[metric]) is bool)
    if wanted:
        allocator.allocate(_within_limit(wanted))


def name_awaited(awaited: Iterable[tuple[str, str]], allocator: SeriesAllocator) -> None:
    """Give the (device id, metric) pairs that a rule waits for their series, though nothing came of them yet."""
    handles = [(allocator.get(device_id), metric) for device_id, metric in awaited]
    wanted: dict[tuple[DeviceHandle, str], bool | None] = {
        (device, metric): None for device, metric in handles if device is not None
    }
    # Also without any: the first new series of a run should not wait for this thread's connection to the registry.
    allocator.allocate(_within_limit(wanted))


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


def stage(submissions: list[Submission], batch: Batch, changes: RuleStates.Changes) -> Staged:
    """Put the submissions into the batch and run the rules over what is new."""
    outcomes = [_stage_one(submission, batch, changes) for submission in submissions]
    changes.into(batch)
    return Staged(batch, outcomes, changes)


def _stage_one(submission: Submission, batch: Batch, changes: RuleStates.Changes) -> Outcome:
    stored = duplicate = adjusted = 0
    conflicts: list[str] = []
    series_of = submission.device.series
    received_ms = submission.received_ms
    refused_here: list[Rejection] = []
    for position, reading in _in_time_order(submission.readings):
        try:
            found = [(metric, series_of[metric], value) for metric, value in reading.values.items()]
        except KeyError:
            found = [(key, series_of[key], value) for key, value in reading.values.items() if key in series_of]
            refused_here += _too_many(_place_in_body(submission, position), reading, series_of)
            if not found:
                continue
        verdict = _stage_values(reading.ts_ms, found, received_ms, batch, changes, conflicts)
        if verdict is _DUPLICATE:
            duplicate += 1
        elif verdict is not _CONFLICT:
            stored += 1
            adjusted += verdict is _ADJUSTED
        if conflicts:
            whole = verdict is _CONFLICT
            refused_here += _conflicting(_place_in_body(submission, position), conflicts, whole)
            conflicts.clear()
    refused = [*submission.rejected, *refused_here] if refused_here else submission.rejected
    if refused:
        if not submission.from_quarantine and not submission.device.gone:
            _quarantine(submission, refused, batch)
        return Outcome(stored, duplicate, refused, adjusted)
    if stored + duplicate == 1 and not adjusted:
        return _ONE_STORED if stored else _ONE_DUPLICATE
    return Outcome(stored, duplicate, [], adjusted)


def _in_time_order(readings: list[Reading]) -> Iterable[tuple[int, Reading]]:
    """(position, reading), oldest first: a logger may send its buffer newest first."""
    if len(readings) < 2 or all(before.ts_ms <= after.ts_ms for before, after in itertools.pairwise(readings)):
        return enumerate(readings)
    return sorted(enumerate(readings), key=lambda entry: entry[1].ts_ms)


def _place_in_body(submission: Submission, position: int) -> int:
    """Where the reading stood: `decode` has taken out those of which nothing is left."""
    if not submission.rejected:
        return position
    gone = {rejection.index for rejection in submission.rejected if rejection.whole}
    places = (index for index in itertools.count() if index not in gone)
    return next(itertools.islice(places, position, None))


def _too_many(index: int, reading: Reading, series_of: dict[str, int]) -> list[Rejection]:
    """The values of one reading for which the device may have no series."""
    nameless = [metric for metric in reading.values if metric not in series_of]
    whole = len(nameless) == len(reading.values)
    return [Rejection(index, Reason.TOO_MANY_SERIES, f"{metric}: {_TOO_MANY}", metric, whole) for metric in nameless]


def _conflicting(index: int, metrics: list[str], whole: bool) -> list[Rejection]:
    return [Rejection(index, Reason.CONFLICT, f"{metric}: {_NO_PLACE}.", metric, whole) for metric in metrics]


def _stage_values(
    ts_ms: int,
    found: list[tuple[str, int, float]],
    received_ms: int,
    batch: Batch,
    changes: RuleStates.Changes,
    conflicts: list[str],
) -> Verdict:
    """The greatest verdict of (metric, series, value) of one reading; metrics without a place go to `conflicts`."""
    greatest = _CONFLICT
    for metric, series, value in found:
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
            conflicts.append(metric)
    return greatest


def _quarantine(submission: Submission, refused: list[Rejection], batch: Batch) -> None:
    """Keep the whole body once for each reason in it."""
    for first, others in _by_reason(refused):
        batch.quarantine.append(
            QuarantineEntry(
                submission.device.data_key,
                submission.stamped_ms or submission.received_ms,  # what sent again puts the same times on it
                first.reason.value,
                first.index,
                f"{first.detail} Also: {', '.join(others)}." if others else first.detail,
                submission.body,
            )
        )


def _by_reason(refused: list[Rejection]) -> list[tuple[Rejection, list[str]]]:
    """The first rejection of each reason, and the other metrics that were refused for it."""
    if len(refused) == 1:
        return [(refused[0], [])]
    found: dict[Reason, tuple[Rejection, list[str]]] = {}
    for rejection in refused:
        first, others = found.setdefault(rejection.reason, (rejection, []))
        metric = rejection.metric
        if metric is not None and metric != first.metric and metric not in others and len(others) < _MOST_NAMED:
            others.append(metric)
    return list(found.values())


def moved(batch: Batch, present: dict[int, tuple[int, float, int]]) -> list[tuple[int, int, float]]:
    """(series, effective time, value) of the series whose present value this batch has changed. After the commit."""
    return [(series, present[series][0], present[series][1]) for series in batch.shown()]
