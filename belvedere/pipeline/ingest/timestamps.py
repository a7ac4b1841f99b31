"""The time of a reading: its text form, and the range of times that is accepted."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

MAX_AGE_MS = 366 * 24 * 3600 * 1000  # a year of readings kept offline, leap day included
# While the server's own clock is in doubt it judges no device: whatever can be milliseconds of our days is taken.
EARLIEST_MS = 946_684_800_000  # the year 2000: a time in seconds, or of a clock that starts in 1970, lies before
LATEST_MS = 4_102_444_800_000  # the year 2100: a time in microseconds lies after

_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_CALENDAR_CYCLE = timedelta(days=146_097)  # 400 years, after which the Gregorian calendar repeats
_LONGEST_TEXT = 40


def parse_rfc3339(text: str) -> int | None:
    """Unix milliseconds (truncated), or None where the text is not a valid RFC 3339 time."""
    if _RFC3339.fullmatch(text) is None:
        return None
    before_common_era = text.startswith("0000")  # datetime knows no year 0, RFC 3339 does
    try:
        moment = datetime.fromisoformat(("0400" + text[4:] if before_common_era else text).upper())
    except ValueError:
        return None
    elapsed = moment - _EPOCH
    return (elapsed - _CALENDAR_CYCLE if before_common_era else elapsed) // _MILLISECOND


# A number from the years 2000 to 2100 in one of these units is most likely a time.
_UNITS = (("seconds", 10**-3), ("milliseconds", 1), ("microseconds", 10**3), ("nanoseconds", 10**6))


def describe_bad_time(given: object) -> str:
    """A sentence, with a space before it, on what a refused time looks like; "" where that is not clear."""
    if isinstance(given, str):
        return _describe_bad_text(given)
    if not isinstance(given, (int, float)) or isinstance(given, bool):
        return ""
    for unit, scale in _UNITS:
        if EARLIEST_MS * scale <= given <= LATEST_MS * scale:
            if unit != "milliseconds":
                return f" It looks like {unit}: send milliseconds."
            return " Send it without a fraction." if isinstance(given, float) else ""
    return ""


def _describe_bad_text(text: str) -> str:
    if text.isascii() and text.isdigit():
        return " It looks like a number in quotes: send it without them."
    if len(text) < _LONGEST_TEXT and parse_rfc3339(text.replace(" ", "T", 1) + "Z") is not None:
        return " It has no zone: add Z, or one like +07:00."
    return ""
