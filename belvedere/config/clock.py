"""The clock of this server, for the views and jobs that ask it."""

from __future__ import annotations

from collections.abc import Callable

from belvedere.domain.clock import ServerClock
from belvedere.domain.provided import Provided

clock: Provided[ServerClock] = Provided("clock", ServerClock())


def _tell_nobody(_confirmed_ms: int) -> None:
    """There is one process."""


# Tells the other processes which time a person has confirmed.
tell_confirmed: Provided[Callable[[int], None]] = Provided("way to tell of a confirmed clock", _tell_nobody)
