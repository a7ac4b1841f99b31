"""The files of an HLS stream: two playlists (RFC 8216), init segments and segments. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE
from belvedere.cameras.mediaserver.gateway.outputs.segments import Init, Segment, Segmenter

PLAYLIST = "index.m3u8"
VIDEO_PLAYLIST = "video.m3u8"
PLAYLIST_TYPE = "application/vnd.apple.mpegurl"


def find_file(segmenter: Segmenter, name: str) -> tuple[bytes, str] | None:
    """A file with its content type, None when it is gone or never was."""
    segments = segmenter.segments
    if segments and name == PLAYLIST:
        return _write_multivariant(segments).encode(), PLAYLIST_TYPE
    if segments and name == VIDEO_PLAYLIST:
        return _write_media(segmenter).encode(), PLAYLIST_TYPE
    for segment in segments:
        if segment.name == name:
            return b"".join(segment.parts), "video/iso.segment"
        if segment.init.name == name:
            return segment.init.data, "video/mp4"
    return None


def _write_multivariant(segments: Sequence[Segment]) -> str:
    """The playlist that players are given; it names the other one.

    It does not promise EXT-X-INDEPENDENT-SEGMENTS: a camera may move its key frames apart, and then segments between
    them begin without one.
    """
    newest = segments[-1]
    bandwidth = max(round(s.size * 8 * CLOCK_RATE / max(s.ticks, 1)) for s in segments)
    return (
        "#EXTM3U\n#EXT-X-VERSION:7\n"
        f'#EXT-X-STREAM-INF:BANDWIDTH={bandwidth},CODECS="{newest.init.codec_string}",'
        f"RESOLUTION={newest.init.width}x{newest.init.height}\n{VIDEO_PLAYLIST}\n"
    )


def _write_media(segmenter: Segmenter) -> str:
    """The segments."""
    segments = segmenter.segments
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{segmenter.target_seconds}",
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES",
        f"#EXT-X-MEDIA-SEQUENCE:{segments[0].number}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{segmenter.discontinuities}",
    ]
    shown: Init | None = None
    for segment in segments:
        if segment.discontinuity:
            lines.append("#EXT-X-DISCONTINUITY")
        if segment.init is not shown:
            lines.append(f'#EXT-X-MAP:URI="{segment.init.name}"')
            shown = segment.init
        at = datetime.fromtimestamp(segment.at_ms / 1000, UTC).isoformat(timespec="milliseconds")
        lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{at.replace('+00:00', 'Z')}")
        lines.append(f"#EXTINF:{segment.ticks / CLOCK_RATE:.5f},\n{segment.name}")
    return "\n".join(lines) + "\n"
