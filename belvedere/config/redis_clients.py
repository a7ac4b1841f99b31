"""Clients of Redis that give up soon: everything that asks Redis goes on without it, and asks again."""

from __future__ import annotations

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

SECONDS = 1.0  # for an answer, and for a connection
TRIES_AGAIN = 1  # at once, for a connection that Redis has closed meanwhile


def connect(url: str) -> redis.Redis:
    """A client for threads; it connects when it is asked for something."""
    return redis.Redis.from_url(
        url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=Retry(NoBackoff(), TRIES_AGAIN)
    )


def connect_on_loop(url: str) -> redis.asyncio.Redis:
    """A client for one event loop."""
    return redis.asyncio.Redis.from_url(
        url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=AsyncRetry(NoBackoff(), TRIES_AGAIN)
    )
