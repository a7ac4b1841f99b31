"""From PUBLISH to its acknowledgement: never before the commit, never twice, never for a foreign topic."""

from __future__ import annotations

import asyncio

import pytest

from belvedere.domain.reading import Reading, Reason
from belvedere.pipeline.ingest.mqtt.fields import Properties, Property
from belvedere.pipeline.ingest.mqtt.packets import ReasonCode
from belvedere.pipeline.ingest.mqtt.tests import wire
from belvedere.pipeline.ingest.mqtt.tests.conftest import House, Open, until
from belvedere.pipeline.ingest.tests.fakes import NOW_MS, FakeDevice

OWN = "belvedere/v1/d0/readings"
BODY = b'{"temperature":21.5}'
PUBACK, PUBREC, PUBREL, PUBCOMP = 0x40, 0x50, 0x62, 0x70


def puback(packet_id: int) -> bytes:
    return wire.acknowledge(PUBACK, packet_id)


@pytest.mark.parametrize("version", [4, 5])
async def test_puback_comes_after_the_commit_and_not_before(house: House, version: int) -> None:
    house.stream.frozen = True
    client = await house.connected(wire.connect(version))
    client.send(wire.publish(OWN, BODY, 1, 7, version=version))
    await until(lambda: len(house.stream.pending) == 1)
    await client.nothing()
    house.stream.commit()
    assert await client.packet() == puback(7)
    assert house.stream.readings == [Reading(NOW_MS, {"temperature": 21.5})]


async def test_pubacks_come_in_the_order_of_the_messages_and_in_one_piece(house: House) -> None:
    house.stream.frozen = True
    client = await house.connected()
    client.send(*(wire.publish(OWN, BODY, 1, packet_id) for packet_id in range(1, 101)))
    await until(lambda: len(house.stream.pending) == 100)
    house.stream.commit()
    async with asyncio.timeout(5):
        data = await client.reader.read(65536)
    assert wire.split(data) == ([puback(packet_id) for packet_id in range(1, 101)], b"")


async def test_qos_0_is_stored_without_an_answer(house: House) -> None:
    client = await house.connected()
    client.send(wire.publish(OWN, BODY, 0), wire.PINGREQ)
    assert await client.packet() == b"\xd0\x00"
    await until(lambda: len(house.stream.readings) == 1)
    await client.nothing()


@pytest.mark.parametrize("version", [4, 5])
async def test_qos_2_is_stored_once_however_often_it_comes(house: House, version: int) -> None:
    house.stream.frozen = True
    client = await house.connected(wire.connect(version))
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
        client = await house.connected(wire.connect(version, f"c{version}"))
        client.send(wire.acknowledge(PUBREL, 3))
        assert await client.packet() == expected


async def test_a_refused_body_is_kept_for_quarantine_and_acknowledged(house: House) -> None:
    client = await house.connected()
    client.send(wire.publish(OWN, b"rubbish", 1, 1))
    assert await client.packet() == puback(1)
    (submission,) = house.stream.stored
    assert submission.body == b"rubbish"
    assert [r.reason for r in submission.rejected] == [Reason.BAD_JSON]
    assert house.endpoint.rejected == {"bad_json": 1}


async def test_a_body_of_more_than_16_kib_is_refused_acknowledged_and_kept_whole(house: House) -> None:
    client = await house.connected()
    body = b'{"temperature":21.5}' + b" " * 60_000
    client.send(wire.publish(OWN, body, 1, 1))
    assert await client.packet() == puback(1)
    assert house.stream.rejected[0].reason is Reason.TOO_LARGE
    assert house.stream.stored[0].body == body


@pytest.mark.parametrize("announced", [wire.packet(0x32, b"x" * 65_536)[:10], b"\x32\xff\xff\xff\x7f"])
async def test_a_packet_of_more_than_64_kib_ends_the_connection_on_its_announcement(
    house: House, announced: bytes
) -> None:
    client = await house.connected(wire.connect(5))
    client.send(announced)
    assert await client.packet() == bytes((0xE0, 1, ReasonCode.PACKET_TOO_LARGE))
    assert await client.packet() == b""


