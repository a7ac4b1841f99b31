"""Sessions and their take-over, wills, the retained status, subscriptions, and the end of a credential."""

from __future__ import annotations

import asyncio

import pytest

from belvedere.domain.changes import ChangeKind
from belvedere.pipeline.ingest.mqtt.fields import Property
from belvedere.pipeline.ingest.mqtt.packets import ReasonCode
from belvedere.pipeline.ingest.mqtt.tests import wire
from belvedere.pipeline.ingest.mqtt.tests.conftest import (
    PATIENCE_SECONDS,
    House,
    Open,
    connect_and_subscribe,
    say_status,
    until,
)
from belvedere.pipeline.ingest.tests.fakes import FakeDevice

READINGS, STATUS, COMMANDS = (f"belvedere/v1/d0/{name}" for name in ("readings", "status", "commands"))
BODY = b'{"temperature":21.5}'
KEPT = wire.connect(clean=False)
WILL = (STATUS, b"offline")


def goodbye(reason: ReasonCode) -> bytes:
    return bytes((0xE0, 1, reason))


# --- take-over ---


async def test_the_same_client_again_takes_the_session_over(house: House) -> None:
    old = await house.connect(wire.connect(5, will=WILL))
    new = await house.connect(wire.connect(5))
    assert await old.packets(2) == [goodbye(ReasonCode.SESSION_TAKEN_OVER), b""]
    new.send(wire.PINGREQ)
    assert await new.packet() == b"\xd0\x00"
    await asyncio.sleep(0.05)
    assert house.presence.diary == ["d0 online", "d0 online"], "the will of the old one is void"
    assert house.presence.online == {"d0": 2}


async def test_a_session_that_was_to_end_with_its_connection_is_not_taken_over(house: House) -> None:
    old = await house.connect(wire.connect(clean=True))
    new = await house.client()
    new.send(wire.connect(clean=False))
    assert await new.packet() == b"\x20\x02\x00\x00"
    assert await old.packet() == b""


async def test_another_device_with_the_same_client_id_takes_nothing_over(house: House) -> None:
    first = await house.connect(wire.connect(client_id="same"))
    await house.connect(wire.connect(client_id="same", user="d1"))
    first.send(wire.PINGREQ)
    assert await first.packet() == b"\xd0\x00"


async def test_a_device_is_online_while_one_of_its_clients_is(house: House) -> None:
    first = await house.connect(wire.connect(client_id="a", will=WILL))
    second = await house.connect(wire.connect(client_id="b"))
    second.cut()
    await until(lambda: house.endpoint.counters.connections == 1)
    assert "d0" in house.presence.online
    assert "d0 offline" not in house.presence.diary
    first.cut()
    await until(lambda: not house.presence.online)


# --- messages to a client ---


async def test_a_device_may_subscribe_to_a_topic_of_its_own_that_nobody_publishes(house: House) -> None:
    client = await connect_and_subscribe(house, wire.connect(), COMMANDS)
    await say_status(house, b"online")
    await client.nothing()


async def test_a_kept_session_gets_what_it_did_not_acknowledge_after_the_reconnect(house: House) -> None:
    client = await connect_and_subscribe(house, KEPT, STATUS)
    await say_status(house, b"online")
    assert await client.packet() == wire.publish(STATUS, b"online", 1, 1)
    client.cut()  # without having acknowledged it
    await until(lambda: house.endpoint.counters.connections == 0)
    client = await house.client()
    client.send(KEPT)
    assert await client.packets(2) == [b"\x20\x02\x01\x00", wire.publish(STATUS, b"online", 1, 1, dup=True)]
    client.send(wire.acknowledge(0x40, 1))
    client.cut()
    await until(lambda: house.endpoint.counters.connections == 0)
    client = await house.connect(KEPT)
    await client.nothing()


