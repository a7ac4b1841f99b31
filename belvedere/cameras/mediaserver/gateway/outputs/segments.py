"""Cut pictures into segments at key frames and into parts of 0.2 s, and keep some seconds of them in memory. Pure.

A part is one CMAF fragment, a segment its parts one after the other. Parts are listed as they come, so that players of
low-latency HLS need not wait for the end of the segment.
"""

from __future__ import annotations

import heapq
import math
import secrets
from collections import deque
from collections.abc import Sequence

from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE, AccessUnit
from belvedere.cameras.mediaserver.gateway.codec import Parameters, ParameterSets
from belvedere.cameras.mediaserver.gateway.outputs import cmaf
from belvedere.cameras.mediaserver.gateway.outputs.part import Part
from belvedere.cameras.mediaserver.gateway.outputs.rendition import Rendition, SoundSegment
from belvedere.cameras.mediaserver.gateway.outputs.segment import Init, Segment

SEGMENT_TICKS = CLOCK_RATE  # a key frame ends a segment from 1 s on: the least delay that players take
SHORTFALL_TICKS = CLOCK_RATE // 50  # cameras round: 24.99 frames are a second
PART_TICKS = CLOCK_RATE // 5  # shorter ones cost a request each and make no player earlier
MAX_WRONG_MS = 5_000
PART_SLACK = 1.05  # a camera's pictures are not equally far apart, and none may make a part longer than the target
KEPT_TICKS = 7 * CLOCK_RATE
MIN_SEGMENTS = 4  # fewer, and a player that is one playlist behind asks for what is gone
MAX_KEPT_BYTES = 24 * 1024 * 1024
MAX_SEGMENT_TICKS = 20 * CLOCK_RATE
MAX_SEGMENT_BYTES = 32 * 1024 * 1024  # 20 s at 13 Mbit/s; reached only where a camera's clock stands still
MAX_SEGMENT_PICTURES = 20 * 120
MAX_SEGMENTS = 32  # about 7 are usual; a stream that changes at each key frame makes a segment of each picture


def _count_parts(segment: Segment, of_sound: bool) -> int:
    if of_sound:
        return len(segment.sound.parts) if segment.sound is not None else 0
    return len(segment.parts)


