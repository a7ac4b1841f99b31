"""Copies of a message (DUP=1, or a QoS 2 id again): acknowledged once stored, and never stored twice."""

from __future__ import annotations

import pytest

from belvedere.pipeline.ingest.mqtt.fields import Property
from belvedere.pipeline.ingest.mqtt.packets import ReasonCode
from belvedere.pipeline.ingest.mqtt.tests import wire
from belvedere.pipeline.ingest.mqtt.tests.conftest import House, until

OWN = "belvedere/v1/d0/readings"
BODY = b'{"temperature":21.5}'
PUBACK, PUBREC, PUBREL, PUBCOMP = 0x40, 0x50, 0x62, 0x70


def puback(packet_id: int) -> bytes:
    return wire.acknowledge(PUBACK, packet_id)


async def test_a_copy_of_a_stored_message_is_acknowledged_again_and_not_stored_again(house: House) -> None:
    client = await house.connect()
    client.send(wire.publish(OWN, BODY, 1, 5))
    assert await client.packet() == puback(5)
    client.cut()
    client = await house.connect()
    client.send(wire.publish(OWN, BODY, 1, 5, dup=True))
    assert await client.packet() == puback(5)
    assert len(house.stream.stored) == 1
    assert house.endpoint.counters.repeated == 1


async def test_a_copy_of_a_message_on_its_way_is_acknowledged_once_stored(house: House) -> None:
    house.stream.frozen = True
    client = await house.connect()
    client.send(wire.publish(OWN, BODY, 1, 5))
    await until(lambda: len(house.stream.pending) == 1)
    client.cut()
    client = await house.connect()
    client.send(wire.publish(OWN, BODY, 1, 5, dup=True), wire.publish(OWN, BODY, 1, 6))
    await until(lambda: len(house.stream.pending) == 2)
    await client.nothing()
    house.stream.commit(1)
    assert await client.packet() == puback(5)
    house.stream.commit()
    assert await client.packet() == puback(6)
    assert len(house.stream.stored) == 2


async def test_a_copy_on_the_same_connection_gets_one_acknowledgement(house: House) -> None:
    house.stream.frozen = True
    client = await house.connect()
    client.send(wire.publish(OWN, BODY, 1, 5), wire.publish(OWN, BODY, 1, 5, dup=True))
    await until(lambda: house.endpoint.counters.repeated == 1)
    house.stream.commit()
    assert await client.packet() == puback(5)
    await client.nothing()


async def test_a_copy_of_something_unknown_is_stored(house: House) -> None:
    client = await house.connect()
    client.send(wire.publish(OWN, BODY, 1, 5, dup=True))
    assert await client.packet() == puback(5)
    assert len(house.stream.stored) == 1


async def test_the_same_id_with_another_body_is_another_message(house: House) -> None:
    client = await house.connect()
    for index, dup in ((1, False), (2, False), (3, True)):
        client.send(wire.publish(OWN, b'{"temperature":%d}' % index, 1, 5, dup=dup))
        assert await client.packet() == puback(5)
    assert [reading.values["temperature"] for reading in house.stream.readings] == [1, 2, 3]


async def test_an_id_in_use_for_another_body_is_against_the_protocol(house: House) -> None:
    house.stream.frozen = True
    client = await house.connect(wire.connect(5))
    client.send(wire.publish(OWN, BODY, 1, 5, version=5), wire.publish(OWN, b"{}", 1, 5, version=5))
    assert await client.packet() == bytes((0xE0, 1, ReasonCode.PROTOCOL_ERROR))


async def test_a_late_puback_never_goes_to_a_new_connection(house: House) -> None:
    house.stream.frozen = True
    old = await house.connect()
    old.send(wire.publish(OWN, b'{"temperature":1}', 1, 5))
    await until(lambda: len(house.stream.pending) == 1)
    new = await house.connect()
    new.send(wire.publish(OWN, b'{"temperature":2}', 1, 5))
    await until(lambda: len(house.stream.pending) == 2)
    house.stream.commit(1)
    await new.nothing()
    house.stream.commit()
    assert await new.packet() == puback(5)


