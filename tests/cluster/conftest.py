"""One cluster for all tests of this folder; each test has devices of its own."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from belvedere.simulator.mqtt import Publisher
from tests.cluster.driving import connect
from tests.cluster.stack import Stack, is_installed
from tests.live.server import House, Server, set_up

_numbers = itertools.count()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    if not is_installed():
        pytest.skip("needs Java, Maven, MariaDB, Redis and a MongoDB-compatible server")
    with Server(tmp_path_factory.mktemp("cluster") / "data", profile="cluster") as server:
        yield set_up(server, devices=0)


@pytest.fixture(scope="session")
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
