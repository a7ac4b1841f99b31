"""Short films for the tests of cameras, encoded by x264 and x265 as cameras encode theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import av

from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE, AccessUnit, split_annex_b

FIRST_TS = 900_000

# Paints the picture of this number.
Paint = Callable[[av.VideoFrame, int], None]


def paint_motion(frame: av.VideoFrame, number: int) -> None:
    """Something moves in every picture."""
    for plane in frame.planes:
        plane.update(bytes((x + 5 * number) & 0xFF for x in range(plane.line_size)) * plane.height)


def fill(frame: av.VideoFrame, *values: int) -> None:
    """One colour. values: Y, U, V."""
    for plane, value in zip(frame.planes, values, strict=True):
        plane.update(bytes([value]) * plane.buffer_size)


def paint_steps(step: int) -> Paint:
    """Each picture in another colour. step: how much greater Y, U and V are than those of the picture before."""
    return lambda frame, number: fill(frame, *3 * [number * step % 256])


def encode(
    codec: str,
    options: Mapping[str, str],
    *,
    pictures: int,
    fps: int,
    size: tuple[int, int] = (160, 96),
    paint: Paint = paint_motion,
) -> list[av.Packet[Any]]:
    """Packets in decoding order, a picture each. codec: of FFmpeg. options: of that codec."""
    encoder = av.CodecContext.create(codec, "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height = size
    encoder.pix_fmt, encoder.time_base, encoder.framerate = "yuv420p", Fraction(1, fps), Fraction(fps)
    encoder.options = dict(options)
    packets: list[av.Packet[Any]] = []
    for number in range(pictures):
        frame = av.VideoFrame(*size, "yuv420p")
        paint(frame, number)
        frame.pts = number
        packets += encoder.encode(frame)
    return [*packets, *encoder.encode(None)]


def as_unit(packet: av.Packet[Any], fps: int) -> AccessUnit:
    """The picture as a camera sends it, with its parameter sets."""
    assert packet.pts is not None
    ts = FIRST_TS + packet.pts * CLOCK_RATE // fps
    return AccessUnit(split_annex_b(bytes(packet)), ts, bool(packet.is_keyframe))
