"""Finds and hurts the processes that `belvedere up --profile cluster` has started."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from belvedere.pipeline.stream.kafka.wire import partition_of
from belvedere.simulator.api import Api
from tests.cluster.stack import Stack
from tests.live.server import PROGRAM, House

PATIENCE_SECONDS = 120.0
START_SECONDS = 60.0


def find_roles(parent: int, role: str) -> list[int]:
    """The ids of its processes of this role."""
    found = []
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    for child in map(int, children):
        try:
            words = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode().split()
        except OSError:
            continue
        if role in words or f"({role}" in words:  # Celery writes its own title around the command line
            found.append(child)
    return found


def kill_roles(parent: int, role: str) -> list[int]:
    """kill -9 to all of a role; gives whom."""
    victims = find_roles(parent, role)
    for victim in victims:
        os.kill(victim, signal.SIGKILL)
    return victims


def wait_for_others(parent: int, role: str, than: list[int]) -> list[int]:
    """The processes of a role, once as many have been started anew."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = [one for one in find_roles(parent, role) if one not in than]
        if len(found) >= len(than):
            return found
        time.sleep(0.05)
    raise AssertionError(f"the {role} was not started anew")


def find_partition(stack: Stack, device: str) -> int:
    """The partition of a device."""
    (row,) = stack.fetch(f"SELECT data_key FROM devices_device WHERE id = '{device}'")
    return partition_of(row[0], int(stack.environment["BELVEDERE_PARTITIONS"]))


def find_holder(stack: Stack, house: House, device: str) -> int:
    """The worker that processes this device, once one has its partition."""
    partition = find_partition(stack, device)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        (row,) = stack.fetch(f"SELECT lease_owner FROM readings_fence WHERE part = {partition}")
        for one in find_roles(house.server.pid, "worker"):
            if str(one) in row[0].split("-"):
                return one
        time.sleep(0.05)
    raise AssertionError(f"nobody has partition {partition}")


def has_lease(stack: Stack, worker: int) -> bool:
    """Whether this process has any partition."""
    return any(str(worker) in row[0].split("-") for row in stack.fetch("SELECT lease_owner FROM readings_fence"))


@contextmanager
def stopped(*processes: int) -> Iterator[None]:
    """They hang meanwhile, and go on afterwards as if nothing had happened."""
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def sum_figure(house: House, name: str) -> float:
    """A counter of all workers that answer; one that was killed begins at 0."""
    total = 0.0
    for role, address in house.server.roles.items():
        if role.startswith("worker"):
            with contextlib.suppress(OSError):
                lines = Api(address.rstrip("/")).raw("GET", "/metrics")[1].decode().splitlines()
                total += sum(float(line.split()[-1]) for line in lines if line.startswith(f"belvedere_{name}_total"))
    return total


def are_ready(house: House, role: str, count: int) -> bool:
    """Whether so many processes of this role say that they are ready."""
    ready = 0
    for name, address in house.server.roles.items():
        if name.startswith(role):
            with contextlib.suppress(OSError):
                ready += Api(address.rstrip("/")).raw("GET", "/readyz")[0] == 200
    return ready == count


def end_leases(stack: Stack) -> None:
    """Whoever asks first has the partitions: a test need not wait until the lease of a dead worker ends."""
    stack.execute("UPDATE readings_fence SET lease_owner='', lease_until=NULL")


class Role:
    """One more process, beside those of `belvedere up`. url: where it answers."""

    def __init__(self, name: str, environment: dict[str, str], folder: Path, *options: str) -> None:
        ready = folder / f"{name}.json"
        command = [str(PROGRAM), name, "--data-dir", str(folder), "--ready-file", str(ready), "--port", "0", *options]
        with (folder / f"{name}.log").open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **environment})
        deadline = time.monotonic() + START_SECONDS
        while not ready.exists():
            said = (folder / f"{name}.log").read_text()[-1500:]
            assert self.process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.05)
        self.url: str = json.loads(ready.read_text())["url"].rstrip("/")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


@contextmanager
def started(name: str, environment: dict[str, str], folder: Path) -> Iterator[str]:
    """One more process of a role; gives its address."""
    role = Role(name, environment, folder)
    try:
        yield role.url
    finally:
        role.stop()
