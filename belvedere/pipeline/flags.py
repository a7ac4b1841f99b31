"""Series of true and false that only the registry knows for such: what they become by their first value, and refuse.

Metrics that are binary by their name are checked as they are decoded (ingest/judge.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from belvedere.domain.reading import Reading, Reason, Rejection
from belvedere.pipeline.stream.port import DeviceHandle, Record


class KindRegistry(Protocol):
    """Where the kinds of series are kept (devices.directory)."""

    def make_binary(self, pairs: Iterable[tuple[DeviceHandle, str]]) -> None:
        """The series of these (device, metric) are binary from now on."""


def take_first_values(records: list[Record], registry: KindRegistry) -> None:
    """A series that was made before its first value (a no_data rule waited for it) becomes binary by true or false."""
    first: dict[tuple[DeviceHandle, str], bool] = {}
    for record in records:
        valueless = record.device.valueless
        if valueless:
            for reading in record.readings:
                for metric in valueless & reading.values.keys():
                    first.setdefault((record.device, metric), type(reading.values[metric]) is bool)
    flags = [pair for pair, is_flag in first.items() if is_flag]
    if flags:
        registry.make_binary(flags)
    for device, metric in first:
        device.valueless.discard(metric)


def refuse_numbers(records: list[Record]) -> list[Rejection]:
    """Take what is neither 0 nor 1 out of the readings of binary series; what was refused."""
    refused: list[Rejection] = []
    for record in records:
        binary = record.device.binary
        if binary and any(_find_wrong(reading, binary) for reading in record.readings):
            refused += _refuse(record, binary)
    return refused


def _find_wrong(reading: Reading, binary: set[str]) -> list[str]:
    return [metric for metric, value in reading.values.items() if metric in binary and value not in (0, 1)]


def _refuse(record: Record, binary: set[str]) -> list[Rejection]:
    kept: list[Reading] = []
    refused: list[Rejection] = []
    for place, reading in zip(record.places_in_body(), record.readings, strict=True):
        wrong = _find_wrong(reading, binary)
        whole = len(wrong) == len(reading.values)
        detail = "{} is true or false, 1 or 0."
        refused += [Rejection(place, Reason.BAD_VALUE, detail.format(name), name, whole) for name in wrong]
        if not whole:
            good = {metric: value for metric, value in reading.values.items() if metric not in wrong}
            kept.append(reading._replace(values=good))
    record.readings = kept
    record.rejected = [*record.rejected, *refused]
    return refused
