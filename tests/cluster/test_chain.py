"""The cluster while its parts are killed, hang or are away: nothing acknowledged is lost or stored twice."""

from __future__ import annotations

import asyncio
import json
import os
import signal

import pytest

from belvedere.simulator.api import make_basic_auth
from belvedere.simulator.mqtt import Publisher
from tests.cluster.driving import PATIENCE_SECONDS, body, now_ms, publish_all, read_stored, show_value, until
from tests.cluster.roles import find_holder, kill_roles, wait_for_others
from tests.cluster.stack import Stack
from tests.live.server import House

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

MINUTE_MS = 60_000


async def test_workers_that_are_killed_lose_and_double_nothing(house: House, device: str) -> None:
    house.add_rule(device=device, kind="above", level=35, clear=34, for_seconds=0)
    start = now_ms() - 30 * MINUTE_MS
    # Every reading opens or resolves the alert: each that is lost or done twice shows in the log.
    readings = [(start + 1000 * n, 40.0 if n % 2 == 0 else 20.0) for n in range(300)]

    async def hurt() -> None:
        for _ in range(3):
            await asyncio.sleep(1.0)
            victims = kill_roles(house.server.pid, "worker")
            assert victims
            await asyncio.to_thread(wait_for_others, house.server.pid, "worker", victims)

    hurting = asyncio.create_task(hurt())
    await publish_all(house, device, [body(ts_ms, temperature=value) for ts_ms, value in readings[:150]])
    await hurting
    await publish_all(house, device, [body(ts_ms, temperature=value) for ts_ms, value in readings[150:]])
    await until(lambda: len(read_stored(house, device, start)) >= len(readings), "all are stored")
    assert read_stored(house, device, start) == readings
    await until(lambda: len([one for one in house.events() if one["alert"]["device"] == device]) >= 300, "all alerts")
    mine = [event for event in house.events() if event["alert"]["device"] == device]
    kinds = [event["kind"] for event in mine]
    assert kinds[::2] == [kinds[0]] * 150
    assert kinds[1::2] == ["resolved"] * 150


async def test_a_worker_that_hangs_and_comes_back_changes_nothing(house: House, stack: Stack, device: str) -> None:
    hung = [find_holder(stack, house, device)]
    start = now_ms() - 10 * MINUTE_MS
    readings = [(start + 1000 * n, float(n)) for n in range(60)]
    for worker in hung:
        os.kill(worker, signal.SIGSTOP)
    try:
        await publish_all(house, device, [body(ts_ms, temperature=value) for ts_ms, value in readings])
        # After its lease the other worker has the partition.
        await until(lambda: len(read_stored(house, device, start)) >= 60, "taken over")
    finally:
        for worker in hung:
            os.kill(worker, signal.SIGCONT)
    await publish_all(house, device, [body(start + 100_000, temperature=-1.0)])
    await until(lambda: len(read_stored(house, device, start)) > 60, "and goes on")
    assert read_stored(house, device, start) == [*readings, (start + 100_000, -1.0)]


async def test_while_kafka_is_away_nothing_is_acknowledged_and_afterwards_nothing_is_missing(
    house: House, stack: Stack, device: str, publisher: Publisher
) -> None:
    start = now_ms() - 10 * MINUTE_MS
    stack.kafka.kill()
    try:
        sent = body(start, temperature=1.0)
        waiting = asyncio.create_task(
            publisher.publish(f"belvedere/v1/{device}/readings", sent, timeout_seconds=PATIENCE_SECONDS)
        )
        await until(lambda: house.server.readyz()[0] == 503, "readiness tells it")
        status, told, _ = house.api.raw(
            "POST", "/api/v1/ingest", body(start + 1, temperature=2.0), make_basic_auth(device, house.secrets[device])
        )
        assert (status, json.loads(told)["code"]) == (503, "not_stored")
        assert not waiting.done()
    finally:
        await asyncio.to_thread(stack.kafka.start)
    await asyncio.wait_for(waiting, PATIENCE_SECONDS)
    await until(lambda: house.server.readyz()[0] == 200, "and its end")
    await until(lambda: read_stored(house, device, start) == [(start, 1.0)], "what was acknowledged is stored")


async def test_redis_emptied_or_killed_leaves_the_pages_right(house: House, stack: Stack, device: str) -> None:
    at_ms = await show_value(house, device)
    stack.redis.kill()
    try:
        await until(lambda: house.latest(device).get("temperature") == (at_ms, 21.0), "from the databases")
    finally:
        stack.redis.start()
    await publish_all(house, device, [body(at_ms + 1000, temperature=22.0)])
    await until(lambda: house.latest(device).get("temperature") == (at_ms + 1000, 22.0), "from Redis again")
