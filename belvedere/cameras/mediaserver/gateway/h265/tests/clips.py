"""H.265 as x265 makes it, which cameras resemble."""

from __future__ import annotations

from functools import cache

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.tests.clips import as_unit, encode

FPS, WIDTH, HEIGHT = 12, 160, 96


@cache
def clip(b_frames: int = 0, also: str = "") -> tuple[AccessUnit, ...]:
    """Pictures in decoding order with a key frame each second; something moves in every one.

    They hold their parameter sets as the camera sends them. Do not change one: copy it. also: options of x265.
    """
    parameters = f"keyint={FPS}:min-keyint={FPS}:scenecut=0:open-gop=0:bframes={b_frames}:b-adapt=0"
    parameters += ":repeat-headers=1:pools=none:frame-threads=1:log-level=none" + (f":{also}" if also else "")
    options = {"preset": "ultrafast", "x265-params": parameters}
    packets = encode("libx265", options, pictures=4 * FPS, fps=FPS, size=(WIDTH, HEIGHT))
    return tuple(as_unit(packet, FPS) for packet in packets)


def copied(unit: AccessUnit) -> AccessUnit:
    """One that may be changed."""
    return AccessUnit(list(unit.nals), unit.ts, unit.key)
