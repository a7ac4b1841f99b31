"""The ways of watching a camera as the API shows them, best first, and what to set better. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from belvedere.cameras.mediaserver.port import MAIN, MANIFEST, SUB, CameraStatus, Stream
from belvedere.cameras.mediaserver.refusals import SOME_BROWSERS

MAX_KEY_FRAME_SECONDS = 2.5  # a relay cannot ask for key frames: a viewer waits for the next, after each loss too
SUB_INSTEAD = "Where the main stream cannot be shown, the sub stream is shown."
SUB_UNFIT = "The sub stream cannot be shown everywhere either: set it to H.264 without B-frames."
_PATHS = {
    "webrtc": "whep",
    "llhls": "hls/index.m3u8",
    "hls": "hls/index.m3u8?parts=no",
    "dash": f"dash/{MANIFEST}",
}


class StreamLink(NamedTuple):
    """One way of watching. note: why a better way is not there. kind, source, has_sound: see Stream."""

    kind: str
    url: str
    note: str = ""
    source: str = MAIN
    has_sound: bool = False


def make_links(camera_id: str, streams: Sequence[Stream]) -> list[StreamLink]:
    """What a player may try: the streams that show a picture, each with why the one before it does not."""
    links: list[StreamLink] = []
    notes: dict[str, str] = {}
    for stream in streams:
        if stream.refusal is None:
            folder = f"/media/{camera_id}/sub" if stream.source == SUB else f"/media/{camera_id}"
            note = notes.get(stream.source, "")
            url = f"{folder}/{_PATHS[stream.kind]}"
            links.append(StreamLink(stream.kind, url, note, stream.source, stream.sound))
        notes[stream.source] = stream.refusal.sentence if stream.refusal else ""
    return links


def make_notes(streams: Sequence[Stream], status: CameraStatus) -> list[str]:
    """What somebody could set better at the camera."""
    refused = {stream.refusal.sentence: stream for stream in streams if stream.refusal and stream.source == MAIN}
    notes = [*refused]
    if status.codec == "H265":
        notes.append(SOME_BROWSERS)
    by_sub = any(_is_shown_by_sub(stream, streams) for stream in refused.values())
    if by_sub or (status.codec == "H265" and status.sub is not None and status.sub.codec == "H264"):
        notes.append(SUB_INSTEAD)
    if status.sub is not None and any(stream.refusal for stream in streams if stream.source == SUB):
        notes.append(SUB_UNFIT)
    if status.key_frame_seconds is not None and status.key_frame_seconds > MAX_KEY_FRAME_SECONDS:
        notes.append(
            f"Key frames come every {status.key_frame_seconds:g} s: pictures start late and heal late. Set 1-2 s."
        )
    return notes


def _is_shown_by_sub(refused: Stream, streams: Sequence[Stream]) -> bool:
    return any(each.source == SUB and each.kind == refused.kind and each.refusal is None for each in streams)
