"""When the store falls behind: memory is bounded, and what is not stored is not acknowledged."""

from __future__ import annotations

import asyncio

import pytest

from belvedere.pipeline.ingest.mqtt.channel import PACKETS_A_TURN
from belvedere.pipeline.ingest.mqtt.connection import Connection
from belvedere.pipeline.ingest.mqtt.inbound import OVERHEAD_BYTES
from belvedere.pipeline.ingest.mqtt.packets import ReasonCode
from belvedere.pipeline.ingest.mqtt.tests import wire
from belvedere.pipeline.ingest.mqtt.tests.conftest import House, Open, RawClient, Seconds, until

OWN = "belvedere/v1/d0/readings"
BODY = b'{"temperature":21.5}'
COUNT = 2000


def messages(count: int = COUNT, qos: int = 1) -> list[bytes]:
    return [wire.publish(OWN, BODY, qos, packet_id) for packet_id in range(1, count + 1)]


async def receive_pubacks(client: RawClient, count: int = COUNT) -> list[int]:
    return [int.from_bytes((await client.packet())[2:4], "big") for _ in range(count)]


async def test_reading_pauses_when_too_many_bytes_wait_for_their_commit_and_goes_on_after(open_house: Open) -> None:
    house = await open_house(outstanding_bytes=8_000)
    house.stream.frozen = True
    client = await house.connect()
    client.send(*messages())
    most = 8_000 // (len(BODY) + OVERHEAD_BYTES) + 1
    await until(lambda: len(house.stream.pending) >= most)
    await asyncio.sleep(0.2)
    assert len(house.stream.pending) == most
    house.stream.commit(10)
    await asyncio.sleep(0.05)
    assert len(house.stream.pending) == 91, "it goes on when half is done, not for every message"
    house.stream.frozen = False
    house.stream.commit()
    assert await receive_pubacks(client) == list(range(1, COUNT + 1))
    assert len(house.stream.stored) == COUNT


async def test_when_the_stream_is_full_devices_wait_and_lose_nothing(house: House) -> None:
    house.stream.full = True
    clients = [await house.connect(wire.connect(client_id=f"c{i}")) for i in range(3)]
    for client in clients:
        client.send(*messages(300))
    await asyncio.sleep(0.1)
    assert not house.stream.pending
    assert house.endpoint.counters.qos0_dropped == 0
    house.stream.make_room()
    for client in clients:
        assert await receive_pubacks(client, 300) == list(range(1, 301))
    assert len(house.stream.stored) == 900
    assert house.endpoint.counters.published == 900


async def test_room_that_is_gone_again_is_waited_for_again(house: House) -> None:
    house.stream.full = True
    client = await house.connect()
    client.send(wire.publish(OWN, BODY, 1, 1))
    await until(lambda: bool(house.stream.waiting))
    waiting = house.stream.waiting.copy()
    for callback in waiting:  # another connection took the room first
        callback()
    house.stream.make_room()
    assert await receive_pubacks(client, 1) == [1]
    assert len(house.stream.stored) == 1


async def test_without_acknowledgement_messages_are_dropped_and_counted_when_the_stream_is_full(house: House) -> None:
    house.stream.full = True
    client = await house.connect()
    client.send(*messages(50, qos=0), wire.PINGREQ)
    assert await client.packet() == b"\xd0\x00", "a full stream does not stop those"
    assert house.endpoint.counters.qos0_dropped == 50
    house.stream.make_room()
    await asyncio.sleep(0.05)
    assert not house.stream.stored


async def test_a_hold_longer_than_the_keep_alive_is_no_silence_of_the_device(house: House) -> None:
    seconds = Seconds(house)
    client = await house.connect(wire.connect(5, keep_alive=10))
    house.stream.full = True
    client.send(wire.publish(OWN, BODY, 1, 1, version=5))
    await until(lambda: bool(house.stream.waiting))
    seconds.let_pass(100)
    house.stream.make_room()
    seconds.let_pass(0)
    assert await client.packet() == wire.acknowledge(0x40, 1)
    seconds.let_pass(14)
    await client.nothing()
    seconds.let_pass(2)
    assert await client.packet() == bytes((0xE0, 1, ReasonCode.KEEP_ALIVE_TIMEOUT))


async def test_keep_alive_is_suspended_while_we_do_not_read(house: House) -> None:
    seconds = Seconds(house)
    house.stream.full = True
    client = await house.connect(wire.connect(5, keep_alive=10))
    client.send(wire.publish(OWN, BODY, 1, 1, version=5), wire.PINGREQ)
    await until(lambda: bool(house.stream.waiting))
    seconds.let_pass(100)
    await client.nothing()
    house.stream.make_room()
    assert sorted(await client.packets(2)) == [wire.acknowledge(0x40, 1), b"\xd0\x00"]
    seconds.let_pass(16)
    assert await client.packet() == bytes((0xE0, 1, ReasonCode.KEEP_ALIVE_TIMEOUT)), "and counts again afterwards"


