"""The latest values of one partition, on their way from a worker to Redis."""

from __future__ import annotations

import time
from collections.abc import Iterable

import redis
import structlog
from django.db import Error as RegistryError

from belvedere.devices.directory import DeviceDirectory
from belvedere.devices.intervals import known_intervals_among
from belvedere.domain.times import now_ms
from belvedere.readings.latest.redis.writer import RedisLatestWriter
from belvedere.readings.store.cluster.store import ClusterStore

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0  # how often an idle partition finds out whether Redis has lost its values


class PartitionLatest:
    """Sends what moved after a commit, and each second looks whether Redis lacks something."""

    def __init__(self, client: redis.Redis, directory: DeviceDirectory, store: ClusterStore, partition: int) -> None:
        self.writer = RedisLatestWriter(client, partition)
        self._directory = directory
        self._store = store
        self._version = -1
        self._next = 0.0

    def flush(self) -> None:
        """Send what moved. Where Redis is away it lacks something then, and gets everything once it is back."""
        if self._store.version == self._version and time.monotonic() < self._next:
            return
        self._next = time.monotonic() + LOOK_SECONDS
        try:
            self.writer.flush(self._store.version, self._list_values)
        except redis.RedisError as error:
            log.warning("redis_away", reason=str(error))
        else:
            self._version = self._store.version

    def _list_values(self) -> Iterable[tuple[int, int, int, float]]:
        self._note_intervals()
        now_at_ms = now_ms()
        for series, (at_ms, value, _) in self._store.present.items():
            site = self._directory.site_of(series)
            if site is not None:
                yield site, series, min(at_ms, now_at_ms), value

    def _note_intervals(self) -> None:
        """Redis learns how often a series reports, and loses it with its values: the registry has what was learned."""
        try:
            for series, site, interval_ms in known_intervals_among(list(self._store.present)):
                self.writer.note_interval(site, series, interval_ms)
        except RegistryError as error:
            log.warning("intervals_not_known", reason=str(error))
