"""Reads the sentences on refused readings and troubles: as codes with parameters, which a page has words for.

Devices, their logs and the store have the sentences themselves. What an older version stored is read as well.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Said(NamedTuple):
    """One sentence. params: what is different each time, as text."""

    code: str
    params: dict[str, str]


_FORMS: tuple[tuple[str, str], ...] = (
    ("too_many_bytes", "{count} bytes; at most {most}."),
    ("http_too_many_bytes", "A body over HTTP. At most {most} bytes."),
    ("packet_too_many_bytes", "A packet of {count} bytes; at most {most}."),
    ("encoded", "Send the body as it is, without a content encoding."),
    ("empty", "The body is empty."),
    ("bom", "The body begins with a byte order mark."),
    ("not_utf8", "Byte {place} is not UTF-8."),
    ("not_object", "The body is not a JSON object."),
    ("not_json", "Not JSON at character {place}."),
    ("too_deep", "More than {most} levels at character {place}."),
    ("twice", '"{name}" stands twice.'),
    ("some_not_finite", "A number is not finite."),
    ("readings_no_list", "`readings` is a list, and nothing stands beside it."),
    ("no_reading", "The batch has no reading."),
    ("too_many_readings", "{count} readings; at most {most}."),
    ("reading_shape", "A reading is an object of `ts` and `values`."),
    ("values_shape", "`values` is an object of metric and number."),
    ("time_not_finite", "`{name}` is not a finite number."),
    ("bad_ts", "`ts` is Unix milliseconds as an integer, or RFC 3339 with its zone."),
    (
        "bad_time",
        "`{name}` is read as the time of the reading; that is Unix milliseconds as an integer, or RFC 3339 with its"
        " zone. Give a measured value another name.",
    ),
    ("ahead", "{seconds} s ahead of the server's clock."),
    ("behind", "{seconds} s before the server's clock."),
    ("no_metric", "The reading has no metric."),
    ("too_many_metrics", "{count} metrics; at most {most}."),
    ("unit_sent", '"{name}" says that the numbers may mean something else; no unit travels in this format.'),
    ("second_time", '"{name}" is a word for the time, which the reading has.'),
    ("bad_name", '"{name}" is not a name like air_temperature2.'),
    ("not_finite", "{name} is not a finite number."),
    ("not_binary", "{name} is true or false, 1 or 0."),
    ("not_a_flag", "{name} is a number, not true or false."),
    ("not_a_number", "{name} is not a number."),
    ("too_great", "{name} is beyond 1e15."),
    ("too_many_series", "{name}: a device has at most {most} series."),
    ("no_place", "{name}: another value has this time, and no later millisecond of its second is free."),
    ("process_ended", "The server's process ended {count} times while it processed this message."),
    ("server_error", "An error of the server; its log has it."),
    ("from_host", "From {host}."),
    ("will_topic", 'The will is for "{topic}".'),
    ("will_text", 'The will says "{text}".'),
    ("stands_still", "Its readings go on to say {at_ms} ms."),
)
_HINTS: tuple[tuple[str, str], ...] = (
    ("hint_unit", " It looks like {unit}: send milliseconds."),
    ("hint_fraction", " Send it without a fraction."),
    ("hint_quotes", " It looks like a number in quotes: send it without them."),
    ("hint_zone", " It has no zone: add Z, or one like +07:00."),
    ("also", " Also: {names}."),
)
# Names of metrics may have any letter, a space too; counts, places and times are digits.
_NUMBERS = {"count", "most", "place", "seconds", "at_ms"}
_QUOTED = re.compile(r'"(?P<text>.*)"', re.DOTALL)


def _compile(form: str, end: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", form)
    pattern = "".join(
        re.escape(part) if place % 2 == 0 else f"(?P<{part}>{'[0-9]+' if part in _NUMBERS else '.+?'})"
        for place, part in enumerate(parts)
    )
    return re.compile(pattern + end, re.DOTALL)


_SENTENCES = [(code, _compile(form, "$")) for code, form in _FORMS]
_ENDINGS = [(code, _compile(form, "$")) for code, form in _HINTS]


def read_detail(detail: str) -> list[Said]:
    """The sentences of a detail, the main one first; empty where it says something else, such as a fault of MQTT."""
    said: list[Said] = []
    rest = detail
    while True:
        main = _read_main(rest)
        if main is not None:
            return [main, *said]
        ending = next(((code, found) for code, form in _ENDINGS if (found := form.search(rest))), None)
        if ending is None:
            return []
        code, found = ending
        said.insert(0, Said(code, found.groupdict()))
        rest = rest[: found.start()]


def _read_main(text: str) -> Said | None:
    for code, form in _SENTENCES:
        found = form.match(text)
        if found is not None:
            return Said(code, found.groupdict())
    quoted = _QUOTED.fullmatch(text)
    return Said("quoted", quoted.groupdict()) if quoted is not None else None
