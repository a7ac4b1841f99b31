from __future__ import annotations

from belvedere.domain.reading import Reading
from belvedere.domain.trouble import TroubleCode
from belvedere.pipeline.ingest.still import StillClocks
from belvedere.pipeline.ingest.tests.fakes import NOW_MS, FakeDevice, FakeTroubles
from belvedere.pipeline.stream.port import Record


def list_troubles(*adjusted: tuple[int, int]) -> list[TroubleCode]:
    """What is told of records with a moved value: (seconds of the reading's time, seconds of receipt)."""
    troubles = FakeTroubles()
    clocks, device = StillClocks(troubles), FakeDevice("d0")
    for ts, received in adjusted:
        readings = [Reading(NOW_MS + ts * 1000, {"a": 1.0})]
        clocks.hear_adjusted(Record(device, readings, [], NOW_MS + received * 1000, b""))
    return [code for _, code, _ in troubles.told]


def test_a_clock_that_stands_still_is_told() -> None:
    assert set(list_troubles(*[(0, received) for received in range(0, 60, 5)])) == {TroubleCode.CLOCK_STANDS_STILL}


def test_a_clock_of_whole_seconds_that_runs_is_not() -> None:
    assert list_troubles(*[(second, second) for second in range(60) for _ in range(20)]) == []


def test_many_readings_of_one_second_that_come_at_once_are_not() -> None:
    assert list_troubles(*[(0, 3600)] * 50) == []


def test_one_event_that_is_told_late_is_not() -> None:
    assert list_troubles((0, 0), (0, 30)) == []
