"""A worker that is killed between two steps of a batch: whoever goes on stores it once and tells its alerts once.

To stop it there, a table that the next step writes to is locked. tests/contract/test_store_fence.py has every step of
the store, without the processes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymysql
import pytest

from tests.cluster.driving import body, list_kinds, now_ms, publish_all, read_stored, until
from tests.cluster.folding import count_unfolded, fold_later, fold_soon, is_folding
from tests.cluster.roles import (
    are_ready,
    end_leases,
    find_holder,
    find_partition,
    find_roles,
    has_lease,
    stopped,
    sum_figure,
)
from tests.cluster.stack import Stack
from tests.live.server import House

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

MINUTE_MS = 60_000
FENCE = "readings_fence"
# The table that is locked -> what the worker waits with, in the order of a batch.
STEPS = {
    "devices_series": "INSERT",
    FENCE: "UPDATE",
    "readings_log": "INSERT",
    "readings_rule_state": "INSERT",
    "readings_rule_history": "INSERT",
    "readings_outbox": "INSERT",
    "readings_quarantine": "INSERT",
    "alerts_outboxcursor": "UPDATE",
    "alerts_alertevent": "INSERT",
}
NEVER: dict[str, Any] = {"kind": "rate", "per_minute": 1_000_000, "direction": "up", "window_seconds": 60}


@contextmanager
def locked(stack: Stack, table: str, mode: str = "READ") -> Iterator[None]:
    """Nobody writes to it meanwhile. mode: with WRITE nobody reads it either."""
    with stack.connect() as connection:
        cursor = connection.cursor()
        cursor.execute(f"LOCK TABLES {table} {mode}")
        yield
        cursor.execute("UNLOCK TABLES")


@contextmanager
def locked_fence(stack: Stack, partition: int) -> Iterator[None]:
    """Nobody moves on this partition meanwhile. The row itself is not locked: leases are written to it as well."""
    stack.execute(
        "CREATE TRIGGER hold_fence BEFORE UPDATE ON readings_fence FOR EACH ROW BEGIN"
        f" IF NEW.version<>OLD.version AND OLD.part={partition} THEN"
        " SET @held=GET_LOCK('fence', 600), @held=RELEASE_LOCK('fence'); END IF; END"
    )
    with stack.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT GET_LOCK('fence', 0)")
        yield
        cursor.execute("SELECT RELEASE_LOCK('fence')")
    stack.execute("DROP TRIGGER hold_fence")


def is_held(stack: Stack) -> bool:
    """Whether somebody is about to move on a partition."""
    return bool(stack.fetch("SELECT 1 FROM information_schema.processlist WHERE state='User lock'"))


def waits_with(stack: Stack, *words: str) -> bool:
    """Whether a statement with all these words waits for a lock of a table, or of a row."""
    waiting = (
        "SELECT info FROM information_schema.processlist WHERE state LIKE 'Waiting for table%'"
        " UNION ALL SELECT trx_query FROM information_schema.innodb_trx WHERE trx_state='LOCK WAIT'"
    )
    return any(all(word in info for word in words) for (info,) in stack.fetch(waiting) if info)


def is_there(stack: Stack, table: str) -> bool:
    """Whether a worker waits in the step that writes to this table."""
    return is_held(stack) if table == FENCE else waits_with(stack, table, STEPS[table])


def end_waiting(stack: Stack) -> None:
    """End the connections of the dead that still wait, as the database does once it finds out."""
    waiting = "SELECT id FROM information_schema.processlist WHERE state LIKE 'Waiting for table%'"
    while found := stack.fetch(waiting):
        for (number,) in found:
            with contextlib.suppress(pymysql.MySQLError):  # it has ended meanwhile
                stack.execute(f"KILL {number}")


def count_refused(house: House, device: str) -> dict[str, int]:
    """What the device's page shows as refused, by reason: each with its body, and counted."""
    page = house.api.get(f"devices/{device}/quarantine")
    shown = Counter(row["reason"] for row in page["results"])
    assert page["counts"] == shown
    return dict(shown)


