from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from belvedere.readings.store import chunk

TIMES = st.lists(st.integers(0, 1 << 45), min_size=1, max_size=200, unique=True).map(sorted)
FINITE = st.floats(-1e15, 1e15).map(lambda value: value + 0.0)


@given(TIMES, st.data())
def test_what_goes_into_a_chunk_comes_out_to_the_last_bit(times: list[int], data: st.DataObject) -> None:
    values = data.draw(st.lists(FINITE, min_size=len(times), max_size=len(times)))
    columns = chunk.decode(chunk.encode(array("q", times), array("d", values)))
    assert columns.ts.tolist() == times
    assert columns.values.tolist() == values


def test_a_thousand_readings_of_a_sensor_take_less_than_four_bytes_each() -> None:
    ts = array("q", (1_763_900_000_000 + 5_000 * i for i in range(1_000)))
    values = array("d", (20 + (i * 37 % 1_400) / 100 for i in range(1_000)))
    assert len(chunk.encode(ts, values)) < 4_000


@pytest.mark.parametrize("data", [b"", b"\x02" * 40, b"\x01\x00Bb\x02\x00\x00\x00" + b"\x00" * 8 + b"junk"])
def test_bytes_that_are_no_chunk_are_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(chunk.ChunkError, match="chunk"):
        chunk.decode(data)
