"""The pictures since the last key frame, for WebRTC viewers who come between two. Pure."""

from __future__ import annotations

from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE
from belvedere.cameras.mediaserver.gateway.outputs.picture import Picture

MAX_PICTURES = 600
# They are sent at once, and what gets lost of them must be remembered for sending again: 2048 packets, see ADR 10.
MAX_BYTES = 2 * 1024 * 1024
PATIENCE_SECONDS = 0.2  # a key frame that comes as soon as that is waited for: it costs nothing


class Group:
    """Takes every picture; `replay` brings a new viewer up to the present one."""

    def __init__(self) -> None:
        self._pictures: list[Picture] = []
        self._bytes = 0

    def add(self, picture: Picture) -> None:
        """Add the camera's next picture."""
        if picture.key:
            self._pictures, self._bytes = [], 0
        elif not self._pictures:
            return
        self._pictures.append(picture)
        self._bytes += picture.size
        if len(self._pictures) > MAX_PICTURES or self._bytes > MAX_BYTES:
            self.clear()

    def clear(self) -> None:
        """Forget them: the next picture has nothing to do with these."""
        self._pictures, self._bytes = [], 0

    def replay(self, key_frame_seconds: float | None) -> list[Picture]:
        """Return the pictures, oldest first; nothing where the next key frame is due soon.

        key_frame_seconds: distance of the last two key frames.
        """
        if not self._pictures:
            return []
        age = (self._pictures[-1].ts - self._pictures[0].ts) / CLOCK_RATE
        if key_frame_seconds is not None and 0 <= key_frame_seconds - age <= PATIENCE_SECONDS:
            return []
        return list(self._pictures)
