"""A Redis server of one's own, on a free port, with its files in a folder that the caller removes."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

from tests.cluster.process import ServerProcess


def is_installed() -> bool:
    """Whether Debian's redis-server is there."""
    return shutil.which("redis-server") is not None


class RedisServer(ServerProcess):
    """`kill` and `start` keep what was saved."""

    name = "redis"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def command(self) -> list[str]:
        """Nothing is saved unasked: what a test wants to find after a restart, it saves itself."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder), "--save", ""]
        return ["redis-server", *options]

    def answers(self) -> bool:
        """Return whether it has loaded what was saved."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=1) as probe:
            probe.sendall(b"PING\r\n")
            return probe.recv(64).startswith(b"+PONG")
