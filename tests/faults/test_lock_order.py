"""Locks on a database that has them by row: people, owners and the drain at once, on a real MariaDB."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mariadb import is_installed, mariadb

TOP = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.faults


@pytest.mark.timeout(600)
@pytest.mark.skipif(not is_installed(), reason="needs Debian's mariadb-server")
def test_people_owners_and_the_drain_get_along_on_mariadb(tmp_path: Path) -> None:
    suite = "belvedere/alerts/tests/test_lock_order.py"
    command = [sys.executable, "-m", "pytest", "-q", "-rs", suite, "-k", "never_wait_in_a_circle"]
    with mariadb(tmp_path) as url:
        environment = {**os.environ, "BELVEDERE_TEST_DATABASE": url}
        run = subprocess.run(command, cwd=TOP, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "skipped" not in run.stdout
