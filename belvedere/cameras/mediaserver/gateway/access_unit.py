"""Pictures and the NAL units that they are made of, in H.264 and H.265."""

from __future__ import annotations

from dataclasses import dataclass, field

CLOCK_RATE = 90_000


@dataclass(slots=True)
class AccessUnit:
    """One picture.

    nals: without start codes; ts: in 90 kHz, presentation order, continuous; key: starts a decoder; bidirectional:
    made of B-slices, so it may be shown before pictures that were decoded earlier. sets: the parameter sets that a
    decoder needs before this picture, of a key frame only; they are not in nals.
    """

    nals: list[bytes]
    ts: int
    key: bool
    bidirectional: bool = False
    sets: list[bytes] = field(default_factory=list)


_START_CODE = b"\x00\x00\x01"


def split_annex_b(data: bytes) -> list[bytes]:
    """Return the NAL units between start codes; the data itself where there is none, as no NAL unit holds one."""
    if _START_CODE not in data:
        return [data] if data else []
    return [nal for part in data.split(_START_CODE) if (nal := part.rstrip(b"\x00"))]
