"""A MariaDB server of one's own, on a free port, with its files in a folder that the caller removes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster.process import ServerProcess


def is_installed() -> bool:
    """Whether Debian's mariadb-server is there."""
    return shutil.which("mariadbd") is not None and shutil.which("mariadb-install-db") is not None


class MariaDbServer(ServerProcess):
    """`kill` and `start` keep what was committed. durable: whether a commit waits for the disk."""

    name = "mariadb"
    start_seconds = 60.0

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        super().__init__(folder)
        self._durable = durable
        self.url = f"mysql://root@127.0.0.1:{self.port}/belvedere"
        # An account without a password: the server listens on loopback only, and lives as long as the tests.
        setup = ["mariadb-install-db", "--no-defaults", f"--datadir={folder / 'data'}"]
        setup += ["--auth-root-authentication-method=normal", "--skip-test-db", *_as_root()]
        subprocess.run(setup, check=True, capture_output=True)
        self.start()

    def command(self) -> list[str]:
        """Of one server."""
        folder = self._folder
        command = ["mariadbd", "--no-defaults", f"--datadir={folder / 'data'}", f"--socket={folder / 'socket'}"]
        command += [*_as_root(), "--bind-address=127.0.0.1", f"--port={self.port}", f"--pid-file={folder / 'pid'}"]
        command += ["--innodb-print-all-deadlocks=1"]
        if not self._durable:  # nothing of this need survive a power cut; a kill leaves what the system was given
            command += ["--innodb-flush-log-at-trx-commit=2", "--innodb-flush-method=nosync"]
        return command


@contextmanager
def mariadb(folder: Path, *, durable: bool = False) -> Iterator[str]:
    """Run the server; gives the URL for BELVEDERE_TEST_DATABASE."""
    server = MariaDbServer(folder, durable=durable)
    try:
        yield server.url
    finally:
        server.stop()


def _as_root() -> list[str]:
    return ["--user=root"] if os.geteuid() == 0 else []  # as root it wants to be told that this is meant
