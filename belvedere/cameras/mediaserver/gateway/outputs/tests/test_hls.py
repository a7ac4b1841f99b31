"""Segments and playlists, and whether a foreign decoder plays what we cut."""

from __future__ import annotations

import io
import itertools
import re
from dataclasses import replace
from fractions import Fraction

import av
import pytest

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.h264.parameter_sets import ParameterSets
from belvedere.cameras.mediaserver.gateway.h264.sps import SequenceParameters, parse_sps
from belvedere.cameras.mediaserver.gateway.h264.tests.test_h264 import IDR, PPS, SLICE, SPS
from belvedere.cameras.mediaserver.gateway.h264.units import nal_type
from belvedere.cameras.mediaserver.gateway.outputs import segments as segments_module
from belvedere.cameras.mediaserver.gateway.outputs.files import find_file
from belvedere.cameras.mediaserver.gateway.outputs.segments import MIN_SEGMENTS, DecodingOrder, Segmenter
from belvedere.cameras.mediaserver.gateway.outputs.variant import Beside, Variant
from belvedere.cameras.mediaserver.gateway.tests.clips import as_unit, encode, paint_steps

FRAMES, FPS = 100, 25


def encoded(b_frames: int, size: int = 96) -> list[AccessUnit]:
    """Four seconds of H.264 with a key frame each second, in decoding order, by x264."""
    options = {"bf": str(b_frames), "b-adapt": "0", "g": str(FPS), "sc_threshold": "0"}
    packets = encode("libx264", options, pictures=FRAMES, fps=FPS, size=(size, size), paint=paint_steps(2))
    return [as_unit(packet, FPS) for packet in packets]


def feed(hls: Segmenter, units: list[AccessUnit], sets: ParameterSets, reorder: int) -> None:
    for unit in map(replace, units):  # a unit may be fed again, with the sets that it came with
        sets.apply(unit)
        parameters = parse_sps(sets.sps)
        assert isinstance(parameters, SequenceParameters)
        hls.feed(unit, sets, parameters, reorder, 1_700_000_000_000)


def playlist(hls: Segmenter, name: str = "video.m3u8") -> str:
    """Its text, "" where there is none."""
    return (find_file(hls, name) or (b"", ""))[0].decode()


def played(hls: Segmenter) -> list[int]:
    """Presentation times of every picture that ffmpeg's decoder gives, in 90 kHz."""
    data = hls.segments[0].init.data + b"".join(segment.data for segment in hls.segments)
    with av.open(io.BytesIO(data), "r") as container:
        assert container.streams.video[0].time_base == Fraction(1, 90_000)
        return [frame.pts for frame in container.decode(video=0) if frame.pts is not None]


@pytest.mark.parametrize("b_frames", [0, 2])
def test_a_foreign_decoder_plays_every_picture_at_its_time(b_frames: int) -> None:
    hls = Segmenter()
    feed(hls, encoded(b_frames), ParameterSets(), reorder=2 if b_frames else 0)
    assert [segment.ticks for segment in hls.segments] == [90_000] * 3
    assert played(hls) == [900_000 + 3600 * i for i in range(75)]


def test_decoding_times_rise_and_never_pass_presentation() -> None:
    order = DecodingOrder(2)
    stamps = [0, 10_800, 3_600, 7_200, 21_600, 14_400, 18_000]
    times = [order.next_dts(ts) for ts in stamps]
    assert times == sorted(set(times))
    assert all(dts <= ts for dts, ts in zip(times, stamps, strict=True))


def test_the_playlist_says_what_players_need() -> None:
    hls = Segmenter()
    assert (playlist(hls), find_file(hls, "index.m3u8")) == ("", None)
    feed(hls, encoded(0), ParameterSets(), reorder=0)
    text = playlist(hls)
    assert "#EXT-X-TARGETDURATION:1\n#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.52500\n" in text
    assert text.count("#EXT-X-MAP:") == 1
    assert f"#EXTINF:1.00000,\nsegment-{hls.run}-0.m4s" in text
    assert "RESOLUTION=96x96" in playlist(hls, "index.m3u8")
    found = find_file(hls, f"segment-{hls.run}-0.m4s")
    assert found is not None
    assert found[0][4:8] == b"moof"


def test_a_camera_that_comes_back_is_a_discontinuity_with_the_same_init() -> None:
    hls, units = Segmenter(), encoded(0)
    feed(hls, units[:60], ParameterSets(), reorder=0)
    hls.restart()
    for unit in units:
        unit.ts += 6 * 90_000
    feed(hls, units, ParameterSets(), reorder=0)
    assert [segment.discontinuity for segment in hls.segments] == [False, False, False, True, False, False]
    text = playlist(hls)
    assert text.count("#EXT-X-DISCONTINUITY\n") == 1
    assert text.count("#EXT-X-MAP:") == 1


def test_other_parameters_get_an_init_of_their_own() -> None:
    hls = Segmenter()
    feed(hls, encoded(0), ParameterSets(), reorder=0)
    feed(hls, encoded(0, size=128), ParameterSets(), reorder=0)
    text = playlist(hls)
    first, second = (f"init-{hls.run}-{number}.mp4" for number in (0, 1))
    assert f'#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="{second}"' in text
    assert find_file(hls, first) != find_file(hls, second)


