"""What went wrong with a device beside its readings: told on its page, with what to do."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class TroubleCode(StrEnum):
    """What happened; the page says in words what to do about it."""

    BAD_CREDENTIALS = "bad_credentials"  # somebody used its name with a wrong secret
    REFUSED_WILL = "refused_will"
    FOREIGN_TOPIC = "foreign_topic"
    UNKNOWN_TOPIC = "unknown_topic"  # its own, but there is no such one
    UNKNOWN_STATUS = "unknown_status"
    FOREIGN_FILTER = "foreign_filter"  # subscribed to topics that are not its own
    TOO_LARGE = "too_large"  # a packet, or a body over HTTP
    PROTOCOL_FAULT = "protocol_fault"
    CLOCK_STANDS_STILL = "clock_stands_still"


class Trouble(NamedTuple):
    """When it last happened. detail: what exactly, in English, safe to show."""

    at_ms: int
    code: TroubleCode
    detail: str
