"""Each server of the cluster is killed and comes back, again and again under load."""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from tests.cluster.folding import fold_soon
from tests.cluster.load import run_load
from tests.cluster.stack import Stack
from tests.live.server import House

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

TIMES = 10


@pytest.mark.parametrize(("name", "seed"), [("kafka", 11), ("mariadb", 12), ("redis", 13), ("mongo", 14)])
async def test_a_server_that_is_killed_and_back_ten_times_costs_no_reading_and_no_alert(
    house: House, stack: Stack, name: str, seed: int
) -> None:
    server = getattr(stack, name)
    chance = random.Random(seed)
    async with run_load(house, stack) as load:
        for _ in range(TIMES):
            await load.processed(chance.randint(100, 800))
            if name == "mongo":
                await asyncio.to_thread(fold_soon, stack)
            server.kill()
            try:
                # Now and then it is away for a while.
                await asyncio.sleep(chance.choice((0, 0, 2)))
            finally:
                await asyncio.to_thread(server.start)
        await load.caught_up(time.monotonic())
