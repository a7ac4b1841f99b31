"""The files of an HLS stream: playlists (RFC 8216), init segments and segments. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE
from belvedere.cameras.mediaserver.gateway.outputs.rendition import SoundSegment
from belvedere.cameras.mediaserver.gateway.outputs.segments import Segment, Segmenter

PLAYLIST = "index.m3u8"
VIDEO_PLAYLIST = "video.m3u8"
SOUND_PLAYLIST = "sound.m3u8"
LEAST_SOUND = 3  # segments of sound before it is listed: as far behind the newest as players begin
PLAYLIST_TYPE = "application/vnd.apple.mpegurl"


class Entry(NamedTuple):
    """A segment in a playlist. map: its init segment."""

    name: str
    map: str
    seconds: float
    at_ms: int
    discontinuity: bool


def find_file(segmenter: Segmenter, name: str) -> tuple[bytes, str] | None:
    """A file with its content type, None when it is gone or never was."""
    segments = segmenter.segments
    if segments and name == PLAYLIST:
        return _write_multivariant(segmenter).encode(), PLAYLIST_TYPE
    if segments and name == VIDEO_PLAYLIST:
        return _write_media(segmenter, segments[0].number, map(_list_video, segments)).encode(), PLAYLIST_TYPE
    if name == SOUND_PLAYLIST and (sounds := _list_sounds(segments)):
        entries = (_list_sound(segment, sound) for segment, sound in sounds)
        return _write_media(segmenter, sounds[0][0].number, entries).encode(), PLAYLIST_TYPE
    for segment in segments:
        for track in (segment, segment.sound):
            if track is not None and track.name == name:
                return b"".join(track.parts), "video/iso.segment"
            if track is not None and track.init.name == name:
                return track.init.data, "video/mp4" if track is segment else "audio/mp4"
    return None


def _write_multivariant(segmenter: Segmenter) -> str:
    """The playlist that players are given; it names the other ones.

    It does not promise EXT-X-INDEPENDENT-SEGMENTS: a camera may move its key frames apart, and then segments between
    them begin without one. Sound is listed once players find some wherever they begin.
    """
    segments = segmenter.segments
    newest = segments[-1]
    bandwidth = max(round(s.size * 8 * CLOCK_RATE / max(s.ticks, 1)) for s in segments)
    codecs, media, group = newest.init.codec_string, "", ""
    sounds = _list_sounds(segments)
    if segmenter.sound.is_heard and len(sounds) >= min(LEAST_SOUND, len(segments)):
        form = sounds[-1][1].init.form
        codecs, group = f"{codecs},{form.name}", ',AUDIO="sound"'
        media = (
            '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="sound",DEFAULT=YES,AUTOSELECT=YES,'
            f'CHANNELS="{form.channels}",URI="{SOUND_PLAYLIST}"\n'
        )
    return (
        f"#EXTM3U\n#EXT-X-VERSION:7\n{media}"
        f'#EXT-X-STREAM-INF:BANDWIDTH={bandwidth},CODECS="{codecs}",'
        f"RESOLUTION={newest.init.width}x{newest.init.height}{group}\n{VIDEO_PLAYLIST}\n"
    )


def _list_sounds(segments: Sequence[Segment]) -> list[tuple[Segment, SoundSegment]]:
    """Return the segments with sound, up to the newest without a gap."""
    sounds: list[tuple[Segment, SoundSegment]] = []
    for segment in reversed(segments):
        if segment.sound is None:
            break
        sounds.append((segment, segment.sound))
    return sounds[::-1]


def _list_video(segment: Segment) -> Entry:
    seconds = segment.ticks / CLOCK_RATE
    return Entry(segment.name, segment.init.name, seconds, segment.at_ms, segment.discontinuity)


def _list_sound(segment: Segment, sound: SoundSegment) -> Entry:
    rate = sound.init.form.rate
    at_ms = segment.at_ms + round(1000 * (sound.start / rate - segment.start / CLOCK_RATE))
    return Entry(sound.name, sound.init.name, sound.ticks / rate, at_ms, segment.discontinuity)


def _write_media(segmenter: Segmenter, first: int, entries: Iterable[Entry]) -> str:
    """The segments of one track. first: number of the first."""
    gone = (segment.discontinuity for segment in segmenter.segments if segment.number < first)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{segmenter.target_seconds}",
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES",
        f"#EXT-X-MEDIA-SEQUENCE:{first}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{segmenter.discontinuities + sum(gone)}",
    ]
    shown = ""
    for entry in entries:
        if entry.discontinuity:
            lines.append("#EXT-X-DISCONTINUITY")
        if entry.map != shown:
            lines.append(f'#EXT-X-MAP:URI="{entry.map}"')
            shown = entry.map
        at = datetime.fromtimestamp(entry.at_ms / 1000, UTC).isoformat(timespec="milliseconds")
        lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{at.replace('+00:00', 'Z')}")
        lines.append(f"#EXTINF:{entry.seconds:.5f},\n{entry.name}")
    return "\n".join(lines) + "\n"
