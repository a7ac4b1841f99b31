"""The rules that every new site is given, switched off: ready to switch on once the sensor is there."""

from __future__ import annotations

from typing import Final, NamedTuple

from belvedere.rules.conditions import Above, Condition, IsTrue
from belvedere.rules.models import Severity


class Template(NamedTuple):
    """A rule for a whole site. key: what the dashboard translates its name by."""

    key: str
    name: str
    metric: str
    severity: Severity
    condition: Condition


TEMPLATES: Final = (
    Template("temperature_high", "Nhiệt độ cao", "temperature", Severity.CRITICAL, Above(35.0, 34.0)),
    Template("motion", "Có chuyển động", "motion", Severity.INFO, IsTrue()),
    Template("smoke", "Có khói", "smoke", Severity.CRITICAL, IsTrue()),
    Template("water_leak", "Rò nước", "water_leak", Severity.WARNING, IsTrue()),
)
