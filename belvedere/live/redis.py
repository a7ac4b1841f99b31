"""The channel layer of several processes: one group over Redis's publish and subscribe, and what a worker sends to it.

It is a hint, as every layer is: what gets lost while Redis is away, the hubs find in the log.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

import msgspec
import redis
import redis.asyncio
import structlog
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from belvedere.live.hub import GROUP
from belvedere.live.port import Frame

log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0  # without a message for so long, whether Redis is still there is looked at
SEND_SECONDS = 1.0
TRIES_AGAIN = 1  # at once, for a connection that Redis has closed meanwhile; who uses it tries again
# A host that has vanished closes nothing, and redis-py does not miss the answer to its PING: the kernel ends such a
# connection after some ten seconds, whether it is silent or waits for what it has sent.
_KEEPALIVE = {
    getattr(socket, name): value
    for name, value in {
        "TCP_KEEPIDLE": 4,
        "TCP_KEEPINTVL": 2,
        "TCP_KEEPCNT": 3,
        "TCP_USER_TIMEOUT": 10_000,
    }.items()
    if hasattr(socket, name)
}

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


def _topic(prefix: str, group: str) -> str:
    return f"{prefix}group:{group}"


def make_listener(url: str) -> redis.asyncio.Redis:
    """A client for subscriptions, which wait for as long as nobody sends anything."""
    return redis.asyncio.Redis.from_url(
        url,
        socket_connect_timeout=SEND_SECONDS,
        socket_keepalive=True,
        socket_keepalive_options=_KEEPALIVE,
        health_check_interval=LOOK_SECONDS,
        retry=Retry(NoBackoff(), TRIES_AGAIN),
    )


class RedisLayer:
    """What the hub uses of a channel layer (channels.layers). One channel a process, on one event loop."""

    def __init__(self, url: str, prefix: str = "belvedere:") -> None:
        self._prefix = prefix
        self._sender = redis.asyncio.Redis.from_url(
            url, socket_timeout=SEND_SECONDS, socket_connect_timeout=SEND_SECONDS, retry=Retry(NoBackoff(), TRIES_AGAIN)
        )
        self._listener = make_listener(url)
        self._heard = self._listener.pubsub(ignore_subscribe_messages=True)

    async def new_channel(self, prefix: str = "specific") -> str:
        """A name; what is sent to its groups comes out of `receive`."""
        return f"{prefix}!"

    async def group_add(self, group: str, _channel: str) -> None:
        """Hear this group from now on."""
        await self._heard.subscribe(_topic(self._prefix, group))

    async def group_discard(self, _group: str, _channel: str) -> None:
        """Hear nothing any more; the connections are closed."""
        await self._heard.aclose()
        await self._listener.aclose()
        await self._sender.aclose()

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """To all processes that hear the group, this one too. Raises redis.RedisError."""
        await self._sender.publish(_topic(self._prefix, group), _encode(message))

    async def receive(self, _channel: str) -> dict[str, Any]:
        """The next message. Raises redis.RedisError; the next call connects and subscribes again."""
        while True:
            message = await self._heard.get_message(timeout=LOOK_SECONDS)
            if message is not None:
                received: dict[str, Any] = _decode(message["data"])
                return received


class RedisPublisher:
    """Sends entries of the log from a process without sockets (alerts.log.Publisher). Any thread."""

    def __init__(self, client: redis.Redis, prefix: str = "belvedere:") -> None:
        self._client = client
        self._topic = _topic(prefix, GROUP)

    def publish(self, frames: Sequence[Frame]) -> None:
        """Tell the hubs; where Redis is away, they find the entries with their next look into the log."""
        message = {"type": "alerts.entries", "entries": [tuple(frame) for frame in frames]}
        try:
            self._client.publish(self._topic, _encode(message))
        except redis.RedisError as error:
            log.warning("channel_layer_failed", error=repr(error))
