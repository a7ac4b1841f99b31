"""The port of latest values: what the poll answers from.

Implemented by latest/memory.py, and in the cluster by latest/redis/: writer.py in workers, replica.py in web processes.

All calls come from the event loop, except `intervals` and `known_values`; each answers from memory, because ten
thousand dashboards ask.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple, Protocol

TICK_SECONDS = 0.2  # a site's cursor moves at most this often, so that 10,000 polls share one encoding
# The reporting interval of a series is the smoothed distance of its readings.
LIVE_MS = 3_600_000  # longer pauses say nothing about it
SMOOTHING = 0.2
LONGER = 4  # one pause counts as so many intervals at most; a slower rhythm is followed within a dozen readings
MAX_CURSOR_DIGITS = 15

Value = tuple[int, int, float]  # series, ts_ms, value


class State(NamedTuple):
    """One site as it is now; a view, to be read before anything else is awaited.

    cursor: text that names this state; another start of the server (another epoch) never gives the same one.
    values: series -> (ts_ms, value). interval_ms: series -> smoothed distance between its readings, where known.
    """

    cursor: str
    values: Mapping[int, tuple[int, float]]
    interval_ms: Mapping[int, float]


def number_in(cursor: str, epoch: str) -> int | None:
    """The number of a cursor of this epoch; None for another one's, and for what is no cursor at all."""
    text, _, n = cursor.partition(".")
    return int(n) if text == epoch and n.isascii() and n.isdigit() and len(n) <= MAX_CURSOR_DIGITS else None


class LatestWriter(Protocol):
    """The side of those who commit."""

    def moved(self, site_id: int, series_id: int, ts_ms: int, value: float) -> None:
        """A newer value was committed. It shows with the next move of the site's cursor."""

    def forget(self, site_id: int, series_id: int) -> None:
        """The series is deleted: at once it is in no state, and no older cursor gets a delta."""

    def note_interval(self, site_id: int, series_id: int, interval_ms: int) -> None:
        """What an earlier run learned of a series; its next readings go on from there."""


class LatestReader(Protocol):
    """The side of the poll: the newest value of each series, and a cursor a site."""

    def state(self, site_id: int) -> State:
        """The site's state; the same one, and the same cursor, until something moves and a tick has passed."""

    def known_values(self, site_id: int) -> Mapping[int, tuple[int, float]]:
        """Series -> (ts_ms, value) of the state that `state` gave last. From any thread: look up, do not iterate."""

    def since(self, site_id: int, cursor: str, only: Collection[int] | None = None) -> list[Value] | None:
        """What changed between that state and the one that `state` gave last; None where only the whole tells it.

        So it is for a cursor of another epoch or from before a series was deleted, and for what is no cursor at all.
        only: of these series.
        """

    def intervals(self) -> dict[int, int]:
        """Series -> observed reporting interval, ms. From any thread."""


class Follower(Protocol):
    """What keeps a copy of values that another process may show first. Implemented by latest/redis/replica.py."""

    def is_level(self, site_id: int, cursor: str) -> bool:
        """Whether `state` is no older than this cursor."""

    async def catch_up(self, site_id: int, cursor: str) -> None:
        """Be no older than this cursor, or as new as can be had."""


class Latest(LatestWriter, LatestReader, Protocol):
    """Both, where one process has them."""
