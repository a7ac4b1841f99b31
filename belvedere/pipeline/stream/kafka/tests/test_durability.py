"""When Kafka is told to wait for its disk before it acknowledges a record."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any, cast

import pytest
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ConfigSource

from belvedere.pipeline.stream.kafka.durability import set_flushing

NEVER = "9223372036854775807"  # what Kafka has where nothing is set
SET_FOR_THE_TOPIC, SET_FOR_ALL, DEFAULT = (
    ConfigSource.DYNAMIC_TOPIC_CONFIG.value,
    ConfigSource.STATIC_BROKER_CONFIG.value,
    ConfigSource.DEFAULT_CONFIG.value,
)


def answer(value: Any) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(value)
    return future


class Admin:
    """Kafka, with one topic. changed: what was asked of it: the value to set, None = to take it back."""

    def __init__(self, in_sync: int, flush: str, source: int) -> None:
        self.entries = {
            "min.insync.replicas": ConfigEntry("min.insync.replicas", str(in_sync)),
            "flush.messages": ConfigEntry("flush.messages", flush, cast("Any", source)),
        }
        self.changed: list[str | None] = []

    def describe_configs(self, resources: list[ConfigResource], **_: Any) -> dict[ConfigResource, Future[Any]]:
        return {resource: answer(self.entries) for resource in resources}

    def incremental_alter_configs(self, resources: list[ConfigResource], **_: Any) -> dict[ConfigResource, Future[Any]]:
        for resource in resources:
            for entry in cast("Any", resource).incremental_configs:
                assert entry.name == "flush.messages"
                sets = entry.incremental_operation == AlterConfigOpType.SET
                assert sets or entry.incremental_operation == AlterConfigOpType.DELETE
                self.changed.append(entry.value if sets else None)
        return {resource: answer(None) for resource in resources}


@pytest.mark.parametrize(
    ("replicas", "in_sync", "flush", "source", "choice", "changed"),
    [
        (1, 1, NEVER, DEFAULT, "auto", ["1"]),
        (1, 2, NEVER, DEFAULT, "auto", ["1"]),
        (3, 1, NEVER, DEFAULT, "auto", ["1"]),
        (1, 1, "500", SET_FOR_ALL, "auto", ["1"]),
        (1, 1, "1", SET_FOR_ALL, "auto", []),
        (1, 1, "1", SET_FOR_THE_TOPIC, "auto", []),
        (3, 2, NEVER, DEFAULT, "auto", []),
        (3, 2, "1", SET_FOR_THE_TOPIC, "auto", [None]),
        (3, 2, NEVER, DEFAULT, "always", ["1"]),
        (1, 1, NEVER, DEFAULT, "never", []),
        (1, 1, "1", SET_FOR_THE_TOPIC, "never", [None]),
    ],
)
def test_the_disk_is_waited_for_where_one_server_alone_has_a_record(
    replicas: int, in_sync: int, flush: str, source: int, choice: str, changed: list[str | None]
) -> None:
    admin = Admin(in_sync, flush, source)
    set_flushing(cast("AdminClient", admin), {"readings": replicas}, choice, 1.0)
    assert admin.changed == changed
