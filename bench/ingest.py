"""Durable ingest: QoS 1 messages of two metrics, acknowledged after the commit, with a rule on them."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.load import Clock, Load, Result
from bench.options import Options
from bench.peers import PeerMissing, mosquitto
from bench.report import Row, make_missing_row
from bench.site import folder_of, site
from tests.live.server import House

GOAL_RATE, GOAL_SHARE = 15_000, 0.8
NODE_RED_RATE = 4_400  # into SQLite, measured on the same kind of machine (design.md §2)


def _alternate(ours: Callable[[], Result], peer: Callable[[], Result], runs: int) -> tuple[list[float], list[float]]:
    """Rates of both, turn by turn, so that a slow minute of the machine hits both."""
    ours(), peer()  # the first run warms caches
    pairs = [(ours().rate, peer().rate) for _ in range(runs)]
    return [a for a, _ in pairs], [b for _, b in pairs]


def _make_row(what: str, ours: list[float], peer: list[float], note: str = "") -> Row:
    row = Row(what, "messages/s", ours, "Mosquitto + 1 subscriber", peer, note=note)
    assert row.ratio is not None
    holds = row.median >= GOAL_RATE and row.ratio >= GOAL_SHARE
    return row.check_goal(f">= {GOAL_RATE:,}/s and >= {GOAL_SHARE:.0%} of Mosquitto", holds)


def _measure_mosquitto(house: House, options: Options) -> Iterator[Row]:
    house.add_rule()
    folder = folder_of(house)
    clock = Clock()
    with mosquitto(folder) as peer_port:
        ours = Load(house.server.mqtt_port, house.secrets, folder, clock)
        peer = Load(peer_port, house.secrets, folder, clock)
        for devices, window in ((1, 2000), (100, 20)):

            def run(load: Load, devices: int = devices, window: int = window) -> Result:
                return load.run(options.messages, devices=devices, window=window)

            rates = _alternate(lambda: run(ours), lambda: run(peer), options.runs)
            words = "1 device" if devices == 1 else f"{devices} devices ({2 * devices} series)"
            best = (
                f"{max(rates[0]) * 2 * 60 / 1e6:.1f} M readings/min at best; Node-RED into SQLite {NODE_RED_RATE:,}/s"
            )
            yield _make_row(f"durable ingest, {words}, {window} in flight each", *rates, note=best)


def _measure_without_store(options: Options) -> Row:
    secrets = {f"d{n}": "secret" for n in range(100)}
    with tempfile.TemporaryDirectory(prefix="belvedere-bench-") as folder:
        load = Load(0, secrets, Path(folder))
        command = [sys.executable, "-m", "bench.endpoint_alone", str(load.credentials)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as endpoint:
            try:
                assert endpoint.stdout
                load.port = int(endpoint.stdout.readline())
                load.run(1_000, window=20)
                rates = [load.run(options.messages, window=20).rate for _ in range(options.runs)]
            finally:
                endpoint.terminate()
    return Row("the same endpoint with the writer replaced by nothing, 100 devices", "messages/s", rates)


def run(options: Options) -> list[Row]:
    """All rows of this benchmark."""
    rows: list[Row] = []
    try:
        with site(100) as house:
            rows += _measure_mosquitto(house, options)
    except PeerMissing as error:
        rows.append(make_missing_row("durable ingest beside Mosquitto", str(error)))
    return [*rows, _measure_without_store(options)]
