"""Two workers on one partition: one hangs, one cannot know whether it committed, or they take it from each other."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from belvedere.config.supervisor import STOP_SECONDS
from tests.cluster.driving import body, connect, list_kinds, now_ms, publish_all, read_stored, until
from tests.cluster.load import run_load
from tests.cluster.proxy import CommitProxy
from tests.cluster.roles import Role, end_leases, find_holder, find_partition, find_roles, stopped, sum_figure
from tests.cluster.stack import Stack
from tests.live.server import House

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

MINUTE_MS = 60_000
SLOTS = 2  # the default of BELVEDERE_SLOTS
HAND_OVERS = 12
LOST_COMMITS = 5  # of each kind
MOST_HAND_OVERS = 60
HUNG_SECONDS = 30.0
SILENCE_SECONDS = 30
HOLD_SECONDS = 3.0  # a worker has opened the partition by then


def hand_over(stack: Stack, partition: int) -> None:
    """The lease of a partition, and of its slot, goes to another worker while the one that had it still works.

    Where one worker has all of them, whoever asks first gets it.
    """
    owners = {row[0] for row in stack.fetch("SELECT DISTINCT lease_owner FROM readings_fence WHERE lease_owner<>''")}
    ((owner,),) = stack.fetch(f"SELECT lease_owner FROM readings_fence WHERE part={partition}")
    heir = next(iter(owners - {owner}), "")
    until_when = "NOW(3) + INTERVAL 3 SECOND" if heir else "NULL"
    stack.execute(
        f"UPDATE readings_fence SET lease_owner='{heir}', lease_until={until_when}"
        f" WHERE part % {SLOTS} = {partition % SLOTS}"
    )


async def test_rules_go_on_over_a_hand_over_every_few_readings(house: House, stack: Stack, device: str) -> None:
    rate = house.add_rule(device=device, kind="rate", per_minute=5, direction="up", window_seconds=60)["id"]
    silence = house.add_rule(device=device, kind="no_data", for_seconds=SILENCE_SECONDS)["id"]
    partition = await asyncio.to_thread(find_partition, stack, device)
    publisher = await connect(house, device)
    topic, ts_ms = f"belvedere/v1/{device}/readings", now_ms() - 20 * MINUTE_MS
    # Ten a minute are twice as much as the rule allows, and seen only by who knows a minute's readings.
    for step in range(HAND_OVERS):
        for second in range(0, 10, 5):
            at = step * 10 + second
            await publisher.publish(topic, body(ts_ms + at * 1000, temperature=20.0 + at / 6), timeout_seconds=60)
        await until(lambda: stack.find_lag() == 0, "processed")
        await asyncio.to_thread(hand_over, stack, partition)
    await publisher.close()
    await until(lambda: list_kinds(house, device, rate) == ["opened"], "the rate is seen over all hand-overs")
    assert list_kinds(house, device, silence) == []
    deadline = time.monotonic() + 3 * SILENCE_SECONDS
    while await asyncio.to_thread(list_kinds, house, device, silence) != ["opened"]:
        assert time.monotonic() < deadline, "the silence is not seen"
        await asyncio.to_thread(hand_over, stack, partition)
        await asyncio.sleep(HOLD_SECONDS)


async def test_workers_that_take_partitions_from_each_other_lose_and_double_nothing(house: House, stack: Stack) -> None:
    async with run_load(house, stack) as load:
        before = await asyncio.to_thread(sum_figure, house, "fence_conflicts")
        hand_overs, conflicts = 0, 0.0
        # Where the one that had it learns of that in time, nobody commits in vain.
        while hand_overs < HAND_OVERS or not conflicts:
            assert hand_overs < MOST_HAND_OVERS, "two workers never commit to one partition"
            await load.processed(300)
            await asyncio.to_thread(hand_over, stack, 0)
            await load.acknowledged(100)
            await asyncio.to_thread(hand_over, stack, 1)
            hand_overs += 1
            conflicts = await asyncio.to_thread(sum_figure, house, "fence_conflicts") - before
        print(f"{hand_overs} hand-overs of each slot, {conflicts:.0f} conflicts")


async def test_a_worker_that_hangs_for_half_a_minute_under_load_changes_nothing(house: House, stack: Stack) -> None:
    async with run_load(house, stack) as load:
        device = load.recorders[0].device
        victim = await asyncio.to_thread(find_holder, stack, house, device)
        with stopped(victim):
            await asyncio.sleep(HUNG_SECONDS)
            await load.caught_up()
            assert await asyncio.to_thread(find_holder, stack, house, device) != victim
        await load.caught_up()
        await load.processed(500)


async def test_a_worker_that_is_told_to_stop_under_load_ends_with_its_batch_and_gives_its_partitions_back(
    house: House, stack: Stack
) -> None:
    async with run_load(house, stack) as load:
        await load.processed(500)
        victim = find_roles(house.server.pid, "worker")[0]
        begun = time.monotonic()
        os.kill(victim, signal.SIGTERM)
        await until(lambda: victim not in find_roles(house.server.pid, "worker"), "it ends")
        seconds = time.monotonic() - begun
        print(f"ended after {seconds:.1f} s")
        assert seconds < STOP_SECONDS, "by itself, and not by force"
        owners = [row[0] for row in stack.fetch("SELECT lease_owner FROM readings_fence")]
        assert [owner for owner in owners if str(victim) in owner.split("-")] == []
        await load.processed(500)


@pytest.fixture
async def proxy(stack: Stack) -> AsyncIterator[CommitProxy]:
    made = CommitProxy(stack.mariadb.port)
    await made.start()
    yield made
    await made.stop()


async def _send_through_a_lost_commit(
    house: House, device: str, proxy: CommitProxy, readings: list[tuple[int, float]]
) -> None:
    """Send the last of the readings, each of which opens or resolves an alert."""
    ts_ms, value = readings[-1]
    await publish_all(house, device, [body(ts_ms, temperature=value)])
    await until(lambda: sum(proxy.lost.values()) >= len(readings), "the commit is lost")
    await until(lambda: len(list_kinds(house, device)) >= len(readings), "the alert is told")


@pytest.mark.parametrize("table", ["readings_log", "alerts_alertevent"])  # of a batch, of the copy of its alerts
async def test_a_commit_with_an_unknown_outcome_is_looked_up_and_neither_lost_nor_repeated(
    house: House, stack: Stack, device: str, proxy: CommitProxy, tmp_path: Path, table: str
) -> None:
    house.add_rule(device=device)
    through = {"BELVEDERE_DATABASE": f"mysql://root@127.0.0.1:{proxy.port}/belvedere"}
    start = now_ms() - 10 * MINUTE_MS
    readings: list[tuple[int, float]] = []
    with stopped(*find_roles(house.server.pid, "worker")):
        await asyncio.to_thread(end_leases, stack)
        worker = await asyncio.to_thread(Role, "worker", {**stack.environment, **through}, tmp_path)
        try:
            for number in range(2 * LOST_COMMITS):
                readings.append((start + 1000 * number, 20.0 if number % 2 else 40.0))
                proxy.lose(table, happened=number % 4 < 2)
                await _send_through_a_lost_commit(house, device, proxy, readings)
            assert worker.process.poll() is None
        finally:
            await asyncio.to_thread(worker.stop)  # which asks the database once more, through the proxy in this loop
    assert min(proxy.lost.values()) >= LOST_COMMITS - 1
    assert list_kinds(house, device) == ["opened", "resolved"] * LOST_COMMITS
    numbers = [event["seq"] for event in house.events()]
    assert numbers == list(range(1, 1 + len(numbers)))
    assert read_stored(house, device, start) == readings
