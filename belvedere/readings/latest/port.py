"""The port of latest values: what the poll answers from. Implemented by latest/memory.py and latest/redis.py."""

from __future__ import annotations

from typing import Protocol


class Latest(Protocol):
    """The newest value of each series, and a cursor a site."""

    def moved(self, site_id: int, series_id: int, ts_ms: int, value: float) -> None:
        """A newer value was committed."""
