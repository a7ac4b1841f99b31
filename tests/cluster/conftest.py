"""One cluster for all tests of this folder; each test has devices of its own."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from belvedere.simulator.mqtt import Publisher
from tests.cluster.driving import connect, open_cluster
from tests.cluster.stack import Stack
from tests.live.server import House

_numbers = itertools.count()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Two endpoints, two web processes, two workers."""
    with open_cluster(tmp_path_factory.mktemp("cluster"), endpoints="2", webs="2") as house:
        yield house


@pytest.fixture(scope="module")  # a file may have a house of its own
def stack(house: House) -> Stack:
    assert house.server.stack is not None
    return house.server.stack


@pytest.fixture
def device(house: House) -> str:
    """A device that every process knows."""
    name = f"device-{next(_numbers)}"
    house.add_device(name)
    house.ingest(name, (int(time.time() * 1000), {"known": 1.0}))
    return name


@pytest.fixture
async def publisher(house: House, device: str) -> AsyncIterator[Publisher]:
    connection = await connect(house, device)
    yield connection
    if not connection.closed.done():
        await asyncio.wait_for(connection.close(), 30)
