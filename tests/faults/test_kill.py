"""kill -9 under load, again and again: no acknowledged reading is lost or doubled, no alert missed or repeated."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice, repeat
from pathlib import Path

import pytest

from tests.cluster.roles import find_roles
from tests.faults.ledger import Verdict, check_log, compare_readings
from tests.faults.traffic import Recorder
from tests.live.alert_socket import PATIENCE_SECONDS, AlertSocket
from tests.live.server import House, Server, set_up

pytestmark = [pytest.mark.faults, pytest.mark.live]
SOCKETS = 3


ROLES = ("endpoint", "cameras", "worker", "beat")  # `cameras` is the web process too
EVERYTHING = "everything"
START_SECONDS = 120.0  # of a role that is started again


async def _kill_under_load(server: Server, times: int, seed: int, recorder: Recorder) -> None:
    chance = random.Random(seed)
    victims = _choose_victims(chance) if server.profile == "cluster" else repeat(EVERYTHING)
    for victim in islice(victims, times):
        await asyncio.sleep(chance.uniform(0.3, 1.5))
        if victim != EVERYTHING:
            await _kill_one(server, victim, chance)
            await _take_more(recorder)
            continue
        server.kill()
        # Now and then the machine is down for a while, so that clients give up and come again.
        await asyncio.sleep(chance.choice((0, 0, 0.5)))
        await asyncio.to_thread(server.start)


def _choose_victims(chance: random.Random) -> Iterator[str]:
    """Of a cluster each role by turns, in any order, and now and then all that there is."""
    while True:
        yield from chance.sample([*ROLES, EVERYTHING], len(ROLES) + 1)


async def _kill_one(server: Server, role: str, chance: random.Random) -> None:
    """Kill a process of a role, which `belvedere up` starts again."""
    assert server.process
    parent = server.process.pid
    await _until(lambda: bool(find_roles(parent, role)), START_SECONDS)
    os.kill(chance.choice(find_roles(parent, role)), signal.SIGKILL)


async def _take_more(recorder: Recorder) -> None:
    """Wait until readings are acknowledged again, so that the next one is killed under load."""
    before = len(recorder.acknowledged)
    await _until(lambda: len(recorder.acknowledged) > before, START_SECONDS)


async def _check_sockets(sockets: list[AlertSocket], house: House) -> list[dict[str, object]]:
    """The event log, once every socket has reached its end."""
    end = time.monotonic() + 60
    while True:
        log = await asyncio.to_thread(house.events)
        if log and all(socket.seq == log[-1]["seq"] for socket in sockets):
            return log
        assert time.monotonic() < end, f"log ends at {log[-1:]}, sockets at {[socket.seq for socket in sockets]}"
        await asyncio.sleep(0.2)


def _all_connected(recorder: Recorder, cuts: int, sockets: list[AlertSocket]) -> bool:
    return recorder.connects > cuts and all(socket.connects for socket in sockets)


async def _until(holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for something that comes at once on a quiet machine."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.01)


@pytest.mark.timeout(3_600)  # 500 kills are a quarter of an hour
async def test_kill_9_loses_nothing_acknowledged_and_repeats_nothing(
    tmp_path: Path, pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    kills = pytestconfig.getoption("--kills")
    with Server(tmp_path / "data") as server:
        house = set_up(server)
        house.add_rule()
        recorder = Recorder("d0", house.secrets["d0"], int(time.time() * 1000) - 100_000_000)
        sockets = [AlertSocket(server.url, house.api.token) for _ in range(SOCKETS)]
        sending = asyncio.create_task(recorder.run(lambda: server.mqtt_port))
        listening = [asyncio.create_task(socket.stay()) for socket in sockets]
        await _kill_under_load(server, kills, kills, recorder)
        await asyncio.sleep(1)
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending
        # One last connection, so that all that was sent is settled one way or the other.
        recorder.burst = 0
        finishing = asyncio.create_task(recorder.run(lambda: server.mqtt_port))
        await recorder.settled(60)
        finishing.cancel()
        log = await _check_sockets(sockets, house)
        for task in listening:
            task.cancel()
        await asyncio.gather(finishing, *listening, return_exceptions=True)
        verdict, values = compare_readings(house, recorder)
        assert verdict == Verdict(0, 0, 0, 0)
        assert len(recorder.acknowledged) == recorder.sent > kills * 100
        check_log(log, values)
        for socket in sockets:
            assert socket.connects > 1, "it was never cut"
            assert socket.events == log, "a socket missed an event, or saw one twice"
    with capsys.disabled():
        print(
            f"\n{kills} kills: {len(recorder.acknowledged)} readings acknowledged, {verdict.lost} lost, {verdict.twice}"
            f" twice; {len(log)} alert events on {SOCKETS} sockets, 0 missed, 0 repeated"
        )


async def test_cut_connections_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        house = set_up(server)
        house.add_rule()
        recorder = Recorder("d0", house.secrets["d0"], int(time.time() * 1000) - 10_000_000)
        sockets = [AlertSocket(server.url, house.api.token) for _ in range(SOCKETS)]
        running = [asyncio.create_task(recorder.run(lambda: server.mqtt_port))]
        running += [asyncio.create_task(socket.stay()) for socket in sockets]
        chance = random.Random(7)
        for cuts in range(25):
            # Only a connection that is there can be cut, however slow the machine is.
            await _until(partial(_all_connected, recorder, cuts, sockets))
            await asyncio.sleep(chance.uniform(0.05, 0.2))
            recorder.cut()
            chance.choice(sockets).cut()
        recorder.burst = 0
        await _until(lambda: recorder.connects > 25)
        await recorder.settled(60)
        log = await _check_sockets(sockets, house)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        verdict, values = compare_readings(house, recorder)
        assert verdict == Verdict(0, 0, 0, 0)
        check_log(log, values)
        assert all(socket.events == log for socket in sockets)
