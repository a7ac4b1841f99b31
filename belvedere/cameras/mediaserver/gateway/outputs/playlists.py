"""The playlists of HLS: RFC 8216, and with parts RFC 8216bis. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE
from belvedere.cameras.mediaserver.gateway.outputs.part import Part
from belvedere.cameras.mediaserver.gateway.outputs.variant import Beside, Variant
from belvedere.cameras.mediaserver.gateway.sound.formats import Format

VIDEO_PLAYLIST = "video.m3u8"
SOUND_PLAYLIST = "sound.m3u8"
PLAIN = "?parts=no"
SUB_FOLDER = "../sub/hls/"  # from the main stream's own folder
# Of the part target, from the end of the playlist to where players begin. Two is the least that RFC 8216bis §4.4.3.8
# allows, three what it recommends; 2.5 is what plays without a stall here.
PART_HOLD_BACK = 2.5
LISTED_PARTS_TARGETS = 3  # target durations from the end whose parts are listed (RFC 8216bis §6.2.2)


class Entry(NamedTuple):
    """A segment in a playlist. map: its init segment; parts: none where it was not cut; is_open: more will come."""

    name: str
    map: str
    ticks: int
    at_ms: int
    discontinuity: bool
    parts: Sequence[Part]
    is_open: bool


class Track(NamedTuple):
    """What stands in one playlist. first: number of the first segment; discontinuities: in segments that are gone.

    part_target: see Segmenter; next_part: name of the part that comes next.
    """

    entries: Sequence[Entry]
    first: int
    discontinuities: int
    target_seconds: int
    part_target: int
    next_part: str


def write_multivariant(variant: Variant, beside: Beside | None, sound: Format | None, *, parts: bool) -> str:
    """Return the playlist that players are given; it names the other ones. beside: the sub stream.

    It does not promise EXT-X-INDEPENDENT-SEGMENTS: a camera may move its key frames apart, and then segments between
    them begin without one.
    """
    media, query = "", "" if parts else PLAIN
    if sound is not None:
        media = (
            '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="sound",DEFAULT=YES,AUTOSELECT=YES,'
            f'CHANNELS="{sound.channels}",URI="{SOUND_PLAYLIST}{query}"\n'
        )
    choices = _write_variant(variant, sound, VIDEO_PLAYLIST + query)
    if beside is not None:
        choices += _write_variant(beside.variant, sound, SUB_FOLDER + VIDEO_PLAYLIST + query)
    return f"#EXTM3U\n#EXT-X-VERSION:{9 if parts else 7}\n{media}{choices}"


def _write_variant(variant: Variant, sound: Format | None, address: str) -> str:
    codecs, group = (variant.codecs, "") if sound is None else (f"{variant.codecs},{sound.name}", ',AUDIO="sound"')
    return (
        f'#EXT-X-STREAM-INF:BANDWIDTH={variant.peak},AVERAGE-BANDWIDTH={variant.average},CODECS="{codecs}",'
        f"RESOLUTION={variant.width}x{variant.height},FRAME-RATE={variant.fps:.3f}{group}\n{address}\n"
    )


def write_media(track: Track, *, parts: bool) -> str:
    """Return the segments of one track, and the parts of the newest ones."""
    with_parts = {entry.name for entry in _find_newest(track)} if parts else set()
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{9 if parts else 7}",
        f"#EXT-X-TARGETDURATION:{track.target_seconds}",
        *(_write_part_rules(track) if parts else ()),
        f"#EXT-X-MEDIA-SEQUENCE:{track.first}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{track.discontinuities}",
    ]
    shown = ""
    for entry in track.entries:
        if entry.is_open and not parts:
            continue
        lines += _write_head(entry, shown)
        shown = entry.map
        if entry.name in with_parts:
            lines += _write_parts(entry)
        if not entry.is_open:
            lines.append(f"#EXTINF:{_format_seconds(entry.ticks)},\n{entry.name}")
    if parts:
        lines.append(f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{track.next_part}"')
    return "\n".join(lines) + "\n"


def _find_newest(track: Track) -> Iterator[Entry]:
    """The segments whose parts are listed, newest first."""
    ticks = 0
    for entry in reversed(track.entries):
        if ticks >= LISTED_PARTS_TARGETS * track.target_seconds * CLOCK_RATE:
            return
        yield entry
        ticks += entry.ticks


def _write_part_rules(track: Track) -> tuple[str, ...]:
    """How long parts are, and that the playlist may be asked for ahead of time.

    A picture that stood longer than a part may is a part of its own, and raises the target while it is listed.
    """
    longest = max((part.ticks for entry in _find_newest(track) for part in entry.parts), default=0)
    target = max(track.part_target, longest)
    return (
        f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={_format_seconds(PART_HOLD_BACK * target)}",
        f"#EXT-X-PART-INF:PART-TARGET={_format_seconds(target)}",
    )


def _write_head(entry: Entry, shown: str) -> Iterator[str]:
    """What stands before a segment, or before its first part. shown: the init segment of the one before."""
    if entry.discontinuity:
        yield "#EXT-X-DISCONTINUITY"
    if entry.map != shown:
        yield f'#EXT-X-MAP:URI="{entry.map}"'
    at = datetime.fromtimestamp(entry.at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    yield f"#EXT-X-PROGRAM-DATE-TIME:{at.replace('+00:00', 'Z')}"


def _write_parts(entry: Entry) -> Iterator[str]:
    for part in entry.parts:
        independent = ",INDEPENDENT=YES" if part.independent else ""
        yield f'#EXT-X-PART:DURATION={_format_seconds(part.ticks)},URI="{part.name}"{independent}'


def _format_seconds(ticks: float) -> str:
    return f"{ticks / CLOCK_RATE:.5f}"
