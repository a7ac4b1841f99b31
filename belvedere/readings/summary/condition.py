"""The limit that a summary is asked about, as it stands in a query. Pure."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from belvedere.readings.summary.evidence import Band

_INF = math.inf


class Limit(NamedTuple):
    """above, below: one level. outside: two. is: 0 or 1 of a binary series."""

    kind: str
    levels: tuple[float, ...]

    @property
    def band(self) -> Band:
        """The values that are not beyond it; a value that equals a level is not beyond it."""
        first = self.levels[0]
        match self.kind:
            case "above":
                return Band(-_INF, first)
            case "below":
                return Band(first, _INF)
            case "outside":
                return Band(*self.levels)
            case _:
                return Band(-_INF, 0.0) if first else Band(1.0, _INF)

    def as_json(self) -> dict[str, Any]:
        """Return it as the answer names it."""
        match self.kind:
            case "outside":
                return {"kind": self.kind, "low": self.levels[0], "high": self.levels[1]}
            case "is":
                return {"kind": self.kind, "value": int(self.levels[0])}
            case _:
                return {"kind": self.kind, "level": self.levels[0]}


def parse_limit(kind: str, text: str) -> Limit | None:
    """Return the limit of `kind=text`; None where that is none."""
    try:
        levels = tuple(float(part) for part in text.split(","))
    except ValueError:
        return None
    wanted = 2 if kind == "outside" else 1
    if len(levels) != wanted or not all(map(math.isfinite, levels)) or levels[0] > levels[-1]:
        return None
    return Limit(kind, levels)
