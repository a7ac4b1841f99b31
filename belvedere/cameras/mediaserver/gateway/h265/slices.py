"""What a slice segment header says at its begin (ITU-T H.265 §7.3.6.1)."""

from __future__ import annotations

from typing import NamedTuple

from belvedere.cameras.mediaserver.gateway.bits import Bits
from belvedere.cameras.mediaserver.gateway.h265.units import HEADER_BYTES, is_key

_BEGIN_BYTES = 12  # of the header; the numbers read from it have some 20 bits
_B = 0


class PictureParameters(NamedTuple):
    """What a PPS says. sps: number of its SPS; extra_bits: before the type of each slice."""

    number: int
    sps: int
    extra_bits: int


def begins_picture(nal: bytes) -> bool:
    """Return whether first_slice_segment_in_pic_flag is set: no slice of its picture lies before this one."""
    return len(nal) > HEADER_BYTES and nal[HEADER_BYTES] >= 0x80


def parse_pps(nal: bytes) -> PictureParameters | None:
    """Return what a PPS says at its begin (§7.3.2.3); None where it cannot be read."""
    bits = Bits(nal[: HEADER_BYTES + _BEGIN_BYTES], HEADER_BYTES)
    try:
        number, sps = bits.ue(63), bits.ue(15)
        bits.u(2)
        return PictureParameters(number, sps, bits.u(3))
    except (IndexError, ValueError):
        return None


def read_pps_number(nal: bytes) -> int:
    """Return the number of the PPS of the first slice of a picture; -1 where it cannot be read."""
    try:
        return _read_number(_begin(nal), nal)
    except (IndexError, ValueError):
        return -1


def is_bidirectional(nal: bytes, extra_bits: int) -> bool:
    """Return whether the first slice of a picture is a B-slice. extra_bits: of its PPS."""
    bits = _begin(nal)
    try:
        _read_number(bits, nal)
        bits.u(extra_bits)
        return bits.ue(2) == _B
    except (IndexError, ValueError):
        return False


def _begin(nal: bytes) -> Bits:
    return Bits(nal[: HEADER_BYTES + _BEGIN_BYTES], HEADER_BYTES)


def _read_number(bits: Bits, nal: bytes) -> int:
    bits.u(2 if is_key(nal) else 1)  # first_slice_segment_in_pic_flag, no_output_of_prior_pics_flag
    return bits.ue(63)
