"""Which ways of watching a camera has, best first, and why not the others. Pure."""

from __future__ import annotations

from typing import NamedTuple

from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.port import CameraStatus, Capabilities

MAX_KEY_FRAME_SECONDS = 2.5  # a relay cannot ask for key frames: a viewer waits for the next, after each loss too


class Stream(NamedTuple):
    """One way of watching. kind: webrtc or hls; note: what to know about it."""

    kind: str
    url: str
    note: str = ""


def streams_of(camera_id: str, status: CameraStatus, capabilities: Capabilities) -> list[Stream]:
    """What a player may try. Nothing where no picture would come; B-frames leave WebRTC out."""
    if refusals.codec_refusal(status.codec) is not None:
        return []
    base = f"/media/{camera_id}"
    streams = []
    if capabilities.whep and not status.b_frames:
        streams.append(Stream("webrtc", f"{base}/whep"))
    if capabilities.hls:
        note = refusals.B_FRAMES.sentence if status.b_frames else ""
        streams.append(Stream("hls", f"{base}/hls/index.m3u8", note))
    return streams


def notes_of(status: CameraStatus) -> list[str]:
    """What somebody could set better at the camera."""
    notes = []
    refusal = refusals.codec_refusal(status.codec)
    if refusal is not None:
        notes.append(refusal.sentence)
    if status.b_frames:
        notes.append(refusals.B_FRAMES.sentence)
    if status.key_frame_seconds is not None and status.key_frame_seconds > MAX_KEY_FRAME_SECONDS:
        notes.append(
            f"Key frames come every {status.key_frame_seconds:g} s: pictures start late and heal late. Set 1-2 s."
        )
    return notes
