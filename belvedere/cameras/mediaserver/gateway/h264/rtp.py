"""RTP packets to access units (RFC 6184), and back."""

from __future__ import annotations

from belvedere.cameras.mediaserver.gateway import depacketizer, packetizer
from belvedere.cameras.mediaserver.gateway.h264.slices import begins_picture, is_bidirectional
from belvedere.cameras.mediaserver.gateway.h264.units import IDR, SLICES, nal_type

_STAP_A, _FU_A = 24, 28


class Depacketizer(depacketizer.Depacketizer):
    """Of H.264, packetization modes 0 and 1."""

    def _read_payload(self, payload: bytes) -> None:
        kind = payload[0] & 0x1F
        if kind < _STAP_A:  # 0 is the begin of a start code, which does not belong here
            self._add_nal(payload)
        elif kind == _STAP_A:
            self._add_units(payload, 1)
        elif kind == _FU_A and len(payload) > 2:
            header = payload[1]
            self._add_fragment(bytes([payload[0] & 0xE0 | header & 0x1F]), header, payload[2:])

    def _is_unit(self, nal: bytes) -> bool:
        return 0 < nal[0] & 0x1F < _STAP_A

    def _is_slice(self, nal: bytes) -> bool:
        return nal[0] & 0x1F in SLICES

    def _is_key(self, nal: bytes) -> bool:
        return nal[0] & 0x1F == IDR

    def _begins_picture(self, nal: bytes) -> bool:
        return begins_picture(nal)

    def _is_bidirectional(self, nal: bytes) -> bool:
        return is_bidirectional(nal)


class Packetizer(packetizer.Packetizer):
    """Of H.264: STAP-A and FU-A."""

    header_bytes = 1

    def _head_of_several(self, nals: list[bytes]) -> bytes:
        return bytes((max(nal[0] & 0x60 for nal in nals) | _STAP_A,))

    def _head_of_part(self, nal: bytes) -> tuple[bytes, int]:
        return bytes((nal[0] & 0xE0 | _FU_A,)), nal_type(nal)


packetize = Packetizer().packetize
