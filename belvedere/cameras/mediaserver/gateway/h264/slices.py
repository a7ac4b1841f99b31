"""What a slice header says at its begin (ITU-T H.264 §7.3.3)."""

from __future__ import annotations

from typing import NamedTuple

from belvedere.cameras.mediaserver.gateway.bits import Bits

HEADER_BYTES = 12  # three numbers of up to 17 bits each, with room for emulation bytes
_B = (1, 6)


class Slice(NamedTuple):
    """bidirectional: a B-slice; pps: the number of its PPS."""

    bidirectional: bool
    pps: int


def begins_picture(nal: bytes) -> bool:
    """Return whether first_mb_in_slice is 0, which is a single 1 bit: no slice of a picture lies before this one."""
    return len(nal) > 1 and nal[1] >= 0x80


def is_bidirectional(nal: bytes) -> bool:
    """Return whether it is a B-slice.

    Each picture is asked for it, and most begin with slice 0: then the second byte tells. Types 1 and 6 are 010, 00111.
    """
    if begins_picture(nal):
        return nal[1] >> 4 & 0b111 == 0b010 or nal[1] >> 2 & 0b11111 == 0b00111
    header = parse_slice(nal)
    return header is not None and header.bidirectional


def parse_slice(nal: bytes) -> Slice | None:
    """Return what the header says; None where it cannot be read."""
    bits = Bits(nal[: 1 + HEADER_BYTES])
    try:
        bits.ue()
        return Slice(bits.ue() in _B, bits.ue(255))
    except (IndexError, ValueError):
        return None
