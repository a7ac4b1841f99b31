"""Rows in memory: in time order, however they came."""

from hypothesis import given
from hypothesis import strategies as st

from belvedere.readings.store.memtable import Memtable

ROWS = st.lists(st.tuples(st.integers(1, 2), st.integers(0, 30), st.floats(-5, 5)), max_size=25)


@given(st.lists(ROWS, max_size=4))
def test_many_rows_at_once_are_what_they_are_one_by_one(batches: list[list[tuple[int, int, float]]]) -> None:
    one_by_one, at_once = Memtable(), Memtable()
    for batch in batches:
        for row in batch:
            one_by_one.add(*row)
        at_once.add_rows(batch)
    assert at_once.rows == one_by_one.rows
    assert {key: (list(each.ts), list(each.values)) for key, each in at_once.series.items()} == {
        key: (list(each.ts), list(each.values)) for key, each in one_by_one.series.items()
    }
