"""The files of a stream: playlists, manifest, init segments, segments and their parts. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE
from belvedere.cameras.mediaserver.gateway.outputs.dash import MANIFEST_TYPE, write_manifest
from belvedere.cameras.mediaserver.gateway.outputs.playlists import (
    SOUND_PLAYLIST,
    VIDEO_PLAYLIST,
    Entry,
    Track,
    write_media,
    write_multivariant,
)
from belvedere.cameras.mediaserver.gateway.outputs.rendition import SoundSegment
from belvedere.cameras.mediaserver.gateway.outputs.segment import Segment
from belvedere.cameras.mediaserver.gateway.outputs.segments import Segmenter
from belvedere.cameras.mediaserver.gateway.outputs.variant import Beside, measure
from belvedere.cameras.mediaserver.gateway.sound.formats import Format
from belvedere.cameras.mediaserver.port import MANIFEST

PLAYLIST = "index.m3u8"
LEAST_SOUND = 3  # segments of sound before it is listed: as far behind the newest as players begin
PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
SEGMENT_TYPE = "video/iso.segment"


def find_file(
    segmenter: Segmenter, name: str, *, parts: bool = True, now_ms: int = 0, beside: Beside | None = None
) -> tuple[bytes, str] | None:
    """A file with its content type, None when it is gone or never was. parts: playlists of low latency, or plain.

    beside: the sub stream, for a playlist or a manifest that lets players choose.
    """
    if segmenter.segments and name == PLAYLIST:
        text = write_multivariant(measure(segmenter), beside, _find_sound(segmenter), parts=parts)
        return text.encode(), PLAYLIST_TYPE
    if segmenter.segments and name == VIDEO_PLAYLIST:
        return write_media(_list_video(segmenter), parts=parts).encode(), PLAYLIST_TYPE
    if name == SOUND_PLAYLIST and (track := _list_sound(segmenter)) is not None:
        return write_media(track, parts=parts).encode(), PLAYLIST_TYPE
    if segmenter.segments and name == MANIFEST:
        return write_manifest(segmenter, beside, now_ms).encode(), MANIFEST_TYPE
    for segment in _list_segments(segmenter):
        for track_of in (segment, segment.sound):
            if track_of is not None and (found := _find_data(track_of, name)) is not None:
                return found, SEGMENT_TYPE
            if track_of is not None and track_of.init.name == name:
                return track_of.init.data, "video/mp4" if track_of is segment else "audio/mp4"
    return None


def _find_data(track: Segment | SoundSegment, name: str) -> bytes | None:
    """A segment or a part of it."""
    if track.name == name:
        return track.data
    return next((part.data for part in track.parts if part.name == name), None)


def _list_segments(segmenter: Segmenter) -> tuple[Segment, ...]:
    return (*segmenter.segments, *(() if segmenter.begun is None else (segmenter.begun,)))


def _find_sound(segmenter: Segmenter) -> Format | None:
    """The sound that is listed: there is some, and players find it wherever they begin."""
    sounds = _take_with_sound(segmenter.segments)
    if not segmenter.sound.is_heard or len(sounds) < min(LEAST_SOUND, len(segmenter.segments)):
        return None
    return sounds[-1][1].init.form


def _take_with_sound(segments: Sequence[Segment]) -> list[tuple[Segment, SoundSegment]]:
    """Return the segments with sound, up to the newest without a gap."""
    sounds: list[tuple[Segment, SoundSegment]] = []
    for segment in reversed(segments):
        if segment.sound is None:
            break
        sounds.append((segment, segment.sound))
    return sounds[::-1]


def _list_video(segmenter: Segmenter) -> Track:
    entries = [
        Entry(
            segment.name,
            segment.init.name,
            segment.ticks,
            segment.at_ms,
            segment.discontinuity,
            () if segment.whole else segment.parts,
            segment is segmenter.begun,
        )
        for segment in _list_segments(segmenter)
    ]
    return _make_track(segmenter, entries, segmenter.segments[0].number, segmenter.next_part)


def _list_sound(segmenter: Segmenter) -> Track | None:
    sounds = _take_with_sound(segmenter.segments)
    if not sounds:
        return None
    begun = segmenter.begun
    if begun is not None and begun.sound is not None:
        sounds.append((begun, begun.sound))
    entries = [_list_sound_of(segment, sound, is_open=segment is begun) for segment, sound in sounds]
    return _make_track(segmenter, entries, sounds[0][0].number, segmenter.sound.next_part)


def _list_sound_of(segment: Segment, sound: SoundSegment, *, is_open: bool) -> Entry:
    rate = sound.init.form.rate
    at_ms = segment.at_ms + round(1000 * (sound.start / rate - segment.start / CLOCK_RATE))
    ticks = sound.ticks * CLOCK_RATE // rate
    parts = () if segment.whole else sound.parts
    return Entry(sound.name, sound.init.name, ticks, at_ms, segment.discontinuity, parts, is_open)


def _make_track(segmenter: Segmenter, entries: Sequence[Entry], first: int, next_part: str) -> Track:
    gone = sum(segment.discontinuity for segment in segmenter.segments if segment.number < first)
    discontinuities = segmenter.discontinuities + gone
    return Track(entries, first, discontinuities, segmenter.target_seconds, segmenter.part_target, next_part)
