"""A picture as all WebRTC viewers of a camera are sent it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.h264.rtp import packetize as packetize_h264
from belvedere.cameras.mediaserver.gateway.h265.rtp import packetize as packetize_h265

Packetize = Callable[[Iterable[bytes]], list[bytes]]
PACKETIZERS: Mapping[str, Packetize] = {"H264": packetize_h264, "H265": packetize_h265}


class Picture:
    """An access unit, cut into RTP payloads once for all viewers."""

    def __init__(self, unit: AccessUnit, packetize: Packetize = packetize_h264) -> None:
        self.ts = unit.ts
        self.key = unit.key
        self._nals = [*unit.sets, *unit.nals]
        self.size = sum(map(len, self._nals))
        self._packetize = packetize

    @cached_property
    def payloads(self) -> list[bytes]:
        """Return the RTP payloads (RFC 6184, RFC 7798)."""
        return self._packetize(self._nals)

    def moved_to(self, ts: int) -> Picture:
        """Return the same picture at another time; the payloads are shared."""
        assert self.payloads
        moved = copy.copy(self)
        moved.ts = ts
        return moved
