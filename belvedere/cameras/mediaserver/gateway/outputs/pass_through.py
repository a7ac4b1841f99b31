"""What aiortc's senders get in the place of an encoder."""

from __future__ import annotations

from belvedere.cameras.mediaserver.gateway.outputs.picture import Picture
from belvedere.cameras.mediaserver.gateway.sound.frames import Frame


class PassThrough:
    """Takes the place of aiortc's encoder: pictures and sound are encoded already."""

    def pack(self, picture: Picture | Frame) -> tuple[list[bytes], int]:
        """Return RTP payloads and time stamp."""
        payloads = [picture.data] if isinstance(picture, Frame) else picture.payloads
        return payloads, picture.ts & 0xFFFFFFFF
