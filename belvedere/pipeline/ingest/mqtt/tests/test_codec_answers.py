"""The packets that the server sends, byte by byte."""

from __future__ import annotations

import pytest

from belvedere.pipeline.ingest.mqtt import codec
from belvedere.pipeline.ingest.mqtt.packets import (
    PacketType,
    Publish,
    ReasonCode,
)
from belvedere.pipeline.ingest.mqtt.tests.test_codec import after_connect


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (ReasonCode.SUCCESS, 0),
        (ReasonCode.UNSUPPORTED_VERSION, 1),
        (ReasonCode.CLIENT_ID_NOT_VALID, 2),
        (ReasonCode.SERVER_UNAVAILABLE, 3),
        (ReasonCode.SERVER_BUSY, 3),
        (ReasonCode.BAD_USER_NAME_OR_PASSWORD, 4),
        (ReasonCode.NOT_AUTHORIZED, 5),
        (ReasonCode.QUOTA_EXCEEDED, 5),
    ],
)
def test_a_refusal_has_a_return_code_of_3_1_1_and_its_own_reason_in_5(reason: ReasonCode, code: int) -> None:
    assert codec.encode_connack(4, reason) == bytes((0x20, 2, 0, code))
    assert codec.encode_connack(5, reason) == bytes((0x20, 3, 0, reason, 0))
    assert codec.encode_connack(5, reason, True)[2] == 1


@pytest.mark.parametrize(("kind", "head"), [("PUBACK", 0x40), ("PUBREC", 0x50), ("PUBREL", 0x62), ("PUBCOMP", 0x70)])
def test_the_servers_acknowledgements(kind: str, head: int) -> None:
    for version in (4, 5):
        assert codec.encode_ack(version, PacketType[kind], 0x0102) == bytes((head, 2, 1, 2))
    not_found = ReasonCode.PACKET_ID_NOT_FOUND
    assert codec.encode_ack(5, PacketType[kind], 0x0102, not_found) == bytes((head, 3, 1, 2, 0x92))


def test_answers_to_subscriptions_keep_their_order_and_3_1_1_knows_one_failure() -> None:
    assert codec.encode_suback(4, 0x0102, [2, 0x87, 0, 0x80, 1]) == b"\x90\x07\x01\x02\x02\x80\x00\x80\x01"
    assert codec.encode_suback(5, 0x0102, [2, 0x87, 0]) == b"\x90\x06\x01\x02\x00\x02\x87\x00"
    assert codec.encode_unsuback(4, 0x0102, [0, 0x11]) == b"\xb0\x02\x01\x02"
    assert codec.encode_unsuback(5, 0x0102, [0, 0x11]) == b"\xb0\x05\x01\x02\x00\x00\x11"


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize(
    "message",
    [
        Publish(b"t", b"", 0, False, False, 0),
        Publish(b"t", b"x", 0, False, True, 0),
        Publish("é/ü".encode(), b"x" * 200, 1, False, False, 0x0102),
        Publish(b"t", b"x" * 20_000, 2, True, True, 0xFFFF),
    ],
)
def test_a_message_of_the_server_is_read_as_what_it_was(version: int, message: Publish) -> None:
    assert after_connect(codec.encode_publish(version, message), version) == message


def test_the_servers_goodbye_and_pong() -> None:
    assert codec.encode_disconnect(ReasonCode.KEEP_ALIVE_TIMEOUT) == b"\xe0\x01\x8d"
    assert codec.PINGRESP == b"\xd0\x00"
