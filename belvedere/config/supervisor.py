"""`belvedere up --profile cluster`: every role as a process of its own on this machine, started again where it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import structlog

from belvedere.accounts.setup_token import read_setup_token
from belvedere.config import logs
from belvedere.config.roles import SUPERVISED
from belvedere.config.serve import prepare_ready_file, write_ready
from belvedere.config.settings.env import Env, StartError, describe_unencrypted

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.1
START_SECONDS = 120.0  # of all together, on a slow machine
AGAIN_SECONDS = 1.0
LONGEST_AGAIN_SECONDS = 10.0
STABLE_SECONDS = 60.0  # after so long a process that ends is started again at once
WEB = "web"
STOP_SECONDS = 8.0  # workers finish their turn, endpoints their deliveries


class Child:
    """One role. options: beside the settings, which it inherits."""

    def __init__(self, name: str, role: str, options: Sequence[str], folder: Path) -> None:
        self.name = name
        self._role = role
        self._options = list(options)
        self._ready = folder / f"{name}.json"
        self._failures = 0
        self._started = 0.0
        self._not_before = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; what it logs goes where this process's log goes."""
        self._ready.unlink(missing_ok=True)
        self._started = time.monotonic()
        command = [sys.executable, "-m", "belvedere.config", self._role, "--ready-file", str(self._ready)]
        environment = {**os.environ, SUPERVISED: str(os.getpid()), logs.ROLE: self.name}
        self.process = subprocess.Popen(  # noqa: S603  (our own module)
            [*command, *self._options], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )

    def fix(self, option: str, value: str) -> None:
        """From its next start on this is the option's value: a port that was any free one stays."""
        if option in self._options:
            self._options[self._options.index(option) + 1] = value
        else:
            self._options += [option, value]

    def read_ready(self) -> dict[str, object] | None:
        """What it says once it serves; None before. Raises StartError where it has ended."""
        if self._ready.exists():
            facts: dict[str, object] = json.loads(self._ready.read_text(encoding="utf-8"))
            return facts
        if self.process is not None and self.process.poll() is not None:
            raise StartError(f"The {self.name} does not start (exit code {self.process.returncode}); the log says why.")
        return None

    def keep_running(self) -> None:
        """Start it again where it has ended: after a second where it served, later each time where it did not.

        What ends a role that served comes from outside, or with a record, which is put aside after some attempts:
        whoever waits for the role should not wait longer for each time that it happened before.
        """
        assert self.process is not None
        now = time.monotonic()
        if self.process.poll() is None:
            return
        if not self._not_before:
            self._failures = self._count_failures(now)
            wait = min(LONGEST_AGAIN_SECONDS, AGAIN_SECONDS * self._failures)
            log.error("role_ended", role=self.name, code=self.process.returncode, again_seconds=wait)
            self._not_before = now + wait
        if now >= self._not_before:
            self._not_before = 0.0
            self.start()

    def _count_failures(self, now: float) -> int:
        """How often it has ended in a row, as far as that is a reason to wait."""
        if now - self._started >= STABLE_SECONDS:
            return 0
        return 1 if self._ready.exists() else self._failures + 1

    def end(self, sign: int) -> None:
        """Send it a signal, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(sign)


def run_all(env: Env) -> int:
    """Run every role until SIGTERM or SIGINT. Returns the exit code."""
    logs.set_up(env.log_level, env.log_format)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    prepare_ready_file(env.ready_file)
    folder = Path(tempfile.mkdtemp(prefix="belvedere-up-"))
    children = _make_children(env, folder)
    try:
        subprocess.run([sys.executable, "-m", "belvedere.config", "migrate"], check=True, stdout=subprocess.DEVNULL)
        _start(env, children, stopping)
        while not stopping.wait(LOOK_SECONDS):
            for child in children:
                child.keep_running()
        log.info("stopping")
        return 0
    except subprocess.CalledProcessError as error:
        raise StartError("The tables and topics could not be set up; the sentence above says why.") from error
    finally:
        _stop(children)
        shutil.rmtree(folder, ignore_errors=True)


def _make_children(env: Env, folder: Path) -> list[Child]:
    """In the order of starting: endpoints, web processes, others. The first web process runs the cameras too."""
    anywhere = ["--port", "0"]
    endpoints = [
        Child(_name("endpoint", number), "endpoint", [*anywhere, "--mqtt-port", _follow(env.mqtt_port, number)], folder)
        for number in range(env.endpoints)
    ]
    webs = [
        Child(_name(WEB, number), "web" if number else "cameras", ["--port", _follow(env.port, number)], folder)
        for number in range(env.webs)
    ]
    workers = [Child(f"worker {number}", "worker", anywhere, folder) for number in range(1, env.slots + 1)]
    return [*endpoints, *webs, *workers, Child("beat", "beat", anywhere, folder)]


def _name(role: str, number: int) -> str:
    """The first is called by its role, the next `web 2`."""
    return f"{role} {number + 1}" if number else role


def _follow(port: int, number: int) -> str:
    """The port of the process with this number; any free one where the first has any."""
    return str(port and port + number)


def _start(env: Env, children: list[Child], stopping: threading.Event) -> None:
    endpoints, others = children[: env.endpoints], children[env.endpoints :]
    for child in endpoints:
        child.start()
    mqtt = {child.name: str(_wait_until_ready(child, stopping).get("mqtt", "")) for child in endpoints}
    for child in endpoints:
        child.fix("--mqtt-port", mqtt[child.name].rpartition(":")[2])
    for child in others[: env.webs]:  # their pages tell devices of the first endpoint
        child.fix("--mqtt-port", mqtt[endpoints[0].name].rpartition(":")[2])
    for child in others:
        child.start()
    urls = {child.name: str(_wait_until_ready(child, stopping).get("url", "")) for child in children}
    for child in children:
        child.fix("--port", urls[child.name].rpartition(":")[2])
    if not stopping.is_set():
        _announce(env, urls, mqtt)


def _wait_until_ready(child: Child, stopping: threading.Event) -> dict[str, object]:
    deadline = time.monotonic() + START_SECONDS
    while not stopping.wait(LOOK_SECONDS):
        facts = child.read_ready()
        if facts is not None:
            return facts
        if time.monotonic() > deadline:
            raise StartError(
                f"The {child.name} is not ready after {START_SECONDS:.0f} s; the log says what it waits for."
            )
    return {}


def _announce(env: Env, urls: dict[str, str], mqtt: dict[str, str]) -> None:
    """urls: of each process, which answers operators there. mqtt: where each endpoint takes devices."""
    url, first = urls[WEB], next(iter(mqtt.values()))
    webs = [address for name, address in urls.items() if name.partition(" ")[0] == WEB]
    log.info("ready", url=url, mqtt=first)
    print(f"Belvedere: {', '.join(webs)}  (MQTT: {', '.join(mqtt.values())})", flush=True)
    for sentence in describe_unencrypted(env):
        print(f"Warning: {sentence}", flush=True)
    token = None if env.setup_token else read_setup_token(env.data_dir)
    if token is not None:
        print(f"Mã thiết lập / Set-up code: {token}", flush=True)
    if env.ready_file is not None:
        facts = {"url": url, "mqtt": first, "pid": os.getpid(), "roles": urls, "endpoints": mqtt}
        write_ready(env.ready_file, facts)


def _stop(children: list[Child]) -> None:
    """Ask all, then end by force whoever has not ended."""
    for child in children:
        child.end(signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        if child.process is not None:
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.error("stop_took_too_long", role=child.name)
                child.process.kill()
                child.process.wait()
