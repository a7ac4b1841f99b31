"""From PUBLISH to its acknowledgement: never before the commit, never twice, never for a foreign topic."""

from __future__ import annotations

import asyncio

import pytest

from belvedere.domain.reading import Reading, Reason
from belvedere.pipeline.ingest.mqtt.fields import Properties, Property
from belvedere.pipeline.ingest.mqtt.packets import ReasonCode
from belvedere.pipeline.ingest.mqtt.tests import wire
from belvedere.pipeline.ingest.mqtt.tests.conftest import PATIENCE_SECONDS, House, Open, until
from belvedere.pipeline.ingest.tests.fakes import NOW_MS

OWN = "belvedere/v1/d0/readings"
BODY = b'{"temperature":21.5}'
PUBACK, PUBREC, PUBREL, PUBCOMP = 0x40, 0x50, 0x62, 0x70


def puback(packet_id: int) -> bytes:
    return wire.acknowledge(PUBACK, packet_id)


@pytest.mark.parametrize("version", [4, 5])
async def test_puback_comes_after_the_commit_and_not_before(house: House, version: int) -> None:
    house.stream.frozen = True
    client = await house.connect(wire.connect(version))
    client.send(wire.publish(OWN, BODY, 1, 7, version=version))
    await until(lambda: len(house.stream.pending) == 1)
    await client.nothing()
    house.stream.commit()
    assert await client.packet() == puback(7)
    assert house.stream.readings == [Reading(NOW_MS, {"temperature": 21.5})]


async def test_pubacks_come_in_the_order_of_the_messages_and_in_one_piece(house: House) -> None:
    house.stream.frozen = True
    client = await house.connect()
    client.send(*(wire.publish(OWN, BODY, 1, packet_id) for packet_id in range(1, 101)))
    await until(lambda: len(house.stream.pending) == 100)
    house.stream.commit()
    async with asyncio.timeout(PATIENCE_SECONDS):
        data = await client.reader.read(65536)
    assert wire.split(data) == ([puback(packet_id) for packet_id in range(1, 101)], b"")


async def test_qos_0_is_stored_without_an_answer(house: House) -> None:
    client = await house.connect()
    client.send(wire.publish(OWN, BODY, 0), wire.PINGREQ)
    assert await client.packet() == b"\xd0\x00"
    await until(lambda: len(house.stream.readings) == 1)
    await client.nothing()


@pytest.mark.parametrize("version", [4, 5])
async def test_qos_2_is_stored_once_however_often_it_comes(house: House, version: int) -> None:
    house.stream.frozen = True
    client = await house.connect(wire.connect(version))
    message = wire.publish(OWN, BODY, 2, 9, version=version)
    copy = wire.publish(OWN, BODY, 2, 9, version=version, dup=True)
    client.send(message, copy)
    await until(lambda: bool(house.stream.pending))
    await client.nothing()
    house.stream.commit()
    assert await client.packet() == wire.acknowledge(PUBREC, 9)
    client.send(copy)
    assert await client.packet() == wire.acknowledge(PUBREC, 9)
    client.send(wire.acknowledge(PUBREL, 9))
    assert await client.packet() == wire.acknowledge(PUBCOMP, 9)
    assert len(house.stream.stored) == 1
    client.send(message)  # the id is free again
    await until(lambda: bool(house.stream.pending))


async def test_pubrel_for_an_unknown_id_is_answered_so_that_the_device_can_go_on(house: House) -> None:
    for version, expected in ((4, wire.acknowledge(PUBCOMP, 3)), (5, b"\x70\x03\x00\x03\x92")):
        client = await house.connect(wire.connect(version, f"c{version}"))
        client.send(wire.acknowledge(PUBREL, 3))
        assert await client.packet() == expected


async def test_a_refused_body_is_kept_for_quarantine_and_acknowledged(house: House) -> None:
    client = await house.connect()
    client.send(wire.publish(OWN, b"rubbish", 1, 1))
    assert await client.packet() == puback(1)
    (record,) = house.stream.stored
    assert record.body == b"rubbish"
    assert [r.reason for r in record.rejected] == [Reason.BAD_JSON]
    assert house.endpoint.rejected == {"bad_json": 1}


async def test_a_body_of_more_than_16_kib_is_refused_acknowledged_and_kept_whole(house: House) -> None:
    client = await house.connect()
    body = b'{"temperature":21.5}' + b" " * 60_000
    client.send(wire.publish(OWN, body, 1, 1))
    assert await client.packet() == puback(1)
    assert house.stream.rejected[0].reason is Reason.TOO_LARGE
    assert house.stream.stored[0].body == body


