"""Checks a well-formed document, reading by reading and value by value, and reports the first fault of each.

A fault of a reading (its time, its shape) refuses that reading. A fault of a value refuses that value alone, so that
a broken sensor does not silence the others of its device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from belvedere.domain.metrics import BINARY_METRICS, METRICS
from belvedere.domain.reading import MAX_AHEAD_MS, Reading, Reason, Rejection
from belvedere.domain.visible import escape, quote
from belvedere.pipeline.ingest import names
from belvedere.pipeline.ingest.document import Json, NotFinite
from belvedere.pipeline.ingest.timestamps import (
    EARLIEST_MS,
    LATEST_MS,
    MAX_AGE_MS,
    describe_bad_time,
    parse_rfc3339,
)

MAX_READINGS = 1000
MAX_METRICS = 64
MAX_VALUE = 1e15  # integers up to here, and three decimals beside them, are exact in a double

_LONGEST_SPAN_MS = 10**15  # a longer time is cut to this in messages
_ORDER = {reason: place for place, reason in enumerate(Reason)}


class Decoded(NamedTuple):
    """What a body holds: `readings` to store and what was `rejected`.

    claimed_ts_ms: the latest time that the device itself put on a reading, refused or not; None where it sent none.
    """

    readings: list[Reading]
    rejected: list[Rejection]
    claimed_ts_ms: int | None


class RefusedError(Exception):
    """One reading, or the whole document, is refused. The same bytes fail again."""

    permanent = True

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def judge(document: dict[str, Json], now_ms: int, stamp: Callable[[], int], believed: Callable[[], bool]) -> Decoded:
    """Check a well-formed document in one of the three forms. Raises RefusedError where it has none of them.

    A reading without a time takes a stamp even if it is refused, so that the same bytes get the same times when they
    are sent through again later.
    """
    readings: list[Reading] = []
    rejected: list[Rejection] = []
    claimed: int | None = None
    for index, item in enumerate(_list_readings(document)):
        try:
            ts, values = _split_time(item)
            if ts is None:
                ts = stamp()
            else:
                claimed = ts if claimed is None else max(claimed, ts)
                _check_time(ts, now_ms, believed)
            _check_reading(values)
        except RefusedError as error:
            rejected.append(Rejection(index, error.reason, error.detail))
            continue
        good, bad = _check_values(values)
        if good:
            readings.append(Reading(ts, good))
        rejected += [Rejection(index, reason, detail, name, not good) for reason, detail, name in bad]
    return Decoded(readings, rejected, claimed)


def _list_readings(document: dict[str, Json]) -> Iterator[Json]:
    """The readings of a body, each as {"ts"?, "values"}."""
    if "readings" in document:
        items = document["readings"]
        if len(document) > 1 or not isinstance(items, list):
            raise RefusedError(Reason.BAD_SHAPE, "`readings` is a list, and nothing stands beside it.")
        if not items:
            raise RefusedError(Reason.NO_VALUES, "The batch has no reading.")
        if len(items) > MAX_READINGS:
            raise RefusedError(Reason.TOO_MANY_READINGS, f"{len(items)} readings; at most {MAX_READINGS}.")
        return iter(items)
    if "values" in document:
        return iter((document,))
    flat: dict[str, Json] = {"values": {name: value for name, value in document.items() if name != "ts"}}
    if "ts" in document:
        flat["ts"] = document["ts"]
    return iter((flat,))


# --- the time ---


def _split_time(item: Json) -> tuple[int | None, dict[str, Json]]:
    """Take the time from the reading: under `ts` or another usual name, beside the values or among them."""
    beside = [name for name in item if name != "values"] if isinstance(item, dict) else []
    if not isinstance(item, dict) or len(beside) > 1 or not all(map(names.is_time, beside)):
        raise RefusedError(Reason.BAD_SHAPE, "A reading is an object of `ts` and `values`.")
    values = item.get("values", {})
    if not isinstance(values, dict):
        raise RefusedError(Reason.BAD_SHAPE, "`values` is an object of metric and number.")
    if beside:
        return _parse_time(beside[0], item[beside[0]]), values
    name = next(filter(names.is_time, values), None)
    if name is None:
        return None, values
    return _parse_time(name, values[name]), {metric: value for metric, value in values.items() if metric != name}


def _parse_time(name: str, given: Json) -> int:
    ts = parse_rfc3339(given) if isinstance(given, str) else given
    if type(ts) is int:
        return ts
    if isinstance(given, NotFinite):
        raise RefusedError(Reason.NOT_FINITE, f"`{name}` is not a finite number.")
    rule = "is Unix milliseconds as an integer, or RFC 3339 with its zone."
    if name != "ts":
        rule = f"is read as the time of the reading; that {rule} Give a measured value another name."
    raise RefusedError(Reason.BAD_TS, f"`{name}` {rule}{describe_bad_time(given)}")


def _check_time(ts: int, now_ms: int, believed: Callable[[], bool]) -> None:
    if now_ms - MAX_AGE_MS <= ts <= now_ms + MAX_AHEAD_MS or (EARLIEST_MS <= ts <= LATEST_MS and not believed()):
        return
    if ts > now_ms + MAX_AHEAD_MS:
        detail = f"{_format_span(ts - now_ms)} ahead of the server's clock.{describe_bad_time(ts)}"
        raise RefusedError(Reason.FUTURE, detail)
    detail = f"{_format_span(now_ms - ts)} before the server's clock.{describe_bad_time(ts)}"
    raise RefusedError(Reason.TOO_OLD, detail)


def _format_span(ms: int) -> str:
    return f"{min(ms, _LONGEST_SPAN_MS) // 1000} s"


# --- the values ---


class _Fault(NamedTuple):
    """What is wrong with one value."""

    reason: Reason
    detail: str
    metric: str


def _check_reading(values: dict[str, Json]) -> None:
    """Raise for a fault that refuses all values."""
    if not values:
        raise RefusedError(Reason.NO_VALUES, "The reading has no metric.")
    if len(values) > MAX_METRICS:
        raise RefusedError(Reason.TOO_MANY_METRICS, f"{len(values)} metrics; at most {MAX_METRICS}.")
    for name, value in values.items():
        if isinstance(value, str) and names.is_unit(name):
            detail = f"{quote(name)} says that the numbers may mean something else; no unit travels in this format."
            raise RefusedError(Reason.BAD_VALUE, detail)


def _check_values(values: dict[str, Json]) -> tuple[dict[str, float], list[_Fault]]:
    """Gives the good values, and the faults of the others in the order of `Reason`."""
    good: dict[str, float] = {}
    bad: list[_Fault] = []
    for name, value in values.items():
        found = _check_value(name, value)
        if isinstance(found, _Fault):
            bad.append(found)
        else:
            good[name] = found
    bad.sort(key=lambda fault: _ORDER[fault.reason])
    return good, bad


def _check_value(name: str, value: Json) -> float | _Fault:
    if not names.is_metric(name):
        what = (
            "a word for the time, which the reading has" if names.is_time(name) else "not a name like air_temperature2"
        )
        return _Fault(Reason.BAD_METRIC, f"{quote(name)} is {what}.", escape(name))
    if isinstance(value, NotFinite):
        return _Fault(Reason.NOT_FINITE, f"{name} is not a finite number.", name)
    if isinstance(value, bool) and name not in METRICS:
        return value
    if name in BINARY_METRICS:
        if value in (0, 1):
            return 1.0 if value else 0.0
        return _Fault(Reason.BAD_VALUE, f"{name} is true or false, 1 or 0.", name)
    if isinstance(value, bool):
        return _Fault(Reason.BAD_VALUE, f"{name} is a number, not true or false.", name)
    if not isinstance(value, (int, float)):
        return _Fault(Reason.BAD_VALUE, f"{name} is not a number.", name)
    if not -MAX_VALUE <= value <= MAX_VALUE:
        return _Fault(Reason.OUT_OF_RANGE, f"{name} is beyond 1e15.", name)
    return float(value) or 0.0  # zero has no sign
