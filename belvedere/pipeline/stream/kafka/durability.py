"""What an acknowledgement of Kafka survives: its servers hold a record in memory first, and write it to disk later.

Where one server alone has acknowledged a record, only its disk keeps it over a power cut or a reset of that host. Where
two have, one of them may lose it.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ConfigSource

# After so many records of a partition the server waits for its disk; at 1, before each answer.
_FLUSH = "flush.messages"


def set_flushing(admin: AdminClient, replicas: Mapping[str, int], choice: str, timeout_seconds: float) -> None:
    """Have each topic wait for the disk before it acknowledges, or not. Raises KafkaException.

    replicas: topic -> of each of its partitions. choice: always, never, or auto: where fewer than two servers have a
    record when it is acknowledged.
    """
    resources = [ConfigResource(ConfigResource.Type.TOPIC, topic) for topic in replicas]
    found = admin.describe_configs(resources, request_timeout=timeout_seconds)
    changes = []
    for resource, asked in found.items():
        settings = asked.result(timeout_seconds + 1)
        copies = min(replicas[resource.name], int(settings["min.insync.replicas"].value))
        change = _plan_change(settings[_FLUSH], wants=choice == "always" or (choice == "auto" and copies < 2))
        if change is not None:
            changes.append(ConfigResource(ConfigResource.Type.TOPIC, resource.name, incremental_configs=[change]))
    if changes:
        answers: Mapping[ConfigResource, Future[Any]] = admin.incremental_alter_configs(
            changes, request_timeout=timeout_seconds
        )
        for answer in answers.values():
            answer.result(timeout_seconds + 1)


def _plan_change(present: ConfigEntry, *, wants: bool) -> ConfigEntry | None:
    """What to change of the topic's setting; None where it is right, be it by what its servers are set to."""
    if wants and present.value != "1":
        return ConfigEntry(_FLUSH, "1", incremental_operation=AlterConfigOpType.SET)
    if not wants and present.source == ConfigSource.DYNAMIC_TOPIC_CONFIG.value:
        return ConfigEntry(_FLUSH, None, incremental_operation=AlterConfigOpType.DELETE)
    return None
