"""The poll: full snapshots and 304s, beside a bare uvicorn and nginx that serve the same bytes."""

from __future__ import annotations

import json
import re
import subprocess
import time
from dataclasses import dataclass, field, replace

from belvedere.readings.latest.port import TICK_SECONDS
from bench.options import Options
from bench.peers import PeerMissing, bare_uvicorn, find_program, nginx
from bench.report import Row, make_missing_row
from bench.site import cpu_seconds, folder_of, send_over_http, site
from tests.live.server import SITE, House

PATH = f"/api/v1/sites/{SITE}/snapshot"
SERIES, METRICS, DELTA = 500, 10, 50
DASHBOARDS, POLL_SECONDS = 10_000, 5
GOAL_SHARE = 0.8


def run_wrk(url: str, seconds: int, headers: dict[str, str]) -> float:
    """Requests a second with 64 connections; 304 counts as well answered."""
    options = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    command = [find_program("wrk", "wrk"), "-t1", "-c64", f"-d{seconds}s", *options, url]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    if bad:
        raise RuntimeError(f"{url}: {bad[1]} answers were errors")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
    assert rate, out
    return float(rate[1])


@dataclass
class Runs:
    """Answers a second of each run. server_seconds: CPU of an unchanged answer."""

    full: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    unchanged: list[float] = field(default_factory=list)
    bare_unchanged: list[float] = field(default_factory=list)
    far: list[float] = field(default_factory=list)
    server_seconds: list[float] = field(default_factory=list)


def run(options: Options) -> list[Row]:
    """Alternating runs of all five."""
    try:
        find_program("wrk", "wrk")
        with site(SERIES // METRICS) as house:
            _send_values(house, SERIES)
            delta = _measure_delta(house)
            _, body, headers = house.api.raw("GET", PATH)
            runs = _measure(house, body, headers["etag"], options)
            return [*_make_rows(len(body), runs), *_measure_sizes(body, delta)]
    except PeerMissing as error:
        return [make_missing_row("poll", str(error))]


def _send_values(house: House, series: int) -> None:
    """A new value for so many series, and a tick of the poll to show them."""
    for device in list(house.secrets)[: series // METRICS]:
        send_over_http(house, device, {f"m{n}": n * 1.5 for n in range(METRICS)})
    time.sleep(2 * TICK_SECONDS)


def _measure_delta(house: House) -> bytes:
    cursor = house.api.get(PATH.removeprefix("/api/v1/"))["cursor"]
    _send_values(house, DELTA)
    body = house.api.raw("GET", f"{PATH}?since={cursor}")[1]
    assert len(json.loads(body)["series"]) == DELTA
    return body


def _measure(house: House, body: bytes, etag: str, options: Options) -> Runs:
    url, folder, pid, runs = house.server.url + PATH, folder_of(house), house.server.pid, Runs()
    auth = {"Authorization": f"Bearer {house.api.token}"}
    with bare_uvicorn(folder, body) as bare_port, nginx(folder, body) as nginx_url:
        bare = f"http://127.0.0.1:{bare_port}"
        for _ in range(options.runs):
            runs.full.append(run_wrk(url, options.wrk_seconds, auth))
            runs.bare.append(run_wrk(bare + "/", options.wrk_seconds, {}))
            before = cpu_seconds(pid)
            runs.unchanged.append(run_wrk(url, options.wrk_seconds, {**auth, "If-None-Match": etag}))
            runs.server_seconds.append((cpu_seconds(pid) - before) / (runs.unchanged[-1] * options.wrk_seconds))
            runs.bare_unchanged.append(run_wrk(bare + "/304", options.wrk_seconds, {}))
            runs.far.append(run_wrk(nginx_url, options.wrk_seconds, {}))
    return runs


def _make_rows(size: int, runs: Runs) -> list[Row]:
    goal = f">= {GOAL_SHARE:.0%} of bare uvicorn"
    full = Row(f"full snapshot, {SERIES} series ({size:,} bytes)", "answers/s", runs.full)
    full = replace(full, peer="bare uvicorn, same bytes", peer_runs=runs.bare)
    unchanged = Row("unchanged snapshot (304)", "answers/s", runs.unchanged, "bare uvicorn, 304", runs.bare_unchanged)
    cores = [100 * DASHBOARDS / POLL_SECONDS * each for each in runs.server_seconds]
    crowd = Row(f"{DASHBOARDS:,} dashboards at {POLL_SECONDS} s", "% of a core", cores)
    assert full.ratio is not None
    assert unchanged.ratio is not None
    return [
        full.check_goal(goal, full.ratio >= GOAL_SHARE),
        Row(
            f"full snapshot, {SERIES} series",
            "answers/s",
            runs.full,
            "nginx, same bytes",
            runs.far,
            note="the far limit",
        ),
        unchanged.check_goal(goal, unchanged.ratio >= GOAL_SHARE),
        crowd.check_goal("< 25 %", crowd.median < 25, "reckoned from the CPU of the 304s above"),
    ]


def _measure_sizes(full: bytes, delta: bytes) -> list[Row]:
    thousand = len(full) / SERIES * 1000 / 1000
    changed = len(delta) / 1000
    return [
        Row("snapshot of 1,000 series (from this one's bytes a series)", "KB", [thousand]).check_goal(
            "<= 40 KB", thousand <= 40
        ),
        Row(f"delta of {DELTA} series", "KB", [changed]).check_goal("<= 3 KB", changed <= 3),
    ]
