"""Pictures to RTP payloads, as far as H.264 (RFC 6184) and H.265 (RFC 7798) do it alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

MAX_PAYLOAD_BYTES = 1300  # with all headers a packet fits into every network
_FIRST, _LAST = 0x80, 0x40  # bits of a fragment's header, beside the kind of the unit


class Packetizer(ABC):
    """header_bytes: of a NAL unit, and so of a packet of several units."""

    header_bytes: int

    def packetize(self, nals: Iterable[bytes]) -> list[bytes]:
        """RTP payloads of a picture: single NAL units, small ones together, large ones in parts."""
        payloads: list[bytes] = []
        small: list[bytes] = []
        size = self.header_bytes
        for nal in nals:
            if small and size + 2 + len(nal) > MAX_PAYLOAD_BYTES:
                payloads.append(self._join(small))
                small, size = [], self.header_bytes
            if len(nal) > MAX_PAYLOAD_BYTES:
                payloads += self._cut(nal)
            else:
                small.append(nal)
                size += 2 + len(nal)
        return [*payloads, self._join(small)] if small else payloads

    def _join(self, nals: list[bytes]) -> bytes:
        if len(nals) == 1:
            return nals[0]
        return self._head_of_several(nals) + b"".join(len(nal).to_bytes(2, "big") + nal for nal in nals)

    def _cut(self, nal: bytes) -> list[bytes]:
        """All parts but the last have one length, so that they can be sent with one call."""
        head, kind = self._head_of_part(nal)
        step = MAX_PAYLOAD_BYTES - len(head) - 1
        parts = [nal[at : at + step] for at in range(self.header_bytes, len(nal), step)]
        states = [kind] * len(parts)
        states[0] |= _FIRST
        states[-1] |= _LAST
        return [head + bytes((state,)) + part for state, part in zip(states, parts, strict=True)]

    @abstractmethod
    def _head_of_several(self, nals: list[bytes]) -> bytes:
        """The header of a payload of several units."""

    @abstractmethod
    def _head_of_part(self, nal: bytes) -> tuple[bytes, int]:
        """The header of a payload of a part of the unit, and the unit's kind."""
