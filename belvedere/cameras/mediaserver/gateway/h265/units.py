"""The kinds of NAL units of H.265 (ITU-T H.265 table 7-1). Their header has two bytes."""

from __future__ import annotations

HEADER_BYTES = 2
VPS, SPS, PPS, DELIMITER, FILLER = 32, 33, 34, 35, 38
PARAMETER_SETS = (VPS, SPS, PPS)
_KEYS = frozenset(range(16, 22))  # BLA, IDR, CRA
_SLICES = _KEYS | frozenset(range(10))


def nal_type(nal: bytes) -> int:
    """The kind of a NAL unit."""
    return nal[0] >> 1 & 0x3F


def layer(nal: bytes) -> int:
    """Its layer: decoders that know of one picture use 0 only."""
    return (nal[0] & 1) << 5 | nal[1] >> 3


def is_slice(nal: bytes) -> bool:
    """Return whether it holds a part of the picture itself. The begin of a start code looks like one of time 0."""
    return nal_type(nal) in _SLICES and has_time(nal)


def has_time(nal: bytes) -> bool:
    """Return whether it has a header with a temporal id, of which none is 0."""
    return len(nal) > HEADER_BYTES and nal[1] & 7 > 0


def is_key(nal: bytes) -> bool:
    """Return whether it is a slice of a picture that starts a decoder."""
    return nal_type(nal) in _KEYS
