"""MongoDB is away for so long that workers may hold no more in memory of what waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator

import pytest

from belvedere.simulator.api import Api
from tests.cluster.driving import body, now_ms, open_cluster, publish_all, read_stored, until
from tests.cluster.stack import Stack
from tests.live.server import House

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

PARTITIONS = 4
WAITING_MB = 8  # as little as may be: 470,000 values of all workers
METRICS = ["temperature", *(f"metric_{number}" for number in range(60))]
A_BODY, SOME = 12, 1_200  # readings
MOST_READINGS = 12_000
SILENCE_SECONDS = 10
HELD_SECONDS = 15


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_cluster(tmp_path_factory.mktemp("full"), partitions=str(PARTITIONS), waiting_mb=str(WAITING_MB)) as house:
        yield house


def read_reasons(house: House) -> str:
    """Why workers are not ready."""
    said = b""
    for name, address in house.server.roles.items():
        if name.startswith("worker"):
            with contextlib.suppress(OSError):
                said += Api(address.rstrip("/")).raw("GET", "/readyz")[1]
    return said.decode()


def make_body(times: list[int]) -> bytes:
    values = dict.fromkeys(METRICS, 20.0)
    return json.dumps({"readings": [{"ts": ts, "values": values} for ts in times]}).encode()


async def test_what_is_more_than_memory_may_hold_waits_in_kafka_until_mongodb_is_back(
    house: House, stack: Stack, device: str
) -> None:
    house.add_rule(device=device)
    silence = house.add_rule(device=device, kind="no_data", for_seconds=SILENCE_SECONDS)["id"]
    start = now_ms() - 3_600_000
    times: list[int] = []
    stack.mongo.kill()
    try:
        while "wait in MySQL for MongoDB" not in await asyncio.to_thread(read_reasons, house):
            assert len(times) < MOST_READINGS, "no worker says that it is full"
            more = [
                [start + 10 * n for n in range(at, at + A_BODY)] for at in range(len(times), len(times) + SOME, A_BODY)
            ]
            await publish_all(house, device, [make_body(one) for one in more])
            times += [ts for one in more for ts in one]
        late = []
        for _ in range(HELD_SECONDS):
            late.append(now_ms())
            await publish_all(house, device, [body(late[-1], temperature=40.0)])
            await asyncio.sleep(1.0)
        assert stack.find_lag() >= HELD_SECONDS
        assert stack.fetch("SELECT COUNT(*) FROM alerts_alertevent") == [(0,)], "what waits in Kafka is no silence"
    finally:
        await asyncio.to_thread(stack.mongo.start)
    await until(lambda: stack.find_lag() == 0, "it goes on")
    await until(lambda: "MongoDB" not in read_reasons(house), "workers are ready")
    assert read_stored(house, device, start) == [*((ts, 20.0) for ts in times), *((ts, 40.0) for ts in late)]
    last = house.csv(house.series_of(device)[METRICS[-1]], start, now_ms())
    assert last == [(ts, 20.0) for ts in times], "each once"
    kinds = [event["kind"] for event in house.events() if event["alert"]["rule"] != silence]
    assert kinds == ["opened"]
