"""The rules that every new site is given, switched off: ready to switch on once the sensor is there."""

from __future__ import annotations

from typing import Final, NamedTuple

from belvedere.rules.conditions import Above, Condition, IsTrue
from belvedere.rules.models import Severity
from belvedere.rules.names import READY_NAMES


class Template(NamedTuple):
    """A rule for a whole site. key: its name, in rules/names.py."""

    key: str
    metric: str
    severity: Severity
    condition: Condition

    @property
    def name(self) -> str:
        """As it is stored; the pages show it in the language of the reader."""
        return READY_NAMES[self.key].vi


TEMPLATES: Final = (
    Template("temperature_high", "temperature", Severity.CRITICAL, Above(35.0, 34.0)),
    Template("motion", "motion", Severity.INFO, IsTrue()),
    Template("smoke", "smoke", Severity.CRITICAL, IsTrue()),
    Template("water_leak", "water_leak", Severity.WARNING, IsTrue()),
)
