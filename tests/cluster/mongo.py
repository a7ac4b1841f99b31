"""A MongoDB-compatible server of one's own, on a free port, with its files in a folder of the caller's.

Debian and the package registries have no MongoDB, so it is SecantusDB, or with BELVEDERE_TEST_MONGO=/path/to/mongod or
/path/to/ferretdb (1.x, with SQLite) that program. What the store uses of it is plain (readings/store/cluster/mongo.py).
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from tests.cluster.process import ServerProcess

PROGRAM = os.environ.get("BELVEDERE_TEST_MONGO", "")


def is_installed() -> bool:
    """Whether the named program or the package is there."""
    return Path(PROGRAM).is_file() if PROGRAM else find_spec("secantus") is not None


class MongoServer(ServerProcess):
    """`kill` and `start` keep what was acknowledged."""

    name = "mongo"

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        """durable: whether SecantusDB waits for its disk before it answers, which takes 11 ms a write."""
        super().__init__(folder)
        self._durable = durable
        self.url = f"mongodb://127.0.0.1:{self.port}/belvedere?directConnection=true"
        self.start()

    def command(self) -> list[str]:
        """Of the server that was asked for."""
        (self._folder / "data").mkdir(exist_ok=True)
        if not PROGRAM:
            return self._make_secantus_command()
        return self._make_ferret_command() if Path(PROGRAM).name == "ferretdb" else self._make_mongod_command()

    def _make_secantus_command(self) -> list[str]:
        program = Path(sys.executable).parent / "secantusd-py"
        command = [str(program), "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--storage-path", str(self._folder / "data"), "--cache-size", "128M"]
        command += ["--log-level", "WARNING", "--standalone"]
        return command + (["--sync-on-commit"] if self._durable else [])

    def _make_ferret_command(self) -> list[str]:
        files = self._folder / "data"
        command = [PROGRAM, "--handler=sqlite", f"--sqlite-url=file:{files}/", f"--state-dir={files}"]
        command += [f"--listen-addr=127.0.0.1:{self.port}", "--debug-addr=-"]
        return [*command, "--telemetry=disable", "--log-level=ERROR"]

    def _make_mongod_command(self) -> list[str]:
        files = str(self._folder / "data")
        return [PROGRAM, "--dbpath", files, "--bind_ip", "127.0.0.1", "--port", str(self.port), "--quiet"]