@pytest.mark.parametrize("table", STEPS)
async def test_a_worker_that_is_killed_in_a_step_of_a_batch_loses_and_doubles_nothing(
    house: House, stack: Stack, device: str, table: str
) -> None:
    house.add_rule(device=device)
    house.add_rule(device=device, **NEVER)  # its history is part of each batch
    start = now_ms() - 10 * MINUTE_MS
    readings = [(start + 1000 * n, 40.0 if n % 2 == 0 else 20.0) for n in range(6)]
    bodies = [body(ts_ms, temperature=value) for ts_ms, value in readings]
    # In the same batch a metric that is new, and a value that is refused.
    bodies[2] = body(readings[2][0], temperature=readings[2][1], humidity=50.0, pressure=1e300)
    await publish_all(house, device, bodies[:2])
    await until(lambda: list_kinds(house, device) == ["opened", "resolved"], "it works")
    partition = find_partition(stack, device)
    lock = locked_fence(stack, partition) if table == FENCE else locked(stack, table)
    with lock:
        # One alone: a batch in which an alert opens and is resolved leaves the rule's state as it was.
        await publish_all(house, device, bodies[2:3])
        await until(lambda: is_there(stack, table), "the worker is there")
        os.kill(find_holder(stack, house, device), signal.SIGKILL)
    await asyncio.to_thread(end_leases, stack)
    await publish_all(house, device, bodies[3:])
    await until(lambda: len(list_kinds(house, device)) >= 6, "all alerts are told")
    assert list_kinds(house, device) == ["opened", "resolved"] * 3
    assert read_stored(house, device, start) == readings
    assert house.csv(house.series_of(device)["humidity"], start, now_ms()) == [(readings[2][0], 50.0)]
    assert count_refused(house, device) == {"out_of_range": 1}


async def test_a_worker_that_takes_a_partition_knows_the_rules_that_the_one_before_knew(
    house: House, stack: Stack, device: str
) -> None:
    await until(lambda: are_ready(house, "worker", 2), "both are there")
    holder = await asyncio.to_thread(find_holder, stack, house, device)
    (other,) = [one for one in find_roles(house.server.pid, "worker") if one != holder]
    start = now_ms() - 10 * MINUTE_MS
    bodies = [body(start + 1000 * n, temperature=40.0 if n % 2 == 0 else 20.0) for n in range(4)]
    with contextlib.ExitStack() as locks:
        with stopped(other):
            house.add_rule(device=device)
            await publish_all(house, device, bodies[:1])
            await until(lambda: list_kinds(house, device) == ["opened"], "the one knows the rule")
            locks.enter_context(locked(stack, "registry_registrychange", "WRITE"))
            locks.enter_context(stopped(house.server.pid))  # it starts no third one, which would read every rule
            os.kill(holder, signal.SIGKILL)
            await asyncio.to_thread(end_leases, stack)
        # The other cannot read yet that there is a rule.
        await publish_all(house, device, bodies[1:])
        await until(lambda: has_lease(stack, other), "it takes a partition, and asks for what is new")
        with pytest.raises(AssertionError):
            await until(lambda: stack.find_lag() == 0, "it processes nothing meanwhile", 3.0)
    await until(lambda: list_kinds(house, device) == ["opened", "resolved"] * 2, "all alerts are told")


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
            await until(lambda: waits_with(stack, "readings_log", "INSERT"), "a worker begins with it")
            if stack.list_dead_letters(device):
                break
            os.kill(await asyncio.to_thread(find_holder, stack, house, device), signal.SIGKILL)
            await asyncio.to_thread(end_waiting, stack)
            await asyncio.to_thread(end_leases, stack)
    await until(lambda: read_stored(house, device, start) == [(start + 1, 1.0)], "the other record is stored")
    (letter,) = stack.list_dead_letters(device)
    assert body(start, temperature=0.0) in letter
    (shown,) = house.api.get(f"devices/{device}/quarantine")["results"]
    assert (shown["reason"], shown["body"].encode()) == ("server_failed", body(start, temperature=0.0))
    assert count_refused(house, device) == {"server_failed": 1}
    await until(lambda: sum_figure(house, "records_put_aside") == 1, "the worker that did it counts it")
    # Sent again it is stored, now that nothing ends a worker.
    house.api.post(f"devices/{device}/quarantine/{shown['id']}/retry", {})
    await until(lambda: read_stored(house, device, start) == [(start, 0.0), (start + 1, 1.0)], "stored after all")
    assert house.api.get(f"devices/{device}/quarantine")["results"] == []
