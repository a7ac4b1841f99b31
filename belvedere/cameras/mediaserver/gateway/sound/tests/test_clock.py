"""Sound lies where its picture does, whatever clocks the camera has."""

from __future__ import annotations

import itertools

import pytest

from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE
from belvedere.cameras.mediaserver.gateway.rtsp.rtcp import SenderReport
from belvedere.cameras.mediaserver.gateway.sound.clock import DOUBT_SECONDS, SoundClock
from belvedere.cameras.mediaserver.gateway.timeline import Timeline

RATE = 16_000
FPS, FRAME_SECONDS = 25, 0.064
PICTURE_ORIGIN, SOUND_ORIGIN = 4_000_000_000, 77  # the first wraps within the test
NTP_ORIGIN = 3_900_000_000.0
AUDIO_DELAY = 0.5  # by which the camera sends its sound later than the picture of the same moment


class Camera:
    """A camera with clocks of its own for picture and sound. skew: how much faster than told that of the sound is."""

    def __init__(self, skew: float = 0.0, report_lag: float = 0.0, lie_seconds: float = 0.0) -> None:
        self._skew = skew
        self._report_lag = report_lag
        self._lie = lie_seconds
        self.timeline = Timeline()
        self.clock = SoundClock(self.timeline)
        self.clock.begin(RATE)
        self.pictures: list[tuple[float, int]] = []  # moment, place on the line
        self.sounds: list[tuple[float, int]] = []

    def picture_stamp(self, moment: float) -> int:
        return PICTURE_ORIGIN + round(moment * CLOCK_RATE)

    def sound_stamp(self, moment: float) -> int:
        return SOUND_ORIGIN + round(moment * (1 + self._skew) * RATE)

    def run(self, seconds: float, first_report: float = 1.0, stall: tuple[float, float] = (0.0, 0.0)) -> None:
        """Let it send for so long, with reports every second from first_report on.

        stall: what comes between these two times is read at the second one, as on a machine that is busy.
        """
        events = [(n / FPS, "picture", n / FPS) for n in range(round(seconds * FPS))]
        times = [n * FRAME_SECONDS for n in range(round(seconds / FRAME_SECONDS))]
        events += [(moment + AUDIO_DELAY, "sound", moment) for moment in times]
        events += [(n + first_report, "report", n + first_report - self._report_lag) for n in range(round(seconds))]
        for sent, kind, moment in sorted(events):
            now = stall[1] if stall[0] <= sent < stall[1] else sent
            if kind == "picture":
                self.pictures.append((moment, self.timeline.map(self.picture_stamp(moment), 50 + now)))
            elif kind == "sound" and (place := self.clock.map(self.sound_stamp(moment), 50 + now)) is not None:
                self.sounds.append((moment, place))
            elif kind == "report":
                self.report(moment)

    def report(self, moment: float) -> None:
        picture, sound = self.picture_stamp(moment) & 0xFFFFFFFF, self.sound_stamp(moment) & 0xFFFFFFFF
        self.clock.take_report("video", SenderReport(1, round((NTP_ORIGIN + moment) * 2**32), picture))
        self.clock.take_report("audio", SenderReport(2, round((NTP_ORIGIN + moment + self._lie) * 2**32), sound))

    def apart(self, since: float) -> list[float]:
        """How much later each sound lies than the pictures of its moment, in seconds."""
        line = [place / CLOCK_RATE - moment for moment, place in self.pictures if moment >= since]
        assert max(line) - min(line) < 0.001  # the pictures come evenly, so the line is straight
        return [place / RATE - moment - line[0] for moment, place in self.sounds if moment >= since]


@pytest.mark.parametrize(
    ("skew", "report_lag"), [(0.0, 0.0), (0.001, 0.0), (-0.001, 0.0), (0.0, 4.0)], ids=["", "fast", "slow", "late"]
)
def test_sound_that_comes_late_lies_where_its_picture_does_by_the_reports(skew: float, report_lag: float) -> None:
    camera = Camera(skew, report_lag)
    camera.run(120)
    assert max(map(abs, camera.apart(since=8))) < 0.06


def test_what_a_busy_machine_reads_late_lies_where_its_picture_does() -> None:
    camera = Camera()
    camera.run(20, stall=(10.03, 11.5))  # sound comes first then
    line = {round(moment * FPS): place / CLOCK_RATE - moment for moment, place in camera.pictures}
    heard = [(moment, place) for moment, place in camera.sounds if 8 < moment < 19]
    apart = [place / RATE - moment - line[int(moment * FPS)] for moment, place in heard]
    assert max(map(abs, apart)) < 0.06
    assert len(heard) == pytest.approx(11 / FRAME_SECONDS, abs=2)


def test_reports_that_become_untrue_are_left_out_after_a_while() -> None:
    camera = Camera()
    camera.run(5)
    place = camera.timeline.locate(camera.picture_stamp(5.0) & 0xFFFFFFFF)
    assert place is not None
    camera._lie = 7200.0
    camera.report(5.0)
    late = []
    for step in range(round(20 / FRAME_SECONDS)):
        moment = 5.0 + step * FRAME_SECONDS
        camera.timeline.map(camera.picture_stamp(moment), 50 + moment)
        at = camera.clock.map(camera.sound_stamp(moment), 50 + moment)
        here = camera.timeline.at(50 + moment)
        if at is not None and here is not None and moment > 5 + DOUBT_SECONDS + 1:
            late.append(at / RATE - here / CLOCK_RATE)
    assert late
    assert max(map(abs, late)) <= 1.0 + FRAME_SECONDS


def test_sound_lies_where_it_arrives_until_both_have_reported() -> None:
    camera = Camera()
    camera.run(20, first_report=10.5)
    before = [late for (moment, _), late in zip(camera.sounds, camera.apart(since=0), strict=True) if moment < 9]
    assert before == pytest.approx([AUDIO_DELAY] * len(before), abs=0.05)
    assert max(map(abs, camera.apart(since=12))) < 0.06


def test_reports_that_cannot_be_true_are_left_out() -> None:
    camera = Camera(lie_seconds=7200.0)
    camera.run(20)
    assert camera.apart(since=0) == pytest.approx([AUDIO_DELAY] * len(camera.sounds), abs=0.05)


def test_the_time_of_sound_always_rises_and_goes_by_the_steps_of_the_camera() -> None:
    camera = Camera(skew=0.001)
    camera.run(120)
    steps = [later - earlier for (_, earlier), (_, later) in itertools.pairwise(camera.sounds)]
    assert min(steps) > 0
    assert sum(step not in (1024, 1025, 1026) for step in steps) < 10  # a correction every 40 s


def test_there_is_no_sound_without_a_picture() -> None:
    camera = Camera()
    assert camera.clock.map(5, 50.0) is None
    camera.run(3)
    last = camera.sounds[-1][1]
    camera.timeline.restart()
    camera.clock.begin(RATE)
    assert camera.clock.map(5, 60.0) is None
    camera.timeline.map(0, 70.0)
    place = camera.clock.map(900, 70.0)
    assert place is not None
    assert (place - last) / RATE == pytest.approx(17.0 - FRAME_SECONDS, abs=1.0)