def test_a_camera_whose_clock_stands_still_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments_module, "MAX_SEGMENT_BYTES", 2_000)
    hls, sets = Segmenter(), ParameterSets()
    for _ in range(5):
        feed(hls, [AccessUnit(list(unit.nals), 900_000, unit.key) for unit in encoded(0)], sets, reorder=0)
    assert hls.newest > MIN_SEGMENTS
    assert all(segment.size < 20_000 for segment in hls.segments)


def pictures(lengths: list[int], begin: int = 900_000, step: int = 3600) -> list[AccessUnit]:
    """Key frames at these distances in pictures, and others between; one more key frame at the end."""
    keys = [0, *itertools.accumulate(lengths)]
    return [AccessUnit([IDR if i in keys else SLICE], begin + step * i, i in keys) for i in range(keys[-1] + 1)]


def filled(*lengths: int, hls: Segmenter | None = None, begin: int = 900_000) -> Segmenter:
    hls = hls or Segmenter()
    feed(hls, pictures(list(lengths), begin), ParameterSets([SPS, PPS]), reorder=0)
    return hls


def value_of(playlist: str | None, tag: str) -> int:
    return int(re.search(rf"#{tag}:(\d+)", playlist or "")[1])  # type: ignore[index]  # it is there


@pytest.mark.parametrize("lengths", [(25, 25), (65, 25), (34, 36), (38, 25), (60, 62, 25), (510,)])
def test_no_segment_is_longer_than_the_target_that_the_playlist_names(lengths: tuple[int, ...]) -> None:
    text = playlist(filled(*lengths))
    durations = [float(found) for found in re.findall(r"#EXTINF:([\d.]+)", text)]
    assert durations
    assert value_of(text, "EXT-X-TARGETDURATION") == max(round(duration) for duration in durations)


