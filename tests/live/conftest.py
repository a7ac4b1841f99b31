"""One server for all tests of this folder; each test has devices of its own."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator

import pytest

from belvedere.simulator.mqtt import Publisher
from tests.live.server import House, Server, set_up

_numbers = itertools.count()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with Server(tmp_path_factory.mktemp("live") / "data") as server:
        yield set_up(server, devices=0)


@pytest.fixture
def device(house: House) -> str:
    name = f"device-{next(_numbers)}"
    house.add_device(name)
    return name


@pytest.fixture
async def publisher(house: House, device: str) -> AsyncIterator[Publisher]:
    connection = await Publisher.connect("127.0.0.1", house.server.mqtt_port, device, house.secrets[device])
    yield connection
    if not connection.closed.done():
        await asyncio.wait_for(connection.close(), 30)
