"""What every store keeps to when it is written: verdicts, one commit of all, and nothing lost over a kill."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from belvedere.domain.clock import Seen
from belvedere.readings.store.batch import Batch, OutboxRow, QuarantineEntry, Verdict
from belvedere.readings.store.port import SavedState
from belvedere.readings.tiers import MINUTE, TIERS, make_buckets
from tests.contract.conftest import Again
from tests.contract.machine import StoreMachine, try_cluster, try_sqlite
from tests.contract.stores import EVER
from tests.contract.subject import Subject

SERIES = st.integers(1, 3)
# A day in steps of 7 s, or a few seconds: buckets of every tier are hit, times repeat and come late.
TS = st.one_of(st.integers(0, 12_000), st.integers(0, 5)).map(lambda step: 1_763_900_000_000 + step * 7_000)
VALUE = st.sampled_from([0.0, 1.0, 21.5, -18.25, 35.0000001])
SECOND = 1_763_900_000_000
KEPT_BODIES = 200  # a device
OPENED = OutboxRow(1, 7, 1, 1, 1_000, "opened", 36.0)


class StoreAgainstAModel(StoreMachine):
    """Batches, moves, restarts and kills in any order: the store holds what a dictionary holds."""

    @rule(rows=st.lists(st.tuples(SERIES, TS, VALUE), max_size=60))
    def commit(self, rows: list[tuple[int, int, float]]) -> None:
        batch = self.subject.store.stage()
        for series, ts, value in rows:
            verdict = batch.add(series, ts, value)
            place = ts
            while self.model.get((series, place), value) != value:
                place += 1
            if (series, place) in self.model:
                assert verdict is Verdict.DUPLICATE
            else:
                assert verdict is (Verdict.NEW if place == ts else Verdict.ADJUSTED)
            self.model[series, place] = value
        self.subject.store.commit(batch)

    @rule()
    def move_all(self) -> None:
        self.subject.move_all()

    @invariant()
    def everything_is_there_once(self) -> None:
        store = self.subject.store
        for series in (1, 2, 3):
            expected = sorted((ts, value) for (owner, ts), value in self.model.items() if owner == series)
            columns = store.raw(series, 0, EVER)
            assert list(zip(columns.ts, columns.values, strict=True)) == expected
            if expected:
                assert store.present[series] == (*expected[-1], expected[-1][0])
            paged = [ts for page in store.pages(series, 0, EVER) for ts in page.ts]
            assert paged == [ts for ts, _ in expected]

    @invariant()
    def every_tier_says_what_the_readings_say(self) -> None:
        columns = self.subject.store.raw(1, 0, EVER)
        for tier in TIERS:
            expected = make_buckets(columns, tier.width_ms)
            got = self.subject.store.buckets(1, tier, 0, EVER)
            assert [bucket._replace(sum=0) for bucket in got] == [bucket._replace(sum=0) for bucket in expected]
            assert [bucket.sum for bucket in got] == pytest.approx([bucket.sum for bucket in expected])


TestSqliteAgainstAModel = try_sqlite(StoreAgainstAModel)
TestClusterAgainstAModel = try_cluster(StoreAgainstAModel)


def add(batch: Batch, *rows: tuple[int, float]) -> list[Verdict]:
    return [batch.add(1, ts, value) for ts, value in rows]


def commit(subject: Subject, *rows: tuple[int, float]) -> None:
    batch = subject.store.stage()
    add(batch, *rows)
    subject.store.commit(batch)


# --- two values at one time -----------------------------------------------------------------------


@pytest.fixture(params=["in the batch", "committed", "moved in part", "moved", "before a restart", "before a kill"])
def then(request: pytest.FixtureRequest, subject: Subject) -> Callable[[Batch], Batch]:
    """Brings what was staged to such a place; returns a batch to go on with."""

    def go_on(batch: Batch) -> Batch:
        if request.param == "in the batch":
            return batch
        subject.store.commit(batch)
        steps = {
            "moved in part": subject.move_a_little,
            "moved": subject.move_all,
            "before a restart": subject.restart,
            "before a kill": subject.kill,
        }
        if request.param in steps:
            steps[request.param]()
        return subject.store.stage()

    return go_on


def test_another_value_at_one_time_is_stored_beside_it_and_a_resend_changes_nothing(
    subject: Subject, then: Callable[[Batch], Batch]
) -> None:
    door = [(SECOND, 0.0), (SECOND, 1.0), (SECOND, 0.5), (SECOND + 2, 7.0)]
    batch = subject.store.stage()
    assert add(batch, *door) == [Verdict.NEW, Verdict.ADJUSTED, Verdict.ADJUSTED, Verdict.ADJUSTED]
    assert (batch.placed_ms, batch.last) == (SECOND + 3, {1: SECOND + 3})
    after = then(batch)
    assert add(after, *door) == [Verdict.DUPLICATE] * 4
    assert add(after, (SECOND, 9.0)) == [Verdict.ADJUSTED]
    subject.store.commit(after)
    stored = subject.store.raw(1, 0, EVER)
    assert stored.ts.tolist() == [SECOND, SECOND + 1, SECOND + 2, SECOND + 3, SECOND + 4]
    assert stored.values.tolist() == [0.0, 1.0, 0.5, 7.0, 9.0]
    assert subject.store.present[1][2] == SECOND + 4


def test_what_finds_no_place_in_its_second_is_a_conflict(subject: Subject, then: Callable[[Batch], Batch]) -> None:
    batch = subject.store.stage()
    assert add(batch, *((SECOND, float(n)) for n in range(1_000)))[1:] == [Verdict.ADJUSTED] * 999
    after = then(batch)
    added = len(after)
    assert add(after, (SECOND, 1_000.0), (SECOND + 998, 1_000.0)) == [Verdict.CONFLICT] * 2
    assert add(after, (SECOND, 999.0), (SECOND + 1_000, 5.0)) == [Verdict.DUPLICATE, Verdict.NEW]
    assert len(after) == added + 1


def test_a_present_value_of_the_future_gives_way_also_after_it_was_opened_anew(subject: Subject, again: Again) -> None:
    batch = subject.store.stage()
    batch.add(1, SECOND + 60_000, 1.0, received_ms=SECOND)
    subject.store.commit(batch)
    batch = subject.store.stage()
    batch.add(1, SECOND + 1_000, 2.0, received_ms=SECOND + 1_000)
    subject.store.commit(batch)
    again()
    assert subject.store.present[1][1] == 2.0


# --- one commit of all ----------------------------------------------------------------------------


def test_states_transitions_quarantine_and_position_are_durable_with_the_readings(
    subject: Subject, again: Again
) -> None:
    store_id = subject.store.store_id
    assert subject.store.position is None
    batch = subject.store.stage()
    batch.add(1, 1_000, 36.0)
    batch.states[7, 1] = b"open"
    batch.outbox.append(OPENED)
    batch.quarantine.append(QuarantineEntry("d0", 5, "bad_json", 0, "", b"{"))
    batch.position = 12
    subject.store.commit(batch)
    again()
    store = subject.store
    assert store.raw(1, 0, EVER).values.tolist() == [36.0]
    assert store.rule_states() == [SavedState(7, 1, b"open")]
    assert [row.kind for row in store.outbox_after(0, 10)] == ["opened"]
    assert store.refused_counts("d0") == {"bad_json": 1}
    assert store.quarantined("d0", EVER, 10)[0].body == b"{"
    assert store.position == 12
    assert store.store_id == store_id


def test_a_batch_that_is_not_committed_leaves_nothing(subject: Subject, again: Again) -> None:
    batch = subject.store.stage()
    batch.add(1, 1_000, 36.0)
    batch.states[7, 1] = b"open"
    batch.outbox.append(OPENED)
    batch.position = 12
    again()
    store = subject.store
    assert (len(store.raw(1, 0, EVER).ts), store.rule_states(), store.position) == (0, [], None)
    assert list(store.outbox_after(0, 9)) == []
    assert add(store.stage(), (1_000, 36.0)) == [Verdict.NEW]


def test_a_batch_of_copies_alone_still_moves_the_position_on_and_one_without_leaves_it(
    subject: Subject, again: Again
) -> None:
    commit(subject, (SECOND, 1.0))
    for position in (1, None):
        batch = subject.store.stage()
        assert add(batch, (SECOND, 1.0)) == [Verdict.DUPLICATE]
        batch.position = position
        assert batch.empty is (position is None)
        subject.store.commit(batch)
    again()
    assert subject.store.position == 1


def test_a_later_state_takes_the_place_of_an_earlier_one_and_none_forgets_it(subject: Subject, again: Again) -> None:
    for states in ({(7, 1): b"open", (7, 2): b"open"}, {(7, 1): b"clear", (7, 2): None}):
        batch = subject.store.stage()
        batch.states.update(states)
        subject.store.commit(batch)
    again()
    assert subject.store.rule_states() == [SavedState(7, 1, b"clear")]


def test_transitions_keep_their_order_and_their_numbers_rise(subject: Subject, again: Again) -> None:
    for first in range(0, 40, 10):
        batch = subject.store.stage()
        batch.outbox += [OPENED._replace(ts_ms=first + n) for n in range(10)]
        subject.store.commit(batch)
    again()
    rows = subject.store.outbox_after(0, 999)
    assert [row.ts_ms for row in rows] == list(range(40))
    assert [row.id for row in rows] == sorted({row.id for row in rows})
    assert list(subject.store.outbox_after(rows[19].id, 5)) == list(rows[20:25])


def test_a_trimmed_outbox_does_not_reuse_its_numbers(subject: Subject, again: Again) -> None:
    for _ in range(2):
        batch = subject.store.stage()
        batch.outbox.append(OPENED)
        subject.store.commit(batch)
        last = subject.store.outbox_after(0, 10)[-1].id
        subject.store.outbox_trim(last)
    commit(subject, (1, 1.0))
    again()
    assert list(subject.store.outbox_after(0, 10)) == []
    batch = subject.store.stage()
    batch.outbox.append(OPENED)
    subject.store.commit(batch)
    assert [row.id > last for row in subject.store.outbox_after(0, 10)] == [True]


def test_quarantine_keeps_the_newest_bodies_of_each_device_and_counts_all(subject: Subject) -> None:
    for n in range(KEPT_BODIES + 7):
        batch = subject.store.stage()
        batch.quarantine.append(QuarantineEntry("d0", n, "bad_json", 0, "", b"{%d" % n))
        batch.quarantine.append(QuarantineEntry("d1", n, "bad_json", 0, "", b"{"))
        subject.store.commit(batch)
        if n == 5:
            assert len(subject.store.quarantined("d0", EVER, 999)) == 6
    kept = subject.store.quarantined("d0", EVER, 999)
    assert [row.at_ms for row in kept] == list(range(KEPT_BODIES + 6, 6, -1))
    assert len(subject.store.quarantined("d1", EVER, 999)) == KEPT_BODIES
    assert subject.store.refused_counts("d0") == {"bad_json": KEPT_BODIES + 7}


def test_what_was_refused_is_dropped_one_by_one_or_with_its_device(subject: Subject, again: Again) -> None:
    batch = subject.store.stage()
    batch.quarantine += [QuarantineEntry(device, 5, "bad_json", 0, "", b"{") for device in ("d0", "d0", "d1", "d2")]
    subject.store.commit(batch)
    newest = subject.store.quarantined("d0", EVER, 9)[0]
    subject.store.drop_quarantined("d1", newest.id)  # of another device: not its to drop
    subject.store.drop_quarantined("d0", newest.id)
    subject.store.drop_device("d2")
    again()
    store = subject.store
    assert [len(store.quarantined(device, EVER, 9)) for device in ("d0", "d1", "d2")] == [1, 1, 0]
    assert [store.refused_counts(device) for device in ("d0", "d2")] == [{"bad_json": 2}, {}]


def test_the_servers_time_is_kept_with_the_next_commit_or_at_once(subject: Subject, again: Again) -> None:
    subject.store.note_seen(Seen(1_000, 5))
    assert subject.store.seen_waits
    commit(subject, (1, 1.0))
    assert not subject.store.seen_waits
    again()
    assert subject.store.last_seen == Seen(1_000, 5)
    subject.store.remember_seen(Seen(2_000, 6))
    again()
    assert subject.store.last_seen == Seen(2_000, 6)


def test_the_history_of_a_minute_includes_what_was_committed_a_moment_ago(subject: Subject) -> None:
    commit(subject, *((ts, 20.0) for ts in range(60_000, 90_000, 5_000)))
    subject.move_all()
    commit(subject, *((ts, 30.0) for ts in range(90_000, 120_000, 5_000)))
    bucket = subject.store.buckets(1, MINUTE, 60_000, 119_999)
    assert [(b.n, b.min, b.max) for b in bucket] == [(12, 20.0, 30.0)]
