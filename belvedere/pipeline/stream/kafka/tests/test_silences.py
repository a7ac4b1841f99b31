"""What endpoints together have heard of their devices: starts, stops and pauses of some, and silences meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from belvedere.domain.times import now_ms
from belvedere.pipeline.stream.kafka.inlet import Mark
from belvedere.pipeline.stream.kafka.marks import LOST_MS, drop_mark, list_marks, read_mark, save_mark
from belvedere.pipeline.stream.kafka.models import EndpointMark
from belvedere.pipeline.stream.kafka.outlet import Heard, KafkaOutlet

pytestmark = pytest.mark.django_db
MINUTE = 60_000


class Endpoints:
    """Processes that take readings, in a time of the test's: the rows are as old as that says."""

    def __init__(self) -> None:
        self.start_ms = now_ms() - 48 * 60 * MINUTE
        self.at_ms = self.start_ms
        self.living: dict[str, Mark] = {}
        self._saved_ms: dict[str, int] = {}
        self.heard: Heard | None = None
        self.outlet = KafkaOutlet(*[None] * 7)  # type: ignore[arg-type]  # of no feed: it is asked for its watermark

    def begin(self, name: str) -> None:
        self.living[name] = Mark(self.at_ms, self.at_ms - 1, self.at_ms - 1)
        self.pass_by(0)

    def stop(self, name: str) -> None:
        del self.living[name]
        drop_mark(name)

    def crash(self, name: str) -> None:
        del self.living[name]

    def suspend(self, name: str, ms: int) -> None:
        mark = self.living.pop(name)
        self.pass_by(ms)
        self.living[name] = Mark(self.at_ms, self.at_ms - 1, mark.low_ms)
        self.pass_by(0)

    def pass_by(self, ms: int) -> None:
        """All that live write their rows each second."""
        until_ms = self.at_ms + ms
        while True:
            for name, mark in self.living.items():
                self.living[name] = mark._replace(low_ms=self.at_ms - 1)
                save_mark(name, self.living[name])
                self._saved_ms[name] = self.at_ms
            self._age_rows()
            self.heard = read_mark()
            if self.heard is not None:
                self.outlet.note_mark(self.heard, 0)
            if self.at_ms >= until_ms:
                return
            self.at_ms += min(1_000, until_ms - self.at_ms)

    def _age_rows(self) -> None:
        for name, saved_ms in self._saved_ms.items():
            age = (self.at_ms - saved_ms) // 1000
            EndpointMark.objects.filter(endpoint=name).update(written_at=now_ms() // 1000 - age)

    def is_silent(self, seconds: int, since_ms: int) -> bool:
        """Whether a rule that waits so long tells of a series that was last heard then."""
        assert self.heard is not None
        counted_ms = max(since_ms, self.heard.since_ms)
        return self.outlet.silence_ms(seconds * 1000) - counted_ms >= seconds * 1000

    def seconds_until_silent(self, seconds: int, since_ms: int) -> float:
        while not self.is_silent(seconds, since_ms):
            assert self.at_ms < since_ms + 100 * MINUTE
            self.pass_by(1_000)
        return (self.at_ms - since_ms) / 1000


@pytest.fixture
def endpoints() -> Any:
    made = Endpoints()
    made.begin("web-a")
    made.begin("endpoint-a")
    made.pass_by(5 * MINUTE)
    return made


def test_nobody_is_silent_where_no_endpoint_lives() -> None:
    assert read_mark() is None


def test_while_nothing_happens_a_silence_is_told_after_its_own_time(endpoints: Endpoints) -> None:
    assert endpoints.seconds_until_silent(120, endpoints.at_ms) == pytest.approx(120, abs=2)


def test_processes_that_start_again_and_again_postpone_a_silence_by_a_minute_or_two(endpoints: Endpoints) -> None:
    began_ms = endpoints.at_ms
    number = 0
    while not endpoints.is_silent(120, began_ms):
        if number:
            endpoints.crash(f"web-{number}")
        number += 1
        endpoints.begin(f"web-{number}")
        endpoints.pass_by(MINUTE // 2)
        assert endpoints.at_ms - began_ms <= 240_000
    assert endpoints.at_ms - began_ms > 120_000


def test_an_endpoint_that_is_restarted_each_day_suppresses_no_wait_of_a_day(endpoints: Endpoints) -> None:
    began_ms = endpoints.at_ms
    for number in range(5):
        endpoints.stop(f"endpoint-{number}" if number else "endpoint-a")
        endpoints.pass_by(MINUTE // 2)
        endpoints.begin(f"endpoint-{number + 1}")
        endpoints.pass_by(5 * MINUTE)
    assert endpoints.is_silent(1_500, began_ms)


@pytest.mark.parametrize("how", ["stop", "crash"])
def test_devices_of_an_endpoint_that_is_restarted_have_a_minute_to_come_back(endpoints: Endpoints, how: str) -> None:
    heard_ms = endpoints.at_ms
    endpoints.pass_by(50_000)
    getattr(endpoints, how)("endpoint-a")
    for _ in range(50):
        endpoints.pass_by(1_000)
        assert not endpoints.is_silent(60, heard_ms)
    endpoints.begin("endpoint-b")
    for _ in range(58):
        endpoints.pass_by(1_000)
        assert not endpoints.is_silent(60, heard_ms)
    endpoints.pass_by(20_000)
    assert endpoints.is_silent(60, heard_ms)


def test_after_a_suspension_no_silence_is_told_before_devices_had_time_to_be_heard(endpoints: Endpoints) -> None:
    heard_ms = endpoints.at_ms
    endpoints.suspend("endpoint-a", 40_000)
    assert not endpoints.is_silent(30, heard_ms)
    endpoints.pass_by(28_000)
    assert not endpoints.is_silent(30, heard_ms)
    assert endpoints.seconds_until_silent(30, heard_ms) <= 72, "a rule need not wait for longer than its own time again"


def test_where_no_endpoint_of_a_kind_was_there_for_long_all_waits_begin_anew(endpoints: Endpoints) -> None:
    heard_ms = endpoints.at_ms
    endpoints.crash("endpoint-a")
    endpoints.pass_by(10 * MINUTE)
    endpoints.begin("endpoint-b")
    back_ms = endpoints.at_ms
    assert endpoints.seconds_until_silent(900, heard_ms) == pytest.approx(900 + (back_ms - heard_ms) / 1000, abs=2)


def test_one_that_starts_beside_others_that_have_just_started_counts_as_they_do(endpoints: Endpoints) -> None:
    for name in list(endpoints.living):
        endpoints.crash(name)
    endpoints.pass_by(10 * MINUTE)
    endpoints.begin("endpoint-b")
    endpoints.pass_by(3_000)
    endpoints.begin("endpoint-c")
    assert endpoints.heard is not None
    assert endpoints.heard.since_ms == endpoints.at_ms


def test_one_that_has_stopped_holds_no_other_rule_back_and_one_that_was_lost_does_for_a_minute(
    endpoints: Endpoints,
) -> None:
    endpoints.begin("web-b")
    endpoints.stop("web-b")
    endpoints.pass_by(2_000)
    assert {written.name for written in list_marks()} == {"web-a", "endpoint-a"}
    assert endpoints.outlet.watermark_ms() == endpoints.at_ms - 1
    endpoints.crash("endpoint-a")
    lost_ms = endpoints.at_ms
    endpoints.pass_by(LOST_MS - 1_000)
    assert endpoints.outlet.watermark_ms() == lost_ms - 1
    endpoints.pass_by(3_000)
    assert endpoints.outlet.watermark_ms() == endpoints.at_ms - 1


def test_an_endpoint_whose_clock_is_ahead_makes_no_wait_longer(endpoints: Endpoints) -> None:
    save_mark("endpoint-ahead", Mark(now_ms() + 60 * MINUTE, now_ms() + 60 * MINUTE, now_ms() + 60 * MINUTE))
    heard = read_mark()
    assert heard is not None
    assert heard.since_ms <= now_ms() + 1_000
