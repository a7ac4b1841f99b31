# ruff: noqa: S608  (names come from the models; every value is bound)
"""How many alerts of a site are not over. Each entry of its log tells it, as it is after that entry.

The database counts once; from then on each entry moves the counts by what it changes, for alerts change by entries of
the log alone. What was counted holds at one number of one log: where another process has written since, the database
counts anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from belvedere.alerts.models import Alert, AlertState, CountedAs
from belvedere.registry.sql import fetch_all


class Counts(NamedTuple):
    """The alerts of a site that are not over. silenced: of those that are open. By severity: of all that are active."""

    active: int
    open: int
    acknowledged: int
    silenced: int
    critical: int
    warning: int
    info: int

    def add(self, rows: Iterable[tuple[str, str, bool, int]]) -> Counts:
        """With (state, severity, silenced or not, how many more), of which those that are over do not count."""
        sums = self._asdict()
        for state, severity, silenced, count in rows:
            if state == AlertState.RESOLVED:
                continue
            sums["active"] += count
            sums[state] += count
            sums[severity] += count
            if silenced and state == AlertState.OPEN:
                sums["silenced"] += count
        return Counts(**sums)


NONE = Counts(0, 0, 0, 0, 0, 0, 0)


class Place(NamedTuple):
    """A log as it stands after one of its entries."""

    log_id: str
    seq: int


_last: dict[int, tuple[Place, Counts]] = {}  # site -> where this process wrote last, and the counts there


def find_counts(site_id: int, place: Place) -> Counts | None:
    """The counts there; None where this process did not write that entry."""
    last = _last.get(site_id)
    return last[1] if last is not None and last[0] == place else None


def keep_counts(site_id: int, place: Place, counts: Counts) -> None:
    """Keep what was counted there, after the commit of that entry."""
    _last[site_id] = place, counts


def count_active(site_id: int) -> Counts:
    """Ask the database: one statement over an index that has all it needs."""
    rows = fetch_all(
        f"SELECT state, severity, silenced_until_ms IS NOT NULL, COUNT(*) FROM {Alert._meta.db_table}"
        f" WHERE site_id = %s AND state IN ('{AlertState.OPEN}', '{AlertState.ACKNOWLEDGED}') GROUP BY 1, 2, 3",
        [site_id],
    )
    return NONE.add(rows)


class Moves:
    """What the entries of one transaction change of the counts."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, str, bool, int]] = []

    def note(self, alert: Alert) -> None:
        """The alert as it is now, in the place of what it was."""
        before, after = alert.counted_as, CountedAs.of(alert)
        if before is not None:
            self._rows.append((*before, -1))
        self._rows.append((*after, 1))
        alert.counted_as = after

    def apply(self, counts: Counts) -> Counts:
        """The counts after them."""
        return counts.add(self._rows)
