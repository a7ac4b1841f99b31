"""H.265 as x265 makes it, which cameras resemble."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import av

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit, split_annex_b
from belvedere.cameras.mediaserver.gateway.h265.units import is_key, is_slice

FPS, WIDTH, HEIGHT = 12, 160, 96


@cache
def clip(b_frames: int = 0, also: str = "") -> tuple[AccessUnit, ...]:
    """Pictures in decoding order with a key frame each second; something moves in every one.

    They hold their parameter sets as the camera sends them. Do not change one: copy it. also: options of x265.
    """
    encoder = av.CodecContext.create("libx265", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, FPS), Fraction(FPS)
    parameters = f"keyint={FPS}:min-keyint={FPS}:scenecut=0:open-gop=0:bframes={b_frames}:b-adapt=0"
    parameters += ":repeat-headers=1:pools=none:frame-threads=1:log-level=none" + (f":{also}" if also else "")
    encoder.options = {"preset": "ultrafast", "x265-params": parameters}
    packets = []
    for number in range(4 * FPS):
        frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes((x + 5 * number) & 0xFF for x in range(plane.line_size)) * plane.height)
        frame.pts = number
        packets += encoder.encode(frame)
    return tuple(_as_unit(packet) for packet in [*packets, *encoder.encode(None)])


def _as_unit(packet: av.Packet[Any]) -> AccessUnit:
    nals = split_annex_b(bytes(packet))
    assert packet.pts is not None
    first = next(nal for nal in nals if is_slice(nal))
    return AccessUnit(nals, 900_000 + packet.pts * 90_000 // FPS, is_key(first))


def copied(unit: AccessUnit) -> AccessUnit:
    """One that may be changed."""
    return AccessUnit(list(unit.nals), unit.ts, unit.key)
