"""One clock over reconnects, and what a stream is like."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.h264.sps import SequenceParameters
from belvedere.cameras.mediaserver.gateway.probe import Probe
from belvedere.cameras.mediaserver.gateway.timeline import LEAST_STEP_TICKS, Timeline

PLAIN = SequenceParameters(66, 0xC0, 30, 640, 360, 0, None)
MAIN = SequenceParameters(77, 0x40, 30, 640, 360, None, None)


def test_time_goes_on_as_the_wall_clock_does_while_the_camera_is_away() -> None:
    timeline = Timeline()
    last = [timeline.map(5_000_000 + 3600 * i, 100 + i / 25) for i in range(26)][-1]
    timeline.restart()
    assert timeline.map(77, 107.0) - last == 6 * 90_000


def test_two_streams_of_a_camera_lie_on_one_line_whenever_each_begins() -> None:
    main, sub = Timeline(), Timeline()
    before = [main.map(5_000_000 + 3600 * i, 100 + i / 25) for i in range(51)]
    assert sub.map(77, 102.0) == pytest.approx(before[-1], abs=LEAST_STEP_TICKS)


def test_a_camera_that_starts_anew_near_its_last_time_is_moved_all_the_same() -> None:
    timeline = Timeline()
    last = timeline.map(900_000, 100.0)
    timeline.restart()
    assert timeline.map(901_000, 107.0) - last == 7 * 90_000


def test_what_follows_a_step_back_lies_behind_the_highest() -> None:
    timeline = Timeline()
    highest = max(timeline.map(ts, 100.0, reordered=ts == 3_600) for ts in (0, 10_800, 3_600))
    timeline.restart()
    assert timeline.map(0, 100.0) > highest


def test_a_camera_whose_clock_jumps_is_put_right() -> None:
    timeline = Timeline()
    first = timeline.map(0, 0.0)
    for jump in (10**12, 55):
        following = timeline.map(jump, 1.0)
        assert 0 < following - first < 3 * 90_000
        first = following


def test_b_frames_keep_their_order_on_the_timeline() -> None:
    timeline = Timeline()
    mapped = [timeline.map(ts, ts / 90_000, reordered=ts in (3_600, 7_200)) for ts in (0, 10_800, 3_600, 7_200)]
    assert [ts - mapped[0] for ts in mapped] == [0, 10_800, 3_600, 7_200]


def arrivals(rate: float, seconds: int, fps: int = 25) -> list[tuple[int, float]]:
    """Time stamps of a camera whose clock runs at this rate, and when its pictures come."""
    return [(round(3600 * 25 / fps * i * rate), 100 + i / fps) for i in range(seconds * fps)]


def lead(timeline: Timeline, pictures: list[tuple[int, float]]) -> float:
    """How many seconds more the viewers' clock has gone than the wall clock."""
    mapped = [timeline.map(ts, now) for ts, now in pictures]
    assert all(b > a for a, b in itertools.pairwise(mapped))
    return (mapped[-1] - mapped[0]) / 90_000 - (pictures[-1][1] - pictures[0][1])


@pytest.mark.parametrize("rate", [1.01, 0.99, 1.1, 0.9])
def test_viewers_grow_no_later_with_a_camera_whose_clock_is_wrong(rate: float) -> None:
    assert abs(lead(Timeline(), arrivals(rate, 120))) < 0.3


def test_a_good_clock_is_followed_to_the_tick_whatever_the_network_does() -> None:
    pictures = [(ts, now + (0.3 if index % 7 == 3 else 0.0)) for index, (ts, now) in enumerate(arrivals(1.0, 60))]
    timeline = Timeline()
    mapped = [timeline.map(ts, now) for ts, now in pictures]
    assert {b - a for a, b in itertools.pairwise(mapped)} == {3600}


def test_a_first_picture_that_came_a_little_late_changes_no_step() -> None:
    pictures = arrivals(1.0, 20)
    timeline = Timeline()
    mapped = [timeline.map(ts, now + (0.03 if index == 0 else 0.0)) for index, (ts, now) in enumerate(pictures)]
    assert {b - a for a, b in itertools.pairwise(mapped)} == {3600}


