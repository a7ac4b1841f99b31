"""Troubles of a device other than refused readings, shown on its page."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class TroubleCode(StrEnum):
    """The kind of trouble; the page has words for it and says what to do."""

    BAD_CREDENTIALS = "bad_credentials"  # a log-in under its id with a wrong secret
    REFUSED_WILL = "refused_will"
    FOREIGN_TOPIC = "foreign_topic"
    UNKNOWN_TOPIC = "unknown_topic"  # below its own prefix, but no topic of the format
    UNKNOWN_STATUS = "unknown_status"
    FOREIGN_FILTER = "foreign_filter"  # subscribed to topics that are not its own
    TOO_LARGE = "too_large"  # a packet, or a body over HTTP
    PROTOCOL_FAULT = "protocol_fault"
    CLOCK_STANDS_STILL = "clock_stands_still"


class Trouble(NamedTuple):
    """One trouble. at_ms: when it last happened. detail: what exactly, in English, safe to show."""

    at_ms: int
    code: TroubleCode
    detail: str
