"""Redis loses what it had, or comes back with what it had earlier, or its tasks reach nobody."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
import redis

from belvedere.config.celery import QUEUE
from belvedere.config.pulse import SILENT_SECONDS
from belvedere.config.watchdogs import STUCK_SECONDS
from belvedere.readings.latest.redis.copy import LatestCopy
from belvedere.readings.latest.redis.reader import bring_level, read_intervals
from tests.cluster.driving import body, list_kinds, now_ms, publish_all, read_stored, show_value, until
from tests.cluster.redis import RedisServer
from tests.cluster.roles import Role, end_leases, find_holder, find_roles, wait_for_others
from tests.cluster.stack import Stack
from tests.live.server import SITE, House

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

INTERVAL_MS = 7_000


@pytest.fixture
def client(stack: Stack) -> redis.Redis:
    return redis.Redis.from_url(stack.redis.url)


async def test_after_flushall_the_values_and_what_was_learned_of_their_intervals_come_back(
    house: House, stack: Stack, device: str, client: redis.Redis
) -> None:
    at_ms = await show_value(house, device)
    series = house.series_of(device)["temperature"]
    stack.execute(f"UPDATE devices_series SET interval_ms={INTERVAL_MS} WHERE id={series}")
    client.flushall()
    await until(lambda: read_intervals(client).get(series) == INTERVAL_MS, "the interval is there again")
    await until(lambda: house.latest(device).get("temperature") == (at_ms, 21.0), "and so is the value")
    cursor = house.api.get(f"sites/{SITE}/snapshot")["cursor"]
    await publish_all(house, device, [body(at_ms + 1000, temperature=22.0)])

    def moved() -> bool:
        delta: dict[str, Any] = house.api.get(f"sites/{SITE}/snapshot?since={cursor}")
        return [series, at_ms + 1000, 22.0] in delta["series"]

    await until(moved, "a page that polls on sees what follows")


async def test_a_redis_with_the_values_of_an_earlier_time_shows_none_of_them(
    house: House, stack: Stack, device: str, client: redis.Redis
) -> None:
    house.add_rule(device=device)
    at_ms = await show_value(house, device, 40.0)
    client.save()
    await publish_all(house, device, [body(at_ms + 1000, temperature=20.0)])
    await until(lambda: list_kinds(house, device) == ["opened", "resolved"], "told")
    cursor = house.api.get(f"sites/{SITE}/snapshot")["cursor"]
    stack.redis.kill()
    await asyncio.to_thread(stack.redis.start)
    # Not the values themselves: a worker may have thrown them away by now.
    assert client.info("persistence")["rdb_last_load_keys_loaded"] > 0, "it has what was saved"
    for _ in range(10):  # while the processes find out
        assert house.latest(device)["temperature"] == (at_ms + 1000, 20.0)
    await publish_all(house, device, [body(at_ms + 2000, temperature=41.0)])
    await until(lambda: house.latest(device)["temperature"] == (at_ms + 2000, 41.0), "and what follows")
    assert house.api.get(f"sites/{SITE}/snapshot?since={cursor}")["full"], "a cursor of before means nothing now"
    await until(lambda: list_kinds(house, device) == ["opened", "resolved", "opened"], "each alert is told once")


async def test_what_a_killed_worker_had_committed_and_not_sent_to_redis_is_sent_by_the_next_one(
    house: House, stack: Stack, device: str, client: redis.Redis
) -> None:
    at_ms = await show_value(house, device)
    (site,) = stack.fetch(f"SELECT site_id FROM devices_device WHERE id='{device}'")[0]
    series = house.series_of(device)["temperature"]

    def in_redis() -> tuple[int, float]:
        copy = LatestCopy()
        bring_level(copy, client)
        found: tuple[int, float] = copy.state(site).values[series]
        return found

    assert in_redis() == (at_ms, 21.0)
    client.acl_setuser("default", enabled=True, commands=["-evalsha", "-eval"])  # values are sent by these alone
    try:
        await publish_all(house, device, [body(at_ms + 1000, temperature=22.0)])
        await until(lambda: len(read_stored(house, device, at_ms)) == 2, "committed")
        os.kill(await asyncio.to_thread(find_holder, stack, house, device), signal.SIGKILL)
    finally:
        client.acl_setuser("default", enabled=True, categories=["+@all"])
    assert in_redis() == (at_ms, 21.0)
    end_leases(stack)
    await until(lambda: in_redis() == (at_ms + 1000, 22.0), "the next worker sends it")


async def test_a_worker_that_hears_of_no_task_any_more_ends_and_another_takes_its_place(
    house: House, stack: Stack, device: str
) -> None:
    start = now_ms() - 60_000
    workers = await asyncio.to_thread(find_roles, house.server.pid, "worker")
    (beat,) = find_roles(house.server.pid, "beat")
    os.kill(beat, signal.SIGSTOP)
    try:
        # Whoever has no lease sends no successor of its task.
        stack.execute("UPDATE readings_fence SET lease_owner='nobody', lease_until=NOW(3) + INTERVAL 4 MINUTE")
        await asyncio.to_thread(wait_for_others, house.server.pid, "worker", workers)
    finally:
        os.kill(beat, signal.SIGCONT)
        end_leases(stack)
    await publish_all(house, device, [body(start, temperature=1.0)])
    await until(lambda: read_stored(house, device, start) == [(start, 1.0)], "the new ones work")


async def test_a_beat_that_sends_nothing_although_redis_answers_ends_itself(
    house: House, stack: Stack, redis_server: RedisServer, tmp_path: Path
) -> None:
    broker = redis.Redis.from_url(redis_server.url)
    environment = {**stack.environment, "BELVEDERE_REDIS": redis_server.url}
    beat = await asyncio.to_thread(Role, "beat", environment, tmp_path)
    try:
        await until(lambda: broker.llen(QUEUE) > 0, "it sends")
        redis_server.kill()
        await asyncio.sleep(SILENT_SECONDS + STUCK_SECONDS + 2.0)
        assert beat.process.poll() is None, "a new start would not help where Redis is away"
        await asyncio.to_thread(redis_server.start)
        await until(lambda: broker.llen(QUEUE) > 0, "it sends again")
        broker.acl_setuser("default", enabled=True, commands=["-lpush"])  # tasks are sent by this alone
        begun = time.monotonic()
        await until(lambda: beat.process.poll() is not None, "it ends")
        assert beat.process.returncode == 1
        assert time.monotonic() - begun > STUCK_SECONDS
    finally:
        beat.stop()