# --- topics ---

FOREIGN = ["belvedere/v1/d1/readings", "belvedere/v1/d0x/readings", "belvedere/v1/d1/status", "readings", "$SYS/x"]


@pytest.mark.parametrize("topic", FOREIGN)
async def test_a_foreign_topic_is_refused_and_nothing_is_stored(house: House, topic: str) -> None:
    client = await house.connected(wire.connect(5))
    client.send(
        wire.publish(topic, BODY, 1, 1, version=5),
        wire.publish(topic, BODY, 2, 2, version=5),
        wire.publish(topic, BODY, 0, version=5),
        wire.PINGREQ,
    )
    assert await client.packets(3) == [b"\x40\x03\x00\x01\x87", b"\x50\x03\x00\x02\x87", b"\xd0\x00"]
    old = await house.connected(wire.connect(4, "old"))
    old.send(wire.publish(topic, BODY, 1, 1))
    assert await old.packet() == b""
    await asyncio.sleep(0.02)
    assert not house.stream.stored
    assert house.endpoint.counters.refused["publish_not_authorized"] == 4


async def test_an_own_topic_that_does_not_exist_is_called_invalid(house: House) -> None:
    client = await house.connected(wire.connect(5))
    client.send(wire.publish("belvedere/v1/d0/commands", BODY, 1, 1, version=5))
    assert await client.packet() == b"\x40\x03\x00\x01\x90"


# --- copies ---


async def test_a_copy_of_a_stored_message_is_acknowledged_again_and_not_stored_again(house: House) -> None:
    client = await house.connected()
    client.send(wire.publish(OWN, BODY, 1, 5))
    assert await client.packet() == puback(5)
    client.cut()
    client = await house.connected()
    client.send(wire.publish(OWN, BODY, 1, 5, dup=True))
    assert await client.packet() == puback(5)
    assert len(house.stream.stored) == 1
    assert house.endpoint.counters.repeated == 1


async def test_a_copy_of_a_message_on_its_way_is_acknowledged_once_stored(house: House) -> None:
    house.stream.frozen = True
    client = await house.connected()
    client.send(wire.publish(OWN, BODY, 1, 5))
    await until(lambda: len(house.stream.pending) == 1)
    client.cut()
    client = await house.connected()
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
    client = await house.connected()
    client.send(wire.publish(OWN, BODY, 1, 5), wire.publish(OWN, BODY, 1, 5, dup=True))
    await until(lambda: house.endpoint.counters.repeated == 1)
    house.stream.commit()
    assert await client.packet() == puback(5)
    await client.nothing()


async def test_a_copy_of_something_unknown_is_stored(house: House) -> None:
    client = await house.connected()
    client.send(wire.publish(OWN, BODY, 1, 5, dup=True))
    assert await client.packet() == puback(5)
    assert len(house.stream.stored) == 1


async def test_the_same_id_with_another_body_is_another_message(house: House) -> None:
    client = await house.connected()
    for index, dup in ((1, False), (2, False), (3, True)):
        client.send(wire.publish(OWN, b'{"temperature":%d}' % index, 1, 5, dup=dup))
        assert await client.packet() == puback(5)
    assert [reading.values["temperature"] for reading in house.stream.readings] == [1, 2, 3]


async def test_an_id_in_use_for_another_body_is_against_the_protocol(house: House) -> None:
    house.stream.frozen = True
    client = await house.connected(wire.connect(5))
    client.send(wire.publish(OWN, BODY, 1, 5, version=5), wire.publish(OWN, b"{}", 1, 5, version=5))
    assert await client.packet() == bytes((0xE0, 1, ReasonCode.PROTOCOL_ERROR))


