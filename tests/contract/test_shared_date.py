"""The date of the machines of a cluster: judged by what any worker has seen, confirmed for all that show the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from belvedere.config.wiring.shared_date import SharedDate
from belvedere.domain.clock import DAY_MS, STEP_MS, Doubt, Seen, ServerClock
from belvedere.domain.tests.times import NOW, Times
from belvedere.pipeline.timekeeping import IDLE_NOTE_SECONDS, NOTE_SECONDS, SeenKeeper
from belvedere.readings.store.cluster.mysql import MySql
from belvedere.readings.store.cluster.seen import HEARD_SECONDS
from tests.contract.cluster_stores import ClusterSubject, needs_servers, servers

pytestmark = needs_servers


@pytest.fixture
def mysql() -> MySql:
    mysql = servers().mysql
    mysql.execute("UPDATE readings_fence SET seen=NULL")
    mysql.execute("DELETE FROM readings_meta WHERE name='clock_confirmed'")
    return mysql


@pytest.fixture
def store(mysql: MySql) -> Iterator[ClusterSubject]:
    subject = ClusterSubject(None)
    subject.store.remember_seen(Seen(NOW, 5, 5, "of another machine"))
    yield subject
    subject.end()


class Process:
    """One whose machine shows `wall`."""

    def __init__(self, mysql: MySql, wall: float) -> None:
        self.times = Times(wall)
        self.clock: ServerClock = self.times.clock()
        self.date = SharedDate(self.clock, mysql)
        self.date.begin()

    @property
    def doubt(self) -> Doubt | None:
        return self.clock.untrusted.doubt if self.clock.untrusted else None


def test_the_first_start_of_a_cluster_is_trusted(mysql: MySql) -> None:
    assert Process(mysql, NOW).doubt is None


@pytest.mark.parametrize(
    ("ahead_ms", "doubt"),
    [(0, None), (DAY_MS - 1000, None), (DAY_MS + 1000, Doubt.AHEAD), (-STEP_MS - 1000, Doubt.BEHIND)],
)
def test_a_start_is_judged_by_what_any_worker_has_seen(
    mysql: MySql, store: ClusterSubject, ahead_ms: int, doubt: Doubt | None
) -> None:
    process = Process(mysql, NOW + ahead_ms)
    assert process.doubt is doubt
    assert process.date.is_trusted() is (doubt is None)
    assert process.date.trusted_now_ms() == (None if doubt else NOW + ahead_ms)
    assert process.date.remarks().keys() == ({"clock"} if doubt else set())


def test_the_latest_time_counts_of_those_that_workers_have_seen(mysql: MySql, store: ClusterSubject) -> None:
    other = ClusterSubject(None)
    other.store.remember_seen(Seen(NOW - 40 * DAY_MS))
    other.end()
    assert Process(mysql, NOW).doubt is None


def test_a_step_is_noticed_by_the_look_of_each_second_and_told(mysql: MySql) -> None:
    process = Process(mysql, NOW)
    process.times.wall += 3_600_000
    with capture_logs() as lines:
        process.date.look()
    assert process.doubt is Doubt.STEPPED
    assert [line["event"] for line in lines] == ["clock_untrusted"]


def test_a_confirmation_reaches_the_machines_that_show_the_same(mysql: MySql, store: ClusterSubject) -> None:
    same, other = Process(mysql, NOW + 400 * DAY_MS), Process(mysql, NOW + 300 * DAY_MS)
    same.date.confirm(NOW + 400 * DAY_MS - 1000)
    for process in (same, other):
        process.date.look()
    assert same.doubt is None
    assert other.doubt is Doubt.AHEAD


def test_a_doubt_that_devices_have_ended_at_one_process_is_over_at_all(mysql: MySql, store: ClusterSubject) -> None:
    heard, other = (Process(mysql, NOW + 2 * DAY_MS) for _ in range(2))
    for device in ("d0", "d1", "d2"):
        heard.clock.hear(device, NOW + 2 * DAY_MS)
    for process in (heard, other):
        process.date.look()
    assert (heard.doubt, other.doubt) == (None, None)


def test_a_confirmation_is_not_meant_for_who_looks_later(mysql: MySql, store: ClusterSubject) -> None:
    process = Process(mysql, NOW + 400 * DAY_MS)
    process.date.confirm(NOW + 400 * DAY_MS)
    mysql.execute(
        "UPDATE readings_meta SET value=CONCAT(%s, ' ', UNIX_TIMESTAMP() - %s) WHERE name='clock_confirmed'",
        (str(NOW + 400 * DAY_MS), HEARD_SECONDS + 1),
    )
    process.date.look()
    assert process.doubt is Doubt.AHEAD


@pytest.mark.parametrize("readings", [True, False])
def test_a_worker_notes_the_time_that_others_start_by(mysql: MySql, store: ClusterSubject, readings: bool) -> None:
    times = Times(NOW + 3_600_000)
    keeper = SeenKeeper(times.clock(), store.store, lambda: times.monotonic / 1000)
    for _ in range(int(IDLE_NOTE_SECONDS + NOTE_SECONDS + 2)):
        times.pass_by(1000)
        if readings:
            batch = store.store.stage()
            batch.add(1, int(times.wall), 1.0)
            store.store.commit(batch)
        keeper.tick()
    seen = Process(mysql, times.wall - STEP_MS - 90_000)
    assert seen.doubt is Doubt.BEHIND, "it is further behind than what was noted"
