from array import array
from itertools import accumulate

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


@pytest.mark.parametrize("step", [1, 255, 256, 65_535, 65_536, (1 << 32) - 1, 1 << 32, 1 << 44])
def test_pauses_of_any_length_come_out(step: int) -> None:
    times = array("q", [7, 7 + step, 8 + step, 8 + 2 * step])
    assert chunk.decode(chunk.encode(times, array("d", [1.0] * 4))).ts == times


@pytest.mark.parametrize("jump", [127, 128, 32_767, 32_768, (1 << 31) - 1, 1 << 31, 1 << 50])
def test_values_that_jump_up_and_down_come_out(jump: int) -> None:
    values = array("d", [0.0, float(jump), 0.0, float(-jump), 0.0, float(-jump - 1)])
    assert chunk.decode(chunk.encode(array("q", range(6)), values)).values == values


@pytest.mark.parametrize("value", [0.1, 0.12, 0.123, 0.1234, 0.12345, 1 / 3, 1e300, 2.0**51, 2.0**51 - 1, -(2.0**60)])
def test_values_of_any_precision_come_out(value: float) -> None:
    values = array("d", [value, -value, value])
    assert chunk.decode(chunk.encode(array("q", [1, 2, 3]), values)).values == values


def test_one_reading_is_a_chunk_too() -> None:
    columns = chunk.decode(chunk.encode(array("q", [1_763_900_000_000]), array("d", [-4.5])))
    assert (columns.ts.tolist(), columns.values.tolist()) == ([1_763_900_000_000], [-4.5])


def test_a_time_before_1970_comes_out() -> None:
    times = array("q", [-5, 7])
    assert chunk.decode(chunk.encode(times, array("d", [1.0, 2.0]))).ts == times


def test_the_steps_take_the_fewest_bytes_that_hold_them() -> None:
    """Two readings: the head and a stream of so many bytes for the pause and two for the first value and its step."""

    def types(step: int, *values: float) -> tuple[str, str]:
        data = chunk.encode(array("q", [0, step]), array("d", values))
        return chr(data[2]), chr(data[3])

    assert [types(step, 1, 1)[0] for step in (255, 256, 65_535, 65_536, 1 << 32)] == ["B", "H", "H", "I", "Q"]
    assert [types(1, 0, to)[1] for to in (127, 128, -128, -129, 32_768, 1 << 31)] == ["b", "h", "b", "h", "i", "q"]
    assert types(1, 1 / 3, 1)[1] == "d"


def test_decimals_are_counted_so_that_a_sensor_of_two_takes_no_doubles() -> None:
    def decimals(*values: float) -> int:
        return chunk.encode(array("q", range(len(values))), array("d", values))[1]

    assert [decimals(20, 21), decimals(20.5, 21), decimals(20, 21.25), decimals(0.1234)] == [0, 1, 2, 4]
    assert decimals(0.12345) == decimals(float(1 << 51)) == decimals(float(-1 << 51)) == chunk.RAW
    assert decimals(float((1 << 51) - 1)) == decimals(float(-(1 << 51) + 1)) == 0


def good() -> bytes:
    return chunk.encode(array("q", [1, 2, 3]), array("d", [1.0, 2.0, 3.0]))


def test_a_chunk_of_a_newer_version_says_so() -> None:
    with pytest.raises(chunk.ChunkError, match="version 2 is not known; use a newer Belvedere"):
        chunk.decode(b"\x02" + good()[1:])


@pytest.mark.parametrize("n", [0, 2, 4, 1_000_000])
def test_a_chunk_whose_count_is_wrong_gives_no_readings(n: int) -> None:
    data = good()
    with pytest.raises(chunk.ChunkError, match="chunk"):
        chunk.decode(data[:4] + n.to_bytes(4, "little") + data[8:])


def test_a_chunk_that_is_cut_off_gives_no_readings() -> None:
    data = good()
    for end in range(len(data)):
        with pytest.raises(chunk.ChunkError, match="a chunk cannot be read: "):
            chunk.decode(data[:end])


FOUR = chunk.Columns(array("q", [10, 20, 30, 40]), array("d", [1.0, 2.0, 3.0, 4.0]))


@pytest.mark.parametrize(
    ("from_ms", "to_ms", "found"),
    [
        (0, 99, [1, 2, 3, 4]),
        (10, 40, [1, 2, 3, 4]),
        (11, 39, [2, 3]),
        (20, 20, [2]),
        (21, 29, []),
        (41, 99, []),
        (0, 9, []),
    ],
)
def test_a_range_has_both_of_its_ends(from_ms: int, to_ms: int, found: list[int]) -> None:
    part = FOUR.between(from_ms, to_ms)
    assert part.values.tolist() == found
    assert part.ts.tolist() == [10 * value for value in found]
    assert FOUR.has_any(from_ms, to_ms) is bool(found)


@pytest.mark.parametrize("values", [[1.0, 2.0, 3.0, 4.0], [1 / 3, 2.0, 3.0, 4.0]])
@pytest.mark.parametrize("times", [[7, 8, 9, 10], [7, 300, 70_000, 1 << 40], [7]])
def test_the_steps_of_a_chunk_are_read_without_its_values(times: list[int], values: list[float]) -> None:
    data = chunk.encode(array("q", times), array("d", values[: len(times)]))
    first, steps = chunk.decode_steps(data)
    assert (first, list(accumulate(steps, initial=first))) == (7, times)


def test_steps_of_what_is_no_chunk_are_refused_with_a_sentence() -> None:
    data = good()
    for end in range(len(data) - 8):
        with pytest.raises(chunk.ChunkError, match=r"^a chunk (cannot be read: .|of 3 readings holds [12] times)"):
            chunk.decode_steps(data[:end])
    with pytest.raises(chunk.ChunkError, match="version 2 is not known; use a newer Belvedere"):
        chunk.decode_steps(b"\x02" + data[1:])
    with pytest.raises(chunk.ChunkError, match="of 4000 readings holds"):
        chunk.decode_steps(data[:4] + (4_000).to_bytes(4, "little") + data[8:])


def test_what_is_left_of_deleted_readings_are_their_times() -> None:
    left = chunk.drop_values(FOUR)
    assert (left.ts.tolist(), left.values.tolist()) == ([10, 20, 30, 40], [0.0] * 4)
