"""`belvedere doctor` on a cluster: which part is away, what does not work for that reason, and what still does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from redis import RedisError

from belvedere.config.findings import Finding, State, Unknown, Unwell
from belvedere.config.redis_clients import connect
from belvedere.config.settings.env import ConfigurationError, Env, StartError
from belvedere.config.wiring import doctor_roles as roles
from belvedere.config.wiring.pictures import WITHOUT_PICTURES, is_foreign, look_at_foreign
from belvedere.config.wiring.resume import Halted, find_halted
from belvedere.pipeline.stream.kafka.clients import StreamUnusable, check_topic
from belvedere.pipeline.stream.kafka.losses import REMEDY
from belvedere.readings.store.port import StoreBroken, StoreUnavailable

WAIT_SECONDS = 3  # for each server
NOTHING_ELSE = 0
DATABASE, KAFKA, MONGO, REDIS = "MySQL or MariaDB", "Kafka", "MongoDB", "Redis"


@dataclass
class Case:
    """What is looked at. answering: the servers that have answered so far, whether they are well or not."""

    env: Env
    answering: set[str] = field(default_factory=set)


class Part(NamedTuple):
    """A server or a role. look: says what it is; raises what its client raises, Unwell or Unknown.

    without: what its absence means. needs: the server that tells how the role is.
    """

    name: str
    look: Callable[[Case], str]
    without: str
    needs: str | None = None


def examine(env: Env) -> list[Finding]:
    """Look at each server of the settings, then at the roles, as far as the servers tell of them."""
    connection.settings_dict["OPTIONS"] |= dict.fromkeys(
        ("connect_timeout", "read_timeout", "write_timeout"), WAIT_SECONDS
    )
    case = Case(env)
    parts = (*SERVERS, *ROLES, *([MEDIAMTX] if is_foreign(env.media_server) else []))
    return [_examine_part(part, case) for part in parts]


def _examine_part(part: Part, case: Case) -> Finding:
    try:
        if part.needs is not None and part.needs not in case.answering:
            raise Unknown(f"{part.needs}, which tells it, does not answer.")
        sentence = part.look(case)
    except (Unwell, StreamUnusable) as error:
        works = getattr(error, "works", "") or part.without
        finding = Finding(part.name, State.UNWELL, f"{error} {works}")
    except Unknown as error:
        return Finding(part.name, State.UNKNOWN, str(error))
    except (DatabaseError, KafkaException, PyMongoError, RedisError, OSError) as error:
        if part.needs is not None:
            return Finding(part.name, State.UNKNOWN, f"{part.needs} cannot be asked ({_describe(error)}).")
        return Finding(part.name, State.UNWELL, f"It does not answer ({_describe(error)}). {part.without}")
    else:
        finding = Finding(part.name, State.WELL, sentence)
    case.answering.add(part.name)
    return finding


def _describe(error: Exception) -> str:
    words = error.args[0].str() if isinstance(error, KafkaException) else str(error)
    return " ".join(str(words).split())[:200]


def _look_at_database(_case: Case) -> str:
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


def _look_at_kafka(case: Case) -> str:
    env = case.env
    admin = AdminClient({"bootstrap.servers": ",".join(env.kafka), "log_level": NOTHING_ELSE})
    brokers = admin.list_topics(timeout=WAIT_SECONDS).brokers
    check_topic(admin, env.partitions)
    for halted in _find_halted(env) if DATABASE in case.answering else []:
        raise Unwell(f"{halted.loss.sentence} {REMEDY}")
    return f"{len(brokers)} {'server' if len(brokers) == 1 else 'servers'}, {env.partitions} partitions."


def _find_halted(env: Env) -> list[Halted]:
    """None where the database cannot be asked: that is told in its own line."""
    try:
        return find_halted(env, WAIT_SECONDS)
    except (ConfigurationError, StartError):
        return []


def _look_at_mongo(case: Case) -> str:
    client: MongoClient[dict[str, object]] = MongoClient(case.env.mongo, serverSelectionTimeoutMS=WAIT_SECONDS * 1000)
    with client:
        return f"{client.server_info()['version']}."


def _look_at_redis(case: Case) -> str:
    facts = connect(case.env.redis).info()
    policy = facts["maxmemory_policy"]
    if policy != "noeviction":
        raise Unwell(f"Its maxmemory-policy is {policy}, so it throws values away: it must be noeviction.")
    return f"{facts['redis_version']}."


def _look_at_workers(case: Case) -> str:
    try:
        if DATABASE in case.answering:
            return roles.look_at_leases(case.env, knows_ends=KAFKA in case.answering)
    except (StoreUnavailable, StoreBroken) as error:
        raise Unknown(str(error)) from error
    if REDIS not in case.answering:
        raise Unknown("Neither the database nor Redis answers.")
    return roles.look_at_queue(case.env)


SERVERS = (
    Part(
        DATABASE,
        _look_at_database,
        "Pages, sign-in and processing wait; MQTT readings are still taken into Kafka.",
    ),
    Part(
        KAFKA,
        _look_at_kafka,
        "Devices are not acknowledged and send their readings again; pages, charts and open alerts work.",
    ),
    Part(
        MONGO,
        _look_at_mongo,
        "Older parts of charts do not load; readings are processed and wait in MariaDB; values and alerts are shown.",
    ),
    Part(
        REDIS,
        _look_at_redis,
        "Processing waits, and so do new alerts; pages show the databases' values; readings are taken into Kafka.",
    ),
)
ROLES = (
    Part(
        "Endpoints",
        lambda _: roles.look_at_endpoints(),
        "Devices cannot connect by MQTT, and count as silent after a minute; readings over HTTP and pages work.",
        DATABASE,
    ),
    Part(
        "Web processes",
        lambda _: roles.look_at_webs(),
        "Pages, the API and readings over HTTP are away; MQTT readings are taken and processed, alerts are logged.",
        DATABASE,
    ),
    Part(
        "Beat",
        lambda case: roles.look_at_beat(case.env),
        "Workers go on with what they have, but take over nothing from one that ends; pauses of alerts neither begin"
        " nor end. All else works.",
        REDIS,
    ),
    Part(
        "Workers",
        _look_at_workers,
        "Readings are taken and safe in Kafka; pages, charts and open alerts work. New values and alerts, those over a"
        " silence too, wait.",
    ),
    Part("Cameras", lambda _: roles.look_at_cameras(), WITHOUT_PICTURES, DATABASE),
)
MEDIAMTX = Part("MediaMTX", lambda case: look_at_foreign(case.env.media_server), WITHOUT_PICTURES)