async def test_a_clean_session_starts_anew(house: House) -> None:
    client = await connect_and_subscribe(house, KEPT, STATUS)
    client.cut()
    await until(lambda: house.endpoint.counters.connections == 0)
    client = await house.client()
    client.send(wire.connect(clean=True))
    assert await client.packet() == b"\x20\x02\x00\x00"
    await say_status(house, b"online")
    await client.nothing()


async def test_an_mqtt_5_session_lasts_as_long_as_it_asked_and_no_longer(open_house: Open) -> None:
    house = await open_house(session_expiry_seconds=100)
    connect = wire.connect(5, clean=False, properties={Property.SESSION_EXPIRY: 500})
    client = await house.client()
    client.send(connect)
    assert b"\x11\x00\x00\x00\x64" in await client.packet(), "it is told that it gets less"
    client.send(wire.disconnect(5))
    await client.packet()
    again = await house.client()
    again.send(connect)
    assert (await again.packet())[2] == 1
    again.send(wire.packet(0xE0, b"\x00\x05\x11\x00\x00\x00\x00"))  # and now it wants it to end
    await again.packet()
    third = await house.client()
    third.send(connect)
    assert (await third.packet())[2] == 0


async def test_a_session_whose_time_is_over_is_not_there_even_before_it_is_swept(open_house: Open) -> None:
    house = await open_house()
    connect = wire.connect(5, clean=False, properties={Property.SESSION_EXPIRY: 1})
    client = await house.connect(connect)
    client.cut()
    await until(lambda: house.endpoint.counters.connections == 0)
    await asyncio.sleep(1.1)
    again = await house.client()
    again.send(connect)
    assert (await again.packet())[2] == 0


async def test_messages_to_a_client_are_bounded_and_sent_no_faster_than_it_allows(open_house: Open) -> None:
    house = await open_house(outgoing_per_session=3)
    connect = wire.connect(5, properties={Property.RECEIVE_MAXIMUM: 1})
    client = await connect_and_subscribe(house, connect, STATUS, version=5)
    await say_status(house, b"online", b"offline", b"online", b"")
    for packet_id, word in enumerate((b"online", b"offline", b"online"), 1):
        assert await client.packet() == wire.publish(STATUS, word, 1, packet_id, version=5)
        await client.nothing()
        client.send(wire.acknowledge(0x40, packet_id))
    await client.nothing()


@pytest.mark.parametrize("qos", [0, 1])
async def test_a_message_that_is_too_large_for_its_client_is_not_sent(house: House, qos: int) -> None:
    size = len(wire.publish(STATUS, b"online", qos, 1, version=5))
    connect = wire.connect(5, properties={Property.MAXIMUM_PACKET_SIZE: size, Property.RECEIVE_MAXIMUM: 1})
    client = await connect_and_subscribe(house, connect, STATUS, qos, version=5)
    await say_status(house, b"offline", b"online")
    assert (await client.packet()).endswith(b"online")


# --- the end ---


async def test_a_revoked_device_is_out_at_once(house: House) -> None:
    new, old = await house.connect(wire.connect(5, "new")), await house.connect(wire.connect(4, "old"))
    await asyncio.to_thread(house.directory.revoke, "d0")
    assert await new.packets(2) == [goodbye(ReasonCode.NOT_AUTHORIZED), b""]
    assert await old.packet() == b""
    await until(lambda: not house.presence.online)
    await house.connect(accepted=4)


async def test_who_came_by_an_older_secret_is_out_once_it_is_told_and_who_has_the_new_one_stays(house: House) -> None:
    old = await house.connect(wire.connect(5, "old"))
    house.directory.devices["d0"].digest = "1" * 64
    house.directory.tell(ChangeKind.DEVICE, "d0")
    assert await old.packets(2) == [goodbye(ReasonCode.NOT_AUTHORIZED), b""]
    new = await house.connect(wire.connect(5, "new"))
    house.directory.tell(ChangeKind.DEVICE, "d0")  # as where a change is applied once more, or it got another name
    await new.nothing()


