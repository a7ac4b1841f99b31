"""`belvedere doctor`: which server of the cluster is away, what does not work for that reason, and what still does."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from redis import RedisError

from belvedere.config.redis_clients import connect
from belvedere.config.settings.env import ConfigurationError, Env, StartError
from belvedere.config.wiring.backlog import Backlog, describe_late
from belvedere.config.wiring.resume import Halted, find_halted
from belvedere.pipeline.stream.kafka.clients import StreamUnusable, check_topic
from belvedere.pipeline.stream.kafka.losses import REMEDY
from belvedere.readings.store.port import StoreBroken, StoreUnavailable

WAIT_SECONDS = 3.0  # for each server
NOTHING_ELSE = 0


class Unwell(Exception):
    """The server answers, but cannot be used as it is; the sentence says what to do."""


class Part(NamedTuple):
    """A server. look: says what it is; raises what its client raises, or Unwell. without: what its absence means."""

    name: str
    look: Callable[[Env], str]
    without: str


class Finding(NamedTuple):
    """What was found of a part."""

    name: str
    well: bool
    sentence: str


def examine(env: Env) -> list[Finding]:
    """Look at each server of the settings, in the order in which readings go through them."""
    return [_examine_part(part, env) for part in PARTS]


def _examine_part(part: Part, env: Env) -> Finding:
    try:
        return Finding(part.name, True, part.look(env))
    except (Unwell, StreamUnusable) as error:
        return Finding(part.name, False, f"{error} {part.without}")
    except (DatabaseError, KafkaException, PyMongoError, RedisError, OSError) as error:
        return Finding(part.name, False, f"It does not answer ({_describe(error)}). {part.without}")


def _describe(error: Exception) -> str:
    words = error.args[0].str() if isinstance(error, KafkaException) else str(error)
    return " ".join(str(words).split())[:200]


def _look_at_kafka(env: Env) -> str:
    admin = AdminClient({"bootstrap.servers": ",".join(env.kafka), "log_level": NOTHING_ELSE})
    brokers = admin.list_topics(timeout=WAIT_SECONDS).brokers
    check_topic(admin, env.partitions)
    for halted in _find_halted(env):
        raise Unwell(f"{halted.loss.sentence} {REMEDY}")
    return f"{len(brokers)} {'server' if len(brokers) == 1 else 'servers'}, {env.partitions} partitions."


def _find_halted(env: Env) -> list[Halted]:
    """None where the database cannot be asked: that is told in its own line."""
    try:
        return find_halted(env, WAIT_SECONDS)
    except (ConfigurationError, StartError):
        return []


def _look_at_database(_env: Env) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT VERSION(), @@collation_database")
        version, collation = cursor.fetchone()
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise Unwell("Its tables are of another version: run `belvedere migrate`.")
    if collation != "utf8mb4_bin":
        raise Unwell(
            f"Its collation is {collation}, which takes different letters for the same: it must be utf8mb4_bin."
        )
    return f"{version}, tables of this version."


def _look_at_mongo(env: Env) -> str:
    milliseconds = int(WAIT_SECONDS * 1000)
    client: MongoClient[dict[str, object]] = MongoClient(env.mongo, serverSelectionTimeoutMS=milliseconds)
    with client:
        return f"{client.server_info()['version']}."


def _look_at_redis(env: Env) -> str:
    facts = connect(env.redis).info()
    policy = facts["maxmemory_policy"]
    if policy != "noeviction":
        raise Unwell(f"Its maxmemory-policy is {policy}, so it throws values away: it must be noeviction.")
    return f"{facts['redis_version']}."


def _look_at_workers(env: Env) -> str:
    backlog = Backlog(env)
    try:
        waiting = backlog.measure(backlog.count_lag())
    except (StoreUnavailable, StoreBroken) as error:
        raise Unwell(f"How much waits is not known: {error}") from error
    late = describe_late(waiting)
    if late is not None or not waiting:
        raise Unwell(late or "How much waits is not known: Kafka does not answer.")
    return f"{sum(one.records for one in waiting.values()):,} records wait."


PARTS = (
    Part(
        "Kafka",
        _look_at_kafka,
        "Devices are not acknowledged and send their readings again; pages, charts and open alerts work.",
    ),
    Part(
        "MySQL or MariaDB",
        _look_at_database,
        "Pages, sign-in and processing wait; MQTT readings are still taken into Kafka.",
    ),
    Part(
        "MongoDB",
        _look_at_mongo,
        "Older parts of charts do not load; readings are processed and wait in MariaDB; values and alerts are shown.",
    ),
    Part(
        "Redis",
        _look_at_redis,
        "Processing waits, and so do new alerts; pages show the databases' values; readings are taken into Kafka.",
    ),
    Part(
        "Workers",
        _look_at_workers,
        "Values and alerts that came since then are not shown yet; they are safe in Kafka.",
    ),
)
