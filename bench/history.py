"""A year of one series at 5 s: how long 1,000 points take, how many bytes they are, and what the year costs on disk."""

from __future__ import annotations

import json
import sqlite3
import time

from bench.load import DAY_MS, Load
from bench.options import Options
from bench.report import Row
from bench.site import folder_of, site
from tests.live.server import SITE, House

STEP_MS = 5_000
BATCH = 250  # readings of one metric that fit into 16 KiB
GOAL_MS, GOAL_KB, GOAL_BYTES = 50.0, 60.0, 26.0
REPLAY_DAYS, REPLAY_SECONDS = 7, 2.0
ASKS = 30
# 450,000 readings: more than the store keeps in memory (readings/store/flush.py).
PUSH_MESSAGES = 1_800


def _measure_sqlite(rows: int) -> list[float]:
    """Reading that many tier rows from a plain table, ms: the least that any answer has to do."""
    database = sqlite3.connect(":memory:")
    database.execute("create table tier (series, t, n, low, high, total, primary key (series, t)) without rowid")
    database.executemany("insert into tier values (1, ?, 720, 1.0, 2.0, 3.0)", ((t,) for t in range(rows)))
    times = []
    for _ in range(ASKS):
        begun = time.perf_counter()
        database.execute("select t, n, low, high, total from tier where series = 1 order by t").fetchall()
        times.append((time.perf_counter() - begun) * 1000)
    return times


def ask(house: House, path: str) -> tuple[list[float], bytes]:
    """Times in ms, shortest first, and the answer."""
    times, body = [], b""
    for _ in range(ASKS):
        begun = time.perf_counter()
        status, body, _ = house.api.raw("GET", path)
        times.append((time.perf_counter() - begun) * 1000)
        assert status == 200, body
    return sorted(times), body


def fill(house: House, days: float, device: str = "d0") -> tuple[int, str, int, float]:
    """Send that many days of one series. Return it, the path of its history, the number of readings, the seconds."""
    folder = folder_of(house)
    load = Load(house.server.mqtt_port, {device: house.secrets[device]}, folder)
    now = int(time.time() * 1000)
    messages = int(days * DAY_MS) // STEP_MS // BATCH
    first = now - messages * BATCH * STEP_MS
    begun = time.monotonic()
    load.run(messages, window=20, batch=BATCH, metrics=1, step_ms=STEP_MS, first_ms=first)
    filled = time.monotonic() - begun
    series = house.series_of(device)["temperature"]
    time.sleep(5)  # tiers and flushing catch up
    return series, f"/api/v1/series/{series}/history?from={first}&to={now}&points=1000", messages * BATCH, filled


def _replay(house: House, series: int, runs: int) -> Row:
    """The newest week, played to a rule that is not saved."""
    condition = {"kind": "above", "level": 21.0, "clear": 20.5, "for_seconds": 0}
    body = {"series": series, "metric": "temperature", "condition": condition}
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        found = house.api.post(f"sites/{SITE}/rules/replay", body)
        times.append(time.perf_counter() - begun)
    row = Row(f"replay of {REPLAY_DAYS} days at 5 s", "s", times, note=f"raised {found['with']['count']:,} times")
    return row.check_goal(f"< {REPLAY_SECONDS:.0f} s", row.median < REPLAY_SECONDS)


def _push_out_of_memory(house: House) -> int:
    """Send another series, as five minutes of a usual site would; returns how many readings."""
    pushing = Load(house.server.mqtt_port, {"d1": house.secrets["d1"]}, folder_of(house))
    pushing.run(PUSH_MESSAGES, window=20, batch=BATCH, metrics=1, step_ms=1_000)
    time.sleep(5)
    return PUSH_MESSAGES * BATCH


def run(options: Options) -> list[Row]:
    """Fill a year, ask 30 times."""
    with site(2) as house:
        series, path, readings, filled = fill(house, options.history_days)
        in_memory, _ = ask(house, path)
        stored = readings + _push_out_of_memory(house)
        bytes_stored = sum(f.stat().st_size for f in house.server.data.glob("readings*"))
        times, body = ask(house, path)
        replay = _replay(house, series, options.runs)
    answer = json.loads(body)
    reading = Row(
        f"{options.history_days:.0f} days at 5 s as {len(answer['t'])} points",
        "ms",
        times,
        "SQLite reading a year of hours",
        _measure_sqlite(8_760),
        note=f"p95 {times[int(ASKS * 0.95)]:.1f} ms; tier {answer['tier']}; sum n = {sum(answer.get('n', [])):,};"
        f" {readings:,} readings sent in {filled:.0f} s",
    )
    size, each = len(body) / 1000, bytes_stored / stored
    return [
        Row("the same right after the back-fill, its newest part in memory", "ms", in_memory),
        reading.check_goal(f"< {GOAL_MS:.0f} ms", reading.median < GOAL_MS),
        Row("size of that answer", "KB", [size], goal=f"<= {GOAL_KB:.0f} KB", holds=size <= GOAL_KB),
        Row(
            "storage, tiers included",
            "bytes a reading",
            [each],
            goal=f"<= {GOAL_BYTES:.0f}",
            holds=each <= GOAL_BYTES,
            note=f"{bytes_stored / 1e6:.0f} MB with log and journal; two decimals, 5 s apart",
        ),
        replay,
    ]