async def test_whoever_comes_by_a_new_secret_before_it_is_told_puts_the_older_ones_out(house: House) -> None:
    old = await house.connect(wire.connect(5, "old"))
    house.directory.devices["d0"].digest = "1" * 64
    new = await house.connect(wire.connect(5, "new"))
    assert await old.packets(2) == [goodbye(ReasonCode.NOT_AUTHORIZED), b""]
    house.directory.tell(ChangeKind.DEVICE, "d0")
    await new.nothing()


async def test_a_secret_that_changes_during_the_log_in_has_to_be_proved_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = house.directory.devices["d0"]

    def and_it_changes(*_: str) -> FakeDevice:
        device.digest = "1" * 64
        return device

    monkeypatch.setattr(house.directory, "authenticate", and_it_changes)
    client = await house.connect(wire.connect(5))
    house.directory.tell(ChangeKind.DEVICE, "d0")
    assert await client.packets(2) == [goodbye(ReasonCode.NOT_AUTHORIZED), b""]


async def test_with_the_credential_goes_the_session_that_was_kept_for_it(house: House) -> None:
    client = await connect_and_subscribe(house, KEPT, STATUS)
    device = house.directory.devices["d0"]
    house.directory.revoke("d0")
    assert await client.packet() == b""
    house.directory.devices["d0"] = device  # it got a new one
    client = await house.client()
    client.send(KEPT)
    assert await client.packet() == b"\x20\x02\x00\x00"
    await say_status(house, b"online")
    await client.nothing()


async def test_stop_acknowledges_what_is_stored_says_goodbye_and_takes_nothing_new(house: House) -> None:
    house.stream.frozen = True
    client = await house.connect(wire.connect(5))
    client.send(wire.publish(READINGS, BODY, 1, 1, version=5))
    await until(lambda: len(house.stream.pending) == 1)
    stopping = asyncio.create_task(house.endpoint.stop())
    await asyncio.sleep(0.1)
    client.send(wire.publish(READINGS, BODY, 1, 2, version=5))
    await asyncio.sleep(0.1)
    house.stream.commit()
    assert await client.packets(3) == [wire.acknowledge(0x40, 1), goodbye(ReasonCode.SERVER_SHUTTING_DOWN), b""]
    await asyncio.wait_for(stopping, PATIENCE_SECONDS)
    assert len(house.stream.stored) == 1
    await house.endpoint.stop()


async def test_stop_does_not_wait_for_ever_for_a_store_that_hangs(house: House) -> None:
    house.stream.frozen = True
    client = await house.connect(wire.connect(5))
    client.send(wire.publish(READINGS, BODY, 1, 1, version=5))
    await until(lambda: len(house.stream.pending) == 1)
    await asyncio.wait_for(house.endpoint.stop(settle_seconds=0.2), 3)
    assert await client.packets(2) == [goodbye(ReasonCode.SERVER_SHUTTING_DOWN), b""], "and no false acknowledgement"


async def test_a_device_made_anew_with_an_old_id_is_told_nothing_of_the_old_ones_messages(house: House) -> None:
    client = await house.connect()
    client.send(wire.publish(STATUS, b"online", 0, retain=True), wire.publish(READINGS, BODY, 1, 7))
    assert await client.packet() == wire.acknowledge(0x40, 7)
    house.directory.revoke("d0")
    assert await client.packet() == b""
    house.directory.devices["d0"] = FakeDevice("d0", data_key=":anew")
    anew = await house.connect()
    anew.send(wire.publish(READINGS, BODY, 1, 7, dup=True))
    assert await anew.packet() == wire.acknowledge(0x40, 7)
    assert len(house.stream.stored) == 2, "what the old one had sent is no copy of it"
    watcher = await connect_and_subscribe(house, wire.connect(client_id="watcher"), STATUS, qos=0)
    await watcher.nothing()
