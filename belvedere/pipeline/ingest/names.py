"""The kinds of keys in a body: a metric, a word for the time, a word for the unit."""

from __future__ import annotations

import re

from belvedere.domain.metrics import BINARY_METRICS

_METRIC = re.compile(r"[a-z][a-z0-9_]{0,63}")
_UNIT = re.compile(r"(?:.*[_ ])?(?:units?|uom)", re.IGNORECASE | re.DOTALL)
# What firmware calls the time of a reading beside our own `ts`. A metric of that name would only hold times.
_TIMES = frozenset(
    {"ts", "time", "timestamp", "@timestamp", "timestamp_ms", "datetime", "date_time", "date", "epoch", "unixtime"}
)

known_numbers: set[str] = set()  # a cache: names of metrics that came before, without the known binary ones
MOST_KNOWN_NUMBERS = 4096


def is_metric(name: str) -> bool:
    """Whether a series may have this name."""
    if name in known_numbers:
        return True
    if _METRIC.fullmatch(name) is None or name in _TIMES:
        return False
    if name not in BINARY_METRICS:
        if len(known_numbers) >= MOST_KNOWN_NUMBERS:
            known_numbers.clear()  # somebody sends invented names; the usual ones are added again at once
        known_numbers.add(name)
    return True


def is_time(name: str) -> bool:
    """Whether the key is a usual word for the time of a reading."""
    return name.lower() in _TIMES


def is_unit(name: str) -> bool:
    """Whether the key is a usual word for the unit of the numbers beside it."""
    return _UNIT.fullmatch(name) is not None