def test_a_segment_ends_at_the_first_key_frame_from_a_second_on() -> None:
    hls = filled(12, 12, 12, 25, 34)
    assert [segment.ticks // 3600 for segment in hls.segments] == [36, 25, 34]


def test_the_target_never_changes_and_longer_segments_are_cut_without_a_key_frame() -> None:
    hls, targets = Segmenter(), set()
    sets, parameters = ParameterSets([SPS, PPS]), parse_sps(SPS)
    assert parameters is not None
    for unit in pictures([25, 25, 100, 100, 25, 25]):
        hls.feed(unit, sets, parameters, 0, 0)
        targets |= {hls.target_seconds} if hls.segments else set()
    assert targets == {1}
    assert max(round(segment.ticks / 90_000) for segment in hls.segments) == 1
    assert {True, False} == {segment.independent for segment in hls.segments}
    assert hls.segments[-1].independent
    assert not any(segment.discontinuity for segment in hls.segments)
    assert "INDEPENDENT-SEGMENTS" not in playlist(hls) + playlist(hls, "index.m3u8")


def test_every_key_frame_begins_a_segment_where_segments_are_cut_between_them() -> None:
    hls = filled(25, 50, 50, 50)
    assert [segment.ticks // 3600 for segment in hls.segments] == [25, 37, 13, 37, 13, 37, 13]
    assert [segment.independent for segment in hls.segments] == [True] + [True, False] * 3


def test_a_picture_that_stands_longer_than_the_target_is_a_discontinuity() -> None:
    hls, sets, parameters = filled(25, 25), ParameterSets([SPS, PPS]), parse_sps(SPS)
    assert parameters is not None
    for unit in pictures([25, 25], begin=900_000 + 8 * 90_000):
        hls.feed(unit, sets, parameters, 0, 0)
    durations = [float(found) for found in re.findall(r"#EXTINF:([\d.]+)", playlist(hls))]
    assert max(map(round, durations)) == hls.target_seconds == 1
    assert [segment.discontinuity for segment in hls.segments].count(True) == 1


def test_files_of_two_runs_have_no_name_in_common() -> None:
    names = [re.findall(r"(?:init|segment)-\S+", playlist(filled(25, 25))) for _ in range(2)]
    assert all(len(each) >= 3 for each in names)
    assert not set(names[0]) & set(names[1])


def test_a_camera_that_rounds_its_rate_makes_segments_of_a_second_all_the_same() -> None:
    hls = Segmenter()
    feed(hls, pictures([25] * 4, step=3597), ParameterSets([SPS, PPS]), reorder=0)
    assert [segment.ticks for segment in hls.segments] == [25 * 3597] * 4


def test_a_stream_without_key_frames_is_cut_all_the_same() -> None:
    hls = filled(25 * 45)
    assert [segment.ticks // 90_000 for segment in hls.segments] == [20, 20, 5]


def test_the_discontinuity_sequence_rises_when_a_discontinuity_leaves_the_playlist() -> None:
    hls = filled(25, 25)
    for turn in range(1, 4):
        hls.restart()
        filled(25, 25, hls=hls, begin=900_000 * (turn + 1))
    seen = []
    for turn in range(12):
        text = playlist(hls)
        seen.append((value_of(text, "EXT-X-DISCONTINUITY-SEQUENCE"), text.count("#EXT-X-DISCONTINUITY\n")))
        filled(25, hls=hls, begin=900_000 * 4 + 90_000 * (2 + turn))
    assert seen[0] == (0, 3)
    assert all(gone + left == 3 for gone, left in seen)
    assert seen[-1] == (3, 0)


def test_the_time_of_each_segment_is_that_of_its_first_picture() -> None:
    hls, sets, parameters = Segmenter(), ParameterSets([SPS, PPS]), parse_sps(SPS)
    assert parameters is not None
    for index, unit in enumerate(pictures([25, 25])):
        hls.feed(unit, sets, parameters, 0, 1_700_000_000_000 + 40 * index)
    times = re.findall(r"#EXT-X-PROGRAM-DATE-TIME:(\S+)", playlist(hls))
    assert times == ["2023-11-14T22:13:20.000Z", "2023-11-14T22:13:21.000Z"]


def test_the_playlist_keeps_seven_seconds_and_four_segments_at_least() -> None:
    assert [segment.number for segment in filled(*[25] * 20).segments] == list(range(13, 20))
    assert [segment.number for segment in filled(*[100] * 10).segments] == list(range(6, 10))


def test_big_pictures_shorten_the_playlist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments_module, "MAX_KEPT_BYTES", 100)
    assert len(filled(*[25] * 20).segments) == MIN_SEGMENTS


def test_the_multivariant_playlist_names_the_highest_rate() -> None:
    hls = filled(25, 25, 25)
    rate = max(8 * segment.size for segment in hls.segments)
    text = playlist(hls, "index.m3u8")
    assert f"BANDWIDTH={rate}," in text
    assert 'CODECS="avc1.42c01e"' in text
    assert "RESOLUTION=640x360" in text


@pytest.mark.parametrize("parts", [True, False])
def test_the_sub_stream_is_a_second_choice_below_the_main_one(parts: bool) -> None:
    beside = Beside(Variant(400_000, 300_000, "avc1.42c015", 320, 180, 12.5))
    found = find_file(filled(25, 25, 25), "index.m3u8", parts=parts, beside=beside)
    assert found is not None
    lines = found[0].decode().splitlines()
    query = "" if parts else "?parts=no"
    assert [line for line in lines if not line.startswith("#")] == [
        f"video.m3u8{query}",
        f"../sub/hls/video.m3u8{query}",
    ]
    assert lines[-2] == (
        '#EXT-X-STREAM-INF:BANDWIDTH=400000,AVERAGE-BANDWIDTH=300000,CODECS="avc1.42c015",RESOLUTION=320x180,'
        "FRAME-RATE=12.500"
    )


def test_every_file_of_the_playlists_is_there_with_its_kind_and_nothing_else() -> None:
    hls = filled(25, 25)
    kinds = {
        name: (find_file(hls, name) or (b"", ""))[1]
        for name in ("index.m3u8", "video.m3u8", f"init-{hls.run}-0.mp4", f"segment-{hls.run}-1.m4s")
    }
    assert list(kinds.values()) == [*["application/vnd.apple.mpegurl"] * 2, "video/mp4", "video/iso.segment"]
    assert find_file(hls, f"segment-{hls.run}-2.m4s") is None
    assert find_file(hls, f"init-{hls.run}-1.mp4") is None


def test_b_frames_delay_decoding_by_what_a_decoder_holds_back() -> None:
    order = DecodingOrder(2)
    assert [order.next_dts(ts) for ts in (90_000, 100_800, 93_600, 97_200)] == [82_800, 86_400, 90_000, 93_600]
    plain = DecodingOrder(0)
    assert [plain.next_dts(ts) for ts in (90_000, 93_600, 93_600, 90_000, 97_200)] == [
        *(90_000, 93_600, 93_601, 93_602, 97_200),
    ]


def test_old_segments_go_and_the_numbers_tell() -> None:
    hls, sets = Segmenter(), ParameterSets()
    units = encoded(0)
    for turn in range(5):
        feed(hls, [AccessUnit(list(u.nals), u.ts + turn * 4 * 90_000, u.key) for u in units], sets, reorder=0)
    assert MIN_SEGMENTS <= len(hls.segments) <= 8
    assert f"#EXT-X-MEDIA-SEQUENCE:{hls.segments[0].number}\n" in playlist(hls)
    assert find_file(hls, f"segment-{hls.run}-0.m4s") is None


def test_nothing_is_kept_before_the_first_key_frame() -> None:
    hls = Segmenter()
    feed(hls, encoded(0)[:25], ParameterSets(), reorder=0)
    first = encoded(0)
    sets = ParameterSets([nal for nal in first[0].nals if nal_type(nal) in (7, 8)])
    late = Segmenter()
    feed(late, first[10:], sets, reorder=0)
    assert [segment.ticks for segment in late.segments] == [90_000] * 2