async def test_a_copy_is_not_acknowledged_for_another_message_with_the_same_id(house: House) -> None:
    """The old connection's message 5 is stored, the new one's message 5 is not: its copy must wait."""
    house.stream.frozen = True
    old = await house.connect()
    old.send(wire.publish(OWN, b'{"temperature":1}', 1, 5))
    await until(lambda: len(house.stream.pending) == 1)
    second = await house.connect()
    second.send(wire.publish(OWN, b'{"temperature":2}', 1, 5))
    await until(lambda: len(house.stream.pending) == 2)
    house.stream.commit(1)
    third = await house.connect()
    third.send(wire.publish(OWN, b'{"temperature":2}', 1, 5, dup=True))
    await third.nothing()
    house.stream.commit()
    assert await third.packet() == puback(5)


async def test_a_qos_2_copy_after_a_reconnect_waits_for_the_commit_too(house: House) -> None:
    house.stream.frozen = True
    connect = wire.connect(clean=False)
    client = await house.connect(connect)
    client.send(wire.publish(OWN, BODY, 2, 5))
    await until(lambda: len(house.stream.pending) == 1)
    client.cut()
    await until(lambda: house.endpoint.counters.connections == 0)
    client = await house.connect(connect)
    client.send(wire.publish(OWN, BODY, 2, 5, dup=True))
    await client.nothing()
    house.stream.commit()
    assert await client.packet() == wire.acknowledge(PUBREC, 5)
    assert len(house.stream.stored) == 1


@pytest.mark.parametrize("version", [4, 5])
async def test_a_qos_2_id_that_is_used_again_for_another_body_is_another_message(house: House, version: int) -> None:
    """A board that lost its memory between PUBREC and PUBREL begins its ids anew."""
    connect = wire.connect(version, clean=False, properties={Property.SESSION_EXPIRY: 60} if version == 5 else None)
    client = await house.connect(connect)
    client.send(wire.publish(OWN, BODY, 2, 1, version=version))
    assert await client.packet() == wire.acknowledge(PUBREC, 1)
    client.cut()
    client = await house.connect(connect)
    house.stream.frozen = True
    client.send(wire.publish(OWN, b'{"temperature":22}', 2, 1, version=version))
    await until(lambda: len(house.stream.pending) == 1)
    await client.nothing()
    house.stream.commit()
    assert await client.packet() == wire.acknowledge(PUBREC, 1)
    assert [reading.values for reading in house.stream.readings] == [{"temperature": 21.5}, {"temperature": 22.0}]
    client.send(wire.acknowledge(PUBREL, 1))
    assert await client.packet() == wire.acknowledge(PUBCOMP, 1)


async def test_the_commit_of_an_older_message_confirms_no_newer_one_of_the_same_qos_2_id(house: House) -> None:
    house.stream.frozen = True
    connect = wire.connect(clean=False)
    client = await house.connect(connect)
    client.send(wire.publish(OWN, BODY, 2, 1))
    await until(lambda: len(house.stream.pending) == 1)
    client.cut()
    await until(lambda: house.endpoint.counters.connections == 0)
    client = await house.connect(connect)
    client.send(wire.publish(OWN, BODY, 2, 1, dup=True), wire.publish(OWN, b'{"temperature":22}', 2, 1))
    await until(lambda: len(house.stream.pending) == 2)
    house.stream.commit(1)
    await client.nothing()
    house.stream.commit()
    assert await client.packet() == wire.acknowledge(PUBREC, 1)


async def test_a_qos_2_id_on_its_way_with_another_body_is_against_the_protocol(house: House) -> None:
    house.stream.frozen = True
    client = await house.connect(wire.connect(5))
    client.send(wire.publish(OWN, BODY, 2, 1, version=5), wire.publish(OWN, b"{}", 2, 1, version=5))
    assert await client.packet() == bytes((0xE0, 1, ReasonCode.PACKET_ID_IN_USE))


@pytest.mark.parametrize("version", [4, 5])
async def test_a_pubrel_before_the_commit_completes_nothing(house: House, version: int) -> None:
    house.stream.frozen = True
    client = await house.connect(wire.connect(version))
    client.send(wire.publish(OWN, BODY, 2, 1, version=version))
    client.send(wire.acknowledge(PUBREL, 1))
    client.send(wire.publish(OWN, BODY, 2, 1, version=version, dup=True))
    await until(lambda: bool(house.stream.pending))
    await client.nothing()
    house.stream.commit()
    assert await client.packet() == wire.acknowledge(PUBREC, 1)
    assert len(house.stream.stored) == 1, "the id was still in use, so the copy is one"
    client.send(wire.acknowledge(PUBREL, 1))
    assert await client.packet() == wire.acknowledge(PUBCOMP, 1)
