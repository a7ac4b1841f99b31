"""The bad-input corpus as test cases; README.md beside this file says what the fields mean."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
_TOKEN = re.compile(rb"@NOW_(MS|S|RFC3339)([+-]\d+)?(?:;(Z|none|[+-]\d\d:\d\d))?(?:;(\d))?@")
_PARTS = ("prefix", "unit", "middle", "close", "suffix")

Line = dict[str, Any]


class Case(NamedTuple):
    """One line of readings.jsonl, its bytes, and the clock to decode them by."""

    line: Line
    body: bytes
    now_ms: int

    @property
    def name(self) -> str:
        return f"{self.line['id']} {self.line['name']}"

    @property
    def reasons(self) -> set[str]:
        """The words that are right for a case that is refused."""
        return {self.line["reason"], *self.line.get("also", [])}

    def rejected(self, told: list[tuple[int, str, str | None]]) -> list[tuple[int, str, str | None]]:
        """Of a case that is taken in part: (index, reason, metric) of each rejection.

        A metric that the case does not name is the one that was told.
        """
        metrics = [metric for _, _, metric in told] + [None] * len(self.line["rejected"])
        return [
            (one["index"], one["reason"], one.get("metric", metric))
            for one, metric in zip(self.line["rejected"], metrics, strict=False)
        ]

    def goes_by(self, transport: str) -> bool:
        """Whether the case is meant for "mqtt" or "http"."""
        return bool(self.line.get("via", transport) == transport)

    def expected(self) -> list[tuple[int | None, dict[str, float]]]:
        """Of an accept case: (ts or None for the time of receipt, values) of each reading."""
        rows = self.line.get("each") or [self.line] * self.line.get("n", 1)
        return [(_time(row.get("ts"), index, self.now_ms), row["values"]) for index, row in enumerate(rows)]


def reading_cases(now_ms: int) -> Iterator[Case]:
    """All lines of readings.jsonl; `now_ms` is a whole second, for those that do not set the clock."""
    with (HERE / "readings.jsonl").open(encoding="ascii") as lines:
        for line in map(json.loads, lines):
            clock = line.get("now_ms", now_ms)
            yield Case(line, _render(_body(line), clock), clock)


def camera_url_lines() -> Iterator[Line]:
    """All lines of camera-urls.jsonl."""
    with (HERE / "camera-urls.jsonl").open(encoding="ascii") as lines:
        yield from map(json.loads, lines)


def _time(ts: str | int | None, index: int, now_ms: int) -> int | None:
    return int(_render(ts.replace("@I@", str(index)).encode(), now_ms)) if isinstance(ts, str) else ts


def _render(data: bytes, now_ms: int) -> bytes:
    def one(match: re.Match[bytes]) -> bytes:
        kind, offset, zone, digits = (group.decode() if group else "" for group in match.groups())
        ms = now_ms + int(offset or 0)
        if kind != "RFC3339":
            return b"%d" % (ms if kind == "MS" else ms // 1000)
        hours, minutes = (int(zone[:3]), int(zone[0] + zone[4:])) if ":" in zone else (0, 0)
        local = datetime(1970, 1, 1) + timedelta(milliseconds=ms, hours=hours, minutes=minutes)  # noqa: DTZ001 (the zone is written beside it)
        text = local.isoformat(timespec="microseconds")[: 20 + int(digits) if digits else 19]
        return (text + {"": "Z", "none": ""}.get(zone, zone)).encode()

    return _TOKEN.sub(one, data)


def _body(line: Line) -> bytes:
    recipe = line.get("generate", {"prefix_b64": line.get("body_b64"), "count": 0})
    prefix, unit, middle, close, suffix = (base64.b64decode(recipe.get(part + "_b64", "")) for part in _PARTS)
    units: bytes = b"".join(unit.replace(b"@I@", b"%d" % index) for index in range(recipe["count"]))
    return prefix + units + middle + close * int(recipe["count"]) + suffix
