"""The fold of the cluster's store alone: how many series a second go from MySQL's log into MongoDB."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pymysql

from belvedere.readings.store.cluster.mongo import Mongo
from belvedere.readings.store.cluster.mysql import MySql
from belvedere.readings.store.cluster.pace import Pace
from belvedere.readings.store.cluster.schema import create_tables
from belvedere.readings.store.cluster.store import ClusterStore
from bench.report import Row
from tests.cluster.mongo import MongoServer
from tests.mariadb import mariadb

READINGS = 30  # of a series between two folds, as at one in 10 s
STEP_MS = 10_000
HOUR_MS = 3_600_000


def measure_folds(series: int, durable: bool) -> Row:
    """Fold twice, into no documents and into those of the same hour, and time the second one.

    durable: whether each statement waits for the disk, which MongoDB's own server does once for all of a command.
    """
    pace = Pace()
    with _open_store(durable, pace) as store:
        start_ms = int(time.time() * 1000) // HOUR_MS * HOUR_MS
        for at in range(2):
            _add(store, series, start_ms + at * READINGS * STEP_MS)
            begun, spent = time.monotonic(), time.process_time()
            store.fold.move_all()
            seconds, cpu = time.monotonic() - begun, time.process_time() - spent
    what = f"fold, {'each' if durable else 'no'} document waits for the disk"
    note = f"{cpu / series * 1e3:.2f} ms of a processor in the worker, {pace.series_at_once} series at once"
    return Row(what, "series/s", [series / seconds], note=note)


@contextlib.contextmanager
def _open_store(durable: bool, pace: Pace) -> Iterator[ClusterStore]:
    with tempfile.TemporaryDirectory(prefix="belvedere-fold-") as name, contextlib.ExitStack() as ending:
        folder = Path(name)
        for part in ("mariadb", "mongo"):
            (folder / part).mkdir()
        url = ending.enter_context(mariadb(folder / "mariadb", durable=durable))
        with pymysql.connect(
            host="127.0.0.1", port=int(url.rpartition(":")[2].partition("/")[0]), user="root"
        ) as connection:
            connection.cursor().execute("CREATE DATABASE belvedere")
        server = MongoServer(folder / "mongo", durable=durable)
        ending.callback(server.stop)
        mysql, mongo = MySql(url), Mongo(server.url, journal=durable)
        ending.callback(mongo.close)
        create_tables(mysql, 1)
        store = ClusterStore(0, mysql, mongo, pace=pace)
        store.open()
        yield store


def _add(store: ClusterStore, series: int, start_ms: int) -> None:
    for step in range(READINGS):
        batch = store.stage()
        for one in range(1, series + 1):
            batch.add(one, start_ms + step * STEP_MS, 20 + (one + step) % 70 / 10)
        store.commit(batch)
