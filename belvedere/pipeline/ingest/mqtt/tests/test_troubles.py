"""What a device's page is told of beside refused readings."""

from __future__ import annotations

import pytest

from belvedere.domain.trouble import TroubleCode
from belvedere.pipeline.ingest.mqtt.tests import wire
from belvedere.pipeline.ingest.mqtt.tests.conftest import House, until

READINGS = "belvedere/v1/d0/readings"
STATUS = "belvedere/v1/d0/status"
BODY = b'{"temperature":21.5}'


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize(
    ("message", "code", "words"),
    [
        (("belvedere/v1/d1/readings", BODY), TroubleCode.FOREIGN_TOPIC, '"belvedere/v1/d1/readings"'),
        (("nhà/bếp\u202e", BODY), TroubleCode.FOREIGN_TOPIC, '"nhà/bếp\\u202e"'),
        (("belvedere/v1/d0/reading", BODY), TroubleCode.UNKNOWN_TOPIC, '"belvedere/v1/d0/reading"'),
        ((STATUS, b"b\xffusy"), TroubleCode.UNKNOWN_STATUS, '"b\ufffdusy"'),
    ],
)
async def test_a_message_that_is_not_taken_is_told_once_with_what_it_was(
    house: House, version: int, message: tuple[str, bytes], code: TroubleCode, words: str
) -> None:
    client = await house.connect(wire.connect(version))
    client.send(wire.publish(*message, 1, 1, version=version))
    await client.packet()
    assert house.troubles.told == [("d0", code, words)]


@pytest.mark.parametrize(
    ("will", "words"),
    [
        (("belvedere/v1/d1/status", b"offline"), 'The will is for "belvedere/v1/d1/status".'),
        ((STATUS, b"gone"), 'The will says "gone".'),
    ],
)
async def test_a_refused_will_is_told(house: House, will: tuple[str, bytes], words: str) -> None:
    await house.connect(wire.connect(will=will), accepted=5)
    assert house.troubles.told == [("d0", TroubleCode.REFUSED_WILL, words)]


async def test_a_packet_over_the_limit_and_a_fault_of_the_protocol_are_told(house: House) -> None:
    client = await house.connect()
    client.send(b"\x30\xff\xff\x7f")
    assert await client.packet() == b""
    client = await house.connect()
    client.send(b"\x3f\x00")
    assert await client.packet() == b""
    assert [(device, code) for device, code, _ in house.troubles.told] == [
        ("d0", TroubleCode.TOO_LARGE),
        ("d0", TroubleCode.PROTOCOL_FAULT),
    ]
    assert all(detail for _, _, detail in house.troubles.told)


async def test_a_subscription_beyond_its_own_topics_is_told(house: House) -> None:
    client = await house.connect()
    client.send(wire.subscribe([("#", 0), ("belvedere/v1/d0/#", 0)]))
    await client.packet()
    assert house.troubles.told == [("d0", TroubleCode.FOREIGN_FILTER, '"#"')]


async def test_a_refused_log_in_is_told_to_the_device_it_claims_to_be_and_to_nobody_else(house: House) -> None:
    await house.connect(wire.connect(password="wrong"), accepted=4)
    await house.connect(wire.connect(user="nobody"), accepted=4)
    await house.connect(wire.connect(user=None, password=None), accepted=4)
    assert house.troubles.told == [("d0", TroubleCode.BAD_CREDENTIALS, "From 127.0.0.1.")]
    assert house.troubles.strangers == [("nobody", "127.0.0.1")]


async def test_where_all_is_well_nothing_is_told(house: House) -> None:
    client = await house.connect(wire.connect(will=(STATUS, b"offline")))
    client.send(wire.publish(STATUS, b"online", 1, 1), wire.publish(READINGS, BODY, 1, 2), wire.disconnect())
    await until(lambda: not house.presence.online)
    client = await house.client()
    client.send(b"GET / HTTP/1.1\r\n\r\n")  # of nobody
    assert await client.packet() == b""
    assert house.troubles.told == []
