"""A fresh server with devices, for one benchmark."""

from __future__ import annotations

import contextlib
import json
import secrets
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from belvedere.simulator.api import make_basic_auth
from tests.cluster.stack import Stack
from tests.live.server import House, Server, set_up

MADE_BY_API = 200  # devices; more are written into the database, or making them would take longer than measuring


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
            names = [f"d{n}" for n in range(devices)]
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(house.add_device, names[:MADE_BY_API]))
            if names[MADE_BY_API:]:
                _copy_device(house, stack, names[0], names[MADE_BY_API:])
            house.secrets = {name: house.secrets[name] for name in names}
            yield house


def _copy_device(house: House, stack: Stack | None, source: str, names: Sequence[str]) -> None:
    """Write these devices, with the secret of `source`, into the database of a server that is stopped meanwhile."""
    columns = "site_id, zone_id, digest, created_at, version, online, protocol, troubles"
    copy = (
        f"INSERT INTO devices_device (id, name, data_key, {columns})"
        f" SELECT ?, ?, ?, {columns} FROM devices_device WHERE id = ?"
    )
    rows = [(name, f"Device {name}", secrets.token_hex(16), source) for name in names]
    house.server.stop()
    if stack is None:
        with contextlib.closing(sqlite3.connect(house.server.data / "belvedere.db")) as database, database:
            database.executemany(copy, rows)
    else:
        with stack.connect() as database:
            database.begin()
            database.cursor().executemany(copy.replace("?", "%s"), rows)
            database.commit()
    house.server.start()
    house.secrets |= dict.fromkeys(names, house.secrets[source])


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
    """User and system time so far, of threads that have ended too; /proc tells it in steps of 10 ms only."""
    return time.clock_gettime((~pid << 3) | 2)  # its clock, as clock_getcpuclockid(3) of the C library names it


def metric(house: House, name: str) -> float | None:
    """The sum of one family on /metrics; None where it is not there."""
    _, body, _ = house.api.raw("GET", "/metrics")
    found = [line for line in body.decode().splitlines() if line.startswith(name) and line[len(name)] in " {"]
    return sum(float(line.rsplit(" ", 1)[1]) for line in found) if found else None
