"""One clock for the sound of a camera, however often it comes and goes. Pure."""

from __future__ import annotations

MAX_WRONG_SECONDS = 1.0


class SoundClock:
    """Turns a camera's time stamps into continuous ones that stay near the time of arrival.

    Between frames the camera's steps count; where they go astray (the camera was away, its clock was set, or is fast)
    the time of arrival does.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._offset: int | None = None
        self._last = 0

    def restart(self) -> None:
        """Forget the camera's clock."""
        self._offset = None

    def map(self, ts: int, now: float) -> int:
        """Return the time stamp, which always rises. now: seconds, monotonic."""
        arrived = round(now * self._rate)
        if self._offset is None or abs(ts + self._offset - arrived) > MAX_WRONG_SECONDS * self._rate:
            self._offset = arrived - ts
        self._last = max(ts + self._offset, self._last + 1)
        return self._last
