"""What a stream is like, found out by watching it: B-frames, key-frame distance, frame rate. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE, AccessUnit
from belvedere.cameras.mediaserver.gateway.codec import Parameters

# In order: so many pictures over so long a time. A camera that sends one picture a second needs no more of them.
DECIDE_UNITS = 4
DECIDE_TICKS = CLOCK_RATE
WINDOW_UNITS = 30
FORGET_TICKS = 10 * CLOCK_RATE  # without a reordered picture: the camera was set otherwise


@dataclass
class Probe:
    """What a stream is like, found out by watching it.

    b_frames: None until it is decided, and never for good. An SPS that excludes reordering is believed at once. Where
    it allows reordering or is silent, B-frames are pictures of B-slices whose time stamps step back; a step back of
    other pictures is a clock that was set. reorder: pictures that a decoder holds back.
    """

    b_frames: bool | None = None
    reorder: int = 0
    key_frame_seconds: float | None = None
    _highest: int | None = None
    _first: int | None = None
    _count: int = 0
    _reordered_at: int | None = None
    _last_key: int | None = None
    _window: deque[int] = field(default_factory=lambda: deque(maxlen=WINDOW_UNITS))

    @property
    def fps(self) -> float:
        """Pictures a second of late; 0 before the second one."""
        span = max(self._window) - min(self._window) if self._window else 0
        return round((len(self._window) - 1) * CLOCK_RATE / span, 1) if span else 0.0

    def feed(self, unit: AccessUnit, parameters: Parameters) -> None:
        """Look at one more picture, in decoding order."""
        if self._first is None or self._highest is None:
            self._first = self._highest = unit.ts
        self._judge_order(unit, parameters)
        if unit.key:
            if self._last_key is not None and unit.ts > self._last_key:
                self.key_frame_seconds = round((unit.ts - self._last_key) / CLOCK_RATE, 2)
            self._last_key = unit.ts
        self._window.append(unit.ts)

    def _judge_order(self, unit: AccessUnit, parameters: Parameters) -> None:
        assert self._first is not None
        assert self._highest is not None
        self._count += 1
        if unit.bidirectional and unit.ts < self._highest:
            self._reordered_at = self._highest
        if parameters.reorder == 0:
            self.b_frames = False
        elif self._reordered_at is not None and self._highest - self._reordered_at < FORGET_TICKS:
            self.b_frames = True
        elif self.b_frames or (self._count >= DECIDE_UNITS and unit.ts - self._first >= DECIDE_TICKS):
            self.b_frames = False
        self._highest = max(self._highest, unit.ts)
        self.reorder = (parameters.reorder or 2) if self.b_frames else 0
