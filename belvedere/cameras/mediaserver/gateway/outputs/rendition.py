"""The sound beside the segments of the video, a track of its own as CMAF wants it. Pure.

Players stop where either of the two ends and count its samples, so the sound has no hole: what does not come is
silence, and what overlaps is left out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE
from belvedere.cameras.mediaserver.gateway.outputs import cmaf
from belvedere.cameras.mediaserver.gateway.outputs.part import Part
from belvedere.cameras.mediaserver.gateway.sound.formats import Format
from belvedere.cameras.mediaserver.gateway.sound.frames import Frame

GONE_SECONDS = 1.0  # without sound, until players are given silence
LATE_SECONDS = 3.0  # behind the pictures; no clock places sound so far behind
FRAMES_A_SECOND = 7  # the longest there are have 128 ms
MAX_WAITING = 1024  # frames that no segment has taken yet: 20 s of Opus


@dataclass(frozen=True)
class SoundInit:
    """An init segment. run: see Segmenter."""

    run: str
    number: int
    form: Format

    @property
    def name(self) -> str:
        """Its file."""
        return f"sound-init-{self.run}-{self.number}.mp4"

    @property
    def data(self) -> bytes:
        """What the file holds."""
        return cmaf.sound_init_segment(self.form)


@dataclass
class SoundSegment:
    """What belongs to one segment of the video. start, ticks: in samples a second, init.form.rate."""

    number: int
    init: SoundInit
    start: int
    parts: list[Part] = field(default_factory=list)
    ticks: int = 0

    @property
    def name(self) -> str:
        """Its file."""
        return f"sound-{self.init.run}-{self.number}.m4s"

    @property
    def data(self) -> bytes:
        """Return the whole file."""
        return b"".join(part.data for part in self.parts)

    def add(self, part: Part, samples: int) -> None:
        """Add what comes next. samples: how long it is, see `ticks`."""
        self.parts.append(part)
        self.ticks += samples


class Rendition:
    """Takes frames as they come; `cut` gives those beside the video so far.

    init: None until the first sound. A camera that comes back without sound goes on as silence, because players that
    have begun with sound wait for it. is_heard: whether there was some since the camera is here.
    """

    def __init__(self, run: str) -> None:
        self.init: SoundInit | None = None
        self.is_heard = False
        self._run = run
        self._form: Format | None = None
        self._waiting: deque[Frame] = deque(maxlen=MAX_WAITING)
        self._end: int | None = None
        self._has_come = False
        self._came_at: int | None = None  # on the line of the pictures
        self._next_fragment = 1

    def begin(self, form: Format | None) -> None:
        """A new connection of the camera. form: of the sound that it sends, None for none."""
        self._form = form
        self.is_heard = False
        self.restart()

    def restart(self) -> None:
        """What follows has nothing to do with what was but its clock."""
        self._waiting.clear()
        self._end = self._came_at = None

    def mark_heard(self) -> None:
        """Begin with the sound of this connection: there is some, or there will be when it is wanted."""
        if self._form is None or self.is_heard:
            return
        self.is_heard = True
        if self.init is None or self.init.form != self._form:
            self.init = SoundInit(self._run, self.init.number + 1 if self.init else 0, self._form)
            self.restart()

    def add(self, frame: Frame) -> None:
        """Add the camera's next frame. Its time: on the line of the pictures, in the rate of the format."""
        self.mark_heard()
        if self._form is not None:
            self._waiting.append(frame)
            self._has_come = True

    def cut(self, start: int, end: int, most: int, *, must: bool) -> list[cmaf.Sample]:
        """Return the frames beside the pictures from start to end, and those that were late. In 90 kHz.

        most: how long all may be. must: there has to be some.
        """
        if self.init is None:
            return []
        rate = self.init.form.rate
        until = end * rate // CLOCK_RATE
        if self._end is None:
            self._end = start * rate // CLOCK_RATE
        samples: list[cmaf.Sample] = []
        last = min(until, self._end + most * rate // CLOCK_RATE - rate // FRAMES_A_SECOND)
        while self._waiting and self._waiting[0].ts < last and self._end < last:
            self._place(self._waiting.popleft(), samples)
        if self._is_late(until, rate) or (must and not samples):
            self._fill(last, samples)
        return samples

    def _is_late(self, until: int, rate: int) -> bool:
        """Whether to wait for sound no longer: none has come for a while, or what comes is too far behind."""
        assert self._end is not None
        if self._has_come or self._came_at is None:
            self._came_at, self._has_come = until, False
        return until - self._came_at >= GONE_SECONDS * rate or until - self._end > LATE_SECONDS * rate

    @property
    def next_part(self) -> str:
        """Name of the part that comes next, in whichever segment it will be."""
        return f"sound-part-{self._run}-{self._next_fragment}.m4s"

    def make_part(self, samples: Sequence[cmaf.Sample]) -> Part:
        """Return the next part, of these frames; there must be one."""
        assert self.init is not None
        ticks = sum(sample.duration for sample in samples) * CLOCK_RATE // self.init.form.rate
        part = Part(self.next_part, cmaf.fragment(self._next_fragment, samples), ticks)
        self._next_fragment += 1
        return part

    def _place(self, frame: Frame, samples: list[cmaf.Sample]) -> None:
        """Put a frame at the end, where it belongs but for half its length."""
        assert self.init is not None
        assert self._end is not None
        length = self.init.form.count_samples(frame.data)
        if not length or frame.ts < self._end - length // 2:
            return
        self._fill(frame.ts, samples)
        self._append(frame.data, length, samples)

    def _fill(self, until: int, samples: list[cmaf.Sample]) -> None:
        """Be silent up to there, but for half a frame."""
        assert self.init is not None
        assert self._end is not None
        form = self.init.form
        while until - self._end > form.silence_samples // 2:
            self._append(form.silence, form.silence_samples, samples)

    def _append(self, data: bytes, length: int, samples: list[cmaf.Sample]) -> None:
        assert self._end is not None
        samples.append(cmaf.Sample(data, self._end, length, 0, True))
        self._end += length
