"""An alert on its way: MQTT publish to the frame on 100 and 1,000 sockets, beside a bare uvicorn that repeats."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from pathlib import Path

import uvloop

from belvedere.simulator.mqtt import Publisher
from bench.options import Options
from bench.peers import bare_uvicorn
from bench.report import Row
from bench.site import site
from bench.sockets import Listener, open_many
from tests.live.server import SITE, House

CHANGES = 20
GOALS_MS = {100: 20.0, 1_000: 100.0}


def _compute_p99(times: list[float]) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.99))]


async def measure_alerts(house: House, sockets: int, runs: int) -> tuple[list[float], int, int]:
    """p99 of each run in ms; missing and repeated frames over all runs."""
    headers = {"Authorization": f"Bearer {house.api.token}"}
    device = await Publisher.connect("127.0.0.1", house.server.mqtt_port, "d0", house.secrets["d0"])
    p99s, missing, repeated = [], 0, 0
    for _ in range(runs):
        after = house.api.get(f"sites/{SITE}/snapshot")["alerts_seq"]
        listeners = await open_many(house.server.port, f"/ws/alerts/?site={SITE}&after={after}", headers, sockets)
        await asyncio.sleep(0.5)
        sent = []
        for change in range(CHANGES):
            sent.append(time.perf_counter())
            device.send("belvedere/v1/d0/readings", b'{"temperature":%d}' % (20 if change % 2 else 40), lambda: None)
            await asyncio.sleep(max(0.15, sockets / 2500))
        await asyncio.sleep(1)
        times = []
        for listener in listeners:
            events = [(at, json.loads(text)) for at, text in listener.frames()]
            seqs = [event["seq"] for _, event in events if event["type"] == "event"]
            missing += len(set(range(after + 1, after + CHANGES + 1)) - set(seqs))
            repeated += len(seqs) - len(set(seqs))
            times += [
                (at - sent[event["seq"] - after - 1]) * 1000
                for at, event in events
                if event["type"] == "event" and 0 < event["seq"] - after <= CHANGES
            ]
        p99s.append(_compute_p99(times) if times else float("nan"))
        close_all(listeners)
    await device.close()
    return p99s, missing, repeated


async def _measure_bare(port: int, sockets: int, runs: int) -> list[float]:
    p99s = []
    frame = json.dumps({"type": "event", "seq": 1, "pad": "x" * 500})
    for _ in range(runs):
        listeners = await open_many(port, "/ws", {}, sockets)
        sent = []
        for _ in range(CHANGES):
            sent.append(time.perf_counter())
            listeners[0].say(frame)
            await asyncio.sleep(max(0.15, sockets / 2500))
        await asyncio.sleep(1)
        times = [
            (at - begun) * 1000
            for listener in listeners
            for begun, (at, _) in zip(sent, listener.frames(), strict=False)
        ]
        p99s.append(_compute_p99(times))
        close_all(listeners)
    return p99s


def close_all(listeners: list[Listener]) -> None:
    """Cut them."""
    for listener in listeners:
        if listener.transport:
            listener.transport.abort()


def run(options: Options) -> list[Row]:
    """One row for each number of sockets."""
    rows = []
    with site(1) as house, tempfile.TemporaryDirectory() as folder, bare_uvicorn(Path(folder), b"") as bare_port:
        house.add_rule()
        for sockets, goal in GOALS_MS.items():
            ours, missing, repeated = uvloop.run(measure_alerts(house, sockets, options.runs))
            bare = uvloop.run(_measure_bare(bare_port, sockets, options.runs))
            row = Row(
                f"alert, MQTT publish to frame, p99 at {sockets:,} sockets", "ms", ours, "bare uvicorn echo, p99", bare
            )
            holds = row.median < goal and not missing and not repeated
            note = f"{missing} missing, {repeated} twice of {sockets * CHANGES * options.runs:,} frames"
            rows.append(row.check_goal(f"< {goal:.0f} ms, none missing", holds, note))
    return rows