async def test_a_late_puback_never_goes_to_a_new_connection(house: House) -> None:
    house.stream.frozen = True
    old = await house.connected()
    old.send(wire.publish(OWN, b'{"temperature":1}', 1, 5))
    await until(lambda: len(house.stream.pending) == 1)
    new = await house.connected()
    new.send(wire.publish(OWN, b'{"temperature":2}', 1, 5))
    await until(lambda: len(house.stream.pending) == 2)
    house.stream.commit(1)
    await new.nothing()
    house.stream.commit()
    assert await new.packet() == puback(5)


async def test_a_copy_is_not_acknowledged_for_another_message_with_the_same_id(house: House) -> None:
    """The old connection's message 5 is stored, the new one's message 5 is not: its copy must wait."""
    house.stream.frozen = True
    old = await house.connected()
    old.send(wire.publish(OWN, b'{"temperature":1}', 1, 5))
    await until(lambda: len(house.stream.pending) == 1)
    second = await house.connected()
    second.send(wire.publish(OWN, b'{"temperature":2}', 1, 5))
    await until(lambda: len(house.stream.pending) == 2)
    house.stream.commit(1)
    third = await house.connected()
    third.send(wire.publish(OWN, b'{"temperature":2}', 1, 5, dup=True))
    await third.nothing()
    house.stream.commit()
    assert await third.packet() == puback(5)


async def test_a_qos_2_copy_after_a_reconnect_waits_for_the_commit_too(house: House) -> None:
    house.stream.frozen = True
    connect = wire.connect(clean=False)
    client = await house.connected(connect)
    client.send(wire.publish(OWN, BODY, 2, 5))
    await until(lambda: len(house.stream.pending) == 1)
    client.cut()
    await until(lambda: house.endpoint.counters.connections == 0)
    client = await house.connected(connect)
    client.send(wire.publish(OWN, BODY, 2, 5, dup=True))
    await client.nothing()
    house.stream.commit()
    assert await client.packet() == wire.acknowledge(PUBREC, 5)
    assert len(house.stream.stored) == 1


@pytest.mark.parametrize("version", [4, 5])
async def test_a_qos_2_id_that_is_used_again_for_another_body_is_another_message(house: House, version: int) -> None:
    """A board that lost its memory between PUBREC and PUBREL begins its ids anew."""
    connect = wire.connect(version, clean=False, properties={Property.SESSION_EXPIRY: 60} if version == 5 else None)
    client = await house.connected(connect)
    client.send(wire.publish(OWN, BODY, 2, 1, version=version))
    assert await client.packet() == wire.acknowledge(PUBREC, 1)
    client.cut()
    client = await house.connected(connect)
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
    client = await house.connected(connect)
    client.send(wire.publish(OWN, BODY, 2, 1))
    await until(lambda: len(house.stream.pending) == 1)
    client.cut()
    await until(lambda: house.endpoint.counters.connections == 0)
    client = await house.connected(connect)
    client.send(wire.publish(OWN, BODY, 2, 1, dup=True), wire.publish(OWN, b'{"temperature":22}', 2, 1))
    await until(lambda: len(house.stream.pending) == 2)
    house.stream.commit(1)
    await client.nothing()
    house.stream.commit()
    assert await client.packet() == wire.acknowledge(PUBREC, 1)


async def test_a_qos_2_id_on_its_way_with_another_body_is_against_the_protocol(house: House) -> None:
    house.stream.frozen = True
    client = await house.connected(wire.connect(5))
    client.send(wire.publish(OWN, BODY, 2, 1, version=5), wire.publish(OWN, b"{}", 2, 1, version=5))
    assert await client.packet() == bytes((0xE0, 1, ReasonCode.PACKET_ID_IN_USE))


@pytest.mark.parametrize("version", [4, 5])
async def test_a_pubrel_before_the_commit_completes_nothing(house: House, version: int) -> None:
    house.stream.frozen = True
    client = await house.connected(wire.connect(version))
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


