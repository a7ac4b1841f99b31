"""The wall clock in Unix milliseconds, and how a moment is written."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now_ms() -> int:
    """The time of this machine, right or wrong. Code that takes a clock asks that one instead."""
    return time.time_ns() // 1_000_000


def rfc3339(at_ms: int) -> str:
    """The moment in UTC, as in 2026-11-23T14:32:08.123Z."""
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC).isoformat()[:19]}.{at_ms % 1000:03d}Z"
