"""What a stream is like, found out by watching it: B-frames, key-frame distance, frame rate. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from belvedere.cameras.mediaserver.gateway.h264.sps import SequenceParameters
from belvedere.cameras.mediaserver.gateway.h264.units import CLOCK_RATE, AccessUnit

DECIDE_UNITS = 30
DECIDE_TICKS = CLOCK_RATE
B_FRAME_STEPS = 3


@dataclass
class Probe:
    """What a stream is like, found out by watching it.

    b_frames: None until it is decided, by the SPS or after DECIDE_UNITS pictures. An SPS that excludes reordering is
    believed, whatever the time stamps do; where it allows reordering, the time stamps decide. A single step back is
    a clock that was set; with B-frames time stamps step back again and again. reorder: pictures that a decoder holds
    back.
    """

    b_frames: bool | None = None
    reorder: int = 0
    key_frame_seconds: float | None = None
    fps: float = 0.0
    _highest: int | None = None
    _first: int | None = None
    _count: int = 0
    _steps_back: int = 0
    _last_key: int | None = None
    _window: list[int] = field(default_factory=list)

    def feed(self, unit: AccessUnit, parameters: SequenceParameters) -> None:
        """Look at one more picture, in decoding order."""
        if self._first is None or self._highest is None:
            self._first = self._highest = unit.ts
        self._judge_order(unit.ts, parameters)
        if unit.key:
            if self._last_key is not None:
                self.key_frame_seconds = round((unit.ts - self._last_key) / CLOCK_RATE, 2)
            self._last_key = unit.ts
        self._window = [*self._window[-29:], unit.ts]
        span = max(self._window) - min(self._window)
        if span > 0:
            self.fps = round((len(self._window) - 1) * CLOCK_RATE / span, 1)

    def _judge_order(self, ts: int, parameters: SequenceParameters) -> None:
        assert self._first is not None
        assert self._highest is not None
        self._count += 1
        self._steps_back += ts < self._highest
        if parameters.reorder == 0:
            self.b_frames = False
        elif self._steps_back >= B_FRAME_STEPS:
            self.b_frames = True
        elif self.b_frames is None and self._count >= DECIDE_UNITS and ts - self._first >= DECIDE_TICKS:
            self.b_frames = False
        self._highest = max(self._highest, ts)
        self.reorder = (parameters.reorder or 2) if self.b_frames else 0
