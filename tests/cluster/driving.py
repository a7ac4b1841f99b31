"""What the tests of the cluster do to it from outside."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from belvedere.simulator.mqtt import Publisher, RefusedError
from tests.cluster.stack import is_installed
from tests.live.server import House, Server, set_up

PATIENCE_SECONDS = 120.0  # for what takes seconds: a starved machine starts a worker in a minute


@contextlib.contextmanager
def open_cluster(folder: Path, **settings: str) -> Iterator[House]:
    """All roles on servers of their own, set up; skips the test where those cannot be started."""
    if not is_installed():
        pytest.skip("needs Java, Maven, MariaDB, Redis and a MongoDB-compatible server")
    environment = {f"BELVEDERE_{name.upper()}": value for name, value in settings.items()}
    with Server(folder / "data", profile="cluster", environment=environment) as server:
        yield set_up(server, devices=0)


def now_ms() -> int:
    return int(time.time() * 1000)


def body(ts_ms: int, **values: float) -> bytes:
    return json.dumps({"ts": ts_ms, "values": values}).encode()


async def until(done: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait; the check is of another thread's kind: it asks over HTTP."""
    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(done):
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.1)


async def connect(house: House, device: str) -> Publisher:
    """A connection, once the endpoint knows the device."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return await Publisher.connect("127.0.0.1", house.server.mqtt_port, device, house.secrets[device])
        except (RefusedError, OSError):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)


async def publish_all(house: House, device: str, bodies: list[bytes]) -> None:
    """Each until it is acknowledged, over as many connections as it takes."""
    topic = f"belvedere/v1/{device}/readings"
    connection = await connect(house, device)
    for one in bodies:
        while True:
            try:
                await asyncio.wait_for(connection.publish(topic, one), PATIENCE_SECONDS)
                break
            except (OSError, TimeoutError, RefusedError):
                connection = await connect(house, device)
    await connection.close()


async def show_value(house: House, device: str, celsius: float = 21.0) -> int:
    """Publish a temperature and wait until the page shows it; gives its time.

    That lies in the past, for what a device says of the future is shown as of now: who publishes a second value of a
    second later needs no second for it.
    """
    at_ms = now_ms() - 10_000
    await publish_all(house, device, [body(at_ms, temperature=celsius)])
    await until(lambda: house.latest(device).get("temperature") == (at_ms, celsius), "shown")
    return at_ms


def read_stored(house: House, device: str, start_ms: int) -> list[tuple[int, float]]:
    """The temperatures in the stores; none while the series is not made."""
    series = house.series_of(device).get("temperature")
    return [] if series is None else house.csv(series, start_ms, now_ms())


def list_kinds(house: House, device: str, rule: int | None = None) -> list[str]:
    """What the alerts of a device did, in order; of one rule or of all."""
    mine = [event for event in house.events() if event["alert"]["device"] == device]
    return [event["kind"] for event in mine if rule in (None, event["alert"]["rule"])]
