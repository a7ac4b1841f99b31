"""How long records have waited for a worker, of a real MariaDB and the broker that librdkafka brings for tests."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, cast

import pytest

from belvedere.config.wiring.backlog import Backlog
from belvedere.pipeline.stream.kafka.clients import TOPIC, make_producer
from belvedere.readings.store.cluster.mysql import MySql
from belvedere.readings.store.cluster.schema import create_tables
from tests import mariadb
from tests.contract.cluster_stores import create_database

pytestmark = pytest.mark.skipif(not mariadb.is_installed(), reason="needs Debian's mariadb-server")
PARTITIONS = 4  # as that broker makes topics
PATIENCE_SECONDS = 30.0


@dataclass
class Settings:
    """What a backlog asks of the settings."""

    kafka: tuple[str, ...]
    database: str
    partitions: int = PARTITIONS


def test_the_oldest_record_that_waits_is_told_by_its_age(tmp_path_factory: pytest.TempPathFactory) -> None:
    producer = make_producer((), lambda _error: None, **{"test.mock.num.brokers": 1})
    broker = next(iter(producer.list_topics(TOPIC, timeout=PATIENCE_SECONDS).brokers.values()))
    now_ms = int(time.time() * 1000)
    for number in range(5):
        producer.produce(TOPIC, b"record", partition=1, timestamp=now_ms - 100_000 * (5 - number))
    assert producer.flush(PATIENCE_SECONDS) == 0
    with mariadb.mariadb(tmp_path_factory.mktemp("mariadb")) as url:
        create_database(url)
        mysql = MySql(url)
        create_tables(mysql, PARTITIONS)
        mysql.execute("UPDATE readings_fence SET next_offset=2 WHERE part=1")  # of the five two are processed
        backlog = Backlog(cast("Any", Settings((f"{broker.host}:{broker.port}",), url)))
        waiting = backlog.measure(backlog.count_lag())
    assert {partition: one.records for partition, one in waiting.items()} == {0: 0, 1: 3, 2: 0, 3: 0}
    assert waiting[1].seconds == pytest.approx(300, abs=60)
    assert waiting[0].seconds == 0.0
