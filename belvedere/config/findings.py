"""What `belvedere doctor` says of one part."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """As it is printed. REMARK: it serves, and a person has to look at it. UNKNOWN: what tells it is away."""

    WELL = "well"
    REMARK = "look at it"
    UNWELL = "NOT WELL"
    UNKNOWN = "not known"


class Finding(NamedTuple):
    """name: of the part."""

    name: str
    state: State
    sentence: str

    @property
    def is_fine(self) -> bool:
        """Whether nothing of it is away, as far as is known."""
        return self.state in (State.WELL, State.REMARK)

    def describe(self) -> str:
        """Return one line."""
        return f"{self.name}: {self.state}. {' '.join(self.sentence.split())}"


class Unwell(Exception):
    """The part cannot be used as it is; the sentence says why. works: what still does, where that differs."""

    def __init__(self, sentence: str, works: str = "") -> None:
        super().__init__(sentence)
        self.works = works


class Unknown(Exception):
    """What would tell how the part is does not answer."""
