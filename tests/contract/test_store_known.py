"""What every store still knows of readings that it has deleted: the first of them, and when there were any."""

from __future__ import annotations

from belvedere.readings.store.port import Keep
from tests.contract.conftest import Again
from tests.contract.stores import EVER
from tests.contract.subject import Subject

DAY_MS = 86_400_000
NOON = 20_400 * DAY_MS + DAY_MS // 2
# A reading every 5 s for five minutes, a pause of a minute, and the same again.
TIMES = [*range(NOON, NOON + 300_000, 5_000), *range(NOON + 360_000, NOON + 660_000, 5_000)]


def fill(subject: Subject) -> None:
    batch = subject.store.stage()
    for ts in TIMES:
        batch.add(1, ts, 1.0)
    subject.store.commit(batch)


def test_the_first_reading_is_known_from_its_commit_to_after_its_deletion(subject: Subject, again: Again) -> None:
    assert subject.store.first_ms(1) is None
    fill(subject)
    assert subject.store.first_ms(1) == NOON
    subject.move_all()
    assert subject.store.first_ms(1) == NOON
    subject.maintain(NOON + 400_000 + 30 * DAY_MS, {1: Keep(30, 366)})
    again()
    assert subject.store.first_ms(1) == NOON
    assert subject.store.first_ms(2) is None


def test_deleted_readings_are_known_as_runs_without_a_longer_pause(subject: Subject, again: Again) -> None:
    fill(subject)
    subject.move_all()
    assert subject.store.kept_from(1, 0, EVER) == 0
    subject.maintain(NOON + 400_000 + 30 * DAY_MS, {1: Keep(30, 366)})
    again()
    store = subject.store
    assert store.kept_from(1, 0, EVER) == NOON + 400_000
    first, second = (NOON, NOON + 295_000), (NOON + 360_000, NOON + 395_000)
    assert store.deleted_runs(1, 0, EVER, 5_000) == [first, second]
    assert store.deleted_runs(1, 0, EVER, 65_000) == [(first[0], second[1])]
    each = store.deleted_runs(1, 0, EVER, 4_999)
    assert each == [(ts, ts) for ts in TIMES if ts < NOON + 400_000]
    assert store.deleted_runs(2, 0, EVER, 5_000) == []
