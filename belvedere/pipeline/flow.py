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
_TOO_MANY = f"A device has at most {MAX_SERIES_A_DEVICE} series."


class SeriesAllocator(Protocol):
    """Where new series come from (devices.directory)."""

    def allocate(self, wanted: Iterable[tuple[DeviceHandle, str]]) -> None:
        """Make series for pairs that have none, and add them to the handle."""


class Staged(NamedTuple):
    """A batch ready for its commit. outcomes: one a submission; states: rule states to adopt after it."""

    batch: Batch
    outcomes: list[Outcome]
    states: RuleStates.Changes


def name_series(submissions: list[Submission], allocator: SeriesAllocator) -> None:
    """Give every metric of the batch its series; a device over its limit simply gets none."""
    wanted: list[tuple[DeviceHandle, str]] = []
    for submission in submissions:
        known = submission.device.series
        for reading in submission.readings:
            for metric in reading.values:
                if metric not in known:
                    wanted.append((submission.device, metric))
    if wanted:
        allocator.allocate(_within_limit(wanted))


def _within_limit(wanted: list[tuple[DeviceHandle, str]]) -> list[tuple[DeviceHandle, str]]:
    counts: dict[str, int] = {}
    kept = []
    for device, metric in dict.fromkeys(wanted):
        count = counts.setdefault(device.id, len(device.series))
        if count < MAX_SERIES_A_DEVICE:
            counts[device.id] = count + 1
            kept.append((device, metric))
    return kept


def stage(submissions: list[Submission], batch: Batch, rules: RuleStates) -> Staged:
    """Put the submissions into the batch and run the rules over what is new."""
    changes = rules.changes()
    outcomes = [_stage_one(submission, batch, changes) for submission in submissions]
    changes.into(batch)
    return Staged(batch, outcomes, changes)


def _stage_one(submission: Submission, batch: Batch, changes: RuleStates.Changes) -> Outcome:
    stored = duplicate = adjusted = 0
    conflicts: list[str] = []
    series_of = submission.device.series
    received_ms = submission.received_ms
    refused = submission.rejected
    for position, reading in enumerate(submission.readings):
        verdict = _stage_reading(reading, series_of, received_ms, batch, changes, conflicts)
        if verdict is None:
            index = _index_in_body(position, submission.rejected)
            refused = [*refused, Rejection(index, Reason.TOO_MANY_SERIES, _TOO_MANY)]
        elif verdict is _DUPLICATE:
            duplicate += 1
        elif verdict is not _CONFLICT:
            stored += 1
            adjusted += verdict is _ADJUSTED
        if conflicts:
            index = _index_in_body(position, submission.rejected)
            refused = [*refused, Rejection(index, Reason.CONFLICT, f"{', '.join(conflicts)}: {_NO_PLACE}.")]
            conflicts.clear()
    if refused:
        if not submission.from_quarantine:
            _quarantine(submission, refused, batch)
        return Outcome(stored, duplicate, refused, adjusted)
    if stored + duplicate == 1 and not adjusted:
        return _ONE_STORED if stored else _ONE_DUPLICATE
    return Outcome(stored, duplicate, [], adjusted)


def _index_in_body(position: int, rejected: list[Rejection]) -> int:
    """Where the reading stood before `decode` took out those that it refused."""
    for rejection in rejected:
        position += rejection.index <= position
    return position


def _stage_reading(
    reading: Reading,
    series_of: dict[str, int],
    received_ms: int,
    batch: Batch,
    changes: RuleStates.Changes,
    conflicts: list[str],
) -> Verdict | None:
    """The greatest verdict of its values, those without a place in `conflicts`.

    None: it needs a series the device may not have.
    """
    ts_ms, values = reading
    greatest = _CONFLICT
    try:
        found = [(metric, series_of[metric], value) for metric, value in values.items()]
    except KeyError:
        return None
    for metric, series, value in found:
        verdict = batch.add(series, ts_ms, value)
        if verdict > greatest:
            greatest = verdict
        if verdict is _NEW or verdict is _ADJUSTED:
            rules = changes.rules_of(series)
            if rules:
                changes.sample(rules, series, ts_ms if verdict is _NEW else batch.placed_ms, value, received_ms)
        elif verdict is _CONFLICT:
            conflicts.append(metric)
    return greatest


def _quarantine(submission: Submission, refused: list[Rejection], batch: Batch) -> None:
    """Keep the whole body once for each reason in it."""
    seen: set[Reason] = set()
    for rejection in refused:
        if rejection.reason not in seen:
            seen.add(rejection.reason)
            batch.quarantine.append(
                QuarantineEntry(
                    submission.device.id,
                    submission.received_ms,
                    rejection.reason.value,
                    rejection.index,
                    rejection.detail,
                    submission.body,
                )
            )


def moved(batch: Batch, latest: dict[int, float]) -> list[tuple[int, int, float]]:
    """(series, ts_ms, value) of the series whose newest value this batch has changed. After the commit."""
    return [(series, ts_ms, latest[series]) for series, ts_ms in batch.last.items()]
