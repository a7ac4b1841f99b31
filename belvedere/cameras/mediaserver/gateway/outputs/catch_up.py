"""How a viewer who comes between two key frames is brought up to the present picture."""

from __future__ import annotations

from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE
from belvedere.cameras.mediaserver.gateway.outputs.picture import Picture

LEAST_STEP_TICKS = CLOCK_RATE // 1000


class CatchUp:
    """Stamps the pictures of the past that a new viewer is sent, until the present ones overtake them.

    Each gets the time at which it is sent, on the camera's line of time. A player then sees neither a delay that grows
    nor a picture that has to wait: both would be added to the age of all that follows.
    """

    def __init__(self, newest_ts: int, now: float) -> None:
        self._newest_ts = newest_ts
        self._began = now
        self._last = newest_ts - LEAST_STEP_TICKS

    def stamp(self, picture: Picture, now: float) -> Picture:
        """Return the picture of the past at the time that it is sent."""
        sent = self._newest_ts + round((now - self._began) * CLOCK_RATE)
        self._last = max(sent, self._last + LEAST_STEP_TICKS)
        return picture.moved_to(self._last)

    def is_over(self, picture: Picture) -> bool:
        """Whether the picture lies behind all that were stamped."""
        return picture.ts > self._last
