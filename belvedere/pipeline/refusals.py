"""What is refused of decoded readings, in words, and kept in quarantine with the body it came in."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping

from belvedere.devices.directory import MAX_SERIES_A_DEVICE
from belvedere.domain.reading import Reading, Reason, Rejection
from belvedere.pipeline.stream.port import Record
from belvedere.readings.store.batch import QuarantineEntry

_NO_PLACE = "another value has this time, and no later millisecond of its second is free"
_TOO_MANY = f"a device has at most {MAX_SERIES_A_DEVICE} series."
_MOST_NAMED = 8  # metrics in one line of quarantine


def refuse_unstored(
    index: int, reading: Reading, series_of: Mapping[str, int], metrics: list[str], whole: bool
) -> list[Rejection]:
    """Refuse these values of the reading at `index`: another value has their time, or the device may have no series."""
    conflicts = [_refuse_conflict(index, metric, whole) for metric in metrics if metric in series_of]
    if len(conflicts) == len(metrics):
        return conflicts
    return [*_refuse_nameless(index, reading, series_of), *conflicts]


def _refuse_nameless(index: int, reading: Reading, series_of: Mapping[str, int]) -> list[Rejection]:
    """Refuse the values for which the device may have no series."""
    nameless = [metric for metric in reading.values if metric not in series_of]
    whole = len(nameless) == len(reading.values)
    return [Rejection(index, Reason.TOO_MANY_SERIES, f"{metric}: {_TOO_MANY}", metric, whole) for metric in nameless]


@functools.lru_cache(maxsize=1024)
def _refuse_conflict(index: int, metric: str, whole: bool) -> Rejection:
    """Kept: a device whose clock stands still has the same values refused with every message."""
    return Rejection(index, Reason.CONFLICT, f"{metric}: {_NO_PLACE}.", metric, whole)


def make_quarantine_entries(record: Record, refused: list[Rejection]) -> Iterator[QuarantineEntry]:
    """The whole body, once for each reason in it."""
    for first, others in _group_by_reason(refused):
        yield QuarantineEntry(
            record.device.data_key,
            record.stamped_ms or record.received_ms,  # what sent again puts the same times on it
            first.reason.value,
            first.index,
            f"{first.detail} Also: {', '.join(others)}." if others else first.detail,
            record.body,
        )


def _group_by_reason(refused: list[Rejection]) -> list[tuple[Rejection, list[str]]]:
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
