"""Pictures and the NAL units that they are made of."""

from __future__ import annotations

from dataclasses import dataclass

CLOCK_RATE = 90_000

IDR, SPS, PPS, DELIMITER, FILLER = 5, 7, 8, 9, 12
SLICES = frozenset((1, 2, 5))


@dataclass(slots=True)
class AccessUnit:
    """One picture.

    nals: without start codes; ts: in 90 kHz, presentation order, continuous; key: starts a decoder; bidirectional:
    made of B-slices, so it may be shown before pictures that were decoded earlier.
    """

    nals: list[bytes]
    ts: int
    key: bool
    bidirectional: bool = False


_START_CODE = b"\x00\x00\x01"


def split_annex_b(data: bytes) -> list[bytes]:
    """Return the NAL units between start codes; the data itself where there is none, as no NAL unit holds one."""
    if _START_CODE not in data:
        return [data] if data else []
    return [nal for part in data.split(_START_CODE) if (nal := part.rstrip(b"\x00"))]


def nal_type(nal: bytes) -> int:
    """The kind of a NAL unit."""
    return nal[0] & 0x1F
