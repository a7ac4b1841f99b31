"""The cluster's store as a subject of the contract: a partition on a real MariaDB and a MongoDB-compatible server."""

from __future__ import annotations

import atexit
import itertools
import tempfile
from collections.abc import Callable, Set
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pymysql
import pytest
from hypothesis import Phase, settings

from belvedere.domain.clock import ServerClock
from belvedere.readings.store.cluster.mongo import Mongo
from belvedere.readings.store.cluster.mysql import MySql
from belvedere.readings.store.cluster.pace import Pace
from belvedere.readings.store.cluster.retention import Retention
from belvedere.readings.store.cluster.schema import create_tables
from belvedere.readings.store.cluster.store import ClusterStore
from belvedere.readings.store.port import Keep
from tests.cluster import mongo
from tests.cluster.mongo import MongoServer
from tests.contract.subject import Deleted, Kept, StoreSubject
from tests.mariadb import is_installed, mariadb

PARTITIONS = 2_000  # each subject has one of its own: made once, they take 0.1 s
RESTLESS = Pace(share=1.0)

# Each step asks real servers some forty times: few steps are tried, and a failure is told as it was found.
FEW = settings(max_examples=5, stateful_step_count=20, deadline=None, phases=[Phase.explicit, Phase.generate])


class Servers(NamedTuple):
    """What runs until the tests end."""

    mysql: MySql
    mysql_url: str
    mongo_url: str


def are_installed() -> bool:
    """Whether both servers are there."""
    return is_installed() and mongo.is_installed()


needs_servers = pytest.mark.skipif(not are_installed(), reason="needs mariadb-server and SecantusDB")


@cache
def servers() -> Servers:
    """Both, started by the first who asks."""
    stack = ExitStack()
    atexit.register(stack.close)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="belvedere-stores-")))
    (folder / "mariadb").mkdir()
    (folder / "mongo").mkdir()
    url = stack.enter_context(mariadb(folder / "mariadb"))
    server = MongoServer(folder / "mongo", durable=False)
    stack.callback(server.stop)
    create_database(url)
    mysql = MySql(url)
    create_tables(mysql, PARTITIONS)
    return Servers(mysql, url, server.url)


def create_database(url: str) -> None:
    port = int(url.rpartition(":")[2].partition("/")[0])
    with pymysql.connect(host="127.0.0.1", port=port, user="root") as connection:
        connection.cursor().execute("CREATE DATABASE belvedere")


_free = itertools.count()


def get_free_partition() -> int:
    """Return a partition that no other test has."""
    return next(_free)


class ClusterSubject(StoreSubject[ClusterStore]):
    """One partition; a series of another subject has the same number, so each has a database of its own in MongoDB."""

    def __init__(self, _folder: Path | None) -> None:
        self._partition = get_free_partition()
        self._mysql, _, url = servers()
        self.mongo = Mongo(url.replace("/belvedere?", f"/partition{self._partition}?"), journal=False)
        for table in ("readings_quarantine", "readings_refused"):  # by device, not by partition
            self._mysql.execute(f"DELETE FROM {table}")
        self.store = self._opened()

    def _opened(self) -> ClusterStore:
        store = ClusterStore(self._partition, self._mysql, self.mongo, pace=RESTLESS)
        store.open()
        return store

    def kill(self) -> None:
        self.store = self._opened()

    def move_a_little(self) -> None:
        memory = self.store.memory
        if memory.frozen is None and memory.active.rows:
            self.store.fold.freeze()
        elif memory.frozen is not None:
            self.store.fold.step(0.0)

    def move_all(self) -> None:
        self.store.fold.move_all()

    def maintain(
        self, now_ms: int, keep: dict[int, Keep], deleted: Set[int] = frozenset(), clock: ServerClock | None = None
    ) -> None:
        self.move_all()
        super().maintain(now_ms, keep, deleted, clock)

    def _set_retention(self, keep: Kept, deleted: Deleted, clock: ServerClock, monotonic: Callable[[], float]) -> None:
        store = self.store
        parts = (store.fence, store.memory, store.tables, store.lookup.forget, RESTLESS)
        store.retention = Retention(*parts, keep, deleted, clock, monotonic)

    def end(self) -> None:
        self.store.close()
        self.mongo.close()
