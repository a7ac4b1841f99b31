"""Bytes of a device become readings and rejections; tests/corpus/README.md says what becomes of what.

Two ways to the same answer. The common bodies go through msgspec and a few comparisons (some 2 us); whatever is
odd in any way is decided by the exact reader (document.py) and the checks in `judge`. A property test holds the two
together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec
from msgspec import UNSET, Struct, UnsetType

from belvedere.domain.metrics import BINARY_METRICS
from belvedere.domain.reading import Reading, Reason, Rejection
from belvedere.pipeline.ingest.document import MAX_DEPTH, MAX_EXACT_INT, BadDocumentError, Json, read_document
from belvedere.pipeline.ingest.timestamps import EARLIEST_MS, LATEST_MS, MAX_AGE_MS, MAX_AHEAD_MS, parse_rfc3339

MAX_MQTT_BODY_BYTES = 16 * 1024
MAX_HTTP_BODY_BYTES = 256 * 1024
MAX_READINGS = 1000
MAX_METRICS = 64
MAX_VALUE = 1e15  # integers up to here, and three decimals beside them, are exact in a double

_METRIC = re.compile(r"[a-z][a-z0-9_]{0,63}")
_known_metrics: set[str] = set()
_MOST_KNOWN_METRICS = 4096

_LONGEST_SPAN_MS = 10**15  # longer is not worth its digits

_COLON, _QUOTE = 58, 34
_COMPACT_FORMS = (b'{"ts":', b'{"values":', b'{"readings":')


class Decoded(NamedTuple):
    """What a body holds: `readings` to store and what was `rejected`.

    claimed_ts_ms: the latest time that the device itself put on a reading, refused or not; None where it sent none.
    """

    readings: list[Reading]
    rejected: list[Rejection]
    claimed_ts_ms: int | None


def _always() -> bool:
    return True


def decode(
    body: bytes,
    now_ms: int,
    stamp: Callable[[], int],
    max_bytes: int,
    believed: Callable[[], bool] = _always,
) -> Decoded:
    """Never raises, whatever the bytes. `stamp` gives the time of a reading that brought none.

    believed: whether `now_ms` may judge a device's time; asked only where that is to be refused.
    """
    if len(body) > max_bytes:
        return _refused(Reason.TOO_LARGE, f"{len(body)} bytes; at most {max_bytes}.")
    try:
        if body.startswith(_COMPACT_FORMS):
            decoded = _fast_object(body, now_ms, stamp)
        else:
            decoded = _fast_flat(body, now_ms, stamp)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        decoded = None
    if decoded is not None:
        return decoded
    document = _read_sound(body)
    if document is None:
        return decode_exactly(body, now_ms, stamp, believed)  # which finds out what is wrong with the text
    return _judged(document, now_ms, stamp, believed)


# --- the fast way: whatever it is not sure about it leaves to the exact one, by None ---


class _Item(Struct, forbid_unknown_fields=True):
    values: dict[str, float | bool]
    ts: int | float | str | UnsetType = UNSET


class _Object(Struct, forbid_unknown_fields=True):
    ts: int | float | str | UnsetType = UNSET
    values: dict[str, float | bool] | UnsetType = UNSET
    readings: list[_Item] | UnsetType = UNSET


_read_object = msgspec.json.Decoder(_Object).decode
_read_flat = msgspec.json.Decoder(dict[str, int | float | bool | str]).decode
_new = tuple.__new__  # a NamedTuple's own constructor takes twice as long


def _fast_object(body: bytes, now_ms: int, stamp: Callable[[], int]) -> Decoded | None:
    document = _read_object(body)
    values, ts = document.values, document.ts
    if values is UNSET:
        return _fast_batch(document, body, now_ms, stamp)
    if document.readings is not UNSET:
        return None
    if type(ts) is not int:
        return _fast_without_number(values, ts, body, now_ms, stamp)
    # Each member has one colon outside strings, so as many colons as keys means that no key stood twice.
    if body.count(_COLON) != len(values) + 2 or not now_ms - MAX_AGE_MS <= ts <= now_ms + MAX_AHEAD_MS:
        return None
    if not _plain(values):
        return None
    return _new(Decoded, ([_new(Reading, (ts, values))], [], ts))


def _fast_without_number(
    values: dict[str, float], ts: float | str | UnsetType, body: bytes, now_ms: int, stamp: Callable[[], int]
) -> Decoded | None:
    if ts is UNSET:
        if body.count(_COLON) != len(values) + 1 or not _plain(values):
            return None
        return Decoded([Reading(stamp(), values)], [], None)
    if type(ts) is not str or body.count(_QUOTE) != 2 * len(values) + 6:
        return None
    moment = parse_rfc3339(ts)
    if moment is None or not now_ms - MAX_AGE_MS <= moment <= now_ms + MAX_AHEAD_MS or not _plain(values):
        return None
    return Decoded([Reading(moment, values)], [], moment)


def _fast_batch(document: _Object, body: bytes, now_ms: int, stamp: Callable[[], int]) -> Decoded | None:
    items = document.readings
    if items is UNSET or document.ts is not UNSET or not 0 < len(items) <= MAX_READINGS:
        return None
    quotes, oldest, newest = 2, now_ms - MAX_AGE_MS, now_ms + MAX_AHEAD_MS
    claimed: int | None = None
    for item in items:
        ts = item.ts
        quotes += 2 + 2 * len(item.values)
        if ts is not UNSET:
            quotes += 2
            if type(ts) is str:
                quotes += 2
                moment = parse_rfc3339(ts)
                if moment is None:
                    return None
                item.ts = ts = moment
            if type(ts) is not int or not oldest <= ts <= newest:
                return None
            claimed = ts if claimed is None or ts > claimed else claimed
        if not _plain(item.values):
            return None
    if body.count(_QUOTE) != quotes:
        return None
    return Decoded([_new(Reading, (i.ts if type(i.ts) is int else stamp(), i.values)) for i in items], [], claimed)


def _fast_flat(body: bytes, now_ms: int, stamp: Callable[[], int]) -> Decoded | None:
    members = _read_flat(body)
    if body.count(_COLON) != len(members):
        return None
    ts = members.pop("ts", UNSET)
    values: dict[str, float | bool] = {}
    for name, value in members.items():
        if type(value) is int and -MAX_VALUE <= value <= MAX_VALUE:
            values[name] = float(value)
        elif type(value) is float or type(value) is bool:
            values[name] = value
        else:
            return None
    if not _plain(values) or "values" in values or "readings" in values:
        return None
    if ts is UNSET:
        return Decoded([Reading(stamp(), values)], [], None)
    if type(ts) is not int or not now_ms - MAX_AGE_MS <= ts <= now_ms + MAX_AHEAD_MS:
        return None
    return Decoded([Reading(ts, values)], [], ts)


def _plain(values: dict[str, float | bool]) -> bool:
    """Whether all is as it should be; booleans become numbers and zero loses its sign, in place."""
    if not 0 < len(values) <= MAX_METRICS:
        return False
    for name, value in values.items():
        if name not in _known_metrics and not _is_metric(name):
            return False
        if not -MAX_VALUE <= value <= MAX_VALUE:
            return False
        if not value or value is True:
            if type(value) is bool and name not in BINARY_METRICS:
                return False
            values[name] = 1.0 if value else 0.0
    return True


def _is_metric(name: str) -> bool:
    if _METRIC.fullmatch(name) is None:
        return False
    if len(_known_metrics) >= _MOST_KNOWN_METRICS:
        _known_metrics.clear()  # somebody invents names; the usual ones come back at once
    _known_metrics.add(name)
    return True


# --- a sound text with something odd in it: read fast all the same, judged exactly ---


def _read_sound(body: bytes) -> dict[str, Json] | None:
    """The document, where nothing in the text itself can be wrong; a big batch with one bad reading is a usual case."""
    if b"\\" in body:
        return None
    try:
        document = _read_any(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    # Without escapes each string has two quotes, so a key that stood twice leaves two too many.
    if not isinstance(document, dict) or body.count(_QUOTE) != 2 * _strings(document, 1):
        return None
    return document


def _strings(value: Json, depth: int) -> int:
    """How many strings it holds, keys too; a number that no text has where it is too deep or an integer too long."""
    if isinstance(value, str):
        return 1
    if isinstance(value, dict):
        if depth > MAX_DEPTH:
            return _IMPOSSIBLE
        return len(value) + sum([_strings(member, depth + 1) for member in value.values() if type(member) is not float])
    if isinstance(value, list):
        return _IMPOSSIBLE if depth > MAX_DEPTH else sum([_strings(item, depth + 1) for item in value])
    return _IMPOSSIBLE if type(value) is int and not -MAX_EXACT_INT <= value <= MAX_EXACT_INT else 0


_IMPOSSIBLE = 1 << 40
_read_any = msgspec.json.Decoder().decode


# --- the exact way ---


class _RefusedError(Exception):
    """One reading is not taken."""

    permanent = True

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def decode_exactly(
    body: bytes, now_ms: int, stamp: Callable[[], int], believed: Callable[[], bool] = _always
) -> Decoded:
    """The reference: slow, and says exactly what is wrong with which reading."""
    try:
        document = read_document(body)
    except BadDocumentError as error:
        return _refused(error.reason, error.detail)
    return _judged(document, now_ms, stamp, believed)


def _judged(document: dict[str, Json], now_ms: int, stamp: Callable[[], int], believed: Callable[[], bool]) -> Decoded:
    try:
        return judge(document, now_ms, stamp, believed)
    except _RefusedError as error:
        return _refused(error.reason, error.detail)


def judge(
    document: dict[str, Json], now_ms: int, stamp: Callable[[], int], believed: Callable[[], bool] = _always
) -> Decoded:
    """Readings of a well-formed document, in one of the three forms; a bad one does not spoil the others."""
    readings: list[Reading] = []
    rejected: list[Rejection] = []
    claimed: int | None = None
    for index, item in enumerate(_items(document)):
        try:
            ts, values = _time_and_values(item)
            if ts is not None:
                claimed = ts if claimed is None else max(claimed, ts)
                _check_time(ts, now_ms, believed)
            numbers = _check_values(values)
            readings.append(Reading(stamp() if ts is None else ts, numbers))
        except _RefusedError as error:
            rejected.append(Rejection(index, error.reason, error.detail))
    return Decoded(readings, rejected, claimed)


def _items(document: dict[str, Json]) -> Iterator[Json]:
    """The readings of a body, each as {"ts"?, "values"}."""
    if "readings" in document:
        items = document["readings"]
        if len(document) > 1 or not isinstance(items, list):
            raise _RefusedError(Reason.BAD_SHAPE, "`readings` is a list, and nothing stands beside it.")
        if not items:
            raise _RefusedError(Reason.NO_VALUES, "The batch has no reading.")
        if len(items) > MAX_READINGS:
            raise _RefusedError(Reason.TOO_MANY_READINGS, f"{len(items)} readings; at most {MAX_READINGS}.")
        return iter(items)
    if "values" in document:
        return iter((document,))
    flat: dict[str, Json] = {"values": {name: value for name, value in document.items() if name != "ts"}}
    if "ts" in document:
        flat["ts"] = document["ts"]
    return iter((flat,))


def _time_and_values(item: Json) -> tuple[int | None, dict[str, Json]]:
    if not isinstance(item, dict) or not item.keys() <= {"ts", "values"}:
        raise _RefusedError(Reason.BAD_SHAPE, "A reading is an object of `ts` and `values`.")
    values = item.get("values", {})
    if not isinstance(values, dict):
        raise _RefusedError(Reason.BAD_SHAPE, "`values` is an object of metric and number.")
    if "ts" not in item:
        return None, values
    ts = item["ts"]
    if isinstance(ts, str):
        ts = parse_rfc3339(ts)
    if type(ts) is not int:
        raise _RefusedError(Reason.BAD_TS, "`ts` is Unix milliseconds as an integer, or RFC 3339 with its zone.")
    return ts, values


def _check_time(ts: int, now_ms: int, believed: Callable[[], bool]) -> None:
    if now_ms - MAX_AGE_MS <= ts <= now_ms + MAX_AHEAD_MS or (EARLIEST_MS <= ts <= LATEST_MS and not believed()):
        return
    if ts > now_ms + MAX_AHEAD_MS:
        raise _RefusedError(Reason.FUTURE, f"{_span(ts - now_ms)} ahead of the server's clock.")
    raise _RefusedError(Reason.TOO_OLD, f"{_span(now_ms - ts)} before the server's clock.")


def _span(ms: int) -> str:
    return f"{min(ms, _LONGEST_SPAN_MS) // 1000} s"


def _check_values(values: dict[str, Json]) -> dict[str, float]:
    if not values:
        raise _RefusedError(Reason.NO_VALUES, "The reading has no metric.")
    if len(values) > MAX_METRICS:
        raise _RefusedError(Reason.TOO_MANY_METRICS, f"{len(values)} metrics; at most {MAX_METRICS}.")
    for name in values:
        if not _is_metric(name):
            raise _RefusedError(Reason.BAD_METRIC, f"{ascii(name)[:80]} is not a name like air_temperature2.")
    numbers = {name: _as_number(name, value) for name, value in values.items()}
    for name, number in numbers.items():
        if not -MAX_VALUE <= number <= MAX_VALUE:
            raise _RefusedError(Reason.OUT_OF_RANGE, f"{name} is beyond 1e15.")
    return numbers


def _as_number(name: str, value: Json) -> float:
    if isinstance(value, bool) and name not in BINARY_METRICS:
        raise _RefusedError(Reason.BAD_VALUE, f"{name} is a boolean; only a binary metric may be.")
    if not isinstance(value, (int, float)):
        raise _RefusedError(Reason.BAD_VALUE, f"{name} is not a number.")
    return float(value) or 0.0  # zero has no sign


def _refused(reason: Reason, detail: str) -> Decoded:
    return Decoded([], [Rejection(0, reason, detail)], None)
