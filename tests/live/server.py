"""The whole program as a user starts it: `belvedere up` as a child process, on free ports, in a temporary folder.

With BELVEDERE_PROFILE=cluster it is every role of the cluster profile, on servers of its own: two endpoints behind
HAProxy, two web processes, which clients of the API ask by turns (a browser stays with the first).
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from belvedere.readings.latest.port import TICK_SECONDS
from belvedere.simulator.api import Api, make_basic_auth
from tests.cluster import haproxy
from tests.cluster.haproxy import HaproxyServer
from tests.cluster.process import free_neighbours
from tests.cluster.stack import SETUP_TOKEN, Stack
from tests.cluster.stacks import return_stack, take_stack

PROGRAM = Path(sys.executable).with_name("belvedere")
PASSWORD = "correct-horse-42-battery"
SITE = "farm"
PROFILE = os.environ.get("TESTED_PROFILE") or os.environ.get("BELVEDERE_PROFILE", "embedded")


_EMPTY_REGISTRY: list[bytes] = []  # belvedere.db as the first new folder of this run had it, once it is known


class NotReady(AssertionError):
    """The program did not start; the end of its log says why."""


@dataclass
class Server:
    """One installation. Ports stay the same over restarts once they are known.

    before: words put before the command, as of strace. environment: added to the program's own.
    profile: embedded or cluster. stack: the servers that the cluster stands on; without one it takes one at its first
    start, and gives that back at its end. roles: the addresses of its processes, while it runs; endpoints: those for
    devices.
    program: the command; another checkout's, to compare with.
    from_empty: make the registry's tables as a first start does. Without it, only the first new folder of a run of
    tests does that; the others are given a copy of them, because it is most of what a first start computes.
    """

    data: Path
    before: Sequence[str] = ()
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    mqtt_port: int = 0
    pid: int = 0
    roles: dict[str, str] = field(default_factory=dict)
    endpoints: dict[str, str] = field(default_factory=dict)
    seconds_to_ready: float = 0.0
    from_empty: bool = False
    program: Path = PROGRAM
    profile: str = PROFILE
    stack: Stack | None = None
    process: subprocess.Popen[bytes] | None = None
    _taken: Stack | None = None
    _balancer: HaproxyServer | None = None

    @property
    def url(self) -> str:
        """Address of the API and the dashboard."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """The environment that its processes get, and commands beside it need."""
        servers = {"BELVEDERE_PROFILE": self.profile} if self.stack is None else self.stack.environment
        several = {"BELVEDERE_ENDPOINTS": "2", "BELVEDERE_WEBS": "2"} if self._balancer else {}
        if self._balancer:
            several["BELVEDERE_MQTT_PUBLIC"] = f"mqtt://127.0.0.1:{self._balancer.port}"
        return {**os.environ, **servers, **several, **self.environment, "BELVEDERE_DATA_DIR": str(self.data)}

    @property
    def log(self) -> str:
        """What the program wrote so far."""
        return (self.data.parent / f"{self.data.name}.log").read_text(errors="replace")

    def start(self, timeout_seconds: float = 180) -> Server:
        """Start, and wait until it serves. Raises NotReady."""
        ready = self.data.parent / f"{self.data.name}.ready.json"
        ready.unlink(missing_ok=True)
        is_new = self.profile == "embedded" and not self.data.exists()
        if self.profile == "cluster" and self.stack is None:
            self.stack = self._taken = take_stack()
        if self.profile == "cluster" and not self.data.exists():
            self.data.mkdir(parents=True, mode=0o700)
        if self._balancer is None and self._wants_balancer():
            self._balancer = HaproxyServer(Path(tempfile.mkdtemp(prefix="belvedere-haproxy-")))
            self.port = free_neighbours()
        if is_new and not self.from_empty and _EMPTY_REGISTRY:
            self.data.mkdir(parents=True, mode=0o700)
            registry = self.data / "belvedere.db"
            registry.touch(0o600)
            registry.write_bytes(_EMPTY_REGISTRY[0])
        command = [*self.before, str(self.program), "up", "--data-dir", str(self.data), "--ready-file", str(ready)]
        command += ["--port", str(self.port), "--mqtt-port", "0" if self._balancer else str(self.mqtt_port)]
        begun = time.monotonic()
        with (self.data.parent / f"{self.data.name}.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, env=self.settings)
        while not ready.exists():
            if self.process.poll() is not None:
                raise NotReady(f"ended with {self.process.returncode} while starting: {self.log[-1500:]}")
            if time.monotonic() - begun > timeout_seconds:
                self.kill()
                raise NotReady(f"not ready after {timeout_seconds} s: {self.log[-1500:]}")
            time.sleep(0.01)
        self.seconds_to_ready = time.monotonic() - begun
        told = json.loads(ready.read_text())
        self.port, self.mqtt_port = _port_of(told["url"]), _port_of(told["mqtt"])
        self.pid = int(told["pid"])
        self.roles, self.endpoints = told.get("roles", {}), told.get("endpoints", {})
        if self._balancer:
            self._start(self._balancer)
        if is_new and not _EMPTY_REGISTRY:
            _EMPTY_REGISTRY.append(_copy_database(self.data / "belvedere.db"))
        return self

    def _wants_balancer(self) -> bool:
        """Where the outside suites are run on the cluster; not in a test that lets endpoints speak TLS themselves."""
        return PROFILE == "cluster" and haproxy.is_installed() and "BELVEDERE_TLS_CERT" not in self.environment

    def _start(self, balancer: HaproxyServer) -> None:
        """Let devices come to the endpoints that have just been started."""
        health = [_port_of(self.roles[name]) for name in self.endpoints]
        balancer.point_at([_port_of(address) for address in self.endpoints.values()], health)
        balancer.start()
        self.mqtt_port = balancer.port

    def kill(self) -> None:
        """kill -9, as the kernel's out-of-memory killer would; children are left to notice by themselves.

        Of the cluster all roles are killed, as when a machine goes: tests/cluster kills them one by one.
        """
        assert self.process
        if self.profile == "cluster":
            os.killpg(self.process.pid, signal.SIGKILL)
        for pid in {self.pid, self.process.pid} - {0}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(30)
        if self._balancer:
            self._balancer.kill()

    def stop(self, timeout_seconds: float = 30) -> float:
        """Ask it to stop (SIGTERM); the seconds it took."""
        assert self.process
        begun = time.monotonic()
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout_seconds)
        seconds = time.monotonic() - begun
        if self._balancer:
            self._balancer.stop()
        return seconds

    def close(self) -> None:
        """Leave nothing running and nothing on the disk."""
        if self.process and self.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.stop()
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(60)
        shutil.rmtree(self.data, ignore_errors=True)
        if self._balancer is not None:
            self._balancer.remove()
            self._balancer = None
        if self._taken is not None:
            return_stack(self._taken)
            self.stack = self._taken = None

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            # A fault that comes once in many runs is only found by what the program said meanwhile.
            print(f"--- the end of {self.data.name}.log ---\n{self.log[-6000:]}")
        self.close()

    def setup_token(self) -> str:
        """As the owner reads it in the terminal; the cluster is given one."""
        if self.profile == "cluster":
            return SETUP_TOKEN
        command = [str(self.program), "setup-token", "--data-dir", str(self.data)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        return done.stdout.split()[-1]

    def make_api(self) -> Api:
        """A client of nobody yet."""
        return Api(self.url) if self.stack is None else _SettledApi(self, self.stack)

    def list_webs(self) -> list[str]:
        """Where a client may ask: every web process, where a balancer stands before them."""
        return [self.roles[name] for name in self.roles if name.startswith("web")] if self._balancer else [self.url]

    def readyz(self) -> tuple[int, str]:
        """Status and body of /readyz."""
        status, body, _ = Api(self.url).raw("GET", "/readyz")
        return status, body.decode()

    def metrics(self) -> str:
        """The lines of /metrics, of a cluster those of all roles."""
        addresses = self.roles.values() or (self.url,)
        return "\n".join(Api(address).raw("GET", "/metrics")[1].decode() for address in addresses)


def _port_of(address: str) -> int:
    return int(address.rstrip("/").rsplit(":", 1)[-1])


def _copy_database(path: Path) -> bytes:
    """A database while it is in use, with what stands in its log only."""
    with contextlib.closing(sqlite3.connect(path)) as source, contextlib.closing(sqlite3.connect(":memory:")) as copy:
        source.backup(copy)
        return copy.serialize()


class _SettledApi(Api):
    """Reads what was acknowledged before: in a cluster that is durable at once, and visible once a worker had it.

    It asks the web processes by turns: no page belongs to one of them.
    """

    def __init__(self, server: Server, stack: Stack) -> None:
        super().__init__(server.url)
        self._server = server
        self._stack = stack
        self._turns = itertools.count()

    def raw(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes, dict[str, str]]:
        """As of every client, but later."""
        if method != "GET" or not path.startswith("/api/"):
            return super().raw(method, path, body, headers)
        self._stack.settle()
        webs = self._server.list_webs()
        # How a camera is, the process that runs the media server knows.
        turn = 0 if path.startswith("/api/v1/cameras") else next(self._turns)
        there = Api(webs[turn % len(webs)], self.token)
        there.cookies, there._open = self.cookies, self._open
        return there.raw(method, path, body, headers)


@dataclass
class House:
    """A server after first-run set-up: Alice owns the site `farm`, `api` holds her token."""

    server: Server
    api: Api
    secrets: dict[str, str]

    def add_device(self, device: str) -> str:
        """Create it; returns its secret."""
        body = {"site": SITE, "id": device, "name": f"Device {device}"}
        secret: str = self.api.post("devices", body)["secret"]
        self.secrets[device] = secret
        return secret

    def add_member(self, name: str, role: str) -> Api:
        """Somebody with the common password, and their own token."""
        person = {"username": name, "name": name.title(), "password": PASSWORD, "role": role}
        self.api.post(f"sites/{SITE}/members", person)
        theirs = self.server.make_api()
        theirs.post("session", {"username": name, "password": PASSWORD})
        theirs.token = theirs.post("tokens", {"name": "tests"})["token"]
        return theirs

    def ingest(self, device: str, *readings: tuple[int, dict[str, float]]) -> None:
        """Readings over HTTP: (ts_ms, metric -> value)."""
        body = {"readings": [{"ts": ts_ms, "values": values} for ts_ms, values in readings]}
        auth = make_basic_auth(device, self.secrets[device])
        status, told, _ = self.api.raw("POST", "/api/v1/ingest", json.dumps(body).encode(), auth)
        assert status == 200, told

    def add_rule(self, metric: str = "temperature", device: str | None = None, **condition: Any) -> dict[str, Any]:
        """Too hot above 35, over below 34, unless told otherwise."""
        condition = condition or {"kind": "above", "level": 35, "clear": 34, "for_seconds": 0}
        body = {"site": SITE, "name": f"Rule on {metric}", "metric": metric, "device": device}
        rule: dict[str, Any] = self.api.post("rules", {**body, "severity": "critical", "condition": condition})
        return rule

    def series_of(self, device: str) -> dict[str, int]:
        """Metric -> series id."""
        return {row["metric"]: row["id"] for row in self.api.get(f"sites/{SITE}/series") if row["device"] == device}

    def latest(self, device: str) -> dict[str, tuple[int, float]]:
        """Metric -> (ts_ms, value), as the dashboard polls it: what was acknowledged shows within a tick."""
        time.sleep(1.1 * TICK_SECONDS)
        found = {row[0]: (row[1], row[2]) for row in self.api.get(f"sites/{SITE}/snapshot")["series"]}
        return {metric: found[number] for metric, number in self.series_of(device).items() if number in found}

    def until_latest(self, device: str, wanted: dict[str, tuple[int, float]]) -> None:
        """Wait until the poll shows exactly this; fails with what it shows instead."""
        end = time.monotonic() + 30
        while (shown := self.latest(device)) != wanted:
            assert time.monotonic() < end, shown

    def csv(self, series: int, from_ms: int, to_ms: int) -> list[tuple[int, float]]:
        """(ts_ms, value) of the export, in its order."""
        path = f"/api/v1/series/{series}/readings.csv?from={from_ms}&to={to_ms}"
        status, body, _ = self.api.raw("GET", path)
        assert status == 200, body[:300]
        rows = [line.split(",") for line in body.decode().splitlines()]
        assert rows[0] == ["ts_ms", "time", "value"]
        return [(int(row[0]), float(row[2])) for row in rows[1:]]

    def events(self, after: int = 0) -> list[dict[str, Any]]:
        """The whole event log after a sequence number."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.api.get(f"alerts/events?site={SITE}&after={after}&limit=500")
            found += page["events"]
            if not page["events"]:
                return found
            after = page["events"][-1]["seq"]


def set_up(server: Server, devices: int = 1) -> House:
    """First-run set-up with devices d0, d1, ..."""
    api = server.make_api()
    site = {"slug": SITE, "name": "Trang trại", "timezone": "Asia/Ho_Chi_Minh"}
    api.post("setup", {"token": server.setup_token(), "username": "alice", "password": PASSWORD, "site": site})
    api.token = api.post("tokens", {"name": "tests"})["token"]
    house = House(server, api, {})
    for n in range(devices):
        house.add_device(f"d{n}")
    return house
