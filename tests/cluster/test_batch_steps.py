"""A worker that is killed between two steps of a batch: whoever goes on stores it once and tells its alerts once.

To stop it there, a table that the next step writes to is locked. tests/contract/test_store_fence.py has every step of
the store, without the processes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pymysql
import pytest

from tests.cluster.driving import body, list_kinds, now_ms, publish_all, read_stored, until
from tests.cluster.folding import count_unfolded, fold_later, fold_soon, is_folding
from tests.cluster.roles import end_leases, find_holder
from tests.cluster.stack import Stack
from tests.live.server import House

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

MINUTE_MS = 60_000
# What the worker waits with -> the table that is locked, in the order of a batch.
STEPS = {
    "UPDATE readings_fence": "readings_fence",
    "INSERT INTO readings_log": "readings_log",
    "readings_rule_state": "readings_rule_state",
    "readings_outbox": "readings_outbox",
    "alerts_alertevent": "alerts_alertevent",
    "alerts_outboxcursor": "alerts_outboxcursor",
}


@contextmanager
def locked(stack: Stack, table: str) -> Iterator[None]:
    """Nobody writes to it meanwhile."""
    with stack.connect() as connection:
        cursor = connection.cursor()
        cursor.execute(f"LOCK TABLES {table} READ")
        yield
        cursor.execute("UNLOCK TABLES")


def waits_with(stack: Stack, words: str) -> bool:
    """Whether a statement with these words waits for a lock of a table."""
    waiting = "SELECT info FROM information_schema.processlist WHERE state LIKE 'Waiting for table%'"
    return any(words in info for (info,) in stack.fetch(waiting) if info)


def end_waiting(stack: Stack) -> None:
    """End the connections of the dead that still wait, as the database does once it finds out."""
    waiting = "SELECT id FROM information_schema.processlist WHERE state LIKE 'Waiting for table%'"
    while found := stack.fetch(waiting):
        for (number,) in found:
            with contextlib.suppress(pymysql.MySQLError):  # it has ended meanwhile
                stack.execute(f"KILL {number}")


@pytest.mark.parametrize("words", STEPS)
async def test_a_worker_that_is_killed_in_a_step_of_a_batch_loses_and_doubles_nothing(
    house: House, stack: Stack, device: str, words: str
) -> None:
    house.add_rule(device=device)
    start = now_ms() - 10 * MINUTE_MS
    readings = [(start + 1000 * n, 40.0 if n % 2 == 0 else 20.0) for n in range(6)]
    bodies = [body(ts_ms, temperature=value) for ts_ms, value in readings]
    await publish_all(house, device, bodies[:2])
    await until(lambda: list_kinds(house, device) == ["opened", "resolved"], "it works")
    with locked(stack, STEPS[words]):
        # One alone: a batch in which an alert opens and is resolved leaves the rule's state as it was.
        await publish_all(house, device, bodies[2:3])
        await until(lambda: waits_with(stack, words), "the worker is there")
        os.kill(find_holder(stack, house, device), signal.SIGKILL)
    await asyncio.to_thread(end_leases, stack)
    await publish_all(house, device, bodies[3:])
    await until(lambda: len(list_kinds(house, device)) >= 6, "all alerts are told")
    assert list_kinds(house, device) == ["opened", "resolved"] * 3
    assert read_stored(house, device, start) == readings


@pytest.mark.parametrize("table", ["readings_head", "MongoDB"])
async def test_a_worker_that_is_killed_while_it_moves_readings_to_mongodb_counts_none_twice(
    house: House, stack: Stack, device: str, table: str
) -> None:
    start = now_ms() // MINUTE_MS * MINUTE_MS - 60 * MINUTE_MS
    readings = [(start + 1000 * n, float(n)) for n in range(300)]
    await publish_all(house, device, [body(ts_ms, temperature=value) for ts_ms, value in readings])
    await until(lambda: len(read_stored(house, device, start)) == 300, "stored")
    holder = await asyncio.to_thread(find_holder, stack, house, device)
    if table == "MongoDB":
        os.kill(stack.mongo.pid, signal.SIGSTOP)
        try:
            await asyncio.to_thread(fold_soon, stack)
            await until(lambda: is_folding(stack), "it folds")
            os.kill(holder, signal.SIGKILL)
        finally:
            os.kill(stack.mongo.pid, signal.SIGCONT)
    else:
        with locked(stack, table):
            await asyncio.to_thread(fold_soon, stack)
            await until(lambda: waits_with(stack, table), "the worker is at the end of its fold")
            os.kill(holder, signal.SIGKILL)
    await asyncio.to_thread(end_leases, stack)
    await until(lambda: count_unfolded(stack) == 0, "another one ends it")
    assert read_stored(house, device, start) == readings
    series = house.series_of(device)["temperature"]
    history = house.api.get(f"series/{series}/history?from={start}&to={start + 300_000 - 1}&points=5")
    assert (history["tier"], history["n"]) == ("1m", [60] * 5)


async def test_records_that_kill_their_worker_again_and_again_are_put_aside_one_by_one(
    house: House, stack: Stack, device: str
) -> None:
    start = now_ms() - 10 * MINUTE_MS
    await asyncio.to_thread(fold_later, stack)  # it writes to the log too
    await until(lambda: not is_folding(stack), "what was begun with is moved")
    # While the log is locked every worker stops with the first record that waits: there the test kills it.
    with locked(stack, "readings_log"):
        await publish_all(house, device, [body(start + n, temperature=float(n)) for n in range(2)])
        while True:
            await until(lambda: waits_with(stack, "INSERT INTO readings_log"), "a worker begins with it")
            if stack.list_dead_letters(device):
                break
            os.kill(await asyncio.to_thread(find_holder, stack, house, device), signal.SIGKILL)
            await asyncio.to_thread(end_waiting, stack)
            await asyncio.to_thread(end_leases, stack)
    await until(lambda: read_stored(house, device, start) == [(start + 1, 1.0)], "the other record is stored")
    (letter,) = stack.list_dead_letters(device)
    assert body(start, temperature=0.0) in letter
