"""How much of the stream waits for workers, and since when: asked of MySQL and Kafka together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import structlog
from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from belvedere.config.settings.env import Env
from belvedere.domain.times import now_ms
from belvedere.pipeline.stream.kafka.clients import TOPIC, make_consumer
from belvedere.pipeline.stream.kafka.oldest import find_oldest
from belvedere.readings.store.cluster.lag import PartitionLag, count_lag
from belvedere.readings.store.cluster.mysql import MySql

ASK_SECONDS = 3.0
LATE_SECONDS = 15.0  # what waits for longer is not the end of a turn
NAMED = 8  # so many partitions are named

log = structlog.get_logger(__name__)


class Waiting(NamedTuple):
    """The records of a partition that are not processed. seconds: the age of the oldest; None where Kafka says none."""

    records: int
    seconds: float | None


class Backlog:
    """One thread."""

    def __init__(self, env: Env) -> None:
        self._partitions = env.partitions
        self._mysql = MySql(env.database)
        self._kafka = AdminClient({"bootstrap.servers": ",".join(env.kafka), "log_level": 0})
        # Of what is gone the first that is left tells.
        self._consumer = make_consumer(env.kafka, **{"auto.offset.reset": "earliest"})

    def count_lag(self) -> list[PartitionLag]:
        """What MySQL knows. Raises StoreUnavailable or StoreBroken."""
        return count_lag(self._mysql)

    def measure(self, lags: Sequence[PartitionLag]) -> dict[int, Waiting]:
        """Partition -> what waits; empty while Kafka is away."""
        try:
            ends = self._find_ends()
        except (KafkaException, TimeoutError) as error:
            log.warning("lag_unknown", reason=str(error))
            return {}
        starts = {lag.partition: lag.next_offset or 0 for lag in lags if lag.partition in ends}
        behind = {partition: start for partition, start in starts.items() if ends[partition] > start}
        oldest = find_oldest(self._consumer, TOPIC, behind, ASK_SECONDS) if behind else {}
        now = now_ms()
        return {
            partition: Waiting(ends[partition] - start, _compute_age(partition in behind, oldest.get(partition), now))
            for partition, start in starts.items()
        }

    def _find_ends(self) -> dict[int, int]:
        asked = {TopicPartition(TOPIC, partition): OffsetSpec.latest() for partition in range(self._partitions)}
        found = self._kafka.list_offsets(asked, request_timeout=ASK_SECONDS)
        return {place.partition: answer.result(ASK_SECONDS).offset for place, answer in found.items()}


def _compute_age(waits: bool, sent_ms: int | None, now: int) -> float | None:
    if not waits:
        return 0.0
    return None if sent_ms is None else max(0.0, (now - sent_ms) / 1000)


def describe_late(waiting: dict[int, Waiting]) -> str | None:
    """Say in a sentence that records wait for too long; None where none does."""
    late = {partition: one for partition, one in waiting.items() if (one.seconds or 0.0) > LATE_SECONDS}
    if not late:
        return None
    worst = max(late, key=lambda partition: late[partition].seconds or 0.0)
    return (
        f"{sum(one.records for one in late.values()):,} records wait for a worker, the oldest for"
        f" {late[worst].seconds:,.0f} s (partition {worst}): look whether workers run, and at their /readyz."
    )


def describe_unheld(lags: Sequence[PartitionLag]) -> str | None:
    """Say in a sentence which partitions no worker has, by their leases; None where each is somebody's."""
    free = [lag.partition for lag in lags if not lag.lease_owner]
    if lags and len(free) < len(lags):
        return f"No worker has {_name_partitions(free)}: start more, or wait 6 s for a hand-over." if free else None
    return "No worker has any partition: start workers, or look at their /readyz where some run."


def _name_partitions(partitions: Sequence[int]) -> str:
    named = ", ".join(map(str, partitions[:NAMED]))
    more = f" and {len(partitions) - NAMED} others" if len(partitions) > NAMED else ""
    return f"{'partition' if len(partitions) == 1 else 'partitions'} {named}{more}"