class DecodingOrder:
    """Decoding times for pictures that come with presentation times only, in decoding order.

    With n pictures reordered, the i-th decoding time is the (i - n)-th presentation time in order: a decoder has n
    pictures in hand before it must show the first.
    """

    def __init__(self, reorder: int) -> None:
        self.reorder = reorder
        self._waiting: list[int] = []
        self._first = 0
        self._count = 0
        self._last: int | None = None

    def next_dts(self, ts: int) -> int:
        """Return the decoding time of the next picture; always rises."""
        if self._count == 0:
            self._first = ts
        heapq.heappush(self._waiting, ts)
        if len(self._waiting) > self.reorder:
            dts = heapq.heappop(self._waiting)
        else:
            dts = self._first - (self.reorder - self._count) * (CLOCK_RATE // 25)
        self._count += 1
        if self._last is not None and dts <= self._last:
            dts = self._last + 1
        self._last = dts
        return dts


def choose_part_target(durations: Sequence[int]) -> int:
    """Return the longest a part may be, in 90 kHz: whole pictures of this usual length, 0.2 s or one of them."""
    usual = sorted(durations)[len(durations) // 2]
    return math.ceil(max(1, round(PART_TICKS / usual)) * usual * PART_SLACK)


class Segmenter:
    """Takes pictures, keeps about 7 s of segments.

    run: part of each file's name, so that no name ever means another file. discontinuities: how many were in segments
    that are gone. target_seconds: as RFC 8216 §6.2.1 wants it never changes, once there is a segment: the first
    segment sets it, and a longer one is cut before it is passed, without a key frame where it must be. part_target:
    how long a part may be, in 90 kHz; set by the first segment too, which is one part for that reason. zero_ms: wall
    clock of the time stamp 0. sound: takes the frames beside the pictures. beside_ts: period_ts of the segments of the
    sub stream that stand in a manifest beside those that begin from now on; another one begins a period.
    """

    def __init__(self, run: str = "") -> None:
        self.run = run or secrets.token_hex(4)
        self.sound = Rendition(self.run)
        self.target_seconds = 0
        self.part_target = 0
        self.segments: deque[Segment] = deque()
        self._next_segment = 0
        self._next_fragment = 1
        self._next_init = 0
        self.discontinuities = 0
        self._open: Segment | None = None
        self._samples: list[cmaf.Sample] = []
        self._sample_ticks = self._sample_bytes = 0
        self._held: tuple[AccessUnit, int] | None = None
        self._order: DecodingOrder | None = None
        self._init: Init | None = None
        self._restarted = False
        self._period_ts = 0
        self.zero_ms = 0
        self.beside_ts: int | None = None
        self._period_beside_ts: int | None = None

    @property
    def newest(self) -> int:
        """Number of the last segment in the playlist, -1 before the first."""
        return self.segments[-1].number if self.segments else -1

    @property
    def begun(self) -> Segment | None:
        """The segment that is being filled, once a part of it can be played."""
        return self._open if self.part_target and self._open is not None and self._open.parts else None

    @property
    def next_part(self) -> str:
        """Name of the part that comes next, in whichever segment it will be."""
        return f"part-{self.run}-{self._next_fragment}.m4s"

    def has(self, number: int, part: int | None, *, of_sound: bool = False) -> bool:
        """Whether the playlist lists this part of this segment, or the whole segment where none is named.

        A part that a finished segment does not have is the first of the next one (RFC 8216bis §6.2.5.2).
        """
        if part is not None and number == self.newest and part >= _count_parts(self.segments[-1], of_sound):
            number, part = number + 1, 0
        if number <= self.newest:
            return True
        begun = self.begun
        if part is None or begun is None or begun.number != number:
            return False
        return part < _count_parts(begun, of_sound)

    def restart(self) -> None:
        """Close the segment; the next one has a discontinuity: the camera is back, or its stream has changed."""
        self._close_segment()
        self.sound.restart()
        self._held, self._order, self._restarted = None, None, self._next_segment > 0

    def skip(self) -> None:
        """Forget the segments: what comes next lies later, and nobody has watched what was between."""
        self.restart()
        while self.segments:
            self.discontinuities += self.segments.popleft().discontinuity

    def feed(self, unit: AccessUnit, sets: ParameterSets, parameters: Parameters, reorder: int, now_ms: int) -> None:
        """Add a picture, in decoding order. Nothing is kept until the first key frame."""
        if unit.key and self._init is not None and not self._init.fits(sets, parameters):
            self.restart()
        if self._order is not None and self._order.reorder != reorder:  # known late: what was cut has wrong times
            self.restart()
        if self._order is None:
            if not unit.key:
                return
            self._order = DecodingOrder(reorder)
            self._use_init(sets, parameters)
        dts = self._order.next_dts(unit.ts)
        if self._held is not None:
            self._add_held(dts - self._held[1], now_ms)
        if self._ends_segment(unit):
            self._close_segment()
        if self._open is None:
            self._open_segment(unit, now_ms)
        self._held = (unit, dts)

    def _use_init(self, sets: ParameterSets, parameters: Parameters) -> None:
        if self._init is None or not self._init.fits(sets, parameters):
            data = cmaf.init_segment(sets.make_configuration(), parameters)
            size = parameters.width, parameters.height
            self._init = Init(self.run, self._next_init, data, parameters.codec_string, *size, sets.all)
            self._next_init += 1

    def _ends_segment(self, unit: AccessUnit) -> bool:
        if self._open is None:
            return False
        full = self._open.ticks >= MAX_SEGMENT_TICKS or self._open.size + self._sample_bytes >= MAX_SEGMENT_BYTES
        full = full or self._open.pictures >= MAX_SEGMENT_PICTURES
        long_enough = self._open.ticks >= SEGMENT_TICKS - SHORTFALL_TICKS
        return full or (unit.key and (long_enough or not self._open.independent))

    def _find_most_ticks(self) -> int:
        """How long a segment may be, exclusive: its duration is rounded (RFC 8216 §4.3.3.1)."""
        return (self.target_seconds * CLOCK_RATE or MAX_SEGMENT_TICKS) + CLOCK_RATE // 2

    def _add_held(self, duration: int, now_ms: int) -> None:
        """Add the picture that was held back. One that stands longer than a segment may is a discontinuity."""
        assert self._held is not None
        assert self._open is not None
        unit, dts = self._held
        if self._open.pictures and self._open.ticks + duration >= self._find_most_ticks():
            self._close_segment()
            self._open_segment(unit, now_ms - duration * 1000 // CLOCK_RATE)
        stands = duration >= self._find_most_ticks()
        self._add_sample(unit, dts, CLOCK_RATE // 25 if stands else duration)
        if stands:
            self._close_segment()
            self.sound.restart()
            self._restarted = True

    def _open_segment(self, unit: AccessUnit, now_ms: int) -> None:
        assert self._init is not None
        if self._restarted or self._next_segment == 0 or self.beside_ts != self._period_beside_ts:
            self._period_ts, self._period_beside_ts = unit.ts, self.beside_ts
        self._anchor(unit.ts, now_ms)
        at = self._next_segment, self._init, self._restarted, now_ms, unit.ts, self._period_ts, self.beside_ts
        self._open = Segment(*at, independent=unit.key, whole=not self.part_target)
        self._next_segment += 1
        self._restarted = False

    def _anchor(self, ts: int, now_ms: int) -> None:
        """Learn when the clock of the pictures began, and again after the clock of this machine was set."""
        zero_ms = now_ms - ts * 1000 // CLOCK_RATE
        if abs(zero_ms - self.zero_ms) > MAX_WRONG_MS:
            self.zero_ms = zero_ms

    def _add_sample(self, unit: AccessUnit, dts: int, duration: int) -> None:
        assert self._open is not None
        if self._ends_part(duration):
            self._close_part()
        sample = cmaf.Sample(cmaf.sample_data(unit.nals), dts, duration, unit.ts - dts, unit.key)
        if not self._samples and not self._open.parts:
            self._open.start = dts
        self._samples.append(sample)
        self._sample_ticks += duration
        self._sample_bytes += len(sample.data)
        self._open.ticks += duration
        self._open.pictures += 1
        if self._ends_part(duration):  # another one as long as this will not fit: nobody need wait for it
            self._close_part()

    def _ends_part(self, duration: int) -> bool:
        """Whether a further picture of this duration would make the part too long."""
        return self.part_target > 0 and self._sample_ticks + duration > self.part_target

    def _close_part(self, *, is_last: bool = False) -> None:
        if self._open is None:
            return
        if self._samples:
            data = cmaf.fragment(self._next_fragment, self._samples)
            independent = any(sample.key for sample in self._samples)
            self._open.parts.append(Part(self.next_part, data, self._sample_ticks, independent))
            self._next_fragment += 1
            self._samples, self._sample_ticks, self._sample_bytes = [], 0, 0
        elif not (is_last and self._open.parts and self._open.sound is None):
            return
        self._add_sound(self._open, is_last=is_last)

    def _add_sound(self, segment: Segment, *, is_last: bool) -> None:
        """Put the sound beside the part that is closed. No segment is without, once there is some."""
        own = segment.sound
        used = own.ticks * CLOCK_RATE // own.init.form.rate if own else 0
        end = segment.start + segment.ticks
        room = self._find_most_ticks() - used
        begin = end - segment.parts[-1].ticks
        samples = self.sound.cut(begin, end, room, must=is_last and own is None)
        if not samples or self.sound.init is None:
            return
        if own is None:
            own = segment.sound = SoundSegment(segment.number, self.sound.init, samples[0].dts)
        own.add(self.sound.make_part(samples), sum(sample.duration for sample in samples))

    def _close_segment(self) -> None:
        durations = [sample.duration for sample in self._samples]
        self._close_part(is_last=True)
        segment, self._open = self._open, None
        if segment is None:
            return
        if not segment.parts:
            self._next_segment -= 1
            self._restarted = segment.discontinuity
            return
        self.segments.append(segment)
        self.target_seconds = self.target_seconds or max(1, round(segment.ticks / CLOCK_RATE))
        self.part_target = self.part_target or choose_part_target(durations)
        while self._exceeds_limits():
            self.discontinuities += self.segments.popleft().discontinuity

    def _exceeds_limits(self) -> bool:
        kept = list(self.segments)[1:]
        if len(kept) < MIN_SEGMENTS:
            return False
        much = sum(s.ticks for s in kept) >= KEPT_TICKS or sum(s.size for s in self.segments) > MAX_KEPT_BYTES
        return much or len(self.segments) > MAX_SEGMENTS
