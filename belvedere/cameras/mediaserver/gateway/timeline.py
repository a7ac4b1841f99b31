"""One clock for a camera's viewers, however often the camera comes and goes. Pure."""

from __future__ import annotations

from belvedere.cameras.mediaserver.gateway.h264.units import CLOCK_RATE

MAX_JUMP_TICKS = 10 * CLOCK_RATE
MAX_REORDER_TICKS = 2 * CLOCK_RATE
START_TICKS = 10 * CLOCK_RATE


class Timeline:
    """Turns a camera's time stamps into continuous ones; over a gap they go on by the time that has passed."""

    def __init__(self) -> None:
        self._offset: int | None = None
        self._last = START_TICKS
        self._last_at = 0.0

    def restart(self) -> None:
        """Forget the camera's clock: its next time stamp has nothing to do with the last."""
        self._offset = None

    def map(self, ts: int, now: float) -> int:
        """Return the continuous time stamp. now: seconds, monotonic."""
        if self._offset is None or not -MAX_REORDER_TICKS < ts + self._offset - self._last < MAX_JUMP_TICKS:
            passed = round((now - self._last_at) * CLOCK_RATE) if self._last_at else 0
            self._offset = self._last + max(passed, CLOCK_RATE // 100) - ts
        mapped = ts + self._offset
        if mapped > self._last:
            self._last, self._last_at = mapped, now
        return mapped
