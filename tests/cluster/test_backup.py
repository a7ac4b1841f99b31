"""docs/deploy.md, "Backup and restore": MariaDB's commands as they stand there, beside a MongoDB that has more.

Those of MongoDB are not run: its tools are no packages of Debian's.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.cluster.driving import body, list_kinds, now_ms, open_cluster, publish_all, read_stored, until
from tests.cluster.folding import fold_all
from tests.cluster.stack import Stack
from tests.live.server import House

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(300),
    pytest.mark.skipif(shutil.which("mariadb-dump") is None, reason="needs MariaDB's clients"),
]

DOCUMENT = Path(__file__).parents[2] / "docs" / "deploy.md"
IN_CONTAINER = "docker compose exec -T mariadb "
PASSWORD = "backup"  # of an account of a database that ends with the test


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A cluster of this test's own: what it loses, others would miss."""
    with open_cluster(tmp_path / "cluster") as house:
        yield house


@pytest.fixture
def stack(house: House) -> Iterator[Stack]:
    """With an account as the image makes its MARIADB_USER."""
    stack = house.server.stack
    assert stack is not None
    stack.execute(f"CREATE USER belvedere@localhost IDENTIFIED BY '{PASSWORD}'")
    stack.execute("GRANT ALL ON belvedere.* TO belvedere@localhost")
    yield stack
    stack.execute("DROP USER belvedere@localhost")


def find_command(program: str) -> str:
    """The line of the document that calls a program in the container of MariaDB, for a shell of this machine."""
    section = DOCUMENT.read_text(encoding="utf-8").split("## Backup and restore")[1].split("\n## ")[0]
    (line,) = [one for one in section.splitlines() if re.search(rf"{IN_CONTAINER}.*exec {program} ", one)]
    return line.replace(IN_CONTAINER, "")


def run_beside(stack: Stack, home: Path, command: str) -> None:
    """With the server, and the rights, that it has in the container."""
    (home / ".my.cnf").write_text(f"[client]\nsocket={stack.folder / 'mariadb' / 'socket'}\n")
    (home / "belvedere-backup").mkdir(exist_ok=True)
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "MARIADB_PASSWORD": PASSWORD}
    subprocess.run(["bash", "-c", f"set -o pipefail\n{command}"], env=environment, check=True, timeout=120)


async def test_readings_and_alerts_of_after_the_backup_come_from_kafka_once_more(
    house: House, stack: Stack, device: str, tmp_path: Path
) -> None:
    house.add_rule(device=device)
    start = now_ms() - 60_000
    readings = [(start + 100 * n, 40.0 if n == 50 else 20.0) for n in range(60)]
    bodies = [body(ts_ms, temperature=value) for ts_ms, value in readings]
    await publish_all(house, device, bodies[:20])
    await until(lambda: read_stored(house, device, start) == readings[:20], "stored")
    await fold_all(stack)
    await asyncio.to_thread(run_beside, stack, tmp_path, find_command("mariadb-dump"))

    # Some of what the backup has not is in MongoDB, some is in MariaDB alone.
    await publish_all(house, device, bodies[20:40])
    await until(lambda: read_stored(house, device, start) == readings[:40], "stored")
    await fold_all(stack)
    await publish_all(house, device, bodies[40:])
    await until(lambda: read_stored(house, device, start) == readings, "stored")
    kinds = await asyncio.to_thread(list_kinds, house, device)
    assert kinds[:1] == ["opened"]

    await asyncio.to_thread(house.server.stop)
    await asyncio.to_thread(run_beside, stack, tmp_path, find_command("mariadb"))
    assert stack.fetch("SELECT COUNT(*) FROM alerts_alert") == [(0,)]
    redis.Redis.from_url(stack.redis.url).flushall()
    await asyncio.to_thread(house.server.start)
    await until(lambda: read_stored(house, device, start) == readings, "all are there once more, once each")
    await fold_all(stack)
    assert await asyncio.to_thread(read_stored, house, device, start) == readings
    assert await asyncio.to_thread(list_kinds, house, device) == kinds
