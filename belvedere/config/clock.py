"""The clock of this server, for the views that ask it."""

from __future__ import annotations

from belvedere.domain.clock import ServerClock
from belvedere.domain.provided import Provided

clock: Provided[ServerClock] = Provided("clock", ServerClock())
