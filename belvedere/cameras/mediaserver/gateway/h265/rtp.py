"""RTP packets to access units (RFC 7798), and back."""

from __future__ import annotations

from collections.abc import Iterable

from belvedere.cameras.mediaserver.gateway import depacketizer
from belvedere.cameras.mediaserver.gateway.h265.slices import begins_picture
from belvedere.cameras.mediaserver.gateway.h265.units import HEADER_BYTES, has_time, is_key, is_slice, layer, nal_type

MAX_PAYLOAD_BYTES = 1300  # as of H.264: with all headers a packet fits into every network
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


def packetize(nals: Iterable[bytes]) -> list[bytes]:
    """RTP payloads of a picture: single NAL units, aggregation packets for small ones, fragments of large ones."""
    payloads: list[bytes] = []
    small: list[bytes] = []
    size = HEADER_BYTES
    for nal in nals:
        if small and size + 2 + len(nal) > MAX_PAYLOAD_BYTES:
            payloads.append(_aggregate(small))
            small, size = [], HEADER_BYTES
        if len(nal) > MAX_PAYLOAD_BYTES:
            payloads += _fragment(nal)
        else:
            small.append(nal)
            size += 2 + len(nal)
    return [*payloads, _aggregate(small)] if small else payloads


def _aggregate(nals: list[bytes]) -> bytes:
    if len(nals) == 1:
        return nals[0]
    temporal = min(nal[1] & 7 for nal in nals)
    header = bytes((_AGGREGATION << 1, temporal))
    return header + b"".join(len(nal).to_bytes(2, "big") + nal for nal in nals)


def _fragment(nal: bytes) -> list[bytes]:
    step = MAX_PAYLOAD_BYTES - HEADER_BYTES - 1
    parts = [nal[at : at + step] for at in range(HEADER_BYTES, len(nal), step)]
    header, kind = bytes((nal[0] & 0x81 | _FRAGMENTATION << 1, nal[1])), nal_type(nal)
    states = [kind] * len(parts)
    states[0] |= 0x80
    states[-1] |= 0x40
    return [header + bytes((state,)) + part for state, part in zip(states, parts, strict=True)]
