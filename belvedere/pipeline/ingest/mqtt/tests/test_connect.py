"""Who gets in, and what they are told."""

from __future__ import annotations

import asyncio

import pytest

from belvedere.pipeline.ingest.mqtt.fields import Property
from belvedere.pipeline.ingest.mqtt.packets import ReasonCode
from belvedere.pipeline.ingest.mqtt.tests import wire
from belvedere.pipeline.ingest.mqtt.tests.conftest import House, Open, Seconds, until
from belvedere.pipeline.ingest.tests.fakes import OtherProcess

STATUS = "belvedere/v1/d0/status"


async def answer(house: House, connect: bytes) -> bytes:
    client = await house.client()
    client.send(connect)
    connack = await client.packet()
    if connack[3]:
        assert await client.packet() == b"", "a refused connection is closed"
    return connack


async def test_a_device_connects_with_its_id_and_secret(house: House) -> None:
    assert await answer(house, wire.connect()) == b"\x20\x02\x00\x00"
    assert house.presence.protocols["d0"] == "mqtt 3.1.1"
    await answer(house, wire.connect(5, "other"))
    assert house.presence.protocols["d0"] == "mqtt 5"


async def test_mqtt_5_is_told_what_it_may_count_on(house: House) -> None:
    connack = await answer(house, wire.connect(5, ""))
    for announced in (b"\x21\x10\x00", b"\x27\x00\x01\x00\x00", b"\x22\x00\x00", b"\x29\x00", b"\x2a\x00", b"\x12\x00"):
        assert announced in connack


@pytest.mark.parametrize(
    ("connect", "code"),
    [
        (wire.connect(4, password="wrong"), 4),
        (wire.connect(5, password="wrong"), ReasonCode.BAD_USER_NAME_OR_PASSWORD),
        (wire.connect(4, user="nobody"), 4),
        (wire.connect(4, user=None, password=None), 4),
        (wire.connect(5, user=None), ReasonCode.BAD_USER_NAME_OR_PASSWORD),
        (wire.connect(4, "", clean=False), 2),
        (wire.connect(4, "x" * 300), 2),
        (wire.connect(4, will=("belvedere/v1/d1/status", b"offline")), 5),
        (wire.connect(5, will=("belvedere/v1/d0/readings", b"offline")), ReasonCode.NOT_AUTHORIZED),
        (wire.connect(5, will=(STATUS, b"gone fishing")), ReasonCode.PAYLOAD_FORMAT_INVALID),
        (
            wire.connect(5, properties={Property.AUTHENTICATION_METHOD: "SCRAM"}),
            ReasonCode.BAD_AUTHENTICATION_METHOD,
        ),
        (wire.packet(0x10, b"\0\x04MQTT\x03\x02\0\x3c\0\x01c"), 1),
        (wire.packet(0x10, b"\0\x06MQIsdp\x03\x02\0\x3c\0\x01c"), 1),
        (wire.packet(0x10, b"\0\x04MQTT\x06\x02\0\x3c\0\0\x01c"), ReasonCode.UNSUPPORTED_VERSION),
    ],
)
async def test_who_may_not_in_is_told_why(house: House, connect: bytes, code: int) -> None:
    assert (await answer(house, connect))[3] == code
    assert not house.presence.diary
    assert sum(house.endpoint.counters.refused.values()) == 1


async def test_a_device_that_another_process_has_just_made_is_let_in_with_all_that_it_has_sent(house: House) -> None:
    other = OtherProcess(house.directory, "new")
    house.endpoint._context.catch_up = other.catch_up
    client = await house.client()
    client.send(wire.connect(user="new"), wire.publish("belvedere/v1/new/readings", b'{"temperature":20}'))
    await until(lambda: bool(other.asked))
    await client.nothing()
    other.answer()
    assert [packet[:2] for packet in await client.packets(2)] == [b"\x20\x02", b"\x40\x02"]
    assert len(house.stream.readings) == 1


@pytest.mark.parametrize("connect", [wire.connect(user="nobody"), wire.connect(password="wrong")])
async def test_a_stranger_is_refused_once_it_is_certain_that_nobody_has_just_let_them_in(
    house: House, connect: bytes
) -> None:
    other = OtherProcess(house.directory, "new")
    house.endpoint._context.catch_up = other.catch_up
    refused = asyncio.create_task(answer(house, connect))
    await until(lambda: bool(other.asked))
    assert not house.troubles.told
    assert not house.troubles.strangers
    other.answer()
    assert (await refused)[3] == 4
    assert len(other.asked) == 1
    assert len(house.troubles.told + house.troubles.strangers) == 1


