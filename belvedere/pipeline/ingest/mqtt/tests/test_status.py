"""Wills, the retained status, who is online, and subscriptions."""

from __future__ import annotations

import pytest

from belvedere.pipeline.ingest.mqtt.packets import ReasonCode
from belvedere.pipeline.ingest.mqtt.tests import wire
from belvedere.pipeline.ingest.mqtt.tests.conftest import House, Open, connect_and_subscribe, say_status, until

READINGS, STATUS, COMMANDS = (f"belvedere/v1/d0/{name}" for name in ("readings", "status", "commands"))
WILL = (STATUS, b"offline")


async def test_a_cut_connection_leaves_its_will_and_a_goodbye_does_not(house: House) -> None:
    for goodbye_said, expected in ((True, b"online"), (False, b"offline")):
        client = await house.connect(wire.connect(will=WILL))
        client.send(wire.publish(STATUS, b"online", 1, 1, retain=True))
        await client.packet()
        if goodbye_said:
            client.send(wire.disconnect())
            assert await client.packet() == b""
        client.cut()
        await until(lambda: not house.presence.online)
        watcher = await connect_and_subscribe(house, wire.connect(client_id="watcher"), STATUS, qos=0)
        assert await watcher.packet() == wire.publish(STATUS, expected, 0, retain=True)
        watcher.send(wire.disconnect())
        assert await watcher.packet() == b""


async def test_mqtt_5_can_say_goodbye_and_still_leave_its_will(house: House) -> None:
    client = await house.connect(wire.connect(5, will=WILL))
    client.send(wire.disconnect(5, ReasonCode.DISCONNECT_WITH_WILL))
    await client.packet()
    watcher = await connect_and_subscribe(house, wire.connect(client_id="watcher"), STATUS, qos=0)
    assert await watcher.packet() == wire.publish(STATUS, b"offline", 0, retain=True)


async def test_a_status_reaches_the_devices_other_clients_that_look_on(house: House) -> None:
    watcher = await connect_and_subscribe(house, wire.connect(client_id="watcher"), "belvedere/v1/d0/#")
    client = await house.connect()
    client.send(wire.publish(STATUS, b"online", 1, 1, retain=True))
    assert await client.packet() == wire.acknowledge(0x40, 1)
    assert await watcher.packet() == wire.publish(STATUS, b"online", 1, 1)
    foreign = await connect_and_subscribe(house, wire.connect(client_id="x", user="d1"), "belvedere/v1/d1/#")
    await foreign.nothing()


async def test_a_device_may_call_itself_offline_and_online_again(house: House) -> None:
    client = await house.connect()
    client.send(wire.publish(STATUS, b"offline", 1, 1, retain=True))
    await client.packet()
    assert not house.presence.online
    for packet_id in (2, 3):
        client.send(wire.publish(STATUS, b"online", 1, packet_id, retain=True))
        await client.packet()
    assert house.presence.online
    assert house.presence.diary == ["d0 online", "d0 offline", "d0 online"]


@pytest.mark.parametrize("retain", [True, False])
@pytest.mark.parametrize("qos", [0, 1, 2])
async def test_a_connected_device_that_sends_is_online_whatever_it_called_itself(
    house: House, retain: bool, qos: int
) -> None:
    client = await house.connect()
    client.send(wire.publish(STATUS, b"offline", 0, retain=retain), wire.PINGREQ)
    assert await client.packet() == b"\xd0\x00"
    assert not house.presence.online, "a ping is no reading"
    client.send(*(wire.publish(READINGS, b'{"a":1}', qos, packet_id) for packet_id in (1, 2)))
    await until(lambda: len(house.stream.stored) == 2)
    assert house.presence.online
    assert house.presence.diary == ["d0 online", "d0 offline", "d0 online"]


async def test_a_device_that_came_back_goes_offline_with_its_connection(house: House) -> None:
    client = await house.connect()
    client.send(wire.publish(STATUS, b"offline", 0), wire.publish(READINGS, b'{"a":1}', 0))
    await until(lambda: len(house.stream.stored) == 1)
    client.cut()
    await until(lambda: not house.presence.online)
    assert house.presence.diary[-1] == "d0 offline"


async def test_of_two_clients_the_one_that_sends_brings_the_device_back(house: House) -> None:
    first = await house.connect(wire.connect(client_id="a"))
    second = await house.connect(wire.connect(client_id="b"))
    first.send(wire.publish(STATUS, b"offline", 1, 1))
    await first.packet()
    assert not house.presence.online
    second.send(wire.publish(READINGS, b'{"a":1}', 1, 1))
    await second.packet()
    assert house.presence.online