@pytest.mark.parametrize("announced", [wire.packet(0x32, b"x" * 65_536)[:10], b"\x32\xff\xff\xff\x7f"])
async def test_a_packet_of_more_than_64_kib_ends_the_connection_on_its_announcement(
    house: House, announced: bytes
) -> None:
    client = await house.connect(wire.connect(5))
    client.send(announced)
    assert await client.packet() == bytes((0xE0, 1, ReasonCode.PACKET_TOO_LARGE))
    assert await client.packet() == b""


# --- topics ---

FOREIGN = ["belvedere/v1/d1/readings", "belvedere/v1/d0x/readings", "belvedere/v1/d1/status", "readings", "$SYS/x"]


@pytest.mark.parametrize("topic", FOREIGN)
async def test_a_foreign_topic_is_refused_and_nothing_is_stored(house: House, topic: str) -> None:
    client = await house.connect(wire.connect(5))
    client.send(
        wire.publish(topic, BODY, 1, 1, version=5),
        wire.publish(topic, BODY, 2, 2, version=5),
        wire.publish(topic, BODY, 0, version=5),
        wire.PINGREQ,
    )
    assert await client.packets(3) == [b"\x40\x03\x00\x01\x87", b"\x50\x03\x00\x02\x87", b"\xd0\x00"]
    old = await house.connect(wire.connect(4, "old"))
    old.send(wire.publish(topic, BODY, 1, 1))
    assert await old.packet() == b""
    await asyncio.sleep(0.02)
    assert not house.stream.stored
    assert house.endpoint.counters.refused["publish_not_authorized"] == 4


async def test_an_own_topic_that_does_not_exist_is_called_invalid(house: House) -> None:
    client = await house.connect(wire.connect(5))
    client.send(wire.publish("belvedere/v1/d0/commands", BODY, 1, 1, version=5))
    assert await client.packet() == b"\x40\x03\x00\x01\x90"


# --- bounds ---


async def test_mqtt_5_may_not_have_more_under_way_than_was_offered(open_house: Open) -> None:
    house = await open_house(receive_maximum=3)
    house.stream.frozen = True
    client = await house.connect(wire.connect(5))
    client.send(*(wire.publish(OWN, BODY, 1 + packet_id % 2, packet_id, version=5) for packet_id in range(1, 4)))
    await client.nothing()
    client.send(wire.publish(OWN, BODY, 1, 4, version=5))
    assert await client.packet() == bytes((0xE0, 1, ReasonCode.RECEIVE_MAXIMUM_EXCEEDED))
    assert len(house.stream.pending) == 3


async def test_a_3_1_1_device_knows_no_such_maximum_and_only_waits(open_house: Open) -> None:
    house = await open_house(receive_maximum=3)
    house.stream.frozen = True
    client = await house.connect()
    client.send(*(wire.publish(OWN, BODY, 1, packet_id) for packet_id in range(1, 21)))
    await until(lambda: len(house.stream.pending) >= 4)
    await asyncio.sleep(0.1)
    assert len(house.stream.pending) == 4
    house.stream.frozen = False
    house.stream.commit()
    assert await client.packets(20) == [puback(packet_id) for packet_id in range(1, 21)]


async def test_no_topic_alias_was_offered(house: House) -> None:
    client = await house.connect(wire.connect(5))
    client.send(wire.publish(OWN, BODY, 1, 1, version=5, properties={Property.TOPIC_ALIAS: 1}))
    assert await client.packet() == bytes((0xE0, 1, ReasonCode.TOPIC_ALIAS_INVALID))


async def test_properties_that_do_not_matter_are_passed_over(house: House) -> None:
    client = await house.connect(wire.connect(5))
    properties: Properties = {Property.CONTENT_TYPE: "application/json", Property.USER_PROPERTY: ("a", "b")}
    client.send(wire.publish(OWN, BODY, 1, 1, version=5, properties=properties))
    assert await client.packet() == puback(1)
    assert len(house.stream.readings) == 1


async def test_a_byte_at_a_time_is_as_good_as_all_at_once(house: House) -> None:
    client = await house.client()
    for byte in wire.connect() + wire.publish(OWN, BODY, 1, 1):
        client.send(bytes((byte,)))
        await asyncio.sleep(0)
    assert await client.packets(2) == [b"\x20\x02\x00\x00", puback(1)]
