"""Each server of the cluster is killed and comes back, again and again under load; so do endpoints."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Iterator

import pytest
import redis

from tests.cluster.driving import until
from tests.cluster.folding import begin_fold, fold_soon
from tests.cluster.load import run_load
from tests.cluster.process import until_it_listens
from tests.cluster.roles import find_roles, stopped
from tests.cluster.stack import Stack
from tests.cluster.under_load import Load
from tests.live.server import House

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

TIMES = 12  # the next fault waits for ten of them until nothing lags
HASTY_TURNS = (3, 7)
OLD_TIMES = 3
LONG_SECONDS = 15.0  # longer than the rules wait for a silence
LONG_TURN = 5
START_SECONDS = 120.0


@pytest.fixture
def client(stack: Stack) -> Iterator[redis.Redis]:
    """Of Redis, which keeps nothing of what it has saved in this test."""
    yield redis.Redis.from_url(stack.redis.url)
    (stack.folder / "redis" / "dump.rdb").unlink(missing_ok=True)


async def end_turn(load: Load, turn: int) -> None:
    """Let nothing lag; now and then the next fault comes while something does."""
    if turn not in HASTY_TURNS:
        await load.caught_up()


async def kill_endpoint(load: Load, victim: int) -> None:
    """Return when both take devices again."""
    os.kill(victim, signal.SIGKILL)
    await until(lambda: victim not in find_roles(load.house.server.pid, "endpoint"), "it is gone")
    for port in load.ports:
        await until_it_listens(port, START_SECONDS)


@pytest.mark.parametrize(("name", "seed"), [("kafka", 11), ("mariadb", 12), ("redis", 13), ("mongo", 14)])
async def test_a_server_that_is_killed_and_back_ten_times_costs_no_reading_and_no_alert(
    house: House, stack: Stack, name: str, seed: int
) -> None:
    server = getattr(stack, name)
    chance = random.Random(seed)
    async with run_load(house, stack) as load:
        for turn in range(TIMES):
            await load.processed(chance.randint(300, 800))
            if name == "mongo":
                # In the middle of a fold, or before it, while what the last kill has cut off is still to be moved.
                await begin_fold(stack) if turn % 2 else await asyncio.to_thread(fold_soon, stack)
            server.kill()
            try:
                # Now and then it is away for a while, once for longer.
                await asyncio.sleep(LONG_SECONDS if turn == LONG_TURN else chance.choice((0, 0, 2)))
            finally:
                await asyncio.to_thread(server.start)
            await end_turn(load, turn)


async def test_a_redis_that_is_emptied_ten_times_costs_no_reading_and_no_alert(
    house: House, stack: Stack, client: redis.Redis
) -> None:
    async with run_load(house, stack) as load:
        for turn in range(TIMES):
            await load.processed(300)
            client.flushall()
            await end_turn(load, turn)


async def test_a_redis_that_comes_back_with_what_it_had_earlier_costs_no_reading_and_no_alert(
    house: House, stack: Stack, client: redis.Redis
) -> None:
    async with run_load(house, stack) as load:
        await load.processed(500)
        client.save()
        for _ in range(OLD_TIMES):
            await load.processed(1000)
            stack.redis.kill()
            await asyncio.to_thread(stack.redis.start)
            assert client.info("persistence")["rdb_last_load_keys_loaded"] > 0, "it has what was saved"
            await load.caught_up()


async def test_endpoints_that_hang_or_are_killed_cost_no_reading_and_make_no_device_silent(
    house: House, stack: Stack
) -> None:
    async with run_load(house, stack) as load:
        await load.processed(500)
        # Half of the devices are there, and stay.
        with stopped(find_roles(house.server.pid, "endpoint")[0]):
            await asyncio.sleep(LONG_SECONDS)
        await load.caught_up()
        for turn in range(4):
            await load.processed(500)
            await kill_endpoint(load, find_roles(house.server.pid, "endpoint")[turn % 2])
            await load.caught_up()