async def test_a_status_of_another_word_is_answered_but_not_kept(house: House) -> None:
    client = await house.connect(wire.connect(5))
    client.send(wire.publish(STATUS, b"on fire", 1, 1, version=5, retain=True))
    assert await client.packet() == b"\x40\x03\x00\x01\x99"
    watcher = await connect_and_subscribe(house, wire.connect(client_id="watcher"), STATUS, qos=0)
    await watcher.nothing()


async def test_a_status_without_the_retain_flag_is_not_kept(house: House) -> None:
    client = await house.connect()
    client.send(wire.publish(STATUS, b"online", 1, 1))
    await client.packet()
    watcher = await connect_and_subscribe(house, wire.connect(client_id="watcher"), STATUS, qos=0)
    await watcher.nothing()


async def test_an_empty_retained_status_clears_it(house: House) -> None:
    client = await house.connect()
    client.send(wire.publish(STATUS, b"online", 1, 1, retain=True), wire.publish(STATUS, b"", 1, 2, retain=True))
    await client.packets(2)
    watcher = await connect_and_subscribe(house, wire.connect(client_id="watcher"), STATUS, qos=0)
    await watcher.nothing()


async def test_a_status_by_qos_2_is_answered_once_and_released(house: House) -> None:
    client = await house.connect()
    client.send(wire.publish(STATUS, b"online", 2, 4), wire.acknowledge(0x62, 4))
    assert await client.packets(2) == [wire.acknowledge(0x50, 4), wire.acknowledge(0x70, 4)]


async def test_retain_handling_and_no_local_of_mqtt_5(house: House) -> None:
    client = await house.connect(wire.connect(5))
    client.send(wire.publish(STATUS, b"online", 1, 1, version=5, retain=True))
    await client.packet()
    retained = wire.publish(STATUS, b"online", 0, version=5, retain=True)
    for options, expected in ((0x20, []), (0x10, []), (0x00, [retained])):  # never; only if new (it is not); always
        client.send(wire.subscribe([(STATUS, options)], version=5), wire.PINGREQ)
        assert (await client.packets(2 + len(expected)))[1:-1] == expected
    client.send(wire.subscribe([(STATUS, 0x24)], version=5))  # no local
    await client.packet()
    client.send(wire.publish(STATUS, b"offline", 0, version=5), wire.PINGREQ)
    assert await client.packet() == b"\xd0\x00"


# --- subscriptions ---


async def test_a_device_hears_its_own_topics_only(house: House) -> None:
    filters = [
        (COMMANDS, 0), (COMMANDS, 1), (COMMANDS, 2), ("belvedere/v1/d0/#", 1), ("belvedere/v1/d0/+", 1),
        ("#", 0), ("belvedere/v1/+/commands", 0), ("belvedere/v1/d1/commands", 0), ("belvedere/v1/d0", 0),
        ("$SYS/#", 0), ("$share/g/belvedere/v1/d0/commands", 0), ("belvedere/v1/d0/a#", 0), ("belvedere/v1/d0/#/a", 0),
    ]  # fmt: skip
    client = await house.connect(wire.connect(5))
    client.send(wire.subscribe(filters, 3, version=5))
    refused = ReasonCode.NOT_AUTHORIZED
    assert list((await client.packet())[5:]) == [
        0, 1, 1, 1, 1, refused, refused, refused, refused, refused,
        ReasonCode.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED, ReasonCode.TOPIC_FILTER_INVALID, ReasonCode.TOPIC_FILTER_INVALID,
    ]  # fmt: skip
    old = await house.connect(wire.connect(4, "old"))
    old.send(wire.subscribe([("#", 0), (COMMANDS, 2)], 4))
    assert await old.packet() == b"\x90\x04\x00\x04\x80\x01"


async def test_a_session_has_a_most_of_subscriptions(open_house: Open) -> None:
    house = await open_house(subscriptions_per_session=2)
    client = await house.connect(wire.connect(5))
    filters = [(f"belvedere/v1/d0/{name}", 0) for name in "aabc"]
    client.send(wire.subscribe(filters, version=5))
    assert list((await client.packet())[5:]) == [0, 0, 0, ReasonCode.QUOTA_EXCEEDED]


async def test_unsubscribe(house: House) -> None:
    client = await connect_and_subscribe(house, wire.connect(5), STATUS, version=5)
    client.send(wire.unsubscribe([STATUS, STATUS, "#"], 4, version=5))
    assert await client.packet() == b"\xb0\x06\x00\x04\x00\x00\x11\x11"
    await say_status(house, b"online")
    await client.nothing()
