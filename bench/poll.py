"""The poll: full snapshots and 304s, beside a bare uvicorn and nginx that serve the same bytes."""

from __future__ import annotations

import re
import subprocess

from bench.options import Options
from bench.peers import PeerMissing, bare_uvicorn, need, nginx
from bench.report import Row, not_run
from bench.site import folder_of, send_over_http, site

SERIES, METRICS = 500, 10
GOAL_SHARE = 0.8


def _wrk(url: str, seconds: int, headers: dict[str, str]) -> float:
    """Requests a second with 64 connections; 304 counts as well answered."""
    options = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    command = [need("wrk", "wrk"), "-t1", "-c64", f"-d{seconds}s", *options, url]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    if bad:
        raise RuntimeError(f"{url}: {bad[1]} answers were errors")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
    assert rate, out
    return float(rate[1])


def run(options: Options) -> list[Row]:
    """Alternating runs of all four."""
    try:
        need("wrk", "wrk")
        with site(SERIES // METRICS) as house:
            for device in house.secrets:
                send_over_http(house, device, {f"m{n}": n * 1.5 for n in range(METRICS)})
            path = "/api/v1/sites/farm/snapshot"
            _, body, headers = house.api.raw("GET", path)
            url = house.server.url + path
            auth = {"Authorization": f"Bearer {house.api.token}"}
            fresh = {**auth, "If-None-Match": headers["etag"]}
            folder = folder_of(house)
            full, unchanged, bare, far = [], [], [], []
            with bare_uvicorn(folder, body) as bare_port, nginx(folder, body) as nginx_url:
                for _ in range(options.runs):
                    full.append(_wrk(url, options.wrk_seconds, auth))
                    bare.append(_wrk(f"http://127.0.0.1:{bare_port}/", options.wrk_seconds, {}))
                    unchanged.append(_wrk(url, options.wrk_seconds, fresh))
                    far.append(_wrk(nginx_url, options.wrk_seconds, {}))
            return _rows(len(body), full, unchanged, bare, far) + _sizes(house.api.raw("GET", path)[1])
    except PeerMissing as error:
        return [not_run("poll", str(error))]


def _rows(size: int, full: list[float], unchanged: list[float], bare: list[float], far: list[float]) -> list[Row]:
    first = Row(f"full snapshot, {SERIES} series ({size:,} bytes)", "answers/s", full, "bare uvicorn, same bytes", bare)
    assert first.ratio is not None
    return [
        first.held_to(f">= {GOAL_SHARE:.0%} of bare uvicorn", first.ratio >= GOAL_SHARE),
        Row(f"full snapshot, {SERIES} series", "answers/s", full, "nginx, same bytes", far, note="the far limit"),
        Row("unchanged snapshot (304)", "answers/s", unchanged, "bare uvicorn, full bytes", bare),
    ]


def _sizes(body: bytes) -> list[Row]:
    per_series = len(body) / SERIES
    thousand = per_series * 1000 / 1000
    row = Row("snapshot of 1,000 series (from this one's bytes a series)", "KB", [thousand], goal="<= 40 KB")
    return [Row(**{**row.__dict__, "holds": thousand <= 40})]
