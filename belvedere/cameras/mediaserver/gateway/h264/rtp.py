"""RTP packets to access units (RFC 6184), and back."""

from __future__ import annotations

from collections.abc import Iterable

from belvedere.cameras.mediaserver.gateway import depacketizer
from belvedere.cameras.mediaserver.gateway.h264.slices import begins_picture, parse_slice
from belvedere.cameras.mediaserver.gateway.h264.units import IDR, SLICES, nal_type

MAX_PAYLOAD_BYTES = 1300  # with all headers a packet fits into every network
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
        return 0 < nal_type(nal) < _STAP_A

    def _is_slice(self, nal: bytes) -> bool:
        return nal_type(nal) in SLICES

    def _is_key(self, nal: bytes) -> bool:
        return nal_type(nal) == IDR

    def _begins_picture(self, nal: bytes) -> bool:
        return begins_picture(nal)

    def _is_bidirectional(self, nal: bytes) -> bool:
        header = parse_slice(nal)
        return header is not None and header.bidirectional


def packetize(nals: Iterable[bytes]) -> list[bytes]:
    """RTP payloads of a picture: single NAL units, STAP-A for small ones, FU-A for parts of large ones."""
    payloads: list[bytes] = []
    small: list[bytes] = []
    size = 1
    for nal in nals:
        if small and size + 2 + len(nal) > MAX_PAYLOAD_BYTES:
            payloads.append(_aggregate(small))
            small, size = [], 1
        if len(nal) > MAX_PAYLOAD_BYTES:
            payloads += _fragment(nal)
        else:
            small.append(nal)
            size += 2 + len(nal)
    return [*payloads, _aggregate(small)] if small else payloads


def _aggregate(nals: list[bytes]) -> bytes:
    if len(nals) == 1:
        return nals[0]
    header = max(nal[0] & 0x60 for nal in nals) | _STAP_A
    return bytes((header,)) + b"".join(len(nal).to_bytes(2, "big") + nal for nal in nals)


def _fragment(nal: bytes) -> list[bytes]:
    """All parts but the last have one length, so that they can be sent with one call."""
    step = MAX_PAYLOAD_BYTES - 2
    parts = [nal[at : at + step] for at in range(1, len(nal), step)]
    indicator, kind = nal[0] & 0xE0 | _FU_A, nal_type(nal)
    states = [kind] * len(parts)
    states[0] |= 0x80
    states[-1] |= 0x40
    return [bytes((indicator, state)) + part for state, part in zip(states, parts, strict=True)]
