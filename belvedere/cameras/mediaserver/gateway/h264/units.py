"""The kinds of NAL units of H.264 (ITU-T H.264 table 7-1)."""

from __future__ import annotations

IDR, SPS, PPS, DELIMITER, FILLER = 5, 7, 8, 9, 12
SLICES = frozenset((1, 2, 5))


def nal_type(nal: bytes) -> int:
    """The kind of a NAL unit."""
    return nal[0] & 0x1F
