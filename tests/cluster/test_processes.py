"""Several web processes and endpoints: what one of them is told holds at all of them, and all show the same."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from belvedere.simulator.api import Api, make_basic_auth
from belvedere.simulator.mqtt import Publisher, RefusedError
from tests.cluster.driving import body, now_ms, show_value, until
from tests.cluster.stack import Stack
from tests.live.server import PASSWORD, SITE, House

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

# Rights may be remembered for 5 s, which belvedere/alerts/tests/test_socket_rights.py sees to; the rest is for a busy
# machine.
DEADLINE_SECONDS = 30.0
SNAPSHOT = f"/api/v1/sites/{SITE}/snapshot"


@pytest.fixture
def elsewhere(house: House) -> Api:
    """Alice at the other web process."""
    return Api(house.server.roles["web 2"].rstrip("/"), house.api.token)


@pytest.fixture
def other_port(house: House) -> int:
    """Where the other endpoint takes devices."""
    return int(house.server.endpoints["endpoint 2"].rpartition(":")[2])


async def connect_elsewhere(house: House, port: int, device: str) -> Publisher:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            try:
                return await Publisher.connect("127.0.0.1", port, device, house.secrets[device])
            except (RefusedError, ConnectionError):
                await asyncio.sleep(0.1)


async def test_a_device_that_is_revoked_here_is_disconnected_elsewhere(
    house: House, device: str, other_port: int, elsewhere: Api
) -> None:
    publisher = await connect_elsewhere(house, other_port, device)
    await publisher.publish(f"belvedere/v1/{device}/readings", body(now_ms(), temperature=20.0))
    await asyncio.to_thread(house.api.call, "DELETE", f"devices/{device}/credentials")
    await asyncio.wait_for(asyncio.shield(publisher.closed), DEADLINE_SECONDS)
    with pytest.raises((RefusedError, ConnectionError)):
        await Publisher.connect("127.0.0.1", other_port, device, house.secrets[device])
    auth = make_basic_auth(device, house.secrets[device])
    await until(lambda: elsewhere.raw("POST", "/api/v1/ingest", b'{"temperature":1}', auth)[0] == 401, "over HTTP too")


async def test_what_is_made_here_is_known_elsewhere_at_once(
    house: House, device: str, other_port: int, elsewhere: Api
) -> None:
    """Each before the look that every process takes each second."""
    assert elsewhere.get(f"sites/{SITE}/search?q={device}"), "its names are remembered there"
    house.add_device("read-elsewhere")
    found = elsewhere.get(f"sites/{SITE}/search?q=read-elsewhere")
    assert [hit["id"] for hit in found] == ["read-elsewhere"]
    auth = make_basic_auth("posts-elsewhere", house.add_device("posts-elsewhere"))
    assert elsewhere.raw("POST", "/api/v1/ingest", b'{"temperature":1}', auth)[0] == 200
    secret = house.add_device("connects-elsewhere")
    publisher = await Publisher.connect("127.0.0.1", other_port, "connects-elsewhere", secret)
    await publisher.close()
    assert elsewhere.raw("GET", SNAPSHOT)[0] == 200, "her rights are remembered there"
    house.api.post("sites", {"slug": "new", "name": "New", "timezone": "Asia/Ho_Chi_Minh"})
    assert elsewhere.raw("GET", "/api/v1/sites/new/snapshot")[0] == 200


async def test_a_session_that_is_signed_out_here_sees_nothing_elsewhere(house: House, elsewhere: Api) -> None:
    browser, there = Api(house.server.url), Api(elsewhere.url)
    browser.post("session", {"username": "alice", "password": PASSWORD})
    cookies = {"Cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)}
    assert there.raw("GET", SNAPSHOT, headers=cookies)[0] == 200
    browser.call("DELETE", "session")
    await until(lambda: there.raw("GET", SNAPSHOT, headers=cookies)[0] == 401, "the old cookie opens nothing")


async def test_a_page_may_poll_now_here_and_now_there(house: House, device: str, elsewhere: Api) -> None:
    at_ms = await show_value(house, device)

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
    house: House, device: str, other_port: int, elsewhere: Api
) -> None:
    publisher = await connect_elsewhere(house, other_port, device)

    def online() -> list[bool]:
        return [api.get(f"devices/{device}")["online"] for api in (house.api, elsewhere)]

    await until(lambda: online() == [True, True], "it came")
    await publisher.close()
    await until(lambda: online() == [False, False], "it went")


async def test_each_role_tells_operators_how_it_is(house: House, stack: Stack, device: str) -> None:
    figures = {}
    for name in ("web 2", "endpoint 2", "beat", "worker 1"):
        role = Api(house.server.roles[name].rstrip("/"))
        assert role.raw("GET", "/readyz")[0] == 200, name
        figures[name] = role.raw("GET", "/metrics")[1].decode()
    assert "belvedere_polls_total" in figures["web 2"]
    assert "belvedere_mqtt_connections" in figures["endpoint 2"]
    assert "belvedere_partitions_held" in figures["worker 1"]
    partitions = int(stack.environment["BELVEDERE_PARTITIONS"])
    assert figures["beat"].count("belvedere_partition_lag_records{") == partitions
    assert figures["beat"].count("belvedere_partition_leased{") == partitions
