"""The manifest of DASH: its times, its periods, and whether its segments are those of HLS."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from xml.etree import ElementTree

import pytest

from belvedere.cameras.mediaserver.gateway.h264.parameter_sets import ParameterSets
from belvedere.cameras.mediaserver.gateway.h264.sps import parse_sps
from belvedere.cameras.mediaserver.gateway.h264.tests.test_h264 import PPS, SPS
from belvedere.cameras.mediaserver.gateway.outputs.dash import write_manifest
from belvedere.cameras.mediaserver.gateway.outputs.files import find_file
from belvedere.cameras.mediaserver.gateway.outputs.segments import Segmenter
from belvedere.cameras.mediaserver.gateway.outputs.tests.test_hls import encoded, feed, filled, pictures, played
from belvedere.cameras.mediaserver.gateway.outputs.tests.test_rendition import aac, segmented
from belvedere.cameras.mediaserver.gateway.outputs.variant import Beside, measure

NOW_MS = 1_700_000_009_000
MPD = "{urn:mpeg:dash:schema:mpd:2011}"


def manifest(hls: Segmenter, sub: Segmenter | None = None) -> ElementTree.Element:
    beside = Beside(measure(sub), sub) if sub is not None else None
    return ElementTree.fromstring(write_manifest(hls, beside, NOW_MS))


def representations(period: ElementTree.Element) -> dict[str, list[tuple[int, int, int]]]:
    """The segments of each stream: number, begin and length."""
    return {shown.attrib["id"]: numbers_and_times(shown) for shown in period.iter(f"{MPD}Representation")}


def numbers_and_times(period: ElementTree.Element) -> list[tuple[int, int, int]]:
    (template,) = period.iter(f"{MPD}SegmentTemplate")
    begin = int(template.attrib["startNumber"])
    return [(begin + i, int(s.attrib["t"]), int(s.attrib["d"])) for i, s in enumerate(template.iter(f"{MPD}S"))]


def test_the_manifest_lists_the_segments_with_their_times() -> None:
    hls = filled(25, 50, 25)
    (period,) = manifest(hls).iter(f"{MPD}Period")
    assert numbers_and_times(period) == [(s.number, s.ts, s.ticks) for s in hls.segments]
    (template,) = period.iter(f"{MPD}SegmentTemplate")
    names = [template.attrib["media"].replace("$Number$", str(n)) for n, *_ in numbers_and_times(period)]
    assert all(find_file(hls, name) for name in [*names, template.attrib["initialization"]])
    (shown,) = period.iter(f"{MPD}Representation")
    assert {"codecs": "avc1.42c01e", "width": "640", "height": "360", "frameRate": "25"}.items() <= shown.attrib.items()
    assert int(shown.attrib["bandwidth"]) == max(round(8 * s.size * 90_000 / s.ticks) for s in hls.segments)


def test_the_clock_of_the_manifest_is_that_of_the_pictures() -> None:
    hls, sets, parameters = Segmenter(), ParameterSets([SPS, PPS]), parse_sps(SPS)
    assert parameters is not None
    for index, unit in enumerate(pictures([25, 25])):
        hls.feed(unit, sets, parameters, 0, 1_700_000_000_000 + 40 * index)
    found = manifest(hls)
    zero = datetime.fromisoformat(found.attrib["availabilityStartTime"]).timestamp()
    (first, _) = hls.segments
    assert zero + first.ts / 90_000 == 1_700_000_000
    (period,) = found.iter(f"{MPD}Period")
    (template,) = period.iter(f"{MPD}SegmentTemplate")
    start = float(period.attrib["start"].removeprefix("PT").removesuffix("S"))
    assert start == int(template.attrib["presentationTimeOffset"]) / 90_000
    (clock,) = found.iter(f"{MPD}UTCTiming")
    assert clock.attrib["value"] == "2023-11-14T22:13:29.000Z"


def test_a_clock_of_this_machine_that_is_set_moves_the_manifest_and_small_steps_do_not() -> None:
    hls, sets, parameters = Segmenter(), ParameterSets([SPS, PPS]), parse_sps(SPS)
    assert parameters is not None
    seen = []
    for index, unit in enumerate(pictures([25] * 4)):
        wrong = {1: 300, 2: 3_600_000}.get(index // 30, 0)
        hls.feed(unit, sets, parameters, 0, 1_700_000_000_000 + 40 * index + wrong)
        seen.append(hls.zero_ms)
    assert seen[0] == seen[74] == seen[-1]
    assert seen[75] - seen[0] == 3_600_000


@pytest.mark.parametrize("size", [96, 128])
def test_each_discontinuity_begins_a_period_that_keeps_its_name_while_the_window_moves(size: int) -> None:
    hls, again = Segmenter(), encoded(0, size)
    feed(hls, encoded(0), ParameterSets(), reorder=0)
    hls.restart()
    for unit in again:
        unit.ts += 8 * 90_000
    feed(hls, again, ParameterSets(), reorder=0)
    periods = [*manifest(hls).iter(f"{MPD}Period")]
    assert [len(numbers_and_times(period)) for period in periods] == [4, 3]
    starts = [float(period.attrib["start"][2:-1]) for period in periods]
    assert starts[1] - starts[0] == 8
    hls.segments.popleft()
    assert [(p.attrib["id"], p.attrib["start"]) for p in manifest(hls).iter(f"{MPD}Period")] == [
        (p.attrib["id"], p.attrib["start"]) for p in periods
    ]


def test_times_of_b_frames_are_those_at_which_a_decoder_shows_the_first_picture() -> None:
    hls = Segmenter()
    feed(hls, encoded(2), ParameterSets(), reorder=2)
    (period,) = manifest(hls).iter(f"{MPD}Period")
    shown = played(hls)
    assert [t for _, t, _ in numbers_and_times(period)] == [shown[0], shown[25], shown[50]]


def test_sound_is_an_adaptation_set_of_its_own_at_the_same_times() -> None:
    hls = segmented(*aac())
    (period,) = manifest(hls).iter(f"{MPD}Period")
    _, sound = period.iter(f"{MPD}AdaptationSet")
    (template,) = sound.iter(f"{MPD}SegmentTemplate")
    rate = int(template.attrib["timescale"])
    listed = numbers_and_times(sound)
    assert [number for number, *_ in listed] == [segment.number for segment in hls.segments]
    for (number, begin, length), segment in zip(listed, hls.segments, strict=True):
        assert begin / rate == pytest.approx(segment.ts / 90_000, abs=0.1)
        assert length / rate == pytest.approx(1, abs=0.1)
        assert find_file(hls, template.attrib["media"].replace("$Number$", str(number)))


def test_both_streams_of_a_camera_are_choices_of_one_picture_from_the_same_files() -> None:
    hls, sub = Segmenter(), filled(50, 50, 25)
    hls.beside_ts = sub.segments[0].period_ts
    filled(25, 25, 25, 25, 25, hls=hls)
    (period,) = manifest(hls, sub).iter(f"{MPD}Period")
    (choice,) = period.iter(f"{MPD}AdaptationSet")
    assert choice.attrib["segmentAlignment"] == "false"
    assert representations(period) == {
        "main": [(s.number, s.ts, s.ticks) for s in hls.segments],
        "sub": [(s.number, s.ts, s.ticks) for s in sub.segments],
    }
    _, small = period.iter(f"{MPD}Representation")
    assert small.findtext(f"{MPD}BaseURL") == "../sub/hls/"
    (template,) = small.iter(f"{MPD}SegmentTemplate")
    assert find_file(sub, template.attrib["media"].replace("$Number$", str(sub.segments[0].number)))
    assert int(small.attrib["bandwidth"]) == measure(sub).peak


def test_a_sub_stream_that_comes_later_begins_a_period_and_stays_out_of_the_one_before() -> None:
    hls, sub = Segmenter(), filled(25, 25, 25, 25, 25, 25)
    sets, parameters = ParameterSets([SPS, PPS]), parse_sps(SPS)
    assert parameters is not None
    for index, unit in enumerate(pictures([25] * 5)):
        if index == 30:  # while the second segment is being filled
            hls.beside_ts = sub.segments[0].period_ts
        hls.feed(unit, sets, parameters, 0, NOW_MS)
    before, after = manifest(hls, sub).iter(f"{MPD}Period")
    assert {name: len(rows) for name, rows in representations(before).items()} == {"main": 2}
    both = representations(after)
    start = int(after.attrib["id"])
    assert both["main"][0][1] == start
    assert all(begin + length > start for _, begin, length in both["sub"])
    assert both["sub"][0][1] <= start


def test_a_period_that_has_ended_lists_nothing_of_the_sub_stream_behind_its_end() -> None:
    hls, sub = Segmenter(), filled(25, 25, 25, 25, 25, 25)
    hls.beside_ts = sub.segments[0].period_ts
    sets, parameters = ParameterSets([SPS, PPS]), parse_sps(SPS)
    assert parameters is not None
    for index, unit in enumerate(pictures([25] * 5)):
        if index == 60:
            hls.beside_ts = None
        hls.feed(unit, sets, parameters, 0, NOW_MS)
    before, after = manifest(hls, sub).iter(f"{MPD}Period")
    assert all(begin < int(after.attrib["id"]) for _, begin, _ in representations(before)["sub"])
    assert [*representations(after)] == ["main"]


def test_streams_of_two_codecs_are_no_choices_of_one_picture() -> None:
    hls, sub = Segmenter(), filled(25, 25, 25)
    hls.beside_ts = sub.segments[0].period_ts
    filled(25, 25, 25, hls=hls)
    for segment in hls.segments:
        segment.init = replace(segment.init, codec_string="hvc1.1.6.L93.B0")
    (period,) = manifest(hls, sub).iter(f"{MPD}Period")
    assert [*representations(period)] == ["main"]
