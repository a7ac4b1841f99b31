"""The decoder configuration record of H.265 in MP4 (ISO/IEC 14496-15 §8.3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from struct import pack

from belvedere.cameras.mediaserver.gateway.h265.sps import SequenceParameters
from belvedere.cameras.mediaserver.gateway.h265.units import nal_type

_COMPLETE = 0x80  # all sets of this kind are here, as the name `hvc1` promises
_LENGTH_BYTES = 4


def write_record(arrays: Sequence[Sequence[bytes]], parameters: SequenceParameters) -> bytes:
    """Return an HEVCDecoderConfigurationRecord. arrays: the VPSs, the SPSs, the PPSs."""
    general = parameters.general
    profile = general.space << 6 | general.tier << 5 | general.profile
    head = pack(">BBI6sB", 1, profile, general.compatibility, general.constraints, general.level)
    luma, chroma = parameters.depths
    head += pack(">HBBBB", 0xF000, 0xFC, 0xFC | parameters.chroma, 0xF8 | luma - 8, 0xF8 | chroma - 8)
    layers = min(parameters.layers, 7) << 3 | parameters.nested << 2 | _LENGTH_BYTES - 1
    head += pack(">HBB", 0, layers, len(arrays))
    return head + b"".join(map(_write_array, arrays))


def _write_array(nals: Sequence[bytes]) -> bytes:
    head = pack(">BH", _COMPLETE | nal_type(nals[0]), len(nals))
    return head + b"".join(pack(">H", len(nal)) + nal for nal in nals)
