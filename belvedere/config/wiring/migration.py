"""What `belvedere migrate` sets up beside Django's tables."""

from __future__ import annotations

from belvedere.config.settings.env import ConfigurationError, Env, StartError
from belvedere.pipeline.stream.kafka.clients import StreamUnusable, prepare_topics
from belvedere.pipeline.stream.kafka.marks import trim_marks
from belvedere.readings.store.cluster.mysql import MySql
from belvedere.readings.store.cluster.schema import check_tables, create_tables
from belvedere.readings.store.port import StoreBroken, StoreUnavailable


def prepare_stream_and_store(env: Env) -> None:
    """Make the store's tables and Kafka's topics. Raises ConfigurationError or StartError."""
    try:
        create_tables(MySql(env.database), env.partitions)
        prepare_topics(env.kafka, env.partitions, flush=env.kafka_flush)
    except StoreBroken as error:
        raise ConfigurationError(str(error)) from error
    except (StoreUnavailable, StreamUnusable) as error:
        raise StartError(str(error)) from error
    trim_marks()


def check_store(env: Env) -> None:
    """Raises ConfigurationError where the tables are of another version, or of another number of partitions."""
    try:
        check_tables(MySql(env.database), env.partitions)
    except StoreBroken as error:
        raise ConfigurationError(str(error)) from error
    except StoreUnavailable as error:
        raise StartError(str(error)) from error
