"""Times of readings without one, clocks that are wrong, and presence."""

from __future__ import annotations

import pytest

from belvedere.domain.reading import Reading
from belvedere.pipeline.ingest.mqtt.tests import wire
from belvedere.pipeline.ingest.mqtt.tests.conftest import House, Open, until
from belvedere.pipeline.ingest.tests.fakes import NOW_MS, FakeDevice

OWN = "belvedere/v1/d0/readings"
BODY = b'{"temperature":21.5}'


def puback(packet_id: int) -> bytes:
    return wire.acknowledge(0x40, packet_id)


async def test_stamps_follow_a_server_clock_that_is_set_back_and_creep_on_over_a_small_correction(
    house: House,
) -> None:
    client = await house.connect()
    stamps = []
    for step_ms in (0, -2_000, -3_600_000, 0, 3_600_000):
        house.now_ms = NOW_MS + step_ms
        client.send(wire.publish(OWN, BODY, 1, 1))
        await client.packet()
        stamps.append(house.stream.readings[-1].ts_ms - NOW_MS)
    assert stamps == [0, 1, -3_600_000, 0, 3_600_000]


async def test_many_readings_in_a_millisecond_are_no_step_of_the_clock(house: House) -> None:
    client = await house.connect()
    house.stream.frozen = True
    batch = b'{"readings":[%s]}' % b",".join([b'{"values":{"a":1}}'] * 500)
    for packet_id in range(1, 21):
        client.send(wire.publish(OWN, batch, 1, packet_id))
    await until(lambda: len(house.stream.pending) == 20)
    house.stream.commit()
    stamps = [reading.ts_ms - NOW_MS for reading in house.stream.readings]
    assert stamps == list(range(10_000))


async def test_readings_without_time_get_strictly_increasing_stamps_over_all_connections(house: House) -> None:
    first = await house.connect(wire.connect(client_id="a"))
    first.send(*(wire.publish(OWN, BODY, 1, packet_id) for packet_id in range(1, 4)))
    await first.packets(3)
    house.now_ms -= 1_000  # the server's clock was corrected
    second = await house.connect(wire.connect(client_id="b"))
    second.send(wire.publish(OWN, b'{"readings":[{"values":{"a":1}},{"values":{"a":2}}]}', 1, 1))
    await second.packet()
    assert [reading.ts_ms for reading in house.stream.readings] == [NOW_MS + i for i in range(5)]


async def test_the_error_of_the_devices_clock_is_told_when_it_changes(house: House) -> None:
    client = await house.connect()
    for index, ahead in enumerate((0, 900, 1500, 1600, 400_000, -400 * 86_400_000), 1):
        client.send(wire.publish(OWN, b'{"ts":%d,"values":{"a":1}}' % (NOW_MS + ahead), 1, index))
        assert await client.packet() == puback(index)
    assert house.presence.skews == [0, 1500, 400_000, -400 * 86_400_000]
    assert house.endpoint.rejected == {"future": 1, "too_old": 1}


@pytest.mark.parametrize("step_ms", [-30 * 86_400_000, 400 * 86_400_000])
async def test_a_server_whose_clock_is_in_doubt_stores_what_comes_and_calls_no_device_wrong(
    house: House, step_ms: int
) -> None:
    client = await house.connect()
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
        client = await house.connect(wire.connect(user=device))
        client.send(wire.publish(f"belvedere/v1/{device}/readings", b'{"ts":%d,"values":{"a":1}}' % house.now_ms, 1, 1))
        assert await client.packet() == puback(1)
    assert house.endpoint.clock.untrusted is None


async def test_readings_that_were_kept_while_there_was_no_network_do_not_blame_the_clock(house: House) -> None:
    client = await house.connect()
    reading = b'{"ts":%d,"values":{"a":1}}'
    batches = [(-5000, -3000), (-5000, 2000), (-400 * 86_400_000, -399 * 86_400_000)]
    for index, (first, second) in enumerate(batches, 1):
        body = b'{"readings":[%s,%s]}' % (reading % (NOW_MS + first), reading % (NOW_MS + second))
        client.send(wire.publish(OWN, body, 1, index))
        assert await client.packet() == puback(index)
    assert house.presence.skews == [2000, -399 * 86_400_000], "but what no clock can honestly say does"


async def test_the_clock_is_told_again_after_half_a_minute_in_case_someone_else_told_otherwise(house: House) -> None:
    client = await house.connect()
    for index, later in enumerate((0, 29_000, 30_000, 31_000), 1):
        house.now_ms = NOW_MS + later
        client.send(wire.publish(OWN, b'{"ts":%d,"values":{"a":1}}' % (house.now_ms - 100), 1, index))
        assert await client.packet() == puback(index)
    assert house.presence.skews == [-100, -100]


async def test_presence_hears_of_a_device_at_most_once_a_second(house: House) -> None:
    client = await house.connect()
    for ahead in (0, 500, 1000, 1200, 2000):
        house.now_ms = NOW_MS + ahead
        client.send(wire.PINGREQ)
        await client.packet()
    assert house.presence.seen_at == [NOW_MS, NOW_MS + 1000, NOW_MS + 2000]


async def test_presence_goes_on_hearing_of_a_device_when_the_servers_clock_was_set_back(house: House) -> None:
    client = await house.connect()
    house.now_ms = NOW_MS - 3_600_000
    client.send(wire.PINGREQ)
    await client.packet()
    assert house.presence.seen_at == [NOW_MS, NOW_MS - 3_600_000]
