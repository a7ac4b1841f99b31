"""500 messages a second into a cluster while its parts fail, and afterwards the account of every one of them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator

from tests.cluster.account import check_account
from tests.cluster.driving import PATIENCE_SECONDS, now_ms
from tests.cluster.log_copy import LogCopy
from tests.cluster.pages import Pages, list_webs
from tests.cluster.stack import Stack
from tests.cluster.under_load import BURST, DEVICES, PAUSE_SECONDS, RATE, Load
from tests.faults.traffic import Recorder
from tests.live.alert_socket import AlertSocket
from tests.live.server import House

TURN = 50  # readings on one side of the rule: some 10 transitions a second in all
# Longer than a time away that is no pause yet for those who take readings (BLIND_MS in stream/kafka/inlet.py).
SILENCE_SECONDS = 10


@contextlib.asynccontextmanager
async def run_load(house: House, stack: Stack) -> AsyncIterator[Load]:
    """Send while the block runs; then everything that was sent must be there once, and so must its alerts."""
    with LogCopy(stack) as log_copy:
        load = await asyncio.to_thread(_prepare, house, stack, log_copy)
        running = [asyncio.create_task(one.stay()) for one in load.sockets]
        running.append(asyncio.create_task(load.pages.stay()))
        for at, one in enumerate(load.recorders):
            ports = itertools.cycle([*load.ports[at % 2 :], *load.ports[: at % 2]])
            running.append(asyncio.create_task(one.run(ports.__next__)))
        try:
            await load.acknowledged(int(RATE))
            yield load
            for recorder in load.recorders:
                recorder.burst = 0  # what was sent is settled, and nothing follows
            for recorder in load.recorders:
                await recorder.settled(PATIENCE_SECONDS)
            await check_account(load)
            load.check_rate()
        finally:
            print(load.report())
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            for rule in load.rules:
                await asyncio.to_thread(house.api.call, "DELETE", f"rules/{rule}")


def _prepare(house: House, stack: Stack, log_copy: LogCopy) -> Load:
    base_ms = now_ms()
    names = [f"load-{base_ms}-{number}" for number in range(DEVICES)]
    rules, silences = [], set()
    for name in names:
        house.add_device(name)
        rules.append(house.add_rule(device=name)["id"])
        silent = house.add_rule(device=name, kind="no_data", for_seconds=SILENCE_SECONDS)["id"]
        silences.add(silent)
        rules.append(silent)
    recorders = [
        Recorder(name, house.secrets[name], base_ms, turn=TURN, burst=BURST, pause_seconds=PAUSE_SECONDS)
        for name in names
    ]
    sockets = [AlertSocket(address, house.api.token) for address in list_webs(house)]
    log = house.events()
    first_seq = log[-1]["seq"] if log else 0
    return Load(house, stack, recorders, rules, silences, sockets, first_seq, log_copy, Pages(house))
