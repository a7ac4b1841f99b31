from pathlib import Path

import pytest

from belvedere.readings.history import csv_rows, fitting, history, sparkline
from belvedere.readings.store.flush import Flush
from belvedere.readings.store.sqlite import SqliteStore
from belvedere.readings.tiers import DAY, HOUR, MINUTE, QUARTER, Bucket

NOON = 1_763_900_000_000 - 1_763_900_000_000 % DAY.width_ms


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    """Three days of a reading every 5 s that counts up."""
    store = SqliteStore(tmp_path / "readings.db")
    store.open()
    batch = store.stage()
    for step in range(3 * 17_280):
        batch.add(1, NOON + step * 5_000, float(step))
    store.commit(batch)
    Flush(store).all()
    return store


def test_a_short_range_comes_raw(store: SqliteStore) -> None:
    got = history(store, 1, NOON, NOON + 600_000, 1_000, 5_000)
    assert got["tier"] == "raw"
    assert (got["t"][0], got["t"][-1], got["v"][-1]) == (NOON, NOON + 600_000, 120.0)


def test_a_day_comes_from_minutes_merged_to_the_asked_points(store: SqliteStore) -> None:
    got = history(store, 1, NOON, NOON + DAY.width_ms - 1, 400, 5_000)
    assert got["tier"] == "1m"
    assert len(got["t"]) == 360
    assert sum(got["n"]) == 17_280
    assert (got["min"][0], got["max"][-1]) == (0.0, 17_279.0)
    assert got["t"][1] - got["t"][0] == 4 * MINUTE.width_ms


def test_the_coarsest_tier_that_still_fits_a_point_is_taken() -> None:
    widths = [30_000, 60_000, 900_000, 3_600_000, 31_536_000, 86_400_000]
    assert [fitting(width) for width in widths] == [MINUTE, MINUTE, QUARTER, HOUR, HOUR, DAY]


def test_a_fast_series_does_not_send_ten_thousand_raw_points(store: SqliteStore) -> None:
    batch = store.stage()
    for ms in range(20_000):
        batch.add(2, NOON + ms, 1.0)
    store.commit(batch)
    got = history(store, 2, NOON, NOON + 20_000, 500, None)
    assert got["tier"] == "merged"
    assert len(got["t"]) <= 501
    assert sum(got["n"]) == 20_000


def test_a_range_without_readings_is_empty_not_an_error(store: SqliteStore) -> None:
    assert history(store, 9, 0, 1_000, 100, None) == {"tier": "raw", "t": [], "v": []}


def test_an_export_holds_every_reading_once_with_its_own_digits(store: SqliteStore) -> None:
    text = "".join(csv_rows(store.pages(1, NOON, NOON + DAY.width_ms - 1)))
    lines = text.split("\r\n")
    assert lines[0] == "ts_ms,time,value"
    assert lines[1] == f"{NOON},2025-11-23T00:00:00.000Z,0.0"
    assert len(lines) == 17_280 + 2


def test_a_gap_in_a_sparkline_is_null_and_never_bridged() -> None:
    line = sparkline([Bucket(0, 2, 1.0, 3.0, 4.0, 3.0), Bucket(120_000, 1, 5.0, 5.0, 5.0, 5.0)], 0, 60_000, 4)
    assert line == {"avg": [2.0, None, 5.0, None], "min": 1.0, "max": 5.0}
