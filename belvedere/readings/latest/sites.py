"""What each keeper of latest values does with its sites."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar


class _Site(Protocol):
    """interval_ms: series -> smoothed distance between its readings."""

    interval_ms: dict[int, float]


S = TypeVar("S", bound=_Site)


class Sites(dict[int, S]):
    """Site -> what is kept of it. A site that is looked up by `[]` is made where it is new."""

    def __init__(self, make: Callable[[], S]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, site_id: int) -> S:
        site = self[site_id] = self._make()
        return site

    def intervals(self) -> dict[int, int]:
        """Series -> observed reporting interval, ms. From any thread."""
        sites = list(self.values())
        return {series: round(ms) for site in sites for series, ms in dict(site.interval_ms).items()}
