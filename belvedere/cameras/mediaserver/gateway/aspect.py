"""The shape of a pixel in the VUI of a sequence parameter set (ITU-T H.264 table E-1, which H.265 repeats)."""

from __future__ import annotations

from belvedere.cameras.mediaserver.gateway.bits import Bits

# The shapes that have a number.
_ASPECTS = (
    *((1, 1), (1, 1), (12, 11), (10, 11), (16, 11), (40, 33), (24, 11), (20, 11), (32, 11)),
    *((80, 33), (18, 11), (15, 11), (64, 33), (160, 99), (4, 3), (3, 2), (2, 1)),
)
_EXTENDED_ASPECT = 255


def read_aspect(bits: Bits) -> tuple[int, int]:
    """Return width and height of a pixel; (1, 1) where they are not told, or are those of no camera."""
    number = bits.u(8)
    if number == _EXTENDED_ASPECT:
        width, height = bits.u(16), bits.u(16)
        return (width, height) if width <= 4 * height and height <= 4 * width and width else (1, 1)
    return _ASPECTS[number] if number < len(_ASPECTS) else (1, 1)
