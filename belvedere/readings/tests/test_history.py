import json
import shutil
from pathlib import Path

import pytest

from belvedere.readings.export import write_csv
from belvedere.readings.history import choose_tier, make_sparkline, read_history
from belvedere.readings.store.chunk import Columns
from belvedere.readings.store.port import Keep
from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.readings.store.sqlite.tests.forgetting import forget
from belvedere.readings.tiers import DAY, HOUR, MINUTE, QUARTER, Bucket

NOON = 1_763_900_000_000 - 1_763_900_000_000 % DAY.width_ms


@pytest.fixture(scope="module")
def three_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a reading every 5 s that counts up."""
    path = tmp_path_factory.mktemp("three-days") / "readings.db"
    store = SqliteStore(path)
    store.open()
    batch = store.stage()
    for step in range(3 * 17_280):
        batch.add(1, NOON + step * 5_000, float(step))
    store.commit(batch)
    store.flush.move_all()
    store.close()
    return path


@pytest.fixture
def store(tmp_path: Path, three_days: Path) -> SqliteStore:
    """A copy of the three days."""
    path = tmp_path / "readings.db"
    shutil.copyfile(three_days, path)
    store = SqliteStore(path)
    store.open()
    return store


def test_a_short_range_comes_raw(store: SqliteStore) -> None:
    got = read_history(store, 1, NOON, NOON + 600_000, 1_000, 5_000)
    assert got["tier"] == "raw"
    assert (got["t"][0], got["t"][-1], got["v"][-1]) == (NOON, NOON + 600_000, 120.0)


def test_a_day_comes_from_minutes_merged_to_the_asked_points(store: SqliteStore) -> None:
    got = read_history(store, 1, NOON, NOON + DAY.width_ms - 1, 400, 5_000)
    assert got["tier"] == "1m"
    assert len(got["t"]) == 360
    assert sum(got["n"]) == 17_280
    assert (got["min"][0], got["max"][-1]) == (0.0, 17_279.0)
    assert got["t"][1] - got["t"][0] == 4 * MINUTE.width_ms


def test_the_coarsest_tier_that_still_fits_a_point_is_taken() -> None:
    widths = [30_000, 60_000, 900_000, 3_600_000, 31_536_000, 86_400_000]
    assert [choose_tier(width) for width in widths] == [MINUTE, MINUTE, QUARTER, HOUR, HOUR, DAY]


def test_a_fast_series_does_not_send_ten_thousand_raw_points(store: SqliteStore) -> None:
    batch = store.stage()
    for ms in range(20_000):
        batch.add(2, NOON + ms, 1.0)
    store.commit(batch)
    got = read_history(store, 2, NOON, NOON + 20_000, 500, None)
    assert got["tier"] == "merged"
    assert len(got["t"]) <= 501
    assert sum(got["n"]) == 20_000


def test_a_range_without_readings_is_empty_not_an_error(store: SqliteStore) -> None:
    assert read_history(store, 9, 0, 1_000, 100, None) == {"tier": "raw", "t": [], "v": []}


def test_an_export_holds_every_reading_once_with_its_own_digits(store: SqliteStore) -> None:
    text = "".join(write_csv(store, 1, NOON, NOON + DAY.width_ms - 1))
    lines = text.split("\r\n")
    assert lines[0] == "ts_ms,time,value"
    assert lines[1] == f"{NOON},2025-11-23T00:00:00.000Z,0.0"
    assert len(lines) == 17_280 + 2


def kept_for(store: SqliteStore, raw_days: int, tier_days: int) -> int:
    """Forget by the end of the three days and a half minute; returns the limit of the readings."""
    now = NOON + 3 * DAY.width_ms + 30_000
    forget(store, now, {1: Keep(raw_days, tier_days)})
    return now - raw_days * DAY.width_ms


@pytest.mark.parametrize(("minutes", "points"), [(60, 300), (360, 300), (360, 1_000), (1_000, 1_000), (1_000, 2_000)])
def test_a_range_whose_readings_are_gone_comes_from_the_finest_tier(
    store: SqliteStore, minutes: int, points: int
) -> None:
    kept_for(store, 1, 366)
    got = read_history(store, 1, NOON, NOON + minutes * MINUTE.width_ms - 1, points, 5_000)
    assert got["tier"] == "1m"
    assert sum(got["n"]) == minutes * 12


@pytest.mark.parametrize("hours", [1, 3, 20])
def test_a_range_across_the_end_of_the_readings_holds_each_of_them_once(store: SqliteStore, hours: int) -> None:
    limit = kept_for(store, 1, 366)
    begin = limit - limit % HOUR.width_ms - hours * HOUR.width_ms
    end = begin + 2 * hours * HOUR.width_ms
    got = read_history(store, 1, begin, end - 1, 1_000, 5_000)
    assert sum(got["n"]) == 2 * hours * 720
    assert got["t"] == sorted(set(got["t"]))
    assert got["min"] == sorted(got["min"])
    assert got["t"][0] == begin


def test_a_range_of_which_all_readings_are_kept_comes_raw(store: SqliteStore) -> None:
    limit = kept_for(store, 1, 366)
    got = read_history(store, 1, limit, limit + 600_000, 1_000, 5_000)
    assert (got["tier"], got["t"][0], len(got["t"])) == ("raw", limit, 121)


def test_readings_deleted_while_they_are_asked_for_are_told_by_their_minutes(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = store.raw

    def overtaken(series: int, from_ms: int, to_ms: int) -> Columns:
        kept_for(store, 1, 366)
        return raw(series, from_ms, to_ms)

    monkeypatch.setattr(store, "raw", overtaken)
    got = read_history(store, 1, NOON, NOON + HOUR.width_ms - 1, 1_000, 5_000)
    assert (got["tier"], sum(got["n"])) == ("1m", 720)


def test_where_minutes_are_gone_the_day_that_counts_them_is_shown_and_nothing_twice(store: SqliteStore) -> None:
    now = NOON + 2 * DAY.width_ms + 10 * HOUR.width_ms + 90_000
    forget(store, now, {1: Keep(1, 2)})
    got = read_history(store, 1, NOON - DAY.width_ms, NOON + 3 * DAY.width_ms - 1, 4_000, 5_000)
    assert got["tier"] == "1m"
    assert sum(got["n"]) == 3 * 17_280
    assert got["t"] == sorted(set(got["t"]))
    only = read_history(store, 1, NOON, NOON + HOUR.width_ms - 1, 100, 5_000)
    assert (only["tier"], only["t"], only["n"]) == ("1d", [NOON], [17_280])


def test_where_tiers_are_gone_and_readings_are_not_the_readings_are_told(store: SqliteStore) -> None:
    kept_for(store, 3, 1)
    got = read_history(store, 1, NOON, NOON + 3 * DAY.width_ms - 1, 300, 5_000)
    assert sum(got["n"]) == 3 * 17_280 - 6
    assert got["t"] == sorted(set(got["t"]))
    lines = "".join(write_csv(store, 1, NOON, NOON + 3 * DAY.width_ms)).split("\r\n")
    assert len([line for line in lines if line and line[0].isdigit()]) == 3 * 17_280 - 6


def test_a_day_whose_minutes_are_partly_gone_is_never_made_anew_from_the_rest(store: SqliteStore) -> None:
    day = NOON + 2 * DAY.width_ms
    forget(store, day + DAY.width_ms + 10 * HOUR.width_ms, {1: Keep(9, 1)})
    batch = store.stage()
    batch.add(1, day + 20 * HOUR.width_ms + 1, 5.0)
    store.commit(batch)
    assert [bucket.n for bucket in store.buckets(1, DAY, day, day)] == [17_280]
    store.flush.move_all()
    assert [(bucket.n, bucket.min) for bucket in store.buckets(1, DAY, day, day)] == [(17_281, 5.0)]
    assert sum(bucket.n for bucket in store.buckets(1, MINUTE, day + 10 * HOUR.width_ms, day + DAY.width_ms - 1)) == (
        14 * 720 + 1
    )


def test_an_export_tells_averages_where_readings_are_gone_and_says_so(store: SqliteStore) -> None:
    limit = kept_for(store, 1, 366)
    begin = limit - 30_000 - 2 * MINUTE.width_ms
    text = "".join(write_csv(store, 1, begin, limit + 59_999))
    lines = text.split("\r\n")
    step = (begin - NOON) // 5_000
    minutes = [begin + n * MINUTE.width_ms for n in range(3)]
    assert lines[0] == "ts_ms,time,value"
    assert lines[1] == (
        "# From 2025-11-24T23:58:00.000Z to 2025-11-25T00:00:59.999Z the readings are past their retention:"
        " one row for each 1m with readings, its begin and its average."
    )
    assert [line.split(",")[0] for line in lines[2:5]] == [str(minute) for minute in minutes]
    assert [float(line.split(",")[2]) for line in lines[2:5]] == [step + n * 12 + 5.5 for n in range(3)]
    assert lines[5] == "# From 2025-11-25T00:01:00.000Z on: every reading."
    assert [int(line.split(",")[0]) for line in lines[6:-1]] == list(range(limit + 30_000, limit + 60_000, 5_000))


def test_the_average_of_a_meter_lies_between_its_extremes_to_fifteen_digits(tmp_path: Path) -> None:
    meter = SqliteStore(tmp_path / "meter.db")
    meter.open()
    batch = meter.stage()
    values = [round(1_234_567 + step * 0.01, 2) for step in range(120)]
    for step, value in enumerate(values):
        batch.add(1, NOON + step * MINUTE.width_ms, value)
        batch.add(2, NOON + step * MINUTE.width_ms, 0.1234567890123456)
        batch.add(3, NOON + step * MINUTE.width_ms, 1e15 if step % 2 else -1e15)
    meter.commit(batch)
    meter.flush.move_all()
    got = read_history(meter, 1, NOON, NOON + 2 * HOUR.width_ms - 1, 10, None)
    assert got["avg"][0] == pytest.approx(sum(values[:12]) / 12, rel=1e-14)
    for series in (1, 2, 3):
        for points in (10, 2):
            got = read_history(meter, series, NOON, NOON + 2 * HOUR.width_ms - 1, points, None)
            assert all(a <= b <= c for a, b, c in zip(got["min"], got["avg"], got["max"], strict=True))
        line = make_sparkline(meter.buckets(series, MINUTE, NOON, NOON + 2 * HOUR.width_ms - 1), NOON, 120_000, 60)
        low, high = line["min"], line["max"]
        assert low is not None
        assert high is not None
        assert all(value is not None and low <= value <= high for value in line["avg"])
    meter.close()


def test_a_thousand_points_take_less_than_60_kb(store: SqliteStore) -> None:
    got = read_history(store, 1, NOON, NOON + 3 * DAY.width_ms - 1, 1_000, 5_000)
    got["min"] = got["max"] = [round(-18 - n / 7 % 9, 2) for n in range(len(got["t"]))]
    got["avg"] = [float(f"{value - n / 13:.15g}") for n, value in enumerate(got["min"])]
    assert len(got["t"]) > 800
    assert len(json.dumps(got, separators=(",", ":"))) * 1_000 / len(got["t"]) < 60_000


def test_a_gap_in_a_sparkline_is_null_and_never_bridged() -> None:
    line = make_sparkline([Bucket(0, 2, 1.0, 3.0, 4.0, 3.0), Bucket(120_000, 1, 5.0, 5.0, 5.0, 5.0)], 0, 60_000, 4)
    assert line == {"avg": [2.0, None, 5.0, None], "min": 1.0, "max": 5.0, "lows": {0: 1.0}, "highs": {0: 3.0}}


def test_a_sparkline_tells_of_a_short_excursion_that_its_averages_hide() -> None:
    calm = [Bucket(n * 60_000, 12, 4.0, 4.5, 51.0, 4.2) for n in range(60)]
    calm[7] = Bucket(7 * 60_000, 12, 4.0, 9.2, 55.7, 4.2)
    line = make_sparkline(calm, 0, 30 * 60_000, 2)
    assert line["max"] == 9.2
    assert max(value or 0 for value in line["avg"]) < 4.5
    assert (line["lows"], line["highs"]) == ({}, {0: 9.2})
