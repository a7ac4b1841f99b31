"""Where a MediaMTX is, and what opens what there. Implementers: own.py, foreign.py."""

from __future__ import annotations

from collections.abc import Collection, Mapping
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


PUBLISHER = "publisher"  # the source of a path that somebody publishes


class Place(Protocol):
    """Has a MediaMTX that can be asked, from `start` to `stop`."""

    @property
    def ways(self) -> Collection[str]:
        """The ways on which cameras come to it without the gateway."""

    async def start(self) -> Endpoints:
        """Return where it is, once it can be asked; one that runs is left alone. Raises Refused."""

    async def stop(self) -> None:
        """Nothing of ours is left there."""

    async def prepare(self, paths: Mapping[str, str]) -> None:
        """Exactly these paths are there, of those that are ours, with their sources. Raises Refused."""

    def authorize(self, path: str, protocol: str) -> str:
        """Return what opens one session of this stream, as a header's value. protocol: webrtc or hls."""
