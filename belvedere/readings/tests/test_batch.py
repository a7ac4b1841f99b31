"""Two values at one time: a copy changes nothing, another value finds a place in the same second or is refused."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from belvedere.readings.store.batch import FAR, Batch, Verdict
from belvedere.readings.store.second import GONE, Second
from belvedere.readings.store.sqlite.store import SqliteStore

SECOND = 1_763_900_000_000


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


def told(batch: Batch, *rows: tuple[int, float]) -> list[Verdict]:
    return [batch.add(1, ts, value) for ts, value in rows]


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
    look = store.lookup.values_between

    def noted(series: int, from_ms: int, to_ms: int) -> dict[int, float]:
        looks.append(to_ms - from_ms)
        return look(series, from_ms, to_ms)

    monkeypatch.setattr(store.lookup, "values_between", noted)
    batch = store.stage()
    asked: list[int] = []
    told(batch, (SECOND, 0.0), (SECOND, 1.0))
    second = batch._seconds[1, SECOND // 1_000]
    second._taken = Counted(second._taken, asked)
    told(batch, *((SECOND, float(n % 1_200)) for n in range(2_400)))
    assert looks == [999]
    assert len(asked) < 2 * 2_400


ROWS = st.lists(st.tuples(st.integers(1, 2), st.integers(0, 9), st.sampled_from([0.0, 1.0, True])), max_size=12)


@given(ROWS, st.integers(0, 12))
@example([(1, 0, 0.0), (1, 0, 1.0)], 1)
def test_the_present_value_of_a_series_is_its_newest_in_whatever_order_they_came(
    rows: list[tuple[int, int, float]], half: int
) -> None:
    with TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "readings.db")
        store.open()
        present = {}
        for some in (rows[:half], rows[half:]):
            batch = store.stage()
            for series, second, value in some:
                batch.add(series, SECOND + 1_000 * second, value)
            store.commit(batch)
            present.update(batch.present())
        newest = {series: max(second for one, second, _ in rows if one == series) for series, _, _ in rows}
        for series in newest:
            stored = store.raw(series, 0, FAR)
            assert store.present[series] == (stored.ts[-1], stored.values[-1], stored.ts[-1])
            assert stored.ts[-1] // 1_000 == SECOND // 1_000 + newest[series]
        assert present == store.present
        assert all(type(value) is float for _, value, _ in present.values())
        store.close()


VALUES = st.sampled_from([0.0, 1.0, 2.0, GONE])


@given(st.dictionaries(st.integers(0, 9), VALUES), st.lists(st.tuples(st.integers(0, 9), st.sampled_from([0.0, 1.0]))))
def test_the_place_found_in_a_second_is_the_one_that_a_walk_from_place_to_place_finds(
    taken: dict[int, float], wanted: list[tuple[int, float]]
) -> None:
    second = Second(dict(taken), 0, 10)
    for ts, value in wanted:
        free = next((place for place in range(ts + 1, 10) if place not in taken), 0)
        passed = [taken[place] for place in range(ts + 1, free or 10)]
        known = value in passed or GONE in passed
        assert second.search(ts, value) == (free, known)
        if free and not known:
            taken[free] = value
            second.put(free, value)
