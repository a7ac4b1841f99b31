"""Start to ready, and memory with nothing to do."""

from __future__ import annotations

import time

from bench.options import Options
from bench.report import Row
from bench.site import memory_mb, processes_of, site

DEVICES = 100
GOAL_SECONDS, GOAL_MB, GOAL_GATEWAY_MB = 3.0, 200.0, 120.0


def run(options: Options) -> list[Row]:
    """Restart some times, then look at the memory of each process."""
    with site(DEVICES) as house:
        server = house.server
        seconds, stops = [], []
        for _ in range(options.runs):
            stops.append(server.stop())
            server.start()
            seconds.append(server.seconds_to_ready)
        time.sleep(5)
        memory = {pid: (memory_mb(pid), command) for pid, command in processes_of(server).items()}
    gateways = [size for size, command in memory.values() if "gateway" in command or "mediaserver" in command]
    rest = sum(size for size, _ in memory.values()) - sum(gateways)
    row = Row("start to ready", "s", seconds, goal=f"< {GOAL_SECONDS:.0f} s", holds=max(seconds) < GOAL_SECONDS)
    idle = Row(
        f"memory, idle, {DEVICES} devices, without the camera gateway",
        "MB",
        [rest],
        goal=f"< {GOAL_MB:.0f} MB",
        holds=rest < GOAL_MB,
        note=f"proportional set size of {len(memory) - len(gateways)} processes",
    )
    rows = [row, Row("stop (SIGTERM to gone)", "s", stops, goal="< 5 s", holds=max(stops) < 5), idle]
    if gateways:
        total = sum(gateways)
        rows.append(
            Row("memory of the camera gateway", "MB", [total], goal=f"< {GOAL_GATEWAY_MB:.0f} MB", holds=total < 120)
        )
    return rows
