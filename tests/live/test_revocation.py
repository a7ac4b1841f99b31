"""What was taken away stops working at once, or within five seconds where rights are remembered."""

from __future__ import annotations

import asyncio
import time

import pytest
from websockets.exceptions import InvalidHandshake

from belvedere.simulator.api import Api, make_basic_auth
from belvedere.simulator.mqtt import Publisher, RefusedError
from tests.live.alert_socket import AlertSocket
from tests.live.server import PASSWORD, SITE, House

pytestmark = pytest.mark.live
# Rights may be remembered for 5 s, which belvedere/alerts/tests/test_socket_rights.py sees to; the rest is for a busy
# machine.
DEADLINE_SECONDS = 30.0


@pytest.mark.parametrize("how", ["revoke", "rotate", "delete"])
async def test_a_device_whose_credential_ends_is_disconnected_at_once(
    house: House, device: str, publisher: Publisher, how: str
) -> None:
    await publisher.publish(f"belvedere/v1/{device}/readings", b'{"temperature": 20}')
    secret = house.secrets[device]
    method, path = {
        "revoke": ("DELETE", f"devices/{device}/credentials"),
        "rotate": ("POST", f"devices/{device}/credentials"),
        "delete": ("DELETE", f"devices/{device}"),
    }[how]
    answer = await asyncio.to_thread(house.api.call, method, path)
    await asyncio.wait_for(asyncio.shield(publisher.closed), DEADLINE_SECONDS)
    with pytest.raises((RefusedError, ConnectionError)):
        await Publisher.connect("127.0.0.1", house.server.mqtt_port, device, secret)
    status, _, _ = house.api.raw("POST", "/api/v1/ingest", b'{"temperature":1}', make_basic_auth(device, secret))
    assert status == 401
    if how == "rotate":
        again = await Publisher.connect("127.0.0.1", house.server.mqtt_port, device, answer["secret"])
        await again.publish(f"belvedere/v1/{device}/readings", b'{"temperature": 21}')
        await again.close()


async def test_a_deleted_device_leaves_the_poll_closes_its_alerts_and_raises_none(
    house: House, device: str, publisher: Publisher
) -> None:
    metric = "warmth"
    house.add_rule(metric)
    house.api.post(
        "rules",
        {
            "site": SITE,
            "name": "Silent",
            "metric": metric,
            "device": None,
            "severity": "info",
            "condition": {"kind": "no_data", "for_seconds": 10},
        },
    )
    await publisher.publish(f"belvedere/v1/{device}/readings", b'{"warmth": 40}')
    assert await asyncio.to_thread(house.latest, device)
    series = house.series_of(device)[metric]
    await asyncio.to_thread(house.api.call, "DELETE", f"devices/{device}")
    snapshot = await asyncio.to_thread(house.api.get, f"sites/{SITE}/snapshot")
    assert series not in [row[0] for row in snapshot["series"]]
    after = house.events()[-1]["seq"]
    await asyncio.sleep(12)
    assert [event["alert"]["rule_name"] for event in house.events(after)] == []


async def _refused(api: Api) -> float:
    begun = time.monotonic()
    while time.monotonic() - begun < DEADLINE_SECONDS:
        status, _, _ = await asyncio.to_thread(api.raw, "GET", f"/api/v1/sites/{SITE}/snapshot")
        if status in (401, 403):
            return time.monotonic() - begun
        await asyncio.sleep(0.2)
    raise AssertionError("the snapshot is still served")


async def test_a_deleted_token_loses_poll_and_socket(house: House) -> None:
    token = house.api.post("tokens", {"name": "leaving"})
    leaver = Api(house.server.url, token["token"])
    assert leaver.get(f"sites/{SITE}/snapshot")
    socket = await AlertSocket(house.server.url, token["token"]).open()
    house.api.call("DELETE", f"tokens/{token['id']}")
    await asyncio.gather(_refused(leaver), socket.wait_closed(DEADLINE_SECONDS))
    with pytest.raises((InvalidHandshake, ConnectionError)):
        await AlertSocket(house.server.url, token["token"]).open()


async def test_a_signed_out_session_loses_the_poll(house: House) -> None:
    browser = Api(house.server.url)
    browser.post("session", {"username": "alice", "password": PASSWORD})
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)
    thief = Api(house.server.url)
    path = f"/api/v1/sites/{SITE}/snapshot"
    assert thief.raw("GET", path, headers={"Cookie": cookies})[0] == 200
    browser.call("DELETE", "session")
    begun = time.monotonic()
    while thief.raw("GET", path, headers={"Cookie": cookies})[0] == 200:
        assert time.monotonic() - begun < DEADLINE_SECONDS, "the old cookie still works"
        await asyncio.sleep(0.2)
