"""What is told of the whole cluster, by the one process that says when it is time."""

from __future__ import annotations

from collections.abc import Iterator

import structlog
from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec
from prometheus_client.core import Metric

from belvedere.accounts.rights import RightsCache
from belvedere.config.figures import Figures, of_partitions
from belvedere.config.health import HealthApp
from belvedere.config.settings.env import Env
from belvedere.pipeline.stream.kafka.clients import TOPIC
from belvedere.readings.store.cluster.lag import count_lag
from belvedere.readings.store.cluster.mysql import MySql
from belvedere.readings.store.port import StoreBroken, StoreUnavailable

ASK_SECONDS = 3.0

log = structlog.get_logger(__name__)


class Overseer:
    """Tells how far each partition is; asks the servers at each scrape."""

    def __init__(self, env: Env) -> None:
        self._partitions = env.partitions
        self._mysql = MySql(env.database)
        self._kafka = AdminClient({"bootstrap.servers": ",".join(env.kafka), "log_level": 0})
        self.health = HealthApp(RightsCache(), dict, dict, Figures(self._tell_lag))

    def _tell_lag(self) -> Iterator[Metric]:
        try:
            lags = count_lag(self._mysql)
        except (StoreUnavailable, StoreBroken) as error:
            log.warning("lag_unknown", reason=str(error))
            return
        yield from of_partitions(lags, self._find_ends())

    def _find_ends(self) -> dict[int, int]:
        """Where the stream of each partition ends; none while Kafka is away."""
        asked = {TopicPartition(TOPIC, partition): OffsetSpec.latest() for partition in range(self._partitions)}
        try:
            found = self._kafka.list_offsets(asked, request_timeout=ASK_SECONDS)
            return {place.partition: answer.result(ASK_SECONDS).offset for place, answer in found.items()}
        except (KafkaException, TimeoutError) as error:
            log.warning("lag_unknown", reason=str(error))
            return {}
