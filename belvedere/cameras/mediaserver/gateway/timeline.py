"""One clock for a camera's viewers, however often the camera comes and goes. Pure."""

from __future__ import annotations

from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE

MAX_JUMP_TICKS = 10 * CLOCK_RATE
MAX_REORDER_TICKS = 2 * CLOCK_RATE
START_TICKS = 10 * CLOCK_RATE
LEAST_STEP_TICKS = CLOCK_RATE // 100
WINDOW_SECONDS = 2.0
TOLERATED_TICKS = CLOCK_RATE // 20  # the network's jitter, and a camera that rounds
MAX_CORRECTION = 0.25  # of each step: with two B-frames in a row the order stays


class Timeline:
    """Turns a camera's time stamps into continuous ones; over a gap they go on by the time that has passed.

    They follow the time of arrival in the long run, so that a camera whose clock is fast does not make its viewers
    ever later: the least delayed picture of each window shows how far the clock has gone astray, and the steps of the
    next window are as much shorter or longer.
    """

    def __init__(self) -> None:
        self._offset: int | None = None
        self._last = START_TICKS
        self._last_at = 0.0
        self._stamp: int | None = None
        self._stamps_stand = False
        self._origin: float | None = None
        self._window_at = 0.0
        self._ahead: int | None = None
        self._correction = 0.0

    def restart(self) -> None:
        """Forget the camera's clock: its next time stamp has nothing to do with the last."""
        self._offset = None
        self._stamp = None

    def map(self, ts: int, now: float, *, reordered: bool = False) -> int:
        """Return the continuous time stamp. now: seconds, monotonic.

        reordered: the picture may lie before others that came earlier. Any other picture lies behind them.
        """
        if self._offset is None or not -MAX_REORDER_TICKS < ts + self._offset - self._last < MAX_JUMP_TICKS:
            self._anchor(ts, now)
        elif ts + self._offset > self._last:
            if self._correction:
                self._offset -= round(self._correction * (ts + self._offset - self._last))
        elif not reordered:
            if ts == self._stamp and not self._stamps_stand:  # two pictures with one time stamp
                self._stamps_stand = True
                self._last, self._last_at = self._last + LEAST_STEP_TICKS, now
                return self._last
            self._anchor(ts, now)  # the clock was set back, or stands still
        self._stamps_stand = ts == self._stamp
        self._stamp = ts
        assert self._offset is not None
        mapped = ts + self._offset
        if mapped > self._last:
            self._last, self._last_at = mapped, now
            self._observe(now)
        return mapped

    def locate(self, ts: int) -> int | None:
        """Return where a time stamp near the newest one lies; its low 32 bits are enough. None while there is none."""
        if self._offset is None or self._stamp is None:
            return None
        step = ((ts - self._stamp + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
        return self._stamp + step + self._offset

    def at(self, now: float) -> int | None:
        """Return where a picture would lie that came now. now: seconds, monotonic. None while there is none."""
        if self._offset is None:
            return None
        return self._last + round((now - self._last_at) * CLOCK_RATE)

    def _anchor(self, ts: int, now: float) -> None:
        """Let this time stamp be as much later than the last one as it came later.

        All lines have the same zero, so that a player may go from one stream of a camera to the other.
        """
        if not self._last_at:
            self._last = START_TICKS + round(now * CLOCK_RATE)
        passed = round((now - self._last_at) * CLOCK_RATE) if self._last_at else 0
        self._offset = self._last + max(passed, LEAST_STEP_TICKS) - ts

    def _observe(self, now: float) -> None:
        """Look how far the newest picture is ahead of its arrival."""
        if self._origin is None:
            self._origin = now - self._last / CLOCK_RATE
            self._window_at = now
        ahead = self._last - round((now - self._origin) * CLOCK_RATE)
        self._ahead = ahead if self._ahead is None else max(self._ahead, ahead)
        if now - self._window_at >= WINDOW_SECONDS:
            wrong = self._ahead if abs(self._ahead) > TOLERATED_TICKS else 0
            share = wrong / (WINDOW_SECONDS * CLOCK_RATE)
            self._correction = min(MAX_CORRECTION, max(-MAX_CORRECTION, share))
            self._window_at, self._ahead = now, None
