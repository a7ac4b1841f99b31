"""The decoder configuration record of H.264 in MP4 (ISO/IEC 14496-15 §5.3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from struct import pack

from belvedere.cameras.mediaserver.gateway.h264.sps import SequenceParameters


def write_record(sps: Sequence[bytes], pps: Sequence[bytes], parameters: SequenceParameters) -> bytes:
    """Return an AVCDecoderConfigurationRecord."""
    sets = pack(">B", 0xE0 | len(sps)) + b"".join(pack(">H", len(nal)) + nal for nal in sps) + pack(">B", len(pps))
    sets += b"".join(pack(">H", len(nal)) + nal for nal in pps)
    if parameters.profile in (100, 110, 122, 144):
        sets += pack(">BBBB", 0xFC | 1, 0xF8, 0xF8, 0)  # 4:2:0, 8 bits: all that browsers show
    profile = bytes((parameters.profile, parameters.compatibility, parameters.level))
    return b"\x01" + profile + b"\xff" + sets
