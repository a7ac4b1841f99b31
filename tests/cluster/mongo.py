"""A MongoDB-compatible server (SecantusDB) of one's own, on a free port, with its files in a folder of the caller's.

Debian and the package registries have no MongoDB. What the store uses of it is plain
(readings/store/cluster/mongo.py).
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

START_SECONDS = 30.0


def is_installed() -> bool:
    """Whether the package is there."""
    return find_spec("secantus") is not None


class MongoServer:
    """Runs from its making until `stop`; `kill` and `start` in between keep the port and what was acknowledged."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        """durable: whether it waits for its disk before it answers, which takes 11 ms a write."""
        self._folder = folder
        self._durable = durable
        self.port = _free_port()
        self.url = f"mongodb://127.0.0.1:{self.port}/belvedere?directConnection=true"
        self.start()

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    def start(self) -> None:
        """Start it, with what it had."""
        program = Path(sys.executable).parent / "secantusd-py"
        command = [
            str(program),
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--storage-path",
            str(self._folder / "data"),
        ]
        command += ["--cache-size", "128M", "--log-level", "WARNING", "--standalone"]
        command += ["--sync-on-commit"] if self._durable else []
        with (self._folder / "mongo.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder)
        self._wait_until_it_listens()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(30)

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"The MongoDB-compatible server did not start: {(self._folder / 'mongo.log').read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
