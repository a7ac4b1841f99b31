"""Decodes the body of a device to readings and rejections; tests/corpus/README.md lists bodies and their results.

There are two ways to the same result. Common bodies take the fast one, msgspec and a few comparisons (about 2 us). All
others take the exact one, document.py and the checks of judge.py. A property test compares the two.
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


def _believe_always() -> bool:
    return True


def decode(
    body: bytes,
    now_ms: int,
    stamp: Callable[[], int],
    max_bytes: int,
    believed: Callable[[], bool] = _believe_always,
) -> Decoded:
    """Decode a body. Never raises, whatever the bytes.

    stamp: gives the time of a reading without one. believed: whether `now_ms` is trusted enough to refuse a device's
    time; called only before such a refusal.
    """
    if len(body) > max_bytes:
        return _refuse(Reason.TOO_LARGE, f"{len(body)} bytes; at most {max_bytes}.")
    try:
        if body.startswith(_COMPACT_FORMS):
            decoded = _try_object(body, now_ms, stamp)
        else:
            decoded = _try_flat(body, now_ms, stamp)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        decoded = None
    if decoded is not None:
        return decoded
    document = _read_well_formed(body)
    if document is None:
        return decode_exactly(body, now_ms, stamp, believed)  # it finds the fault in the text
    return _judge_or_refuse(document, now_ms, stamp, believed)


# --- the fast way: None leaves the body to the exact one ---


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


def _try_object(body: bytes, now_ms: int, stamp: Callable[[], int]) -> Decoded | None:
    document = _read_object(body)
    values, ts = document.values, document.ts
    if values is UNSET:
        return _try_batch(document, body, now_ms, stamp)
    if document.readings is not UNSET:
        return None
    if type(ts) is not int:
        return _try_other_time(values, ts, body, now_ms, stamp)
    # Each member has one colon outside strings, so as many colons as keys means that no key came twice.
    if body.count(_COLON) != len(values) + 2 or not now_ms - MAX_AGE_MS <= ts <= now_ms + MAX_AHEAD_MS:
        return None
    if not _normalize(values):
        return None
    return _new(Decoded, ([_new(Reading, (ts, values))], [], ts))


def _try_other_time(
    values: dict[str, float], ts: float | str | UnsetType, body: bytes, now_ms: int, stamp: Callable[[], int]
) -> Decoded | None:
    if ts is UNSET:
        if body.count(_COLON) != len(values) + 1 or not _normalize(values):
            return None
        return Decoded([Reading(stamp(), values)], [], None)
    if type(ts) is not str or body.count(_QUOTE) != 2 * len(values) + 6:
        return None
    moment = parse_rfc3339(ts)
    if moment is None or not now_ms - MAX_AGE_MS <= moment <= now_ms + MAX_AHEAD_MS or not _normalize(values):
        return None
    return Decoded([Reading(moment, values)], [], moment)


def _try_batch(document: _Object, body: bytes, now_ms: int, stamp: Callable[[], int]) -> Decoded | None:
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
        if not _normalize(item.values):
            return None
    if body.count(_QUOTE) != quotes:
        return None
    return Decoded([_new(Reading, (i.ts if type(i.ts) is int else stamp(), i.values)) for i in items], [], claimed)


def _try_flat(body: bytes, now_ms: int, stamp: Callable[[], int]) -> Decoded | None:
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
    if not _normalize(values) or "values" in values or "readings" in values:
        return None
    if ts is UNSET:
        return Decoded([Reading(stamp(), values)], [], None)
    if type(ts) is not int or not now_ms - MAX_AGE_MS <= ts <= now_ms + MAX_AHEAD_MS:
        return None
    return Decoded([Reading(ts, values)], [], ts)


def _normalize(values: dict[str, float | bool]) -> bool:
    """Whether all values are valid; -0.0 becomes 0.0 and a boolean of a binary metric 0 or 1, in place."""
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


# --- well-formed text with something odd in it: read fast, checked exactly ---


def _read_well_formed(body: bytes) -> dict[str, Json] | None:
    """The document of a text without faults, else None. It makes big batches with one bad reading fast."""
    if b"\\" in body:
        return None
    try:
        document = _read_any(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    # Without escapes each string has two quotes, so a key that came twice leaves two quotes too many.
    if not isinstance(document, dict) or body.count(_QUOTE) != 2 * _count_strings(document, 1):
        return None
    return document


def _count_strings(value: Json, depth: int) -> int:
    """The number of strings in it, keys included; _IMPOSSIBLE where it is too deep or has an integer too long."""
    if isinstance(value, str):
        return 1
    if isinstance(value, dict):
        if depth > MAX_DEPTH:
            return _IMPOSSIBLE
        return len(value) + sum(
            [_count_strings(member, depth + 1) for member in value.values() if type(member) is not float]
        )
    if isinstance(value, list):
        return _IMPOSSIBLE if depth > MAX_DEPTH else sum([_count_strings(item, depth + 1) for item in value])
    return _IMPOSSIBLE if type(value) is int and not -MAX_EXACT_INT <= value <= MAX_EXACT_INT else 0


_IMPOSSIBLE = 1 << 40
_read_any = msgspec.json.Decoder().decode


# --- the exact way ---


def decode_exactly(
    body: bytes, now_ms: int, stamp: Callable[[], int], believed: Callable[[], bool] = _believe_always
) -> Decoded:
    """Decode a body the exact way: slow, and every fault is named. It is the reference for the fast way."""
    try:
        document, not_finite = read_document(body)
    except BadDocumentError as error:
        return _refuse(error.reason, error.detail)
    decoded = _judge_or_refuse(document, now_ms, stamp, believed)
    if not_finite is None or decoded.readings or _has_reason(decoded, Reason.NOT_FINITE):
        return decoded
    return _refuse(not_finite.reason, not_finite.detail)  # a fault of the text comes before one of its shape


def _judge_or_refuse(
    document: dict[str, Json], now_ms: int, stamp: Callable[[], int], believed: Callable[[], bool]
) -> Decoded:
    try:
        return judge(document, now_ms, stamp, believed)
    except RefusedError as error:
        return _refuse(error.reason, error.detail)


def _has_reason(decoded: Decoded, reason: Reason) -> bool:
    return any(rejection.reason is reason for rejection in decoded.rejected)


def _refuse(reason: Reason, detail: str) -> Decoded:
    return Decoded([], [Rejection(0, reason, detail)], None)
