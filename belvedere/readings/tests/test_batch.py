"""Two values at one time: a copy changes nothing, another value finds a place in the same second or is refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from belvedere.readings.store.batch import Batch, Verdict
from belvedere.readings.store.second import GONE, Second
from belvedere.readings.store.sqlite.flush import Flush
from belvedere.readings.store.sqlite.store import SqliteStore

SECOND = 1_763_900_000_000
PLACES = [
    "in the batch",
    "in the memtable",
    "in the frozen memtable",
    "in a chunk",
]


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    store = SqliteStore(tmp_path / "readings.db")
    store.open()
    return store


class Counted(dict[int, float]):
    """Remembers each place that is looked at."""

    def __init__(self, rows: dict[int, float], asked: list[int]) -> None:
        super().__init__(rows)
        self._asked = asked

    def __contains__(self, place: object) -> bool:
        assert isinstance(place, int)
        self._asked.append(place)
        return super().__contains__(place)


def next_batch(store: SqliteStore, batch: Batch, where: str) -> Batch:
    """A batch to go on with, what came before standing `where`."""
    if where == "in the batch":
        return batch
    store.commit(batch)
    if where == "in the frozen memtable":
        Flush(store).freeze()
    elif where == "in a chunk":
        Flush(store).all()
    return store.stage()


def told(batch: Batch, *rows: tuple[int, float]) -> list[Verdict]:
    return [batch.add(1, ts, value) for ts, value in rows]


@pytest.mark.parametrize("where", PLACES)
def test_another_value_at_one_time_is_stored_beside_it_and_a_resend_changes_nothing(
    store: SqliteStore, where: str
) -> None:
    door = [(SECOND, 0.0), (SECOND, 1.0), (SECOND, 0.5), (SECOND + 2, 7.0)]
    batch = store.stage()
    assert told(batch, *door) == [Verdict.NEW, Verdict.ADJUSTED, Verdict.ADJUSTED, Verdict.ADJUSTED]
    assert (batch.placed_ms, batch.last) == (SECOND + 3, {1: SECOND + 3})
    again = next_batch(store, batch, where)
    assert told(again, *door) == [Verdict.DUPLICATE] * 4
    assert told(again, (SECOND, 9.0)) == [Verdict.ADJUSTED]
    store.commit(again)
    stored = store.raw(1, 0, 1 << 50)
    assert stored.ts.tolist() == [SECOND, SECOND + 1, SECOND + 2, SECOND + 3, SECOND + 4]
    assert stored.values.tolist() == [0.0, 1.0, 0.5, 7.0, 9.0]
    assert store.heads[1] == SECOND + 4


@pytest.mark.parametrize("where", PLACES)
def test_what_finds_no_place_in_its_second_is_a_conflict(store: SqliteStore, where: str) -> None:
    batch = store.stage()
    assert told(batch, *((SECOND, float(n)) for n in range(1_000)))[1:] == [Verdict.ADJUSTED] * 999
    again = next_batch(store, batch, where)
    added = len(again)
    assert told(again, (SECOND, 1_000.0), (SECOND + 998, 1_000.0)) == [Verdict.CONFLICT] * 2
    assert told(again, (SECOND, 999.0), (SECOND + 1_000, 5.0)) == [Verdict.DUPLICATE, Verdict.NEW]
    assert len(again) == added + 1


def test_a_value_that_comes_late_is_put_beside_too_and_moves_nothing_on(store: SqliteStore) -> None:
    batch = store.stage()
    assert told(batch, (SECOND, 1.0), (SECOND + 5_000, 2.0), (SECOND, 3.0)) == [
        Verdict.NEW,
        Verdict.NEW,
        Verdict.ADJUSTED,
    ]
    assert batch.last == {1: SECOND + 5_000}


def test_a_place_taken_later_in_the_same_batch_is_seen(store: SqliteStore) -> None:
    batch = store.stage()
    rows = [(SECOND, 0.0), (SECOND, 1.0), (SECOND + 2, 2.0), (SECOND, 3.0)]
    assert told(batch, *rows) == [Verdict.NEW, Verdict.ADJUSTED, Verdict.NEW, Verdict.ADJUSTED]
    assert batch.placed_ms == SECOND + 3


def test_a_clock_that_stands_still_costs_one_look_at_the_store_a_batch_and_each_place_one(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    look = store.values_between

    def noted(series: int, from_ms: int, to_ms: int) -> dict[int, float]:
        looks.append(to_ms - from_ms)
        return look(series, from_ms, to_ms)

    monkeypatch.setattr(store, "values_between", noted)
    batch = store.stage()
    asked: list[int] = []
    told(batch, (SECOND, 0.0), (SECOND, 1.0))
    second = batch._seconds[1, SECOND // 1_000]
    second._taken = Counted(second._taken, asked)
    told(batch, *((SECOND, float(n % 1_200)) for n in range(2_400)))
    assert looks == [999]
    assert len(asked) < 2 * 2_400


VALUES = st.sampled_from([0.0, 1.0, 2.0, GONE])


@given(st.dictionaries(st.integers(0, 9), VALUES), st.lists(st.tuples(st.integers(0, 9), st.sampled_from([0.0, 1.0]))))
def test_the_place_found_in_a_second_is_the_one_that_a_walk_from_place_to_place_finds(
    taken: dict[int, float], wanted: list[tuple[int, float]]
) -> None:
    second = Second(taken, 10)
    for ts, value in wanted:
        stops = (place for place in range(ts + 1, 10) if taken.get(place, value) in (value, GONE))
        place = next(stops, 0)
        free = place > 0 and place not in taken
        assert second.search(ts, value) == (place, free)
        if free:
            taken[place] = value
            second.put(place, value)
