"""One cluster for all tests of this folder; each test has devices of its own."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from belvedere.simulator.mqtt import Publisher
from tests.cluster.driving import connect
from tests.cluster.stack import SETUP_TOKEN, Stack, is_installed, run_stack
from tests.live.server import House, Server, set_up

_numbers = itertools.count()


class ClusterServer(Server):
    """Every role, by one command."""

    def setup_token(self) -> str:
        return SETUP_TOKEN


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    if not is_installed():
        pytest.skip("needs Java, Maven, MariaDB, Redis and a MongoDB-compatible server")
    with run_stack(tmp_path_factory.mktemp("stack")) as made:
        yield made


@pytest.fixture(scope="session")
def house(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    data = tmp_path_factory.mktemp("cluster") / "data"
    data.mkdir(mode=0o700)
    with ClusterServer(data, environment=stack.environment) as server:
        yield set_up(server, devices=0)


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