def test_a_clock_that_stands_still_is_replaced_by_the_time_of_arrival() -> None:
    assert abs(lead(Timeline(), [(0, now) for _, now in arrivals(1.0, 20)])) < 0.1


def test_two_pictures_of_one_time_stamp_come_one_after_the_other_and_the_clock_goes_on() -> None:
    timeline = Timeline()
    mapped = [timeline.map(ts, 100 + i / 25) for i, ts in enumerate((0, 3600, 3600, 10_800, 14_400))]
    assert [ts - mapped[0] for ts in mapped] == [0, 3600, 4500, 10_800, 14_400]


def test_a_clock_that_is_set_back_a_little_goes_on_from_where_it_was() -> None:
    timeline = Timeline()
    pictures = [(3600 * i - i // 100 * 8100, 100 + i / 25) for i in range(1000)]
    assert abs(lead(timeline, pictures)) < 0.1


def feed(
    probe: Probe, stamps: list[int], parameters: SequenceParameters, key_every: int = 25, b_frames: bool = False
) -> None:
    for index, ts in enumerate(stamps):
        probe.feed(AccessUnit([], ts, index % key_every == 0, b_frames and index % key_every != 0), parameters)


def test_an_sps_without_reordering_decides_at_once() -> None:
    probe = Probe()
    feed(probe, [0], PLAIN)
    assert probe.b_frames is False


def test_a_second_without_reordering_decides_for_a_silent_sps() -> None:
    probe = Probe()
    feed(probe, [3600 * i for i in range(20)], MAIN)
    assert probe.b_frames is None
    feed(probe, [3600 * i for i in range(20, 45)], MAIN)
    assert probe.b_frames is False


def test_a_camera_of_one_picture_a_second_is_decided_after_some_of_them() -> None:
    slow, fast = Probe(), Probe()
    feed(slow, [90_000 * i for i in range(4)], MAIN)
    feed(fast, [1_500 * i for i in range(40)], MAIN)
    assert (slow.b_frames, fast.b_frames) == (False, None)


def test_an_sps_that_allows_reordering_delays_nothing_where_there_is_none() -> None:
    probe = Probe()
    feed(probe, [3600 * i for i in range(40)], replace(MAIN, reorder=2))
    assert (probe.b_frames, probe.reorder) == (False, 0)


def test_reordered_pictures_are_b_frames() -> None:
    probe = Probe()
    feed(probe, [0, 10_800, 3_600, 7_200, 21_600, 14_400], MAIN, b_frames=True)
    assert probe.b_frames is True
    assert probe.reorder == 2


def test_b_frames_that_have_been_switched_off_are_forgotten() -> None:
    probe = Probe()
    feed(probe, [0, 10_800, 3_600, 7_200], MAIN, b_frames=True)
    feed(probe, [14_400 + 3_600 * i for i in range(300)], MAIN, b_frames=True)  # B-slices in order
    assert (probe.b_frames, probe.reorder) == (False, 0)


def test_a_clock_that_slips_again_and_again_makes_no_b_frames() -> None:
    probe = Probe()
    feed(probe, [3600 * i - i // 20 * 8100 for i in range(400)], MAIN)
    assert probe.b_frames is False


def test_a_clock_that_slips_once_is_no_b_frame() -> None:
    silent, plain = Probe(), Probe()
    stamps = [3600 * i for i in range(20)] + [3600 * i for i in range(18, 60)]
    feed(silent, stamps, MAIN)
    feed(plain, stamps * 3, PLAIN)
    assert silent.b_frames is False
    assert plain.b_frames is False


def test_key_frame_distance_and_rate_are_measured() -> None:
    probe = Probe()
    feed(probe, [3600 * i for i in range(60)], PLAIN, key_every=50)
    assert (probe.key_frame_seconds, probe.fps) == (2.0, 25.0)