# --- time ---


async def test_stamps_follow_a_server_clock_that_is_set_back_and_creep_on_over_a_small_correction(
    house: House,
) -> None:
    client = await house.connected()
    stamps = []
    for step_ms in (0, -2_000, -3_600_000, 0, 3_600_000):
        house.now_ms = NOW_MS + step_ms
        client.send(wire.publish(OWN, BODY, 1, 1))
        await client.packet()
        stamps.append(house.stream.readings[-1].ts_ms - NOW_MS)
    assert stamps == [0, 1, -3_600_000, 0, 3_600_000]


async def test_many_readings_in_a_millisecond_are_no_step_of_the_clock(house: House) -> None:
    client = await house.connected()
    house.stream.frozen = True
    batch = b'{"readings":[%s]}' % b",".join([b'{"values":{"a":1}}'] * 500)
    for packet_id in range(1, 21):
        client.send(wire.publish(OWN, batch, 1, packet_id))
    await until(lambda: len(house.stream.pending) == 20)
    house.stream.commit()
    stamps = [reading.ts_ms - NOW_MS for reading in house.stream.readings]
    assert stamps == list(range(10_000))


async def test_readings_without_time_get_strictly_increasing_stamps_over_all_connections(house: House) -> None:
    first = await house.connected(wire.connect(client_id="a"))
    first.send(*(wire.publish(OWN, BODY, 1, packet_id) for packet_id in range(1, 4)))
    await first.packets(3)
    house.now_ms -= 1_000  # the server's clock was corrected
    second = await house.connected(wire.connect(client_id="b"))
    second.send(wire.publish(OWN, b'{"readings":[{"values":{"a":1}},{"values":{"a":2}}]}', 1, 1))
    await second.packet()
    assert [reading.ts_ms for reading in house.stream.readings] == [NOW_MS + i for i in range(5)]


async def test_the_error_of_the_devices_clock_is_told_when_it_changes(house: House) -> None:
    client = await house.connected()
    for index, ahead in enumerate((0, 900, 1500, 1600, 400_000, -400 * 86_400_000), 1):
        client.send(wire.publish(OWN, b'{"ts":%d,"values":{"a":1}}' % (NOW_MS + ahead), 1, index))
        assert await client.packet() == puback(index)
    assert house.presence.skews == [0, 1500, 400_000, -400 * 86_400_000]
    assert house.endpoint.rejected == {"future": 1, "too_old": 1}


@pytest.mark.parametrize("step_ms", [-30 * 86_400_000, 400 * 86_400_000])
async def test_a_server_whose_clock_is_in_doubt_stores_what_comes_and_calls_no_device_wrong(
    house: House, step_ms: int
) -> None:
    client = await house.connected()
    house.step_clock(step_ms)
    client.send(wire.publish(OWN, b'{"ts":%d,"values":{"a":1}}' % NOW_MS, 1, 1))
    assert await client.packet() == puback(1)
    assert house.stream.readings == [Reading(NOW_MS, {"a": 1.0})]
    assert house.presence.skews == []
    house.step_clock(-step_ms)
    client.send(wire.publish(OWN, b'{"ts":%d,"values":{"a":1}}' % (NOW_MS + 400_000), 1, 2))
    assert await client.packet() == puback(2)
    assert house.presence.skews == [400_000]
    assert house.endpoint.rejected == {"future": 1}


async def test_devices_whose_clocks_agree_with_the_servers_end_a_doubt(open_house: Open) -> None:
    house = await open_house()
    house.directory.devices["d2"] = FakeDevice("d2")
    house.step_clock(7_200_000)
    for device in ("d0", "d1", "d2"):
        assert not house.endpoint.clock.believed()
        client = await house.connected(wire.connect(user=device))
        client.send(wire.publish(f"belvedere/v1/{device}/readings", b'{"ts":%d,"values":{"a":1}}' % house.now_ms, 1, 1))
        assert await client.packet() == puback(1)
    assert house.endpoint.clock.untrusted is None


