"""A fresh server with devices, for one benchmark."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from belvedere.simulator.api import make_basic_auth
from tests.cluster.stack import Stack
from tests.live.server import House, Server, set_up


@contextlib.contextmanager
def site(devices: int, environment: dict[str, str] | None = None, stack: Stack | None = None) -> Iterator[House]:
    """Set up, with devices d0, d1, ...; everything is gone afterwards.

    stack: what a cluster stands on, where it is one.
    """
    with tempfile.TemporaryDirectory(prefix="belvedere-bench-") as folder:
        profile = "embedded" if stack is None else "cluster"
        server = Server(Path(folder) / "data", environment=environment or {}, profile=profile, stack=stack)
        with server:
            house = set_up(server, devices=0)
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(house.add_device, [f"d{n}" for n in range(devices)]))
            house.secrets = {f"d{n}": house.secrets[f"d{n}"] for n in range(devices)}
            yield house


def folder_of(house: House) -> Path:
    """The temporary folder around the server's data."""
    return house.server.data.parent


def send_over_http(house: House, device: str, values: dict[str, float], ts_ms: int = 0) -> None:
    """One reading by POST."""
    body = json.dumps({"ts": ts_ms or int(time.time() * 1000), "values": values}).encode()
    status, answer, _ = house.api.raw("POST", "/api/v1/ingest", body, make_basic_auth(device, house.secrets[device]))
    if status != 200:
        raise RuntimeError(f"ingest answered {status}: {answer[:200]!r}")


def processes_of(server: Server) -> dict[int, str]:
    """pid -> command line, of the server and all below it."""
    assert server.process
    found, todo = {}, [server.process.pid]
    while todo:
        pid = todo.pop()
        with contextlib.suppress(OSError):
            found[pid] = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            for thread in Path(f"/proc/{pid}/task").iterdir():
                todo += [int(child) for child in (thread / "children").read_text().split()]
    return found


def memory_mb(pid: int) -> float:
    """Proportional set size."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def cpu_seconds(pid: int) -> float:
    """User and system time so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def metric(house: House, name: str) -> float | None:
    """The sum of one family on /metrics; None where it is not there."""
    _, body, _ = house.api.raw("GET", "/metrics")
    found = [line for line in body.decode().splitlines() if line.startswith(name) and line[len(name)] in " {"]
    return sum(float(line.rsplit(" ", 1)[1]) for line in found) if found else None
