"""RTP packets to access units (RFC 6184)."""

from __future__ import annotations

from belvedere.cameras.mediaserver.gateway.errors import over_limit
from belvedere.cameras.mediaserver.gateway.h264.units import IDR, SLICES, AccessUnit, nal_type

# Of one picture. A key frame of a 4K camera has 1-2 MB, in 1,500 packets; the finest slices are one a packet.
MAX_ACCESS_UNIT_BYTES = 4 * 1024 * 1024
MAX_ACCESS_UNIT_PACKETS = 8192
MAX_ACCESS_UNIT_NALS = 4096

_STAP_A, _FU_A = 24, 28


class Depacketizer:
    """Turns RTP packets in order (RTSP over TCP) into access units. Raises CameraError where one exceeds the limits.

    A picture ends with the marker bit. A second end at the same time stamp shows a camera that sets it on every
    slice; from then on a picture ends where the next begins, one frame later.
    """

    def __init__(self, payload_type: int) -> None:
        self._payload_type = payload_type
        self._nals: list[bytes] = []
        self._kinds: set[int] = set()
        self._bytes = 0
        self._packets = 0
        self._fragments: list[bytes] = []
        self._sequence: int | None = None
        self._ts: int | None = None
        self._extended = 0
        self._ended_ts: int | None = None
        self._marker_lies = False
        self._broken = False

    def feed(self, packet: bytes) -> list[AccessUnit]:
        """Return the pictures that this packet completes."""
        parts = split_rtp(packet)
        if parts is None or parts[0] != self._payload_type:
            return []
        _, marker, sequence, ts, payload = parts
        lost = self._sequence is not None and sequence != (self._sequence + 1) & 0xFFFF
        self._sequence = sequence
        self._broken = self._broken or lost
        done = []
        if self._ts is not None and ts != self._ts:
            done.append(self._finish_unit())
            self._broken = lost
        self._extend_timestamp(ts)
        self._check_size(len(payload))
        self._read_payload(payload)
        if marker and not self._marker_lies:
            done.append(self._finish_unit())
        return [unit for unit in done if unit is not None]

    def _check_size(self, size: int) -> None:
        """Raise CameraError for a picture that does not end: the clock stands still, or it is an attack."""
        self._bytes += size
        self._packets += 1
        if self._bytes > MAX_ACCESS_UNIT_BYTES:
            raise over_limit("a picture of more than 4 MiB")
        if self._packets > MAX_ACCESS_UNIT_PACKETS:
            raise over_limit("a picture of more than 8192 packets")

    def _extend_timestamp(self, ts: int) -> None:
        if self._ts is None:
            self._extended = ts
        else:
            step = (ts - self._ts) & 0xFFFFFFFF
            self._extended += step - (1 << 32) if step >= 1 << 31 else step
        self._ts = ts

    def _read_payload(self, payload: bytes) -> None:
        if not payload:
            return
        kind = payload[0] & 0x1F
        if 0 < kind < _STAP_A:
            self._add_nal(payload)
        elif kind == _STAP_A:
            at = 1
            while at + 2 < len(payload):
                length = payload[at] << 8 | payload[at + 1]
                if not length:
                    self._broken = True
                    return
                self._add_nal(payload[at + 2 : at + 2 + length])
                at += 2 + length
        elif kind == _FU_A and len(payload) > 2:
            self._read_fragment(payload)

    def _read_fragment(self, payload: bytes) -> None:
        header = payload[1]
        if header & 0x80:
            self._fragments = [bytes([payload[0] & 0xE0 | header & 0x1F])]
        if not self._fragments:
            self._broken = True
            return
        self._fragments.append(payload[2:])
        if header & 0x40:
            self._add_nal(b"".join(self._fragments))
            self._fragments = []

    def _add_nal(self, nal: bytes) -> None:
        if nal:
            self._nals.append(nal)
            self._kinds.add(nal_type(nal))
        if len(self._nals) > MAX_ACCESS_UNIT_NALS:
            raise over_limit("a picture of more than 4096 units")

    def _finish_unit(self) -> AccessUnit | None:
        self._fragments = []
        broken, self._broken = self._broken, False
        if not self._kinds & SLICES:
            return None  # parameter sets sent on their own belong to the next picture
        nals, self._nals = self._nals, []
        kinds, self._kinds = self._kinds, set()
        self._bytes = self._packets = 0
        if broken:
            return None
        self._marker_lies = self._marker_lies or self._ended_ts == self._extended
        self._ended_ts = self._extended
        return AccessUnit(nals, self._extended, IDR in kinds)


def split_rtp(packet: bytes) -> tuple[int, bool, int, int, bytes] | None:
    """Return payload type, marker, sequence number, time stamp and payload (RFC 3550 §5.1); None for no RTP."""
    if len(packet) < 12 or packet[0] >> 6 != 2:
        return None
    at = 12 + 4 * (packet[0] & 0x0F)
    if packet[0] & 0x10:
        if len(packet) < at + 4:
            return None
        at += 4 + 4 * int.from_bytes(packet[at + 2 : at + 4], "big")
    end = len(packet) - (packet[-1] if packet[0] & 0x20 else 0)
    if end < at:
        return None
    sequence = packet[2] << 8 | packet[3]
    return packet[1] & 0x7F, packet[1] >= 0x80, sequence, int.from_bytes(packet[4:8], "big"), packet[at:end]
