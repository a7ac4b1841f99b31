"""What a camera is called whose pictures do not come."""

from __future__ import annotations

import pytest

from belvedere.cameras.mediaserver.gateway.arrivals import Arrivals, judge
from belvedere.cameras.mediaserver.gateway.errors import Fault
from belvedere.cameras.mediaserver.port import CameraStatus

CONNECTING, LIVE = CameraStatus(), CameraStatus(state="live")


@pytest.mark.parametrize(("distance", "patience"), [(0.04, 10), (5, 15), (30, 60)])
def test_a_live_camera_may_lack_a_picture_for_three_times_their_distance(distance: float, patience: float) -> None:
    arrivals = Arrivals(0)
    arrivals.add_picture(100)
    arrivals.add_picture(100 + distance)
    assert judge(LIVE, arrivals, 100 + distance + patience) is None
    assert judge(LIVE, arrivals, 100.1 + distance + patience) is Fault.SILENT


def test_the_distance_of_the_last_connection_says_nothing_of_the_next() -> None:
    arrivals = Arrivals(0)
    arrivals.add_picture(0)
    arrivals.add_picture(30)
    arrivals.forget()
    arrivals.begin()
    arrivals.add_picture(100)
    assert judge(LIVE, arrivals, 110.1) is Fault.SILENT


def test_a_camera_that_connects_for_15_s_gets_a_reason() -> None:
    arrivals = Arrivals(100)
    assert judge(CONNECTING, arrivals, 115) is None
    assert judge(CONNECTING, arrivals, 115.1) is Fault.SLOW
    arrivals.add(110)
    assert judge(CONNECTING, arrivals, 115.1) is Fault.NO_KEY_FRAME
    assert judge(CameraStatus(code="bad_login"), arrivals, 200) is None


def test_video_that_came_5_s_ago_is_not_coming_any_more() -> None:
    arrivals = Arrivals(0)
    assert not arrivals.are_coming(0)
    arrivals.add(10)
    assert arrivals.are_coming(14.9)
    assert not arrivals.are_coming(15)
