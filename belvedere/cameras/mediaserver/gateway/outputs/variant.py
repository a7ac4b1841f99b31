"""What playlists and manifests say of a camera's streams, so that a player can choose one. Pure."""

from __future__ import annotations

from typing import NamedTuple

from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE
from belvedere.cameras.mediaserver.gateway.outputs.segment import Segment
from belvedere.cameras.mediaserver.gateway.outputs.segments import Segmenter


class Variant(NamedTuple):
    """One stream. peak, average: bits a second, measured over the segments that are kept; codecs: RFC 6381."""

    peak: int
    average: int
    codecs: str
    width: int
    height: int
    fps: float


class Beside(NamedTuple):
    """The sub stream, for what lets players of the main one choose. segmenter: None while it is not pulled."""

    variant: Variant
    segmenter: Segmenter | None = None


def measure(segmenter: Segmenter) -> Variant:
    """Return what the segments show; there must be one."""
    segments = segmenter.segments
    init = segments[-1].init
    ticks = max(sum(segment.ticks for segment in segments), 1)
    average = round(sum(segment.size for segment in segments) * 8 * CLOCK_RATE / ticks)
    fps = round(sum(segment.pictures for segment in segments) * CLOCK_RATE / ticks, 2)
    return Variant(max(map(_compute_rate, segments)), average, init.codec_string, init.width, init.height, fps)


def _compute_rate(segment: Segment) -> int:
    return round(segment.size * 8 * CLOCK_RATE / max(segment.ticks, 1))
