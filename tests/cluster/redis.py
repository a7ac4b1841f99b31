"""A Redis server of one's own, on a free port, with its files in a folder that the caller removes."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

START_SECONDS = 20.0


def is_installed() -> bool:
    """Whether Debian's redis-server is there."""
    return shutil.which("redis-server") is not None


class RedisServer:
    """Runs from its making until `stop`; `kill` and `start` in between keep the port and what was saved."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = _free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    def start(self) -> None:
        """Start it, with the file that was saved last."""
        # Nothing is saved unasked: what a test wants to find after a restart, it saves itself.
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder), "--save", ""]
        log = (self._folder / "redis.log").open("ab")
        with log:
            self._process = subprocess.Popen(["redis-server", *options], stdout=log, stderr=log)
        self._wait_until_it_listens()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(10)

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as probe:
                    probe.sendall(b"PING\r\n")
                    if probe.recv(64).startswith(b"+PONG"):
                        return
            except OSError:
                pass
            time.sleep(0.02)
        raise RuntimeError(f"Redis did not start: {(self._folder / 'redis.log').read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
