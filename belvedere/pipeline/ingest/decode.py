"""Bytes of a device become readings and rejections; tests/corpus/README.md says what becomes of what.

Two ways to the same answer. The common bodies go through msgspec and a few comparisons (some 2 us); whatever is
odd in any way is decided by the exact reader (document.py) and the checks in `judge`. A property test holds the two
together.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec import UNSET, Struct, UnsetType

from belvedere.domain.metrics import BINARY_METRICS, METRICS
from belvedere.domain.reading import MAX_AHEAD_MS, Reading, Reason, Rejection
from belvedere.pipeline.ingest.document import MAX_DEPTH, MAX_EXACT_INT, BadDocumentError, Json, read_document
from belvedere.pipeline.ingest.judge import MAX_METRICS, MAX_READINGS, MAX_VALUE, Decoded, RefusedError, judge
from belvedere.pipeline.ingest.names import is_metric, known_numbers
from belvedere.pipeline.ingest.timestamps import MAX_AGE_MS, parse_rfc3339

MAX_MQTT_BODY_BYTES = 16 * 1024
MAX_HTTP_BODY_BYTES = 256 * 1024

_COLON, _QUOTE = 58, 34
_COMPACT_FORMS = (b'{"ts":', b'{"values":', b'{"readings":')


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
    """Whether all is as it should be; zero loses its sign, and booleans of known metrics become numbers, in place."""
    if not 0 < len(values) <= MAX_METRICS:
        return False
    for name, value in values.items():
        if name not in known_numbers:
            if name in BINARY_METRICS:
                if value != 0 and value != 1:
                    return False
            elif not is_metric(name):
                return False
        if not -MAX_VALUE <= value <= MAX_VALUE:
            return False
        if not value or value is True:
            if type(value) is bool and name not in BINARY_METRICS:
                if name in METRICS:
                    return False
            else:
                values[name] = 1.0 if value else 0.0
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


def decode_exactly(
    body: bytes, now_ms: int, stamp: Callable[[], int], believed: Callable[[], bool] = _always
) -> Decoded:
    """The reference: slow, and says exactly what is wrong with which reading or value."""
    try:
        document, not_finite = read_document(body)
    except BadDocumentError as error:
        return _refused(error.reason, error.detail)
    decoded = _judged(document, now_ms, stamp, believed)
    if not_finite is None or decoded.readings or _names(decoded, Reason.NOT_FINITE):
        return decoded
    return _refused(not_finite.reason, not_finite.detail)  # a fault of the text comes before one of its shape


def _judged(document: dict[str, Json], now_ms: int, stamp: Callable[[], int], believed: Callable[[], bool]) -> Decoded:
    try:
        return judge(document, now_ms, stamp, believed)
    except RefusedError as error:
        return _refused(error.reason, error.detail)


def _names(decoded: Decoded, reason: Reason) -> bool:
    return any(rejection.reason is reason for rejection in decoded.rejected)


def _refused(reason: Reason, detail: str) -> Decoded:
    return Decoded([], [Rejection(0, reason, detail)], None)
