"""A worker's partition in front of a real Redis, and what another process reads there."""

from __future__ import annotations

from redis import Redis

from belvedere.config.redis_clients import connect
from belvedere.readings.latest.redis.copy import LatestCopy
from belvedere.readings.latest.redis.reader import bring_level
from belvedere.readings.latest.redis.writer import RedisLatestWriter
from tests.cluster.redis import RedisServer

FARM, HARBOUR = 1, 2
BARN, GATE, CRANE = 11, 12, 21
MINUTE = 60_000


class Partition:
    """A worker's partition: what its store holds, and how it tells Redis."""

    def __init__(self, server: RedisServer, number: int = 0) -> None:
        self._server = server
        self._number = number
        self.present: dict[int, tuple[int, int, float]] = {}
        self.version = 0
        self.take_over()

    def take_over(self) -> None:
        """Another worker opens the partition."""
        self.writer = RedisLatestWriter(connect(self._server.url), self._number)
        self.writer.flush(self.version, self.list_rows)

    def list_rows(self) -> list[tuple[int, int, int, float]]:
        return [(site, series, ts_ms, value) for series, (site, ts_ms, value) in self.present.items()]

    def commit(self, *values: tuple[int, int, int, float]) -> None:
        for site, series, ts_ms, value in values:
            self.present[series] = (site, ts_ms, value)
            self.writer.moved(site, series, ts_ms, value)
        self.version += 1

    def flush(self) -> None:
        self.writer.flush(self.version, self.list_rows)

    def show(self, *values: tuple[int, int, int, float]) -> None:
        self.commit(*values)
        self.flush()


def copy_of(server: RedisServer, copy: LatestCopy | None = None) -> LatestCopy:
    copy = copy or LatestCopy()
    bring_level(copy, Redis.from_url(server.url))
    return copy


def values_in(copy: LatestCopy, site: int = FARM) -> dict[int, tuple[int, float]]:
    return dict(copy.state(site).values)
