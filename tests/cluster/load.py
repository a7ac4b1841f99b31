"""500 messages a second into a cluster while its parts fail, and afterwards the account of every one of them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pymysql
from confluent_kafka import KafkaException

from tests.cluster.driving import PATIENCE_SECONDS, now_ms, until
from tests.cluster.stack import Stack
from tests.faults.ledger import Verdict, compare_readings, expected_states
from tests.faults.traffic import Recorder
from tests.live.alert_socket import AlertSocket
from tests.live.server import House

DEVICES = 5
BURST, PAUSE_SECONDS = 10, 0.1  # 100 messages a second of each device
RATE = DEVICES * BURST / PAUSE_SECONDS
TURN = 50  # readings on one side of the rule: some 10 transitions a second in all
UNKNOWN_LAG = 1 << 30
LAG_SECONDS = 120.0  # a quiet machine needs a few
# Longer than a time away that is no pause yet for those who take readings (BLIND_MS in stream/kafka/inlet.py).
SILENCE_SECONDS = 10


@dataclass
class Load:
    """Devices that send, with two rules each, and a socket that listens. back_seconds: of each return, until no lag."""

    house: House
    stack: Stack
    recorders: list[Recorder]
    rules: list[int]
    silences: set[int]
    socket: AlertSocket
    first_seq: int
    back_seconds: list[float]

    async def processed(self, more: int) -> None:
        """Wait until so many more records are stored."""
        target = await asyncio.to_thread(self._count_processed) + more
        deadline = time.monotonic() + PATIENCE_SECONDS
        while await asyncio.to_thread(self._count_processed) < target:
            assert time.monotonic() < deadline, "nothing is processed"
            await asyncio.sleep(0.05)

    async def acknowledged(self, more: int) -> None:
        """Wait until so many more are acknowledged."""
        target = self._count_acknowledged() + more
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._count_acknowledged() < target:
            assert time.monotonic() < deadline, "nothing is acknowledged"
            await asyncio.sleep(0.02)

    async def caught_up(self, since: float) -> None:
        """Wait until no more than what comes within a second is unprocessed. since: when the part was back."""
        lags = []
        while (lag := await asyncio.to_thread(self.find_lag)) > RATE:
            lags.append(lag)
            assert time.monotonic() < since + LAG_SECONDS, f"the lag does not go down: {lags[:: len(lags) // 20 + 1]}"
            await asyncio.sleep(0.1)
        self.back_seconds.append(time.monotonic() - since)

    def find_lag(self) -> int:
        """More than any while Kafka does not say yet."""
        try:
            return self.stack.find_lag()
        except KafkaException:
            return UNKNOWN_LAG

    def _count_acknowledged(self) -> int:
        return sum(len(recorder.acknowledged) for recorder in self.recorders)

    def _count_processed(self) -> int:
        """0 while the database is away."""
        try:
            return int(self.stack.fetch("SELECT COALESCE(SUM(next_offset), 0) FROM readings_fence")[0][0])
        except pymysql.MySQLError:
            return 0


@contextlib.asynccontextmanager
async def run_load(house: House, stack: Stack) -> AsyncIterator[Load]:
    """Send while the block runs; then everything that was sent must be there once, and so must its alerts."""
    load = await asyncio.to_thread(_prepare, house, stack)
    listening = asyncio.create_task(load.socket.stay())
    sending = [asyncio.create_task(one.run(lambda: house.server.mqtt_port)) for one in load.recorders]
    try:
        await load.acknowledged(int(RATE))
        yield load
        for recorder in load.recorders:
            recorder.burst = 0  # what was sent is settled, and nothing follows
        for recorder in load.recorders:
            await recorder.settled(PATIENCE_SECONDS)
        await _check(load)
    finally:
        for task in (listening, *sending):
            task.cancel()
        await asyncio.gather(listening, *sending, return_exceptions=True)
        for rule in load.rules:
            await asyncio.to_thread(house.api.call, "DELETE", f"rules/{rule}")
    print(f"seconds until no lag: {[round(seconds, 1) for seconds in load.back_seconds]}")


def _prepare(house: House, stack: Stack) -> Load:
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
    socket = AlertSocket(house.server.url, house.api.token)
    log = house.events()
    return Load(house, stack, recorders, rules, silences, socket, log[-1]["seq"] if log else 0, [])


async def _check(load: Load) -> None:
    await until(lambda: load.find_lag() == 0, "all is processed")
    values = {}
    for recorder in load.recorders:
        verdict, values[recorder.device] = await asyncio.to_thread(compare_readings, load.house, recorder)
        assert verdict == Verdict(0, 0, 0, 0), recorder.device
        assert len(values[recorder.device]) == recorder.sent
        assert await asyncio.to_thread(_count_in_buckets, load.house, recorder) == recorder.sent
    # Each rule that waits for a silence has told the one after the last reading, and none before.
    silent = len(load.recorders)
    await until(lambda: _count_silences(load) >= silent, "the true silences are told")
    events = await asyncio.to_thread(_list_new_events, load)
    for recorder in load.recorders:
        mine = [one for one in events if one["alert"]["device"] == recorder.device]
        states = [one["alert"]["state"] for one in mine if one["alert"]["rule"] not in load.silences]
        assert states == expected_states(values[recorder.device]), recorder.device
        assert [one["kind"] for one in mine if one["alert"]["rule"] in load.silences] == ["opened"], recorder.device
    assert [one["seq"] for one in events] == list(range(load.first_seq + 1, load.first_seq + 1 + len(events)))
    await _check_socket(load, [one["seq"] for one in events])


async def _check_socket(load: Load, numbers: list[int]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while load.socket.seq < numbers[-1]:
        assert time.monotonic() < deadline, "the socket lacks alerts"
        await asyncio.sleep(0.05)
    shown = [one["seq"] for one in load.socket.events if load.first_seq < one["seq"] <= numbers[-1]]
    assert shown == numbers, "each alert is shown once"


def _list_new_events(load: Load) -> list[dict[str, Any]]:
    return load.house.events(load.first_seq)


def _count_silences(load: Load) -> int:
    return sum(1 for one in _list_new_events(load) if one["alert"]["rule"] in load.silences)


def _count_in_buckets(house: House, recorder: Recorder) -> int:
    """How many readings the minutes of the chart have counted."""
    series = house.series_of(recorder.device)["temperature"]
    begin = recorder.base_ms // 60_000 * 60_000
    history = house.api.get(f"series/{series}/history?from={begin - 3_600_000}&to={begin + 7 * 3_600_000}&points=10")
    assert history["tier"] != "raw", history["tier"]
    return int(sum(history["n"]))
