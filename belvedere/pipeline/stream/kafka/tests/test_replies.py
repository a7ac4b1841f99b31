"""Outcomes find their way back through a real Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import redis.asyncio

from belvedere.domain.reading import Outcome, Reason, Rejection
from belvedere.pipeline.stream.kafka import replies as module
from belvedere.pipeline.stream.kafka.replies import RedisReplies, ReplyListener
from belvedere.pipeline.stream.kafka.wire import Reply
from tests.cluster.redis import RedisServer, is_installed

PATIENCE_SECONDS = 20.0
PARTLY = Outcome(3, 1, [Rejection(2, Reason.BAD_VALUE, "humidity is not a number.", "humidity", False)], 1)

pytestmark = pytest.mark.skipif(not is_installed(), reason="needs redis-server")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    made = RedisServer(tmp_path)
    yield made
    made.stop()


async def test_each_process_hears_its_own_outcomes_also_after_redis_was_away(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)
    heard: list[tuple[int, Outcome]] = []
    client = redis.asyncio.Redis.from_url(server.url)
    listener = ReplyListener(client, "web-1", lambda number, outcome: heard.append((number, outcome)))
    await listener.start()
    replies = RedisReplies(redis.Redis.from_url(server.url))

    async def send_until_heard(outcome: Outcome) -> None:
        heard.clear()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not heard:  # nobody is told when the subscription is there
                replies.send(Reply("web-2", 6), outcome)
                replies.send(Reply("web-1", 7), outcome)
                await asyncio.to_thread(replies.flush)
                await asyncio.sleep(0.01)
        assert set(map(str, heard)) == {str((7, outcome))}

    await send_until_heard(PARTLY)
    server.kill()
    replies.send(Reply("web-1", 7), PARTLY)
    with pytest.raises(redis.RedisError):
        replies.flush()
    server.start()
    replies.flush()  # what could not be sent is forgotten: who waited has gone on
    await send_until_heard(Outcome(1, 0, []))
    await listener.stop()
    await client.aclose()
