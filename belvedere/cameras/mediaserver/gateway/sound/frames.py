"""RTP packets to frames of sound (RFC 3551, RFC 3640, RFC 7587). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from belvedere.cameras.mediaserver.gateway.depacketizer import split_rtp, wrapped_step

# What can be heard, that which is passed on untouched first.
CODECS = ("OPUS", "G722", "PCMU", "PCMA", "MPEG4-GENERIC")
AAC = "MPEG4-GENERIC"
AAC_SAMPLES = 1024  # of a frame
MAX_FRAME_BYTES = 8 * 1024  # the longest of AAC with 8 channels has 6 KiB
MAX_FRAMES = 32  # of one packet
MAX_CONFIG_BYTES = 64
_HEADER_BYTES = 2  # before each frame of mode AAC-hbr: 13 bits of size, 3 of index


class Frame(NamedTuple):
    """ts: in the clock rate of the codec, without a wrap."""

    data: bytes
    ts: int


class Depacketizer:
    """Turns RTP packets in order into frames. Packets that cannot be read are left out: sound is no reason to end."""

    def __init__(self, codec: str, payload_type: int) -> None:
        self._is_aac = codec == AAC
        self._payload_type = payload_type
        self._ts: int | None = None
        self._extended = 0
        self._parts: list[bytes] = []
        self._missing = 0

    def feed(self, packet: bytes) -> list[Frame]:
        """Return the frames that this packet completes."""
        parts = split_rtp(packet)
        if parts is None or parts[0] != self._payload_type or not parts[4]:
            return []
        _, _, _, ts, payload = parts
        self._extended += wrapped_step(self._ts, ts) if self._ts is not None else ts
        self._ts = ts
        if self._is_aac:
            return [Frame(data, self._extended + n * AAC_SAMPLES) for n, data in enumerate(self._read_aac(payload))]
        return [Frame(payload, self._extended)] if len(payload) <= MAX_FRAME_BYTES else []

    def _read_aac(self, payload: bytes) -> list[bytes]:
        """Frames of mode AAC-hbr (RFC 3640 §3.3.6), the only one that cameras send. A long one has several packets."""
        count = int.from_bytes(payload[:2], "big") // (8 * _HEADER_BYTES)
        at = 2 + count * _HEADER_BYTES
        if not 0 < count <= MAX_FRAMES or at > len(payload):
            return []
        sizes = [int.from_bytes(payload[2 + 2 * n : 4 + 2 * n], "big") >> 3 for n in range(count)]
        if count == 1 and sizes[0] > len(payload) - at:
            return self._add_part(payload[at:], sizes[0])
        self._parts, self._missing, frames = [], 0, []
        for size in sizes:
            frames.append(payload[at : at + size])
            at += size
        return [frame for frame in frames if frame] if at <= len(payload) else []

    def _add_part(self, part: bytes, size: int) -> list[bytes]:
        if not self._parts or self._missing != size:
            self._parts, self._missing = [], size
        self._parts.append(part)
        whole = b"".join(self._parts)
        if len(whole) < size <= MAX_FRAME_BYTES:
            return []
        self._parts, self._missing = [], 0
        return [whole] if len(whole) == size else []


def write_packet(data: bytes) -> bytes:
    """Return the payload of a packet with one frame of AAC, in mode AAC-hbr."""
    return (8 * _HEADER_BYTES).to_bytes(2, "big") + (len(data) << 3).to_bytes(_HEADER_BYTES, "big") + data


def read_config(parameters: Mapping[str, str]) -> bytes:
    """Return the AudioSpecificConfig of AAC in a description, b"" where there is none that can be read."""
    if parameters.get("sizelength", "13").strip() != "13" or parameters.get("indexlength", "3").strip() != "3":
        return b""
    try:
        config = bytes.fromhex(parameters.get("config", "").strip())
    except ValueError:
        return b""
    return config if 2 <= len(config) <= MAX_CONFIG_BYTES else b""
