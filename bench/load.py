"""Runs the load generator, load.c, which is compiled once a run."""

from __future__ import annotations

import atexit
import functools
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

DAY_MS = 86_400_000


class LoadError(Exception):
    """The generator could not run or gave up; the sentence says why."""

    permanent = True


class Result(NamedTuple):
    """rate: acknowledged messages a second from the first connection on; *_ms: from publish to PUBACK."""

    messages: int
    seconds: float
    rate: float
    connect_seconds: float
    total_seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float


@functools.cache
def compile_generator() -> Path:
    """Compile the generator where needed; gives its path. Raises LoadError."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if not compiler:
        raise LoadError("needs a C compiler (gcc) for the load generator")
    folder = Path(tempfile.mkdtemp(prefix="belvedere-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    target = folder / "load"
    source = Path(__file__).with_name("load.c")
    done = subprocess.run([compiler, "-O2", "-o", target, source], capture_output=True, text=True, check=False)
    if done.returncode:
        raise LoadError(f"the load generator does not compile: {done.stderr[-300:]}")
    return target


class Clock:
    """Hands out times for readings, so that no run sends a time that another has sent, and all are in the past."""

    def __init__(self, days_ago: float = 20.0) -> None:
        self._next_ms = int(time.time() * 1000 - days_ago * DAY_MS)

    def take(self, readings: int, step_ms: int) -> int:
        """The first time of `readings` times that are `step_ms` apart."""
        first = self._next_ms
        self._next_ms += readings * step_ms
        return first


class Load:
    """The devices of one server (or peer)."""

    def __init__(self, port: int, secrets: Mapping[str, str], folder: Path, clock: Clock | None = None) -> None:
        self.port = port
        self.devices = len(secrets)
        self.clock = clock or Clock()
        self.credentials = folder / f"credentials-{port}-{len(secrets)}"
        self.credentials.write_text("".join(f"{device} {secret}\n" for device, secret in secrets.items()))

    def start(
        self,
        messages: int,
        *,
        devices: int = 0,
        window: int = 2000,
        rate: float = 0,
        batch: int = 1,
        metrics: int = 2,
        step_ms: int = 250,
        first_ms: int | None = None,
        connecting: int = 0,
    ) -> subprocess.Popen[str]:
        """Begin sending; read the result with `finish`.

        connecting: how many devices connect at the same time, before any of them sends; 0 = all, as after a power cut.
        """
        devices = devices or self.devices
        readings = -(-messages // devices) * batch
        base = self.clock.take(readings, step_ms) if first_ms is None else first_ms
        numbers = (devices, messages, window, rate, batch, metrics, base, step_ms, connecting)
        return subprocess.Popen(
            [compile_generator(), str(self.port), self.credentials, *map(str, numbers)],
            stdout=subprocess.PIPE,
            text=True,
        )

    @staticmethod
    def wait_until_connected(process: subprocess.Popen[str]) -> None:
        """Wait for what was started with `connecting`, until all devices are connected, or it has ended."""
        assert process.stdout
        process.stdout.readline()

    @staticmethod
    def finish(process: subprocess.Popen[str], timeout_seconds: float = 900) -> Result:
        """Wait for the result. Raises LoadError."""
        try:
            out, _ = process.communicate(timeout=timeout_seconds)
        except subprocess.TimeoutExpired as error:
            process.kill()
            process.wait()
            raise LoadError(f"the load did not end in {timeout_seconds} s") from error
        told = (
            json.loads(out.splitlines()[-1]) if out.strip() else {"error": f"the load ended with {process.returncode}"}
        )
        if "error" in told:
            raise LoadError(str(told["error"]))
        return Result(**told)

    def run(self, messages: int, **options: float) -> Result:
        """Send and wait. Options as of `start`."""
        return self.finish(self.start(messages, **options))  # type: ignore[arg-type]  # the same names, all numbers