async def test_what_waits_for_room_is_stored_once_when_it_is_sent_again_on_a_new_connection(open_house: Open) -> None:
    house = await open_house(hang_up_after_seconds=0.1)
    house.stream.full = True
    client = await house.connect()
    client.send(wire.publish(OWN, BODY, 1, 1))
    await until(lambda: bool(house.stream.waiting))
    client.cut()
    await until(lambda: house.endpoint.counters.connections == 0)
    later = await house.connect()
    later.send(wire.publish(OWN, BODY, 1, 1, dup=True))
    await later.nothing(1.0)
    house.stream.make_room()
    assert await receive_pubacks(later, 1) == [1]
    assert len(house.stream.stored) == 1


@pytest.mark.parametrize("settled_first", [0, 40])
async def test_copies_are_stored_once_also_where_a_hundred_were_under_way_at_the_cut(
    house: House, settled_first: int
) -> None:
    house.stream.frozen = True
    client = await house.connect()
    client.send(*messages(100))
    await until(lambda: len(house.stream.pending) == 100)
    house.stream.commit(settled_first)
    client.cut()
    await until(lambda: house.endpoint.counters.connections == 0)
    while house.stream.pending:
        house.stream.commit(30)
    house.stream.frozen = False
    client = await house.connect()
    client.send(*(wire.publish(OWN, BODY, 1, packet_id, dup=True) for packet_id in range(1, 101)))
    assert await receive_pubacks(client, 100) == list(range(1, 101))
    assert len(house.stream.stored) == 100


async def test_devices_that_come_again_and_again_during_a_stall_leave_nothing_behind(open_house: Open) -> None:
    house = await open_house(hang_up_after_seconds=0.1)
    house.stream.full = True
    for number in range(5):
        client = await house.connect()
        client.send(wire.publish(OWN, b'{"temperature":%d}' % number, 1, 1 + number % 2))
        await until(lambda: len(house.stream.waiting) == 1)
        client.cut()
        await until(lambda: not house.stream.waiting)
    later = await house.connect()
    later.send(wire.publish(OWN, BODY, 1, 1))
    await until(lambda: len(house.stream.waiting) == 1)
    house.stream.make_room()
    assert await receive_pubacks(later, 1) == [1]
    assert [record.body for record in house.stream.stored] == [BODY]


@pytest.mark.parametrize("qos", [1, 2])
async def test_what_failed_ends_its_connection_and_the_copy_is_a_message_like_any_other(house: House, qos: int) -> None:
    house.stream.frozen = True
    connect = wire.connect(clean=False)
    client = await house.connect(connect)
    client.send(wire.publish(OWN, BODY, qos, 7))
    await until(lambda: len(house.stream.pending) == 1)
    house.stream.fail()
    await until(lambda: house.endpoint.counters.connections == 0)
    assert not house.stream.stored
    house.stream.frozen = False
    later = await house.connect(connect)
    later.send(wire.publish(OWN, BODY, qos, 7, dup=True))
    assert await receive_pubacks(later, 1) == [7]
    assert len(house.stream.stored) == 1


def connection_of(house: House) -> Connection:
    (connection,) = house.endpoint._connections
    return connection


async def test_a_peer_that_does_not_read_its_answers_is_not_read_from(house: House) -> None:
    client = await house.connect()
    connection = connection_of(house)
    connection.pause_writing()  # what the event loop does when answers pile up
    client.send(wire.PINGREQ)
    await client.nothing(0.2)
    connection.resume_writing()
    assert await client.packet() == b"\xd0\x00"


async def test_one_busy_device_leaves_the_others_their_turn(house: House) -> None:
    house.stream.frozen = True
    client = await house.connect()
    connection_of(house).data_received(b"".join(messages()))
    assert len(house.stream.pending) == PACKETS_A_TURN
    await until(lambda: len(house.stream.pending) == COUNT)
    house.stream.commit()
    assert await receive_pubacks(client) == list(range(1, COUNT + 1))


async def test_messages_without_acknowledgement_do_not_pile_up_for_a_peer_that_does_not_read(house: House) -> None:
    client = await house.connect()
    client.send(wire.subscribe([("belvedere/v1/d0/status", 0)]))
    await client.packet()
    connection = connection_of(house)
    other = await house.connect(wire.connect(client_id="other"))
    connection.pause_writing()
    other.send(wire.publish("belvedere/v1/d0/status", b"offline", 1, 1))
    await other.packet()
    connection.resume_writing()
    other.send(wire.publish("belvedere/v1/d0/status", b"online", 1, 2))
    assert (await client.packet()).endswith(b"online")
