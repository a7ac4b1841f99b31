"""The ways of watching a camera as the API shows them, best first, and what to set better. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from belvedere.cameras.mediaserver.port import CameraStatus, Stream

MAX_KEY_FRAME_SECONDS = 2.5  # a relay cannot ask for key frames: a viewer waits for the next, after each loss too
_PATHS = {"webrtc": "whep", "hls": "hls/index.m3u8"}


class StreamLink(NamedTuple):
    """One way of watching. kind: webrtc or hls; note: why a better way is not there."""

    kind: str
    url: str
    note: str = ""


def make_links(camera_id: str, streams: Sequence[Stream]) -> list[StreamLink]:
    """What a player may try: the streams that show a picture, each with why the one before it does not."""
    links, note = [], ""
    for stream in streams:
        if stream.refusal is None:
            links.append(StreamLink(stream.kind, f"/media/{camera_id}/{_PATHS[stream.kind]}", note))
        note = stream.refusal.sentence if stream.refusal else ""
    return links


def make_notes(streams: Sequence[Stream], status: CameraStatus) -> list[str]:
    """What somebody could set better at the camera."""
    notes = list(dict.fromkeys(stream.refusal.sentence for stream in streams if stream.refusal is not None))
    if status.key_frame_seconds is not None and status.key_frame_seconds > MAX_KEY_FRAME_SECONDS:
        notes.append(
            f"Key frames come every {status.key_frame_seconds:g} s: pictures start late and heal late. Set 1-2 s."
        )
    return notes
