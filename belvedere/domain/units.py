"""The units that are offered for a series, and how they are found. Any other text may be a unit too.

units.tsv has one a line, those of one quantity together. ucum: the code of the Unified Code for Units of Measure; one
in braces is an annotation of a number without a unit.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

from belvedere.domain.folding import fold

MOST_FOUND = 20
_TABLE = Path(__file__).with_name("units.tsv")
# What a keyboard has for what a symbol has.
_TYPED = str.maketrans(
    {"µ": "u", "μ": "u", "°": "", "²": "2", "³": "3", "₂": "2", "₃": "3", "·": ".", "Ω": "ohm", "đ": "d"}
)


class Unit(NamedTuple):
    """symbol: as shown after a value."""

    symbol: str
    ucum: str
    name_vi: str
    name_en: str
    quantity_vi: str
    quantity_en: str


@cache
def list_units() -> tuple[Unit, ...]:
    """All of them, in the order of the table."""
    with _TABLE.open(encoding="utf-8", newline="") as table:
        rows = csv.reader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        return tuple(Unit(*row) for row in rows)


def find_units(query: str, limit: int = MOST_FOUND) -> list[Unit]:
    """The units that fit the text, the best first; all of them without one.

    By symbol, code, name in either language or quantity; without accents, and `m3` for `m³`.
    """
    wanted = _fold(query)
    if not wanted:
        return list(list_units())
    ranked = [
        (rank, place, unit) for place, unit in enumerate(list_units()) if (rank := _rank(unit, query, wanted)) >= 0
    ]
    return [unit for _, _, unit in sorted(ranked)[:limit]]


def _rank(unit: Unit, query: str, wanted: str) -> int:
    """0 is the best; -1 where it does not fit."""
    if query.strip() in (unit.symbol, unit.ucum):
        return 0
    codes = {_fold(unit.symbol), _fold(unit.ucum)}
    if wanted in codes:
        return 1
    words = [_fold(text) for text in unit[2:]]
    if any(word.startswith(wanted) for word in words) or any(code.startswith(wanted) for code in codes):
        return 2
    return 3 if any(wanted in text for text in (*words, *codes)) else -1


def _fold(text: str) -> str:
    """Also as it is typed where a keyboard has no such sign."""
    return fold(text.strip().translate(_TYPED))
