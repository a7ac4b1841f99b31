"""Bytes to packets: what is read, what is refused with which reason, and that nothing else ever happens."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from belvedere.pipeline.ingest.mqtt import codec
from belvedere.pipeline.ingest.mqtt.codec import Parser
from belvedere.pipeline.ingest.mqtt.fields import Properties, Property, write_binary
from belvedere.pipeline.ingest.mqtt.packets import (
    NEVER_EXPIRES_SECONDS,
    Ack,
    Auth,
    Connect,
    Disconnect,
    Filter,
    MqttError,
    Packet,
    PacketTooLargeError,
    PacketType,
    PingRequest,
    Publish,
    ReasonCode,
    Subscribe,
    Unsubscribe,
    UnsupportedVersionError,
    Will,
)
from belvedere.pipeline.ingest.mqtt.tests import wire


def packets_of(data: bytes, pieces: list[int] | None = None) -> tuple[list[Packet], ReasonCode | None]:
    """All packets in the bytes, fed in pieces that end at the given places, and the error at their end."""
    parser, got = Parser(), []
    ends = sorted({*(pieces or []), len(data)})
    start = 0
    try:
        for end in ends:
            parser.feed(data[start:end])
            start = end
            while (packet := parser.next_packet()) is not None:
                got.append(packet)
    except MqttError as error:
        return got, error.reason
    return got, None


def after_connect(data: bytes, version: int = 4) -> Packet:
    packets, error = packets_of(wire.connect(version) + data)
    assert error is None
    assert len(packets) == 2
    return packets[1]


def fault(data: bytes, version: int = 4) -> ReasonCode | None:
    return packets_of(wire.connect(version) + data)[1]


def test_connect_of_3_1_1() -> None:
    (packet,), error = packets_of(wire.connect(4, "c", "d0", "pw", clean=False, keep_alive=30, will=("t", b"gone")))
    assert error is None
    will, forever = Will(b"t", b"gone", 1, True), NEVER_EXPIRES_SECONDS
    assert packet == Connect(4, "c", "d0", b"pw", False, 30, will, forever, 65535, forever, None)


def test_connect_of_5_with_its_properties() -> None:
    properties: Properties = {
        Property.SESSION_EXPIRY: 60,
        Property.RECEIVE_MAXIMUM: 7,
        Property.MAXIMUM_PACKET_SIZE: 900,
        Property.USER_PROPERTY: ("a", "b"),
    }
    (packet,), _ = packets_of(wire.connect(5, properties=properties))
    assert isinstance(packet, Connect)
    assert (packet.session_expiry_seconds, packet.receive_maximum, packet.max_packet_bytes) == (60, 7, 900)


@pytest.mark.parametrize(("name", "level"), [(b"MQIsdp", 3), (b"MQTT", 3), (b"MQTT", 6)])
def test_other_versions_are_named_in_the_error(name: bytes, level: int) -> None:
    parser = Parser()
    parser.feed(wire.packet(0x10, write_binary(name) + bytes((level, 2, 0, 60)) + write_binary(b"c")))
    with pytest.raises(UnsupportedVersionError, match=str(level)):
        parser.next_packet()


def test_publish_of_every_qos() -> None:
    assert after_connect(wire.publish("a/b", b"x", 0)) == Publish(b"a/b", b"x", 0, False, False, 0)
    assert after_connect(wire.publish("a/b", b"", 1, 7, dup=True)) == Publish(b"a/b", b"", 1, True, False, 7)
    assert after_connect(wire.publish("é", b"x" * 300, 2, 0xFFFF, retain=True)) == Publish(
        "é".encode(), b"x" * 300, 2, False, True, 0xFFFF
    )
    properties: Properties = {Property.CONTENT_TYPE: "json", Property.MESSAGE_EXPIRY: 5}
    with_properties = wire.publish("t", b"x", 1, 2, version=5, properties=properties)
    assert after_connect(with_properties, 5) == Publish(b"t", b"x", 1, False, False, 2)
    assert after_connect(wire.publish("t", b"", 0, version=5), 5) == Publish(b"t", b"", 0, False, False, 0)


def test_subscribe_and_unsubscribe() -> None:
    assert after_connect(wire.subscribe([("a/#", 1), ("b", 2)], 9)) == Subscribe(
        9, [Filter("a/#", 1, False, False, 0), Filter("b", 2, False, False, 0)], 0
    )
    assert after_connect(wire.subscribe([("a", 0x2D)], version=5), 5) == Subscribe(
        1, [Filter("a", 1, True, True, 2)], 0
    )
    assert after_connect(wire.unsubscribe(["a", "b"], 3, version=5), 5) == Unsubscribe(3, ["a", "b"])


def test_the_small_packets() -> None:
    assert after_connect(wire.PINGREQ) == PingRequest()
    assert after_connect(wire.acknowledge(0x62, 5)) == Ack(PacketType.PUBREL, 5, 0)
    assert after_connect(wire.packet(0x40, b"\0\x05\x10"), 5) == Ack(PacketType.PUBACK, 5, 0x10)
    assert after_connect(wire.packet(0x40, b"\0\x05\x10\0"), 5) == Ack(PacketType.PUBACK, 5, 0x10)
    assert after_connect(wire.disconnect()) == Disconnect(0, None)
    assert after_connect(wire.disconnect(5, 4), 5) == Disconnect(4, None)
    assert after_connect(wire.packet(0xE0, b"\0\x05\x11\0\0\0\x09"), 5) == Disconnect(0, 9)
    assert after_connect(wire.packet(0xF0, b""), 5) == Auth(0)


@pytest.mark.parametrize(
    ("data", "version", "reason"),
    [
        (wire.connect(), 4, ReasonCode.PROTOCOL_ERROR),  # a second one
        (wire.packet(0x20, b"\0\0"), 4, ReasonCode.PROTOCOL_ERROR),
        (wire.packet(0x00, b""), 4, ReasonCode.PROTOCOL_ERROR),
        (wire.packet(0xF0, b""), 4, ReasonCode.PROTOCOL_ERROR),
        (wire.packet(0xC1, b""), 4, ReasonCode.MALFORMED_PACKET),
        (wire.packet(0xC0, b"x"), 4, ReasonCode.MALFORMED_PACKET),
        (wire.packet(0x80, b"\0\x01\0\x01a\0"), 4, ReasonCode.MALFORMED_PACKET),
        (wire.packet(0x82, b"\0\x01"), 4, ReasonCode.PROTOCOL_ERROR),
        (wire.subscribe([("a", 3)]), 4, ReasonCode.MALFORMED_PACKET),
        (wire.subscribe([("a", 4)]), 4, ReasonCode.MALFORMED_PACKET),
        (wire.subscribe([("", 0)]), 4, ReasonCode.MALFORMED_PACKET),
        (wire.packet(0x36, b"\0\x01a\0\x01"), 4, ReasonCode.MALFORMED_PACKET),  # QoS 3
        (wire.packet(0x38, b"\0\x01a"), 4, ReasonCode.MALFORMED_PACKET),  # QoS 0, duplicate
        (wire.packet(0x32, b"\0\x01a\0"), 4, ReasonCode.MALFORMED_PACKET),
        (wire.packet(0x32, b"\0"), 4, ReasonCode.MALFORMED_PACKET),
        (wire.publish("a", b"", 1, 0), 4, ReasonCode.PROTOCOL_ERROR),
        (wire.publish("a/#", b""), 4, ReasonCode.MALFORMED_PACKET),
        (wire.publish("a/+", b""), 4, ReasonCode.MALFORMED_PACKET),
        (wire.publish("", b""), 4, ReasonCode.MALFORMED_PACKET),
        (wire.publish("a\0", b""), 4, ReasonCode.MALFORMED_PACKET),
        (wire.packet(0x30, b"\0\x01\xff"), 4, ReasonCode.MALFORMED_PACKET),
        (wire.publish("a", b"", version=5, properties={Property.TOPIC_ALIAS: 1}), 5, ReasonCode.TOPIC_ALIAS_INVALID),
        (wire.publish("a", b"", version=5, properties={Property.SUBSCRIPTION_ID: 1}), 5, ReasonCode.PROTOCOL_ERROR),
        (wire.publish("a", b"", version=5, properties={Property.PAYLOAD_FORMAT: 2}), 5, ReasonCode.PROTOCOL_ERROR),
        (wire.packet(0x32, b"\0\x01a\0\x01\x09"), 5, ReasonCode.MALFORMED_PACKET),
        (wire.packet(0xE0, b"\0\x0a\x11\0\0\0\x09\x11\0\0\0\x09"), 5, ReasonCode.PROTOCOL_ERROR),
        (b"\x30\xff\xff\xff\xff", 4, ReasonCode.MALFORMED_PACKET),
        (b"\x30\xff\xff\xff\x7f", 4, ReasonCode.PACKET_TOO_LARGE),
    ],
)
def test_what_is_against_the_protocol_is_refused_with_its_reason(data: bytes, version: int, reason: ReasonCode) -> None:
    assert fault(data, version) is reason


@pytest.mark.parametrize("flags", [0x01, 0x1E, 0x0A, 0x22, 0x42])
def test_connect_flags_that_contradict_each_other(flags: int) -> None:
    data = wire.packet(0x10, write_binary(b"MQTT") + bytes((4, flags, 0, 60)) + write_binary(b"c"))
    assert packets_of(data) == ([], ReasonCode.MALFORMED_PACKET)


def test_nothing_comes_before_connect() -> None:
    for data in (wire.publish("a", b""), wire.PINGREQ, b"GET / HTTP/1.1\r\n\r\n"):
        assert packets_of(data) == ([], ReasonCode.PROTOCOL_ERROR)


def test_tls_on_the_plain_port_is_refused() -> None:
    assert packets_of(b"\x16\x03\x01\x02\x00\x01\x00") == ([], ReasonCode.MALFORMED_PACKET)


def test_a_packet_is_refused_by_its_announcement_before_its_bytes_come() -> None:
    parser = Parser(max_packet_bytes=100)
    parser.feed(wire.connect())
    parser.next_packet()
    parser.feed(wire.packet(0x30, b"\0\x01a" + b"x" * 95))
    assert isinstance(parser.next_packet(), Publish)
    parser.feed(b"\x30\x63")
    with pytest.raises(PacketTooLargeError):
        parser.next_packet()


def test_what_a_server_sends() -> None:
    assert codec.encode_connack(4, ReasonCode.BAD_USER_NAME_OR_PASSWORD) == b"\x20\x02\x00\x04"
    assert codec.encode_connack(4, ReasonCode.NOT_AUTHORIZED) == b"\x20\x02\x00\x05"
    assert codec.encode_connack(4, ReasonCode.SUCCESS, True) == b"\x20\x02\x01\x00"
    assert (
        codec.encode_connack(5, ReasonCode.SUCCESS, False, {Property.RECEIVE_MAXIMUM: 10})
        == b"\x20\x06\0\0\x03\x21\0\x0a"
    )
    assert codec.encode_ack(4, PacketType.PUBACK, 1, ReasonCode.NOT_AUTHORIZED) == b"\x40\x02\0\x01"
    assert codec.encode_ack(5, PacketType.PUBACK, 1, ReasonCode.NOT_AUTHORIZED) == b"\x40\x03\0\x01\x87"
    assert codec.encode_ack(4, PacketType.PUBREL, 1) == b"\x62\x02\0\x01"
    assert codec.encode_suback(4, 2, [0, 1, 0x87]) == b"\x90\x05\0\x02\0\x01\x80"
    assert codec.encode_suback(5, 2, [0x87]) == b"\x90\x04\0\x02\0\x87"
    assert codec.encode_unsuback(4, 2, [0]) == b"\xb0\x02\0\x02"
    assert codec.encode_disconnect(ReasonCode.SERVER_SHUTTING_DOWN) == b"\xe0\x01\x8b"
    message = Publish(b"a", b"x", 1, True, True, 3)
    assert codec.encode_publish(4, message) == wire.publish("a", b"x", 1, 3, dup=True, retain=True)
    assert codec.encode_publish(5, message) == wire.publish("a", b"x", 1, 3, version=5, dup=True, retain=True)


# --- whatever comes ---

ANY_SPEED = settings(deadline=None)  # the machine may be busy

PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        Property.SESSION_EXPIRY: st.integers(0, 2**32 - 1),
        Property.RECEIVE_MAXIMUM: st.integers(0, 65535),
        Property.USER_PROPERTY: st.tuples(st.text(max_size=3), st.text(max_size=3)),
        Property.AUTHENTICATION_METHOD: st.text(max_size=5),
        Property.TOPIC_ALIAS: st.integers(0, 65535),
    },
)
VERSIONS = st.sampled_from([4, 5])
TOPICS = st.sampled_from(["belvedere/v1/d0/readings", "a", "é", "#", ""])
LATER = st.one_of(
    st.builds(
        lambda topic, body, qos, pid, version, dup, props: wire.publish(
            topic, body, qos, pid, version=version, dup=dup, properties=props
        ),
        TOPICS,
        st.binary(max_size=200),
        st.integers(0, 2),
        st.integers(0, 3),
        VERSIONS,
        st.booleans(),
        PROPERTIES,
    ),
    st.builds(wire.acknowledge, st.sampled_from([0x40, 0x50, 0x62, 0x70]), st.integers(0, 65535)),
    st.builds(lambda t, o, v: wire.subscribe([(t, o)], version=v), TOPICS, st.integers(0, 255), VERSIONS),
    st.builds(lambda t, v: wire.unsubscribe([t], version=v), TOPICS, VERSIONS),
    st.builds(wire.disconnect, VERSIONS, st.integers(0, 255)),
    st.builds(wire.packet, st.integers(0, 255), st.binary(max_size=30)),
    st.binary(max_size=10),
)
STREAMS = st.builds(
    lambda version, props, later: wire.connect(version, properties=props) + b"".join(later),
    VERSIONS,
    PROPERTIES,
    st.lists(LATER, max_size=6),
)


@ANY_SPEED
@given(st.one_of(st.binary(max_size=300), STREAMS))
def test_no_bytes_raise_anything_but_an_mqtt_error(data: bytes) -> None:
    packets_of(data)


@ANY_SPEED
@given(STREAMS, st.lists(st.integers(0, 400), max_size=8))
def test_how_the_bytes_are_cut_does_not_matter(data: bytes, cuts: list[int]) -> None:
    assert packets_of(data, [cut for cut in cuts if cut < len(data)]) == packets_of(data)


@ANY_SPEED
@given(STREAMS, st.data())
def test_changed_bytes_raise_nothing_else_either(data: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(data) - 1))
    packets_of(data[:at] + draw.draw(st.binary(max_size=2)) + data[at + 1 :])
