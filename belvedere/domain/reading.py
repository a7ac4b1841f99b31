"""Types of the data path: a reading, a refusal with its reason, and the outcome of a record."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

MAX_AHEAD_MS = 5 * 60 * 1000  # of a reading's time; clocks of cheap devices drift by minutes, not hours


class Reading(NamedTuple):
    """What one device measured at one moment.

    ts_ms: Unix time in milliseconds, the device's own or, where it sent none, the server's.
    values: metric -> finite number within +-1e15; a binary metric is 0.0 or 1.0. True or False where the device sent
    that for an unknown metric: a new series of it becomes a binary one.
    """

    ts_ms: int
    values: dict[str, float]


class Reason(StrEnum):
    """Why a body or a reading was refused; the order is the order of the checks (docs/ingest.md)."""

    TOO_LARGE = "too_large"
    BAD_ENCODING = "bad_encoding"
    EMPTY = "empty"
    BOM = "bom"
    BAD_UTF8 = "bad_utf8"
    BAD_JSON = "bad_json"
    TOO_DEEP = "too_deep"
    DUPLICATE_KEY = "duplicate_key"
    NOT_FINITE = "not_finite"
    NOT_OBJECT = "not_object"
    BAD_SHAPE = "bad_shape"
    TOO_MANY_READINGS = "too_many_readings"
    BAD_TS = "bad_ts"
    FUTURE = "future"
    TOO_OLD = "too_old"
    NO_VALUES = "no_values"
    TOO_MANY_METRICS = "too_many_metrics"
    BAD_METRIC = "bad_metric"
    BAD_VALUE = "bad_value"
    OUT_OF_RANGE = "out_of_range"
    TOO_MANY_SERIES = "too_many_series"
    CONFLICT = "conflict"
    SERVER_FAILED = "server_failed"


@dataclass(frozen=True, slots=True)
class Rejection:
    """One refused reading of a body, or one refused value of it; index 0 where the body as a whole was refused.

    metric: its name as it was sent, where one value is meant. whole: nothing of the reading is left to store.
    """

    index: int
    reason: Reason
    detail: str = ""
    metric: str | None = None
    whole: bool = True


class Outcome(NamedTuple):
    """The outcome of one record, known after its commit.

    stored, duplicate: counts of *readings* (not of values) of which something was stored; a reading whose every
    value was already there is a duplicate. adjusted: stored readings of which a value has a time some
    milliseconds later than sent, because another value had that time (docs/adr/0007). is_known: False where the record
    is safe, and whoever stores it has not said in time what became of it: then `stored` counts what was taken.
    """

    stored: int
    duplicate: int
    rejected: list[Rejection]
    adjusted: int = 0
    is_known: bool = True