async def test_readings_that_were_kept_while_there_was_no_network_do_not_blame_the_clock(house: House) -> None:
    client = await house.connected()
    reading = b'{"ts":%d,"values":{"a":1}}'
    batches = [(-5000, -3000), (-5000, 2000), (-400 * 86_400_000, -399 * 86_400_000)]
    for index, (first, second) in enumerate(batches, 1):
        body = b'{"readings":[%s,%s]}' % (reading % (NOW_MS + first), reading % (NOW_MS + second))
        client.send(wire.publish(OWN, body, 1, index))
        assert await client.packet() == puback(index)
    assert house.presence.skews == [2000, -399 * 86_400_000], "but what no clock can honestly say does"


async def test_the_clock_is_told_again_after_half_a_minute_in_case_someone_else_told_otherwise(house: House) -> None:
    client = await house.connected()
    for index, later in enumerate((0, 29_000, 30_000, 31_000), 1):
        house.now_ms = NOW_MS + later
        client.send(wire.publish(OWN, b'{"ts":%d,"values":{"a":1}}' % (house.now_ms - 100), 1, index))
        assert await client.packet() == puback(index)
    assert house.presence.skews == [-100, -100]


async def test_presence_hears_of_a_device_at_most_once_a_second(house: House) -> None:
    client = await house.connected()
    for ahead in (0, 500, 1000, 1200, 2000):
        house.now_ms = NOW_MS + ahead
        client.send(wire.PINGREQ)
        await client.packet()
    assert house.presence.seen_at == [NOW_MS, NOW_MS + 1000, NOW_MS + 2000]


async def test_presence_goes_on_hearing_of_a_device_when_the_servers_clock_was_set_back(house: House) -> None:
    client = await house.connected()
    house.now_ms = NOW_MS - 3_600_000
    client.send(wire.PINGREQ)
    await client.packet()
    assert house.presence.seen_at == [NOW_MS, NOW_MS - 3_600_000]


# --- bounds ---


async def test_mqtt_5_may_not_have_more_under_way_than_was_offered(open_house: Open) -> None:
    house = await open_house(receive_maximum=3)
    house.stream.frozen = True
    client = await house.connected(wire.connect(5))
    client.send(*(wire.publish(OWN, BODY, 1 + packet_id % 2, packet_id, version=5) for packet_id in range(1, 4)))
    await client.nothing()
    client.send(wire.publish(OWN, BODY, 1, 4, version=5))
    assert await client.packet() == bytes((0xE0, 1, ReasonCode.RECEIVE_MAXIMUM_EXCEEDED))
    assert len(house.stream.pending) == 3


async def test_a_3_1_1_device_knows_no_such_maximum_and_only_waits(open_house: Open) -> None:
    house = await open_house(receive_maximum=3)
    house.stream.frozen = True
    client = await house.connected()
    client.send(*(wire.publish(OWN, BODY, 1, packet_id) for packet_id in range(1, 21)))
    await until(lambda: len(house.stream.pending) >= 4)
    await asyncio.sleep(0.1)
    assert len(house.stream.pending) == 4
    house.stream.frozen = False
    house.stream.commit()
    assert await client.packets(20) == [puback(packet_id) for packet_id in range(1, 21)]


async def test_no_topic_alias_was_offered(house: House) -> None:
    client = await house.connected(wire.connect(5))
    client.send(wire.publish(OWN, BODY, 1, 1, version=5, properties={Property.TOPIC_ALIAS: 1}))
    assert await client.packet() == bytes((0xE0, 1, ReasonCode.TOPIC_ALIAS_INVALID))


async def test_properties_that_do_not_matter_are_passed_over(house: House) -> None:
    client = await house.connected(wire.connect(5))
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
