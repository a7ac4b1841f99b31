"""Pictures on their way from the gateway, which pulls them, to another media server, which hands them to viewers.

The gateway publishes each camera there by RTSP, so that redirects, passwords and the one pull stay with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from belvedere.cameras.mediaserver.port import MAIN, SUB, MediaServer


@dataclass(frozen=True)
class Target:
    """The RTSP server that cameras are published to, and the log-in for that."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)


class Publisher(MediaServer, Protocol):
    """Pulls cameras, judges them, and publishes them. Implemented by gateway/client.py."""

    target: Target | None

    async def admit(self, camera: str, offer: str, source: str = MAIN) -> str:
        """Wait until the stream is published, and return the WHEP offer as it is to be negotiated; "" for HLS.

        A sub stream is pulled from now on, as for a viewer of its own. Raises Refused where no picture would come.
        """

    async def mark_watched(self, sources: Iterable[tuple[str, str]]) -> None:
        """Somebody watches these streams, each a camera and MAIN or SUB: do not end the pull of a sub stream."""


def path_of(camera: str, source: str) -> str:
    """Return the name of a stream at the other server."""
    return f"{camera}/{SUB}" if source == SUB else camera
