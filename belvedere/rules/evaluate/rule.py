"""A rule in the form that evaluation compares values with: a band of allowed values."""

from __future__ import annotations

import math
import zlib
from typing import Final, NamedTuple

import msgspec

from belvedere.rules.conditions import Above, Below, Condition, IsTrue, NoData, Outside, Rate

_INF: Final = math.inf
_DIRECTIONS: Final = {"up": 1, "down": -1, "any": 0}
SUSPENDED_FINGERPRINT: Final = zlib.crc32(b"suspended")


class CompiledRule(NamedTuple):
    """A rule as a band that values are compared with, whatever its kind.

    Raises when not low <= x <= high, clears when clear_low <= x <= clear_high, where x is the value, or for
    `rate` the change a minute. window_ms: 0 but for `rate`. silence: the rule is no_data.
    plain: x is the value itself and every sample is evaluated the same way (not rate, not no_data).
    fingerprint: the same for the same condition, whatever for_seconds, name or severity the rule has.
    suspended: outside its schedule: nothing raises it, and it clears what is open.
    """

    id: int
    version: int
    site_id: int
    condition: Condition
    low: float
    high: float
    clear_low: float
    clear_high: float
    for_ms: int
    fingerprint: int
    plain: bool = True
    silence: bool = False
    window_ms: int = 0
    direction: int = 0
    suspended: bool = False


def compile_rule(rule_id: int, version: int, site_id: int, condition: Condition) -> CompiledRule:
    """The band of a validated condition."""
    head = (rule_id, version, site_id, condition)
    tail = (condition.for_seconds * 1000, _compute_fingerprint(condition))
    match condition:
        case Above(level=level, clear=clear):
            return CompiledRule(*head, -_INF, level, -_INF, level if clear is None else clear, *tail)
        case Below(level=level, clear=clear):
            return CompiledRule(*head, level, _INF, level if clear is None else clear, _INF, *tail)
        case Outside(low=low, high=high, clear=margin):
            return CompiledRule(*head, low, high, low + margin, high - margin, *tail)
        case IsTrue():
            return CompiledRule(*head, -_INF, 0.0, -_INF, 0.0, *tail)
        case NoData():
            return CompiledRule(*head, -_INF, _INF, -_INF, _INF, *tail, plain=False, silence=True)
        case Rate(per_minute=limit, direction=direction, window_seconds=window):
            sign = _DIRECTIONS[direction]
            return CompiledRule(
                *head, -_INF, limit, -_INF, limit, *tail, plain=False, window_ms=window * 1000, direction=sign
            )


def suspend_rule(rule: CompiledRule) -> CompiledRule:
    """The rule outside its schedule: a condition of its own, so that both edges of a schedule act as an edit does."""
    head = (rule.id, rule.version, rule.site_id, rule.condition)
    return CompiledRule(*head, -_INF, _INF, -_INF, _INF, 0, SUSPENDED_FINGERPRINT, suspended=True)


def _compute_fingerprint(condition: Condition) -> int:
    """A number of the condition, with for_seconds for no_data only: elsewhere a new for_seconds keeps the wait."""
    if not isinstance(condition, NoData):
        condition = msgspec.structs.replace(condition, for_seconds=0)
    return zlib.crc32(msgspec.json.encode(condition))
