"""What nobody watches by HLS is not cut, and is there as if it had been."""

from __future__ import annotations

from dataclasses import replace

import pytest

from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE, AccessUnit
from belvedere.cameras.mediaserver.gateway.h264.parameter_sets import ParameterSets
from belvedere.cameras.mediaserver.gateway.h264.sps import parse_sps
from belvedere.cameras.mediaserver.gateway.h264.tests.test_h264 import PPS, SLICE, SPS
from belvedere.cameras.mediaserver.gateway.outputs import backlog as backlog_module
from belvedere.cameras.mediaserver.gateway.outputs import cmaf
from belvedere.cameras.mediaserver.gateway.outputs import hls as hls_module
from belvedere.cameras.mediaserver.gateway.outputs.backlog import Backlog, Uncut
from belvedere.cameras.mediaserver.gateway.outputs.hls import CUTTING_SECONDS, HlsOutput
from belvedere.cameras.mediaserver.gateway.outputs.segments import KEPT_TICKS, Segmenter
from belvedere.cameras.mediaserver.gateway.outputs.tests.test_hls import pictures
from belvedere.cameras.mediaserver.gateway.outputs.tests.test_rendition import opus
from belvedere.cameras.mediaserver.gateway.video import Video

FPS = 25


class Clock:
    """Of this machine; an hour from its start, so that nothing was asked for just now."""

    def __init__(self) -> None:
        self.seconds = 3600.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(hls_module, "time", clock)
    return clock


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of all fragments that were made."""
    made: list[int] = []
    fragment = cmaf.fragment

    def note(number: int, samples: list[cmaf.Sample]) -> bytes:
        made.append(number)
        return fragment(number, samples)

    monkeypatch.setattr(cmaf, "fragment", note)
    return made


def make_video(*sets: bytes) -> Video:
    """What is known of a camera that sends these."""
    video = Video()
    video.sets = ParameterSets(sets or (SPS, PPS))
    video.parameters = parse_sps(SPS)
    video.probe.b_frames = False
    return video


def take(output: HlsOutput, clock: Clock, units: list[AccessUnit], video: Video | None = None) -> None:
    """As they come, one each 40 ms."""
    video = video or make_video()
    for unit in map(replace, units):
        output.take(unit, video)
        clock.seconds += 1 / FPS


def outline(segmenter: Segmenter) -> list[tuple[int, int, int, list[int]]]:
    """What is in each segment: begin, length, pictures and the lengths of its parts."""
    return [
        (segment.ts, segment.ticks, segment.pictures, [part.ticks for part in segment.parts])
        for segment in segmenter.segments
    ]


def test_the_segments_are_those_of_a_camera_that_was_watched(clock: Clock, cut: list[int]) -> None:
    units = pictures([FPS] * 30)
    watched, unwatched = HlsOutput(), HlsOutput()
    for unit in units:
        assert watched.segmenter is not None
        take(watched, clock, [unit])
    made = len(cut)
    take(unwatched, clock, units)
    assert len(cut) == made
    expected, found = outline(watched.segmenter), outline(unwatched.segmenter)
    assert [row[:3] for row in found][-6:] == [row[:3] for row in expected][-6:]
    assert found[-5:] == expected[-5:]
    assert sum(row[1] for row in found) >= KEPT_TICKS - CLOCK_RATE
    assert not any(segment.discontinuity for segment in unwatched.segmenter.segments)


def test_cutting_goes_on_while_somebody_looks_and_ends_some_time_later(clock: Clock, cut: list[int]) -> None:
    output = HlsOutput()
    units = pictures([FPS] * 120)
    take(output, clock, units[: 10 * FPS])
    assert cut == []
    first = output.segmenter.newest
    take(output, clock, units[10 * FPS : 20 * FPS])
    assert output.segmenter.newest == first + 10
    take(output, clock, units[20 * FPS : 100 * FPS])
    made = len(cut)
    take(output, clock, units[100 * FPS :])
    assert len(cut) == made
    assert made < (10 + 10 + CUTTING_SECONDS + 2) * FPS / 5
    assert output.segmenter.segments[0].discontinuity
    names = [segment.name for segment in output.segmenter.segments]
    assert names == sorted(set(names))


def test_sound_is_kept_beside_the_pictures(clock: Clock) -> None:
    described, frames = opus()
    output = HlsOutput()
    output.begin_sound(described)
    for number, unit in enumerate(pictures([FPS] * 4)):
        take(output, clock, [unit])
        for frame in frames[2 * number : 2 * number + 2]:
            output.hear(frame)
    sounds = [segment.sound for segment in output.segmenter.segments]
    assert len(sounds) == 4
    assert all(sound is not None and sound.ticks > 45_000 for sound in sounds)


def test_a_stream_of_other_parameter_sets_begins_anew(clock: Clock) -> None:
    output, video, other = HlsOutput(), make_video(), PPS + b"\x00\x01"
    units = pictures([FPS] * 5)
    take(output, clock, units[: 3 * FPS], video)
    video.sets = ParameterSets([SPS, other])
    take(output, clock, units[3 * FPS :], video)
    (init,) = {segment.init for segment in output.segmenter.segments}
    assert init.parameter_sets == (SPS, other)


def test_no_more_is_kept_than_players_begin_with(monkeypatch: pytest.MonkeyPatch) -> None:
    video, backlog = make_video(), Backlog()
    parameters = parse_sps(SPS)
    assert parameters is not None

    def add(unit: AccessUnit) -> bool:
        return backlog.add(Uncut(unit, video.sets, parameters, 0, 0))

    for unit in pictures([FPS] * 30):
        add(unit)
    assert len(backlog.take()) <= 9 * FPS
    monkeypatch.setattr(backlog_module, "MAX_KEPT_BYTES", 10 * len(SLICE))
    one_key, *others = pictures([FPS])
    add(one_key)
    for unit in others[:8]:
        add(unit)
    assert not backlog.is_full
    for unit in others[8:]:
        add(unit)
    assert backlog.is_full


def test_a_camera_with_one_key_frame_is_cut_when_it_becomes_too_much(
    clock: Clock, cut: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog_module, "MAX_SEGMENT_PICTURES", 10 * FPS)
    output = HlsOutput()
    take(output, clock, pictures([33 * FPS]))
    assert cut
