"""Everything the cluster profile stands on: Kafka, MariaDB, Redis and a MongoDB-compatible server, on free ports."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pymongo
import pymysql
import redis as redis_client
from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from cryptography.fernet import Fernet

from belvedere.pipeline.stream.kafka.clients import DEAD_LETTERS, TOPIC
from tests import mariadb
from tests.cluster import kafka, mongo, redis
from tests.cluster.kafka import KafkaServer
from tests.cluster.mongo import MongoServer
from tests.cluster.redis import RedisServer
from tests.mariadb import MariaDbServer

CLEAR_SECONDS = 30.0
SETTLE_SECONDS = 120.0
_ALERTS_TO_COPY = (
    "SELECT COUNT(*) FROM readings_outbox o LEFT JOIN alerts_outboxcursor c ON c.store_id ="
    " CONCAT((SELECT value FROM readings_meta WHERE name = 'store_id'), ':', o.part)"
    " WHERE o.n > COALESCE(c.last_id, 0)"
)
SETUP_TOKEN = "ABCD-EFGH-JKMN-PQRS-TUVW"  # of machines that end with the test


def is_installed() -> bool:
    """Whether all of them can be started."""
    return all(one.is_installed() for one in (kafka, mongo, redis, mariadb))


@dataclass
class Stack:
    """The servers, and what a role has to be told of them."""

    folder: Path
    kafka: KafkaServer
    redis: RedisServer
    mongo: MongoServer
    mariadb: MariaDbServer
    environment: dict[str, str]
    _asking: Consumer | None = None

    def fetch(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of the database."""
        with self.connect() as connection:
            cursor = connection.cursor()
            cursor.execute(statement)
            return list(cursor.fetchall())

    def execute(self, statement: str) -> None:
        """Change something in the database behind the program's back."""
        with self.connect() as connection:
            connection.cursor().execute(statement)

    def connect(self, database: str = "belvedere") -> pymysql.Connection[Any]:
        """A connection to the database; each statement commits."""
        parts = urlsplit(self.environment["BELVEDERE_DATABASE"])
        return pymysql.connect(
            host=parts.hostname, port=parts.port or 0, user="root", database=database, autocommit=True
        )

    def settle(self) -> None:
        """Wait until what Kafka holds now is processed, and the alerts of it are in their log.

        Returns all the same where one of the servers is away.
        """
        deadline = time.monotonic() + SETTLE_SECONDS
        try:
            ends = self._find_ends()
            while (records := self._count_behind(ends)) | (alerts := self.fetch(_ALERTS_TO_COPY)[0][0]):
                assert time.monotonic() < deadline, (
                    f"After {SETTLE_SECONDS:.0f} s {records} records are not processed, and {alerts} alerts not logged."
                )
                time.sleep(0.02)
        except (KafkaException, pymysql.MySQLError):
            return

    def find_lag(self) -> int:
        """How many records of all partitions no worker has processed yet."""
        return self._count_behind(self._find_ends())

    def list_dead_letters(self, device: str) -> list[bytes]:
        """The records of a device that were put aside."""
        ((data_key,),) = self.fetch(f"SELECT data_key FROM devices_device WHERE id = '{device}'")
        reading = Consumer({"bootstrap.servers": self.kafka.address, "group.id": "tests", "log_level": 2})
        try:
            _, end = reading.get_watermark_offsets(TopicPartition(DEAD_LETTERS, 0), timeout=10.0)
            reading.assign([TopicPartition(DEAD_LETTERS, 0, 0)])
            letters = [message for message in reading.consume(end, 10.0) if message.error() is None] if end else []
        finally:
            reading.close()
        return [bytes(message.value() or b"") for message in letters if message.key() == data_key.encode()]

    def find_processes(self) -> dict[str, int]:
        """The process id of each server."""
        servers = {"Kafka": self.kafka, "Redis": self.redis, "MongoDB": self.mongo, "MariaDB": self.mariadb}
        return {name: server.pid for name, server in servers.items()}

    def _count_behind(self, ends: dict[int, int]) -> int:
        done = dict(self.fetch("SELECT part, COALESCE(next_offset, 0) FROM readings_fence"))
        return sum(max(0, end - done.get(part, 0)) for part, end in ends.items())

    def _find_ends(self) -> dict[int, int]:
        if self._asking is None:
            self._asking = Consumer({"bootstrap.servers": self.kafka.address, "group.id": "tests", "log_level": 2})
        ends = {}
        for part in range(int(self.environment["BELVEDERE_PARTITIONS"])):
            _, ends[part] = self._asking.get_watermark_offsets(TopicPartition(TOPIC, part), timeout=1.0)
        return ends

    def clear(self) -> None:
        """Empty all four, as they were before `belvedere migrate`."""
        _make_database(self.environment["BELVEDERE_DATABASE"])
        pymongo.MongoClient[dict[str, Any]](self.mongo.url).drop_database("belvedere")
        redis_client.Redis.from_url(self.redis.url).flushall()
        admin = AdminClient({"bootstrap.servers": self.kafka.address})
        for deleted in admin.delete_topics([TOPIC, DEAD_LETTERS]).values():
            deleted.result(CLEAR_SECONDS)
        deadline = time.monotonic() + CLEAR_SECONDS
        while admin.list_topics(timeout=CLEAR_SECONDS).topics.keys() & {TOPIC, DEAD_LETTERS}:
            assert time.monotonic() < deadline, "Kafka still has the topics"
            time.sleep(0.05)


def _make_database(url: str) -> None:
    """An empty one."""
    parts = urlsplit(url)
    with pymysql.connect(host=parts.hostname, port=parts.port or 0, user="root") as connection:
        cursor = connection.cursor()
        cursor.execute("DROP DATABASE IF EXISTS belvedere")
        cursor.execute("CREATE DATABASE belvedere CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")


@contextlib.contextmanager
def run_stack(folder: Path, partitions: int = 4, *, durable: bool = False) -> Iterator[Stack]:
    """Run them, on an empty database. durable: whether servers wait for their disk, as they do in production."""
    for name in ("kafka", "redis", "mongo", "mariadb"):
        (folder / name).mkdir()
    with contextlib.ExitStack() as ending:
        database = MariaDbServer(folder / "mariadb", durable=durable)
        ending.callback(database.stop)
        _make_database(database.url)
        queue, cache = KafkaServer(folder / "kafka"), RedisServer(folder / "redis")
        # It loses what it acknowledged when it is killed, unless it waits for its disk. That is rarely written to.
        documents = MongoServer(folder / "mongo", durable=True)
        for server in (queue, cache, documents):
            ending.callback(server.stop)
        environment = {
            "BELVEDERE_PROFILE": "cluster",
            "DJANGO_SETTINGS_MODULE": "belvedere.config.settings.cluster",  # pytest has named those of the tests
            "BELVEDERE_DATABASE": database.url,
            "BELVEDERE_MONGO": documents.url,
            "BELVEDERE_REDIS": cache.url,
            "BELVEDERE_KAFKA": queue.address,
            "BELVEDERE_KAFKA_FLUSH": "auto" if durable else "never",
            "BELVEDERE_PARTITIONS": str(partitions),
            "BELVEDERE_SECRET_KEY": secrets.token_urlsafe(64),
            "BELVEDERE_ENCRYPTION_KEY": Fernet.generate_key().decode(),
            "BELVEDERE_SETUP_TOKEN": SETUP_TOKEN,
        }
        yield Stack(folder, queue, cache, documents, database, environment)
