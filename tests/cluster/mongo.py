"""A MongoDB-compatible server (SecantusDB) of one's own, on a free port, with its files in a folder of the caller's.

Debian and the package registries have no MongoDB. What the store uses of it is plain
(readings/store/cluster/mongo.py).
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from tests.cluster.process import ServerProcess


def is_installed() -> bool:
    """Whether the package is there."""
    return find_spec("secantus") is not None


class MongoServer(ServerProcess):
    """`kill` and `start` keep what was acknowledged."""

    name = "mongo"

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        """durable: whether it waits for its disk before it answers, which takes 11 ms a write."""
        super().__init__(folder)
        self._durable = durable
        self.url = f"mongodb://127.0.0.1:{self.port}/belvedere?directConnection=true"
        self.start()

    def command(self) -> list[str]:
        """Of SecantusDB."""
        program = Path(sys.executable).parent / "secantusd-py"
        command = [str(program), "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--storage-path", str(self._folder / "data"), "--cache-size", "128M"]
        command += ["--log-level", "WARNING", "--standalone"]
        return command + (["--sync-on-commit"] if self._durable else [])
