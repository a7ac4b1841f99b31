"""Pictures and the NAL units that they are made of."""

from __future__ import annotations

from dataclasses import dataclass

CLOCK_RATE = 90_000

IDR, SPS, PPS, DELIMITER, FILLER = 5, 7, 8, 9, 12
SLICES = frozenset((1, 2, 5))


@dataclass(slots=True)
class AccessUnit:
    """One picture. nals: without start codes; ts: in 90 kHz, presentation order, continuous; key: starts a decoder."""

    nals: list[bytes]
    ts: int
    key: bool


def nal_type(nal: bytes) -> int:
    """The kind of a NAL unit."""
    return nal[0] & 0x1F
