"""The manifest of a DASH stream (ISO/IEC 23009-1, live profile): the segments of HLS under other words. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE
from belvedere.cameras.mediaserver.gateway.outputs.rendition import SoundSegment
from belvedere.cameras.mediaserver.gateway.outputs.segment import Segment
from belvedere.cameras.mediaserver.gateway.outputs.segments import Segmenter
from belvedere.cameras.mediaserver.gateway.outputs.variant import Beside, Variant, measure
from belvedere.cameras.mediaserver.port import MAIN, SUB

MANIFEST_TYPE = "application/dash+xml"
FILES = "../hls/"  # where the segments are, from the manifest's own folder: one address for the caches
SUB_FILES = "../sub/hls/"  # from there
# Behind the camera, in target durations. A segment is announced when it is whole, and the manifest asked for twice a
# segment: at 1.5 the buffer is empty whenever a manifest comes late.
DELAY = 2.0


def write_manifest(segmenter: Segmenter, beside: Beside | None, now_ms: int) -> str:
    """Return the manifest of the segments that are kept; there must be one. beside: the sub stream, which it names too.

    Each stretch without a discontinuity, of either stream, is a period. The clock of the pictures goes on from one to
    the next, so times in the segments stay as they are.
    """
    groups = itertools.groupby(segmenter.segments, key=lambda segment: (segment.period_ts, segment.init.number))
    periods = [list(segments) for _, segments in groups]
    ends = [following[0].ts for following in periods[1:]]
    variant, target = measure(segmenter), segmenter.target_seconds
    kept = sum(segment.ticks for segment in segmenter.segments) / CLOCK_RATE
    return "\n".join(
        [
            '<?xml version="1.0" encoding="utf-8"?>',
            '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" '
            f'type="dynamic" availabilityStartTime="{_format_time(segmenter.zero_ms)}" '
            f'publishTime="{_format_time(now_ms)}" '
            f'minimumUpdatePeriod="PT{target / 2:g}S" minBufferTime="PT{target}S" timeShiftBufferDepth="PT{kept:.2f}S" '
            f'suggestedPresentationDelay="PT{DELAY * target:g}S" maxSegmentDuration="PT{target + 0.5:g}S">',
            f"<BaseURL>{FILES}</BaseURL>",
            *(
                line
                for segments, end in itertools.zip_longest(periods, ends)
                for line in _write_period(segments, end, variant, beside)
            ),
            f'<UTCTiming schemeIdUri="urn:mpeg:dash:utc:direct:2014" value="{_format_time(now_ms)}"/>',
            "</MPD>\n",
        ]
    )


def _write_period(
    segments: Sequence[Segment], end: int | None, variant: Variant, beside: Beside | None
) -> Iterator[str]:
    """end: where the next one begins, None for the newest."""
    first = segments[0]
    small = _find_beside(first, end, beside)
    independent = all(segment.independent for segment in (*segments, *small))
    yield f'<Period id="{first.period_ts}" start="PT{first.period_ts / CLOCK_RATE:.5f}S">'
    yield (
        '<AdaptationSet id="0" contentType="video" mimeType="video/mp4" '
        f'segmentAlignment="{str(not small).lower()}" startWithSAP="{int(independent)}">'
    )
    yield from _write_representation(MAIN, segments, first.period_ts, variant)
    if beside is not None and small:
        yield from _write_representation(SUB, small, first.period_ts, beside.variant, f"<BaseURL>{SUB_FILES}</BaseURL>")
    yield "</AdaptationSet>"
    sounds = [segment.sound for segment in segments if segment.sound is not None]
    if len(sounds) == len(segments) and all(sound.init is sounds[0].init for sound in sounds):
        yield from _write_sound(first, sounds)
    yield "</Period>"


def _find_beside(first: Segment, end: int | None, beside: Beside | None) -> list[Segment]:
    """Return the segments of the sub stream in the period that begins with this one of the main stream.

    None where the two have codecs between which players do not change.
    """
    if first.beside_ts is None or beside is None or beside.segmenter is None:
        return []
    found = [
        each
        for each in beside.segmenter.segments
        if each.period_ts == first.beside_ts and each.ts + each.ticks > first.ts and (end is None or each.ts < end)
    ]
    same_kind = bool(found) and found[0].init.codec_string[:4] == first.init.codec_string[:4]
    return found if same_kind else []


def _write_representation(
    name: str, segments: Sequence[Segment], offset: int, variant: Variant, base: str = ""
) -> Iterator[str]:
    """One stream. offset: of the period, in 90 kHz; base: where its files are, "" for where the manifest says."""
    init = segments[0].init
    yield (
        f'<Representation id="{name}" bandwidth="{variant.peak}" codecs="{init.codec_string}" width="{init.width}" '
        f'height="{init.height}" frameRate="{max(1, round(variant.fps))}">{base}'
    )
    names = f'initialization="{init.name}" media="segment-{init.run}-$Number$.m4s" startNumber="{segments[0].number}"'
    yield from _write_template(names, CLOCK_RATE, offset, [(each.ts, each.ticks) for each in segments])
    yield "</Representation>"


def _write_sound(first: Segment, sounds: Sequence[SoundSegment]) -> Iterator[str]:
    """The sound beside the segments. first: of the video."""
    init, form = sounds[0].init, sounds[0].init.form
    bits = sum(len(sound.data) for sound in sounds) * 8 * form.rate // max(1, sum(sound.ticks for sound in sounds))
    yield '<AdaptationSet id="1" contentType="audio" mimeType="audio/mp4" segmentAlignment="true" startWithSAP="1">'
    names = f'initialization="{init.name}" media="sound-{init.run}-$Number$.m4s" startNumber="{first.number}"'
    offset = first.period_ts * form.rate // CLOCK_RATE
    yield from _write_template(names, form.rate, offset, [(sound.start, sound.ticks) for sound in sounds])
    yield f'<Representation id="sound" bandwidth="{bits}" codecs="{form.name}" audioSamplingRate="{form.rate}"/>'
    yield "</AdaptationSet>"


def _write_template(names: str, rate: int, offset: int, segments: Iterable[tuple[int, int]]) -> Iterator[str]:
    """Where the segments are, and when. offset: of the period; segments: begin and length; in ticks of this rate."""
    yield f'<SegmentTemplate timescale="{rate}" presentationTimeOffset="{offset}" {names}>'
    yield "<SegmentTimeline>"
    for begin, length in segments:
        yield f'<S t="{begin}" d="{length}"/>'
    yield "</SegmentTimeline></SegmentTemplate>"


def _format_time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
