"""One file of a playlist, and the init segment that it goes with."""

from __future__ import annotations

from dataclasses import dataclass, field

from belvedere.cameras.mediaserver.gateway.codec import Parameters, ParameterSets
from belvedere.cameras.mediaserver.gateway.outputs.part import Part
from belvedere.cameras.mediaserver.gateway.outputs.rendition import SoundSegment


@dataclass(frozen=True)
class Init:
    """An init segment and the streams it fits. run: see Segmenter."""

    run: str
    number: int
    data: bytes
    codec_string: str
    width: int
    height: int
    parameter_sets: tuple[bytes, ...]

    def fits(self, sets: ParameterSets, parameters: Parameters) -> bool:
        """Return whether a stream with these can follow without another init segment."""
        size = (parameters.width, parameters.height)
        return self.parameter_sets == sets.all and (self.width, self.height) == size

    @property
    def name(self) -> str:
        """Its file."""
        return f"init-{self.run}-{self.number}.mp4"


@dataclass
class Segment:
    """One file of the playlist. at_ms: wall clock of its first picture; independent: that is a key frame.

    start: decoding time of its first picture; ts: presentation time of the same, in 90 kHz; period_ts: ts of the
    segment at which the present stretch without discontinuities began. beside_ts: see Segmenter. whole: it was not cut
    into parts that are short enough. sound: the file beside it, None where there is no sound.
    """

    number: int
    init: Init
    discontinuity: bool
    at_ms: int
    ts: int
    period_ts: int
    beside_ts: int | None = None
    independent: bool = True
    whole: bool = False
    parts: list[Part] = field(default_factory=list)
    ticks: int = 0
    start: int = 0
    pictures: int = 0
    sound: SoundSegment | None = None

    @property
    def name(self) -> str:
        """Its file."""
        return f"segment-{self.init.run}-{self.number}.m4s"

    @property
    def size(self) -> int:
        """In bytes, with its sound."""
        parts = [*self.parts, *(self.sound.parts if self.sound else ())]
        return sum(len(part.data) for part in parts)

    @property
    def data(self) -> bytes:
        """Return the whole file."""
        return b"".join(part.data for part in self.parts)
