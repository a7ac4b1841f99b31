"""What an output is. Implementers: hls.py, whep.py (a recorder, a motion tap and talk come later)."""

from __future__ import annotations

from typing import Protocol

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.video import Video


class Output(Protocol):
    """Takes a camera's pictures and hands them on.

    `restart` and `take` run inside the reading of a connection that all cameras share: they never wait, and copy
    nothing that nobody asked for. Units are shared between outputs, so none changes one.
    """

    def restart(self) -> None:
        """The camera is back: the next picture has nothing to do with the last but its clock."""

    def take(self, unit: AccessUnit, video: Video, /) -> None:
        """A picture, in decoding order. video: what is known of its stream."""

    def count_viewers(self) -> int:
        """How many watch by it."""

    async def stop(self) -> None:
        """The camera is not wanted any more."""
