"""The conditions of rules: their shapes, and the validation of input."""

from __future__ import annotations

import math
import re
from typing import Any, Literal

import msgspec

MAX_FOR_SECONDS = 86_400  # a day
MAX_WINDOW_SECONDS = 86_400
MAX_LEVEL = 1e15  # the largest value a reading may have (domain/reading.py)


class ConditionError(ValueError):
    """An invalid condition. field: the key at fault, "" for the whole. The text is shown to people."""

    permanent = True

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class _Base(msgspec.Struct, frozen=True, tag_field="kind", forbid_unknown_fields=True, omit_defaults=False):
    """for_seconds: how long it must hold before an alert opens; 0 = at once."""


class Above(_Base, tag="above", frozen=True):
    """Raises when value > level, clears when value <= clear."""

    level: float
    clear: float | None = None
    for_seconds: int = 0


class Below(_Base, tag="below", frozen=True):
    """Raises when value < level, clears when value >= clear."""

    level: float
    clear: float | None = None
    for_seconds: int = 0


class Outside(_Base, tag="outside", frozen=True):
    """Raises outside low..high, clears at least `clear` (a margin) inside it."""

    low: float
    high: float
    clear: float = 0.0
    for_seconds: int = 0


class Rate(_Base, tag="rate", frozen=True):
    """Raises when the value moved by more than per_minute, measured over the window.

    The rate against an earlier value is (now - then) / max(elapsed, window), so that noise between two readings a
    second apart is not multiplied by sixty.
    """

    per_minute: float
    direction: Literal["up", "down", "any"] = "any"
    window_seconds: int = 300
    for_seconds: int = 0


class NoData(_Base, tag="no_data", frozen=True):
    """Raises when nothing arrived for so long; the next reading clears it."""

    for_seconds: int


class IsTrue(_Base, tag="is_true", frozen=True):
    """Raises on 1 (motion, smoke, leak, door open), clears on 0."""

    for_seconds: int = 0


Condition = Above | Below | Outside | Rate | NoData | IsTrue

_WHERE = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_UNKNOWN_FIELD = re.compile(r"unknown field `(?P<name>[^`]*)`")
_MISSING_FIELD = re.compile(r"missing required field `(?P<name>[^`]*)`")


def parse_condition(data: object) -> Condition:
    """Validate a decoded JSON object; gives a condition. Raises ConditionError."""
    try:
        condition: Condition = msgspec.convert(data, Condition)
    except msgspec.ValidationError as error:
        raise _explain(str(error)) from error
    _check_numbers(condition)
    _check_shape(condition)
    return condition


def to_json(condition: Condition) -> dict[str, Any]:
    """The JSON form, "kind" first, with every default written out and clear = level where it was not given."""
    if isinstance(condition, Above | Below) and condition.clear is None:
        condition = msgspec.structs.replace(condition, clear=condition.level)
    built: dict[str, Any] = msgspec.to_builtins(condition)
    return built


def _explain(message: str) -> ConditionError:
    """Turn msgspec's message into a field and a sentence."""
    if found := _MISSING_FIELD.search(message):
        return ConditionError(found["name"], f"Give `{found['name']}`.")
    if found := _UNKNOWN_FIELD.search(message):
        return ConditionError(found["name"], f"A condition of this kind has no `{found['name']}`.")
    where = _WHERE.search(message)
    field = where["path"] if where else ""
    if field == "kind":
        return ConditionError("kind", "Choose one of above, below, outside, rate, no_data, is_true.")
    return ConditionError(field, _WHERE.sub("", message).replace("`", "") + ".")


def _check_numbers(condition: Condition) -> None:
    for field in ("level", "clear", "low", "high", "per_minute"):
        value = getattr(condition, field, None)
        if value is not None and not (math.isfinite(value) and abs(value) <= MAX_LEVEL):
            raise ConditionError(field, "Give a finite number within ±1e15.")
    shortest = 1 if isinstance(condition, NoData) else 0
    if not shortest <= condition.for_seconds <= MAX_FOR_SECONDS:
        raise ConditionError("for_seconds", f"Give {shortest} to {MAX_FOR_SECONDS} seconds.")


def _check_shape(condition: Condition) -> None:
    match condition:
        case Above(level=level, clear=clear) if clear is not None and clear > level:
            raise ConditionError("clear", "The clear level of `above` must not be higher than its level.")
        case Below(level=level, clear=clear) if clear is not None and clear < level:
            raise ConditionError("clear", "The clear level of `below` must not be lower than its level.")
        case Outside(low=low, high=high) if low >= high:
            raise ConditionError("high", "`high` must be above `low`.")
        case Outside(low=low, high=high, clear=clear) if clear < 0 or low + clear > high - clear:
            raise ConditionError("clear", "The margin must be 0 or more and leave room between `low` and `high`.")
        case Rate(per_minute=per_minute) if per_minute <= 0:
            raise ConditionError("per_minute", "Give a change a minute above 0; `direction` says which way.")
        case Rate(window_seconds=window) if not 1 <= window <= MAX_WINDOW_SECONDS:
            raise ConditionError("window_seconds", f"Give 1 to {MAX_WINDOW_SECONDS} seconds.")
        case _:
            return
