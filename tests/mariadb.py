"""A MariaDB server of one's own, on a free port, with its files in a folder that the caller removes."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster.process import free_port

START_SECONDS = 60.0


def is_installed() -> bool:
    """Whether Debian's mariadb-server is there."""
    return shutil.which("mariadbd") is not None and shutil.which("mariadb-install-db") is not None


@contextmanager
def mariadb(folder: Path, *, durable: bool = False) -> Iterator[str]:
    """Run the server; gives the URL for BELVEDERE_TEST_DATABASE. durable: whether a commit waits for the disk."""
    data, errors = folder / "data", folder / "errors.log"
    # An account without a password: the server listens on loopback only, and lives as long as the tests.
    setup = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"]
    user = ["--user=root"] if os.geteuid() == 0 else []  # as root it wants to be told that this is meant
    subprocess.run([*setup, "--skip-test-db", *user], check=True, capture_output=True)
    port = free_port()
    command = ["mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={folder / 'socket'}", *user]
    command += ["--bind-address=127.0.0.1", f"--port={port}", f"--log-error={errors}", f"--pid-file={folder / 'pid'}"]
    command += ["--innodb-print-all-deadlocks=1"]
    if not durable:  # nothing of this need survive a power cut
        command += ["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-flush-method=nosync"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_until_it_listens(server, port, errors)
        yield f"mysql://root@127.0.0.1:{port}/belvedere"
    finally:
        server.terminate()
        server.wait(30)


def _wait_until_it_listens(server: subprocess.Popen[bytes], port: int, errors: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"MariaDB did not start: {errors.read_text()[-2000:] if errors.exists() else 'no log'}")
