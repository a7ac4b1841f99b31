"""Several web processes and endpoints: what one of them is told holds at all of them, and all show the same."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from belvedere.simulator.api import Api, make_basic_auth
from belvedere.simulator.mqtt import Publisher, RefusedError
from tests.cluster.driving import body, now_ms, until
from tests.cluster.stack import Stack
from tests.live.server import PASSWORD, PROGRAM, SITE, House

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

# Rights may be remembered for 5 s, which belvedere/alerts/tests/test_socket_rights.py sees to; the rest is for a busy
# machine.
DEADLINE_SECONDS = 30.0
START_SECONDS = 60.0
SNAPSHOT = f"/api/v1/sites/{SITE}/snapshot"


class Role:
    """One more process. told: what it wrote when it was ready."""

    def __init__(self, name: str, environment: dict[str, str], folder: Path, *options: str) -> None:
        ready = folder / f"{name}.json"
        command = [str(PROGRAM), name, "--data-dir", str(folder), "--ready-file", str(ready), "--port", "0", *options]
        with (folder / f"{name}.log").open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **environment})
        deadline = time.monotonic() + START_SECONDS
        while not ready.exists():
            said = (folder / f"{name}.log").read_text()[-1500:]
            assert self.process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.05)
        self.told: dict[str, Any] = json.loads(ready.read_text())

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)

    @property
    def url(self) -> str:
        """Where it answers over HTTP."""
        return str(self.told["url"]).rstrip("/")


@pytest.fixture(scope="module")
def other_web(house: House, stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Role]:
    role = Role("web", stack.environment, tmp_path_factory.mktemp("web"))
    yield role
    role.stop()


@pytest.fixture(scope="module")
def other_endpoint(house: House, stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Role]:
    role = Role("endpoint", stack.environment, tmp_path_factory.mktemp("endpoint"), "--mqtt-port", "0")
    yield role
    role.stop()


@pytest.fixture
def elsewhere(house: House, other_web: Role) -> Api:
    """Alice at the other web process."""
    return Api(other_web.url, house.api.token)


def mqtt_port(role: Role) -> int:
    return int(role.told["mqtt"].rpartition(":")[2])


async def connect_elsewhere(house: House, role: Role, device: str) -> Publisher:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            try:
                return await Publisher.connect("127.0.0.1", mqtt_port(role), device, house.secrets[device])
            except (RefusedError, ConnectionError):
                await asyncio.sleep(0.1)


async def test_a_device_that_is_revoked_here_is_disconnected_elsewhere(
    house: House, device: str, other_endpoint: Role, elsewhere: Api
) -> None:
    publisher = await connect_elsewhere(house, other_endpoint, device)
    await publisher.publish(f"belvedere/v1/{device}/readings", body(now_ms(), temperature=20.0))
    await asyncio.to_thread(house.api.call, "DELETE", f"devices/{device}/credentials")
    await asyncio.wait_for(asyncio.shield(publisher.closed), DEADLINE_SECONDS)
    with pytest.raises((RefusedError, ConnectionError)):
        await Publisher.connect("127.0.0.1", mqtt_port(other_endpoint), device, house.secrets[device])
    auth = make_basic_auth(device, house.secrets[device])
    await until(lambda: elsewhere.raw("POST", "/api/v1/ingest", b'{"temperature":1}', auth)[0] == 401, "over HTTP too")


async def test_what_is_made_here_is_known_elsewhere_at_once(
    house: House, device: str, other_endpoint: Role, elsewhere: Api
) -> None:
    """Each before the look that every process takes each second."""
    assert elsewhere.get(f"sites/{SITE}/search?q={device}"), "its names are remembered there"
    house.add_device("read-elsewhere")
    found = elsewhere.get(f"sites/{SITE}/search?q=read-elsewhere")
    assert [hit["id"] for hit in found] == ["read-elsewhere"]
    auth = make_basic_auth("posts-elsewhere", house.add_device("posts-elsewhere"))
    assert elsewhere.raw("POST", "/api/v1/ingest", b'{"temperature":1}', auth)[0] == 200
    secret = house.add_device("connects-elsewhere")
    publisher = await Publisher.connect("127.0.0.1", mqtt_port(other_endpoint), "connects-elsewhere", secret)
    await publisher.close()
    assert elsewhere.raw("GET", SNAPSHOT)[0] == 200, "her rights are remembered there"
    house.api.post("sites", {"slug": "new", "name": "New", "timezone": "Asia/Ho_Chi_Minh"})
    assert elsewhere.raw("GET", "/api/v1/sites/new/snapshot")[0] == 200


async def test_a_session_that_is_signed_out_here_sees_nothing_elsewhere(house: House, other_web: Role) -> None:
    browser, there = Api(house.server.url), Api(other_web.url)
    browser.post("session", {"username": "alice", "password": PASSWORD})
    cookies = {"Cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)}
    assert there.raw("GET", SNAPSHOT, headers=cookies)[0] == 200
    browser.call("DELETE", "session")
    await until(lambda: there.raw("GET", SNAPSHOT, headers=cookies)[0] == 401, "the old cookie opens nothing")


async def test_a_page_may_poll_now_here_and_now_there(house: House, device: str, elsewhere: Api) -> None:
    at_ms = now_ms()
    house.ingest(device, (at_ms, {"temperature": 21.0}))
    await until(lambda: house.latest(device).get("temperature") == (at_ms, 21.0), "shown")

    def same() -> bool:
        here, there = (api.raw("GET", SNAPSHOT) for api in (house.api, elsewhere))
        return (here[1], here[2]["etag"]) == (there[1], there[2]["etag"])

    await until(same, "cursor, numbers, values and ETag are the same in both")
    _, answer, headers = house.api.raw("GET", SNAPSHOT)
    assert elsewhere.raw("GET", SNAPSHOT, headers={"If-None-Match": headers["etag"]})[0] == 304
    house.ingest(device, (at_ms + 1000, {"temperature": 22.0}))
    cursor = json.loads(answer)["cursor"]
    series = house.series_of(device)["temperature"]

    def delta() -> Any:
        found = elsewhere.get(f"sites/{SITE}/snapshot?since={cursor}")
        return not found["full"] and [row for row in found["series"] if row[0] == series]

    await until(lambda: delta() == [[series, at_ms + 1000, 22.0]], "a delta of the other's cursor")


async def test_a_device_is_online_wherever_it_is_asked_for(
    house: House, device: str, other_endpoint: Role, elsewhere: Api
) -> None:
    publisher = await connect_elsewhere(house, other_endpoint, device)

    def online() -> list[bool]:
        return [api.get(f"devices/{device}")["online"] for api in (house.api, elsewhere)]

    await until(lambda: online() == [True, True], "it came")
    await publisher.close()
    await until(lambda: online() == [False, False], "it went")


async def test_each_role_tells_operators_how_it_is(
    house: House, stack: Stack, device: str, other_web: Role, other_endpoint: Role, tmp_path: Path
) -> None:
    roles = [other_web, other_endpoint]
    for name in ("beat", "worker"):
        folder = tmp_path / name
        folder.mkdir()
        roles.append(Role(name, stack.environment, folder))
    try:
        found = {}
        for role, named in zip(roles, ("web", "endpoint", "beat", "worker"), strict=True):
            assert Api(role.url).raw("GET", "/readyz")[0] == 200
            found[named] = Api(role.url).raw("GET", "/metrics")[1].decode()
        assert "belvedere_polls_total" in found["web"]
        assert "belvedere_mqtt_connections" in found["endpoint"]
        assert "belvedere_partitions_held" in found["worker"]
        partitions = int(stack.environment["BELVEDERE_PARTITIONS"])
        assert found["beat"].count("belvedere_partition_lag_records{") == partitions
        assert found["beat"].count("belvedere_partition_leased{") == partitions
    finally:
        for role in roles[2:]:
            role.stop()
