"""A server that a test starts: one process on a port of its own, which can be killed and started again."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path


def free_port() -> int:
    """Return a port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def free_neighbours() -> int:
    """Return a port that is free with its next one, below those that the system gives to anybody who asks for any."""
    while True:
        first = random.randrange(20_000, 32_000)
        with socket.socket() as one, socket.socket() as other, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", first))
            other.bind(("127.0.0.1", first + 1))
            return first


async def until_it_listens(port: int, seconds: float = 30.0) -> None:
    """Wait until something answers at a port of loopback. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


class ServerProcess(ABC):
    """Runs from `start` until `stop`; `kill` and `start` in between keep the port and what the server has kept.

    name: for errors and the log in its folder, which the caller removes.
    """

    name: str
    start_seconds = 30.0
    stop_seconds = 30.0

    _process: subprocess.Popen[bytes] | None = None

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()

    @property
    def pid(self) -> int:
        """Of its process."""
        assert self._process
        return self._process.pid

    @abstractmethod
    def command(self) -> list[str]:
        """Return what starts it."""

    def start(self) -> None:
        """Start it, with what it had, and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self.command(), stdout=log, stderr=log, cwd=self._folder)
        deadline = time.monotonic() + self.start_seconds
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if self.answers():
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError(f"{self.name} did not start: {self._log.read_text()[-2000:]}")

    def answers(self) -> bool:
        """Return whether it can be used. Raises OSError while it does not listen."""
        socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        return True

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """End it."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    @property
    def _log(self) -> Path:
        return self._folder / f"{self.name}.log"
