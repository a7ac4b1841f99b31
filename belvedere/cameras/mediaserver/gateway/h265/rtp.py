"""RTP packets to access units (RFC 7798), and back."""

from __future__ import annotations

from belvedere.cameras.mediaserver.gateway import depacketizer, packetizer
from belvedere.cameras.mediaserver.gateway.h265.slices import begins_picture
from belvedere.cameras.mediaserver.gateway.h265.units import HEADER_BYTES, has_time, is_key, is_slice, layer, nal_type

_AGGREGATION, _FRAGMENTATION = 48, 49


class Depacketizer(depacketizer.Depacketizer):
    """Of H.265 in decoding order: without DONL fields, which no camera is known to send."""

    def _read_payload(self, payload: bytes) -> None:
        kind = nal_type(payload)
        if kind < _AGGREGATION:  # 0 is the begin of a start code too, which does not belong here
            self._add_nal(payload)
        elif kind == _AGGREGATION:
            self._add_units(payload, HEADER_BYTES)
        elif kind == _FRAGMENTATION and len(payload) > HEADER_BYTES + 1:
            state = payload[HEADER_BYTES]
            header = bytes((payload[0] & 0x81 | (state & 0x3F) << 1, payload[1]))
            self._add_fragment(header, state, payload[HEADER_BYTES + 1 :])

    def _is_unit(self, nal: bytes) -> bool:
        return has_time(nal) and nal_type(nal) < _AGGREGATION and layer(nal) == 0

    def _is_slice(self, nal: bytes) -> bool:
        return is_slice(nal)

    def _is_key(self, nal: bytes) -> bool:
        return is_key(nal)

    def _begins_picture(self, nal: bytes) -> bool:
        return begins_picture(nal)

    def _is_bidirectional(self, _nal: bytes) -> bool:
        """See ParameterSets.apply: where the type of a slice stands, its PPS tells."""
        return False


class Packetizer(packetizer.Packetizer):
    """Of H.265: aggregation packets and fragmentation units."""

    header_bytes = HEADER_BYTES

    def _head_of_several(self, nals: list[bytes]) -> bytes:
        return bytes((_AGGREGATION << 1, min(nal[1] & 7 for nal in nals)))

    def _head_of_part(self, nal: bytes) -> tuple[bytes, int]:
        return bytes((nal[0] & 0x81 | _FRAGMENTATION << 1, nal[1])), nal_type(nal)


packetize = Packetizer().packetize
