"""What a hostile or broken camera may not do with our time: take that of the others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from belvedere.cameras.mediaserver.gateway.camera import Camera
from belvedere.cameras.mediaserver.gateway.errors import CameraError, Fault
from belvedere.cameras.mediaserver.gateway.pull import Pull, retry_seconds
from belvedere.cameras.mediaserver.gateway.resolver import Rules
from belvedere.cameras.mediaserver.gateway.rtsp import budget
from belvedere.cameras.mediaserver.gateway.rtsp.budget import Rate, Turn
from belvedere.cameras.mediaserver.gateway.rtsp.link import Link
from belvedere.cameras.mediaserver.gateway.tests.limits import breaks
from belvedere.cameras.mediaserver.port import CameraSource


def test_a_turn_ends_after_some_milliseconds_and_is_followed_by_a_rest() -> None:
    turn = Turn()
    turn.begin(100.0)
    assert not turn.is_over(100.0 + budget.TURN_SECONDS / 2)
    assert turn.is_over(100.0 + budget.TURN_SECONDS * 1.01)
    assert turn.rest(100.0 + budget.TURN_SECONDS * 1.01) >= budget.TURN_SECONDS


def test_a_machine_that_stood_still_makes_no_long_rest() -> None:
    turn = Turn()
    turn.begin(100.0)
    assert turn.rest(160.0) == pytest.approx(budget.MAX_REST_SECONDS)
    turn.begin(160.0 + budget.MAX_REST_SECONDS)
    assert not turn.is_over(160.0 + budget.MAX_REST_SECONDS)


def test_what_other_programs_took_in_the_middle_of_a_turn_is_no_work_of_the_camera() -> None:
    computed = [0.0]
    turn = Turn(lambda: computed[0])
    turn.begin(100.0)
    computed[0] += 0.001
    assert not turn.is_over(100.2)
    assert turn.rest(100.2) == 0
    turn.begin(100.3)
    computed[0] += budget.TURN_SECONDS
    assert turn.is_over(100.5)
    assert turn.rest(100.5) >= budget.TURN_SECONDS


def test_short_turns_one_after_the_other_count_as_one() -> None:
    turn = Turn()
    pauses = []
    for n in range(20):
        turn.begin(100.0 + n * 0.001)
        pauses.append(turn.rest(100.0 + n * 0.001 + 0.0009))
    assert max(pauses) > 0


def test_what_was_worked_just_before_counts_in_the_next_turn() -> None:
    turn = Turn()
    turn.begin(100.0)
    assert turn.rest(100.004) == 0
    turn.begin(100.004)
    assert turn.is_over(100.0052)


def test_a_camera_that_works_little_never_rests() -> None:
    turn = Turn()
    for n in range(200):
        turn.begin(100.0 + n * 0.02)
        assert turn.rest(100.0 + n * 0.02 + 0.002) == 0


@pytest.mark.parametrize(
    ("size", "items", "limit"), [(4 << 20, 100, "16 MiB a second"), (100, 20_000, "20,000 packets")]
)
def test_a_camera_that_floods_is_refused(size: int, items: int, limit: str) -> None:
    rate = Rate(100.0)

    def flood() -> None:
        for n in range(100):
            rate.count(size, items, 100.0 + n * 0.1)

    breaks(limit, flood)


def test_a_camera_of_100_megabits_is_taken() -> None:
    rate = Rate(100.0)
    for n in range(1000):
        rate.count(1_250_000, 900, 100.0 + n * 0.1)


class Wire:
    """A transport that notes what is asked of it."""

    def __init__(self) -> None:
        self.reading = True
        self.aborted = False

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def is_reading(self) -> bool:
        return self.reading

    def abort(self) -> None:
        self.aborted = True


def linked(seconds_an_item: float = 0.0) -> tuple[Any, Wire, list[bytes]]:
    """A link to which each packet is so much work."""
    link, wire = Link(), Wire()
    link._turn = Turn()  # by the clock of this test alone
    taken: list[bytes] = []
    link._time = lambda: asyncio.get_running_loop().time() + len(taken) * seconds_an_item
    link.on_rtp = taken.append
    link.connection_made(wire)  # type: ignore[arg-type]  # as much of a transport as is used
    return link, wire, taken


async def test_a_long_read_is_worked_off_in_turns_and_nothing_more_is_read_meanwhile() -> None:
    link, wire, taken = linked(seconds_an_item=0.001)
    link.data_received(b"$\x00\x00\x01x" * 40)
    assert 0 < len(taken) < 40
    assert not wire.reading
    async with asyncio.timeout(30):
        while len(taken) < 40:
            await asyncio.sleep(0)
    async with asyncio.timeout(30):
        while not wire.reading:
            await asyncio.sleep(0)
    assert not wire.aborted


async def test_what_comes_during_a_rest_waits_for_the_next_turn() -> None:
    link, wire, taken = linked(seconds_an_item=0.001)
    link.data_received(b"$\x00\x00\x01x" * 40)
    before = len(taken)
    link.data_received(b"$\x00\x00\x01y")
    assert len(taken) == before
    async with asyncio.timeout(30):
        while len(taken) < 41:
            await asyncio.sleep(0)
    assert wire.reading or not wire.aborted


@pytest.mark.parametrize("data", [b"$\x05\x00\x00" * 16_384, b"\r\n" * 32_768])
async def test_a_flood_ends_the_connection(data: bytes) -> None:
    link, wire, _ = linked()
    begun = asyncio.get_running_loop().time()
    link._time = lambda: begun  # all of it within a moment, however slow this machine is
    for _ in range(10):
        link.data_received(data)
    assert link.closed.result().fault is Fault.OVER_LIMIT
    assert wire.aborted


async def test_an_error_of_ours_ends_the_connection_and_is_not_taken_for_silence() -> None:
    link, wire, _ = linked()
    link.on_rtp = lambda packet: packet[9]
    link.data_received(b"$\x00\x00\x01x")
    assert link.closed.result().fault is Fault.BAD_ANSWER
    assert wire.aborted


def test_a_camera_that_breaks_limits_is_tried_more_and_more_seldom_even_when_it_is_watched() -> None:
    pauses = [retry_seconds(n, costly=True, watched=True) for n in (1, 2, 3, 4, 5, 6, 7, 50)]
    assert pauses == [2, 5, 15, 30, 60, 120, 300, 300]


async def test_one_picture_before_the_fault_does_not_begin_the_count_anew() -> None:
    camera = Camera(CameraSource("gate", "rtsp://192.168.1.20/"), Rules())
    pull = camera._pull
    assert isinstance(pull, Pull)
    camera.mark_live()
    assert not pull._is_forgiven(CameraError(Fault.OVER_LIMIT))
    assert pull._is_forgiven(CameraError(Fault.CUT))
    assert camera.live_since is not None
    camera.live_since -= 61
    assert pull._is_forgiven(CameraError(Fault.OVER_LIMIT))
