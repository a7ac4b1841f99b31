"""Outcomes of records, from the worker back to the process whose client waits for them, over Redis.

A reply that is lost costs nothing: who waits goes on after a second with what Kafka's delivery says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import structlog

from belvedere.domain.reading import Outcome, Reason, Rejection
from belvedere.pipeline.stream.kafka.wire import Reply

log = structlog.get_logger(__name__)

_PREFIX = "belvedere:replies:"
RETRY_SECONDS = 1.0

_Told = tuple[int, int, int, int, list[tuple[int, str, str, str | None, bool]]]
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Told).decode


class RedisReplies:
    """The worker's side: they leave with `flush`, after the commit. client: of redis-py."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._waiting: list[tuple[str, bytes]] = []

    def send(self, reply: Reply, outcome: Outcome) -> None:
        """Keep it for the next flush."""
        refused = [(one.index, one.reason.value, one.detail, one.metric, one.whole) for one in outcome.rejected]
        told = (reply.number, outcome.stored, outcome.duplicate, outcome.adjusted, refused)
        self._waiting.append((_PREFIX + reply.process, _encode(told)))

    def flush(self) -> None:
        """Send what is kept. Raises redis.RedisError; it is forgotten then."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            pipeline = self._client.pipeline(transaction=False)
            for channel, told in waiting:
                pipeline.publish(channel, told)
            pipeline.execute()


class ReplyListener:
    """The waiting process's side. client: of redis.asyncio. tell: KafkaInlet.reply, on the event loop."""

    def __init__(self, client: Any, process: str, tell: Callable[[int, Outcome], None]) -> None:
        self._client = client
        self._channel = _PREFIX + process
        self._tell = tell
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen from now on."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except Exception as error:  # noqa: BLE001  (whatever it is: meanwhile nobody waits for longer than a second)
                log.warning("replies_not_heard", reason=repr(error))
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self) -> None:
        async with self._client.pubsub(ignore_subscribe_messages=True) as subscription:
            await subscription.subscribe(self._channel)
            async for message in subscription.listen():
                number, stored, duplicate, adjusted, refused = _decode(message["data"])
                rejected = [Rejection(index, Reason(reason), *rest) for index, reason, *rest in refused]
                self._tell(number, Outcome(stored, duplicate, rejected, adjusted))
