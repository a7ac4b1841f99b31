"""Reads Redis into a copy, where a thread may wait: jobs and tests."""

from __future__ import annotations

import secrets

from redis import Redis

from belvedere.readings.latest.redis import scripts
from belvedere.readings.latest.redis.copy import LatestCopy
from belvedere.readings.latest.redis.scripts import Page


def bring_level(copy: LatestCopy, client: Redis, prefix: str = "belvedere:") -> None:
    """Bring the copy to where Redis is. Raises redis.RedisError."""
    read, keys = client.register_script(scripts.READ), scripts.keys(prefix)
    while not copy.take(Page.of(read(keys, [secrets.token_hex(4), *copy.ask()]))):
        pass


def read_intervals(client: Redis, prefix: str = "belvedere:") -> dict[int, int]:
    """Series -> observed reporting interval, ms; of all series in Redis. Raises redis.RedisError."""
    copy = LatestCopy()
    bring_level(copy, client, prefix)
    return copy.intervals()