async def test_who_has_been_cut_by_the_time_that_others_are_asked_is_not_let_in_any_more(house: House) -> None:
    other = OtherProcess(house.directory, "new")
    house.endpoint._context.catch_up = other.catch_up
    seconds = Seconds(house)
    client = await house.client()
    client.send(wire.connect(user="new"))
    await until(lambda: bool(other.asked))
    seconds.let_pass(6)
    assert await client.packet() == b""
    other.answer()
    await asyncio.sleep(0)
    assert not house.presence.diary


async def test_a_password_that_is_not_text_is_only_wrong(house: House) -> None:
    connect = wire.packet(0x10, b"\0\x04MQTT\x04\xc2\0\x3c\0\x01c\0\x02d0\0\x02\xff\xfe")
    assert (await answer(house, connect))[3] == 4


async def test_whoever_does_not_say_connect_in_time_is_cut(open_house: Open) -> None:
    house = await open_house(connect_timeout_seconds=0.3)
    client = await house.client()
    assert await client.packet() == b""
    assert house.endpoint.counters.refused["connect_timeout"] == 1


async def test_whoever_says_connect_a_byte_now_and_then_wins_no_time(open_house: Open) -> None:
    house = await open_house(connect_timeout_seconds=0.3)
    client = await house.client()
    for byte in wire.connect()[:-1]:
        client.send(bytes((byte,)))
        await asyncio.sleep(0.1)
        if house.endpoint.counters.refused["connect_timeout"]:
            break
    else:
        pytest.fail("it was waited for")
    assert await client.packet() == b""


@pytest.mark.parametrize(
    "first", [wire.publish("a", b""), wire.PINGREQ, b"GET / HTTP/1.1\r\n\r\n", b"\x10\xff\xff\xff\x7f"]
)
async def test_whoever_says_something_else_first_is_cut(house: House, first: bytes) -> None:
    client = await house.client()
    client.send(first)
    assert await client.packet() == b""


async def test_a_second_connect_ends_the_connection(house: House) -> None:
    client = await house.connect(wire.connect(5))
    client.send(wire.connect(5))
    assert await client.packet() == bytes((0xE0, 1, ReasonCode.PROTOCOL_ERROR))
    assert await client.packet() == b""


@pytest.mark.parametrize(
    ("limit", "cause"),
    [("max_connections", "too_many_connections"), ("max_connections_per_host", "too_many_from_host")],
)
async def test_there_is_a_most_of_connections(open_house: Open, limit: str, cause: str) -> None:
    house = await open_house(**{limit: 2})
    first = await house.connect()
    await house.connect(wire.connect(client_id="c2"))
    third = await house.client()
    assert await third.packet() == b""
    assert house.endpoint.counters.refused[cause] == 1
    first.cut()
    await until(lambda: house.endpoint.counters.connections == 1)
    await house.connect(wire.connect(client_id="c3"))


async def test_the_last_descriptors_are_not_for_devices(open_house: Open) -> None:
    house = await open_house(first_reserved_descriptor=3)
    assert await (await house.client()).packet() == b""
    assert house.endpoint.counters.refused["descriptors_run_short"] == 1


async def test_a_connection_that_says_nothing_for_one_and_a_half_keep_alives_ends(house: House) -> None:
    seconds = Seconds(house)
    client = await house.connect(wire.connect(5, keep_alive=10))
    seconds.let_pass(14)
    client.send(wire.PINGREQ)
    assert await client.packet() == b"\xd0\x00"
    seconds.let_pass(14)  # 28 since CONNECT, but what counts is the last packet
    await client.nothing()
    seconds.let_pass(2)
    assert await client.packet() == bytes((0xE0, 1, ReasonCode.KEEP_ALIVE_TIMEOUT))
    await until(lambda: not house.presence.online)


async def test_without_keep_alive_silence_is_allowed(house: House) -> None:
    client = await house.connect(wire.connect(keep_alive=0))
    await client.nothing(1.2)


async def test_hundreds_come_back_at_once(house: House) -> None:
    clients = await asyncio.gather(*(house.connect(wire.connect(client_id=f"c{i}")) for i in range(300)))
    assert house.endpoint.counters.connections == 300
    for client in clients:
        client.cut()
