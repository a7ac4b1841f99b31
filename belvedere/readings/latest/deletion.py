"""Deleted devices show no values any more, whichever keeper holds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from belvedere.domain.changes import Change, ChangeKind


class Keeper(Protocol):
    """A keeper of latest values, as far as deletion goes (latest/port.py)."""

    def forget(self, site_id: int, series_id: int) -> None:
        """The series is deleted."""


class LatestDeletion:
    """Reads the registry's log for a keeper of latest values. Event loop only."""

    def __init__(self, latest: Keeper) -> None:
        self._latest = latest

    def load(self) -> None:
        """Do nothing: values come from the store, and a page shows none of a series that it does not know."""

    def apply(self, changes: Sequence[Change]) -> None:
        """Forget the series of deleted devices."""
        for change in changes:
            if change.kind is ChangeKind.DEVICE_DELETED:
                for series_id in change.data["series"]:
                    self._latest.forget(change.data["site_id"], series_id)
