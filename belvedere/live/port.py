"""What the hub needs of a log, and the word both share. Implemented by: alerts/reader.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Frame(NamedTuple):
    """A committed entry of a site's log. text: the JSON that sockets are sent."""

    site_id: int
    seq: int
    text: str


class Position(NamedTuple):
    """How far a site's log has come. log_id: changed by a restore."""

    log_id: str
    seq: int


class EventLog(Protocol):
    """Reads the log, off the event loop."""

    async def positions(self) -> dict[int, Position]:
        """Of every site that has a log."""

    async def position(self, site_id: int) -> Position:
        """Of this site; its log is made where there is none yet."""

    async def frames_after(self, site_id: int, seq: int) -> Sequence[Frame]:
        """The next page of entries, in order; empty at the end."""
