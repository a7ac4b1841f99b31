"""Everything the cluster profile stands on: Kafka, MariaDB, Redis and a MongoDB-compatible server, on free ports."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pymysql
from cryptography.fernet import Fernet

from tests import mariadb
from tests.cluster import kafka, mongo, redis
from tests.cluster.kafka import KafkaServer
from tests.cluster.mongo import MongoServer
from tests.cluster.redis import RedisServer

SETUP_TOKEN = "ABCD-EFGH-JKMN-PQRS-TUVW"  # of machines that end with the test


def is_installed() -> bool:
    """Whether all of them can be started."""
    return all(one.is_installed() for one in (kafka, mongo, redis, mariadb))


@dataclass
class Stack:
    """The servers, and what a role has to be told of them."""

    kafka: KafkaServer
    redis: RedisServer
    mongo: MongoServer
    environment: dict[str, str]

    def fetch(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of the database."""
        parts = urlsplit(self.environment["BELVEDERE_DATABASE"])
        with pymysql.connect(
            host=parts.hostname, port=parts.port or 0, user="root", database="belvedere"
        ) as connection:
            cursor = connection.cursor()
            cursor.execute(statement)
            return list(cursor.fetchall())


@contextlib.contextmanager
def run_stack(folder: Path, partitions: int = 4) -> Iterator[Stack]:
    """Run them, on an empty database."""
    for name in ("kafka", "redis", "mongo", "mariadb"):
        (folder / name).mkdir()
    with mariadb.mariadb(folder / "mariadb") as database, contextlib.ExitStack() as ending:
        parts = urlsplit(database)
        with pymysql.connect(host=parts.hostname, port=parts.port or 0, user="root") as connection:
            connection.cursor().execute("CREATE DATABASE belvedere CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
        queue, cache = KafkaServer(folder / "kafka"), RedisServer(folder / "redis")
        documents = MongoServer(folder / "mongo", durable=False)
        for server in (queue, cache, documents):
            ending.callback(server.stop)
        environment = {
            "BELVEDERE_PROFILE": "cluster",
            "DJANGO_SETTINGS_MODULE": "belvedere.config.settings.cluster",  # pytest has named those of the tests
            "BELVEDERE_DATABASE": database,
            "BELVEDERE_MONGO": documents.url,
            "BELVEDERE_REDIS": cache.url,
            "BELVEDERE_KAFKA": queue.address,
            "BELVEDERE_PARTITIONS": str(partitions),
            "BELVEDERE_SECRET_KEY": secrets.token_urlsafe(64),
            "BELVEDERE_ENCRYPTION_KEY": Fernet.generate_key().decode(),
            "BELVEDERE_SETUP_TOKEN": SETUP_TOKEN,
        }
        yield Stack(queue, cache, documents, environment)
