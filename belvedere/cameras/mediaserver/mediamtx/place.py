"""Where a MediaMTX is, and what opens what there. Implementers: own.py, foreign.py."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol

from belvedere.cameras.mediaserver.publishing import Target


@dataclass(frozen=True)
class Endpoints:
    """api, whep, hls: URLs without a path. authorization: for the API. target: where cameras are published to."""

    api: str
    whep: str
    hls: str
    authorization: str = field(repr=False)
    target: Target


class Place(Protocol):
    """Has a MediaMTX that can be asked, from `start` to `stop`."""

    async def start(self) -> Endpoints:
        """Return where it is, once it can be asked; one that runs is left alone. Raises Refused."""

    async def stop(self) -> None:
        """Nothing of ours is left there."""

    async def prepare(self, paths: Collection[str]) -> None:
        """Exactly these may be published, of those that are ours. Raises Refused."""

    def authorize(self, path: str, protocol: str) -> str:
        """Return what opens one session of this stream, as a header's value. protocol: webrtc or hls."""
