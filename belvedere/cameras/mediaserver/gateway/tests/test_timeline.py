"""One clock over reconnects, and what a stream is like."""

from __future__ import annotations

from dataclasses import replace

from belvedere.cameras.mediaserver.gateway.h264.sps import SequenceParameters
from belvedere.cameras.mediaserver.gateway.h264.units import AccessUnit
from belvedere.cameras.mediaserver.gateway.probe import Probe
from belvedere.cameras.mediaserver.gateway.timeline import Timeline

PLAIN = SequenceParameters(66, 0xC0, 30, 640, 360, 0, None)
MAIN = SequenceParameters(77, 0x40, 30, 640, 360, None, None)


def test_time_goes_on_as_the_wall_clock_does_while_the_camera_is_away() -> None:
    timeline = Timeline()
    last = [timeline.map(5_000_000 + 3600 * i, 100 + i / 25) for i in range(26)][-1]
    timeline.restart()
    assert timeline.map(77, 107.0) - last == 6 * 90_000


def test_a_camera_that_starts_anew_near_its_last_time_is_moved_all_the_same() -> None:
    timeline = Timeline()
    last = timeline.map(900_000, 100.0)
    timeline.restart()
    assert timeline.map(901_000, 107.0) - last == 7 * 90_000


def test_what_follows_a_step_back_lies_behind_the_highest() -> None:
    timeline = Timeline()
    highest = max(timeline.map(ts, 100.0) for ts in (0, 10_800, 3_600))
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
    mapped = [timeline.map(ts, ts / 90_000) for ts in (0, 10_800, 3_600, 7_200)]
    assert [ts - mapped[0] for ts in mapped] == [0, 10_800, 3_600, 7_200]


def feed(probe: Probe, stamps: list[int], parameters: SequenceParameters, key_every: int = 25) -> None:
    for index, ts in enumerate(stamps):
        probe.feed(AccessUnit([], ts, index % key_every == 0), parameters)


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


def test_neither_a_second_nor_thirty_pictures_alone_decide() -> None:
    slow, fast = Probe(), Probe()
    feed(slow, [90_000 * i for i in range(10)], MAIN)
    feed(fast, [1_500 * i for i in range(40)], MAIN)
    assert (slow.b_frames, fast.b_frames) == (None, None)


def test_an_sps_that_allows_reordering_delays_nothing_where_there_is_none() -> None:
    probe = Probe()
    feed(probe, [3600 * i for i in range(40)], replace(MAIN, reorder=2))
    assert (probe.b_frames, probe.reorder) == (False, 0)


def test_reordered_pictures_are_b_frames() -> None:
    probe = Probe()
    feed(probe, [0, 10_800, 3_600, 7_200, 21_600, 14_400], MAIN)
    assert probe.b_frames is True
    assert probe.reorder == 2


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
