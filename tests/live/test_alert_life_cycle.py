"""A rule's alert from the reading that opens it to the person who closes it, on the socket and in the log."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator

import pytest
from websockets.exceptions import InvalidHandshake

from belvedere.simulator.api import ApiError
from belvedere.simulator.mqtt import Publisher
from tests.live.alert_socket import AlertSocket
from tests.live.server import SITE, House

pytestmark = pytest.mark.live


@pytest.fixture
async def socket(house: House) -> AsyncIterator[AlertSocket]:
    """A client that knows all that happened before this test."""
    listener = AlertSocket(house.server.url, house.api.token)
    log = house.events()
    listener.events += log[-1:]
    await listener.open()
    listener.events.clear()
    yield listener
    await listener.close()


async def _say(publisher: Publisher, device: str, *temperatures: float) -> None:
    for value in temperatures:
        body = json.dumps({"ts": int(time.time() * 1000), "values": {"temperature": value}}).encode()
        await publisher.publish(f"belvedere/v1/{device}/readings", body)
        await asyncio.sleep(0.005)


async def test_above_the_level_opens_once_and_below_the_clear_level_resolves(
    house: House, device: str, publisher: Publisher, socket: AlertSocket
) -> None:
    house.add_rule(device=device)
    await _say(publisher, device, 30, 36, 37, 34.5, 36)
    (opened,) = await socket.wait_for(1)
    assert (opened["kind"], opened["alert"]["state"], opened["alert"]["device"]) == ("opened", "open", device)
    await asyncio.sleep(0.5)
    assert len(socket.events) == 1
    await _say(publisher, device, 33)
    resolved = (await socket.wait_for(2))[1]
    assert (resolved["kind"], resolved["alert"]["state"]) == ("resolved", "resolved")
    assert resolved["seq"] == opened["seq"] + 1
    assert resolved["alert"]["id"] == opened["alert"]["id"]
    assert resolved["alert"]["peak"] == 37


async def test_a_person_acknowledges_comments_and_the_second_one_hears_who_was_first(
    house: House, device: str, publisher: Publisher, socket: AlertSocket
) -> None:
    house.add_rule(device=device)
    await _say(publisher, device, 40)
    alert = (await socket.wait_for(1))[0]["alert"]["id"]
    told = house.api.post(f"alerts/{alert}/acknowledge")
    assert (told["state"], told["acknowledged_by"]) == ("acknowledged", "alice")
    with pytest.raises(ApiError) as refused:
        house.api.post(f"alerts/{alert}/acknowledge")
    assert (refused.value.status, refused.value.problem["code"]) == (409, "already_acknowledged")
    house.api.post(f"alerts/{alert}/comments", {"text": "Đang tới"})
    house.api.post(f"alerts/{alert}/resolve")
    events = await socket.wait_for(4)
    assert [event["kind"] for event in events] == ["opened", "acknowledged", "commented", "resolved"]
    assert [event["seq"] for event in events] == list(range(events[0]["seq"], events[0]["seq"] + 4))
    assert [event["kind"] for event in house.api.get(f"alerts/{alert}")["events"]] == [e["kind"] for e in events]


async def test_a_client_that_was_away_gets_what_it_missed_and_nothing_twice(
    house: House, device: str, publisher: Publisher, socket: AlertSocket
) -> None:
    house.add_rule(device=device)
    await _say(publisher, device, 40)
    await socket.wait_for(1)
    socket.cut()
    await socket.wait_closed()
    await _say(publisher, device, 30, 40)
    await asyncio.sleep(0.3)
    await socket.open()
    first = socket.events[0]["seq"]
    assert [event["seq"] for event in await socket.wait_for(3)] == [first, first + 1, first + 2]
    await _say(publisher, device, 30)
    await socket.wait_for(4)
    assert [event["seq"] for event in socket.events] == [first + n for n in range(4)]
    log = [event for event in house.events() if event["seq"] >= first]
    assert log == socket.events, "the log and the frames differ"


async def test_the_snapshot_tells_the_last_event_so_that_a_poll_heals_a_lost_frame(
    house: House, device: str, publisher: Publisher, socket: AlertSocket
) -> None:
    house.add_rule(device=device)
    await _say(publisher, device, 40, 30)
    events = await socket.wait_for(2)
    assert house.api.get(f"sites/{SITE}/snapshot")["alerts_seq"] == events[-1]["seq"]


async def test_a_foreign_origin_and_a_stranger_are_refused(house: House) -> None:
    with pytest.raises((InvalidHandshake, ConnectionError)):
        await AlertSocket(house.server.url, "").open()
    with pytest.raises((InvalidHandshake, ConnectionError)):
        await AlertSocket(house.server.url, "wrong-token").open()
    with pytest.raises((InvalidHandshake, ConnectionError)):
        await AlertSocket(house.server.url, house.api.token).open(origin="http://evil.example")


async def test_silence_opens_an_alert_and_the_next_reading_resolves_it(
    house: House, device: str, publisher: Publisher, socket: AlertSocket
) -> None:
    await _say(publisher, device, 20)
    rule = house.add_rule(device=device, kind="no_data", for_seconds=2)
    opened = (await socket.wait_for(1))[0]
    assert (opened["kind"], opened["alert"]["device"]) == ("opened", device)
    await _say(publisher, device, 20)
    assert (await socket.wait_for(2))[1]["kind"] == "resolved"
    house.api.call("DELETE", f"rules/{rule['id']}")  # or this device's silence would be told to other tests
