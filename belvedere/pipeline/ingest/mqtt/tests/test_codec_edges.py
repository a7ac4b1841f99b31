"""Bytes at their edges: lengths, flags and identifiers just inside and just outside of what MQTT allows."""

from __future__ import annotations

import pytest

from belvedere.pipeline.ingest.mqtt.codec import MAX_PACKET_BYTES, Parser
from belvedere.pipeline.ingest.mqtt.fields import Properties, Property, write_binary
from belvedere.pipeline.ingest.mqtt.packets import (
    NEVER_EXPIRES_SECONDS,
    Ack,
    Auth,
    Connect,
    Disconnect,
    Filter,
    MalformedPacketError,
    MqttError,
    Packet,
    PacketTooLargeError,
    PacketType,
    Publish,
    ReasonCode,
    Subscribe,
    Unsubscribe,
    Will,
)
from belvedere.pipeline.ingest.mqtt.tests import wire
from belvedere.pipeline.ingest.mqtt.tests.test_codec import after_connect, fault, packets_of

MALFORMED, PROTOCOL = ReasonCode.MALFORMED_PACKET, ReasonCode.PROTOCOL_ERROR


def make_parser(version: int = 4, **limits: int) -> Parser:
    parser = Parser(**limits)
    parser.feed(wire.connect(version))
    assert isinstance(parser.next_packet(), Connect)
    return parser


def parse_connect(data: bytes) -> Connect:
    (packet,), error = packets_of(data)
    assert error is None
    assert isinstance(packet, Connect)
    return packet


def build_connect(flags: int, payload: bytes, level: int = 4, properties: bytes = b"") -> bytes:
    return wire.packet(0x10, write_binary(b"MQTT") + bytes((level, flags, 0, 60)) + properties + payload)


C, T, U, P = (write_binary(each) for each in (b"c", b"t", b"u", b"p"))


# --- lengths


@pytest.mark.parametrize("size", [0, 1, 120, 124, 125, 126, 130, 16_379, 16_380, 16_381, 16_390, 60_000])
@pytest.mark.parametrize("piece", [1, 70_000])
def test_a_body_of_any_length_arrives_whole_however_the_network_cuts_it(size: int, piece: int) -> None:
    parser, body = make_parser(), bytes(range(256)) * 300
    data = wire.publish("t", body[:size], 0) + wire.PINGREQ
    got: list[Packet] = []
    for start in range(0, len(data), piece if size < 200 else 70_000):
        parser.feed(data[start : start + (piece if size < 200 else 70_000)])
        while (packet := parser.next_packet()) is not None:
            got.append(packet)
    assert got[0] == Publish(b"t", body[:size], 0, False, False, 0)
    assert len(got) == 2
    assert parser.waiting_bytes == 0


def test_a_length_of_four_bytes_is_read_too() -> None:
    parser = make_parser(max_packet_bytes=3_000_000)
    parser.feed(wire.publish("t", b"x" * 2_200_000, 0))
    packet = parser.next_packet()
    assert isinstance(packet, Publish)
    assert len(packet.payload) == 2_200_000


def test_what_has_come_but_is_no_whole_packet_waits() -> None:
    parser = make_parser()
    data = wire.publish("t", b"body", 0)
    parser.feed(data[:5])
    assert parser.next_packet() is None
    assert parser.waiting_bytes == 5
    parser.feed(data[5:] + b"\xc0")
    assert isinstance(parser.next_packet(), Publish)
    assert parser.waiting_bytes == 1
    assert parser.next_packet() is None
    parser.feed(b"\x00")
    assert parser.next_packet() is not None
    assert parser.waiting_bytes == 0


def test_a_packet_of_64_kib_is_taken_and_one_byte_more_is_refused_with_both_numbers() -> None:
    assert MAX_PACKET_BYTES == 65_536
    largest = MAX_PACKET_BYTES - 4 - 3
    parser = make_parser()
    parser.feed(wire.publish("t", b"x" * largest, 0))
    assert isinstance(parser.next_packet(), Publish)
    parser.feed(wire.publish("t", b"x" * (largest + 1), 0))
    with pytest.raises(PacketTooLargeError, match=f"{largest + 4} bytes; at most {MAX_PACKET_BYTES}"):
        parser.next_packet()


@pytest.mark.parametrize("end", range(1, 5))
def test_a_length_that_has_not_come_whole_is_waited_for(end: int) -> None:
    parser = make_parser(max_packet_bytes=1 << 28)
    parser.feed((b"\x30" + b"\xff\xff\xff\x7f")[:end])
    assert parser.next_packet() is None


def test_a_topic_that_is_known_is_not_looked_at_again() -> None:
    parser = make_parser()
    parser.known_topic = b"a/#"
    parser.feed(wire.publish("a/#", b"", 0))
    assert isinstance(parser.next_packet(), Publish)
    parser.feed(wire.publish("b/#", b"", 0))
    with pytest.raises(MalformedPacketError):
        parser.next_packet()


# --- CONNECT


def test_a_session_of_3_1_1_lives_for_ever_unless_it_is_clean() -> None:
    assert parse_connect(wire.connect(4, clean=True)).session_expiry_seconds == 0
    assert parse_connect(wire.connect(4, clean=False)).session_expiry_seconds == NEVER_EXPIRES_SECONDS
    assert not parse_connect(wire.connect(4, clean=False)).clean_start


@pytest.mark.parametrize("clean", [True, False])
def test_what_a_client_of_5_leaves_out_has_the_value_of_the_standard(clean: bool) -> None:
    packet = parse_connect(wire.connect(5, clean=clean))
    assert packet == Connect(5, "c1", "d0", b"secret", clean, 60, None, 0, 65_535, NEVER_EXPIRES_SECONDS, None)


def test_an_authentication_method_is_told_and_data_without_one_refused() -> None:
    properties: Properties = {Property.AUTHENTICATION_METHOD: "SCRAM", Property.AUTHENTICATION_DATA: b"x"}
    assert parse_connect(wire.connect(5, properties=properties)).authentication_method == "SCRAM"
    assert packets_of(wire.connect(5, properties={Property.AUTHENTICATION_DATA: b"x"})) == ([], PROTOCOL)


def test_user_name_and_password_come_one_by_one() -> None:
    assert parse_connect(build_connect(0x82, C + U))[2:4] == ("u", None)
    assert parse_connect(build_connect(0xC2, C + U + P))[2:4] == ("u", b"p")
    assert parse_connect(build_connect(0x02, C))[2:4] == (None, None)
    assert parse_connect(build_connect(0x42, C + P, 5, b"\0"))[2:4] == (None, b"p")
    assert packets_of(build_connect(0x42, C + P)) == ([], MALFORMED)


@pytest.mark.parametrize(
    ("flags", "qos", "retain"), [(0x06, 0, False), (0x0E, 1, False), (0x36, 2, True), (0x26, 0, True)]
)
def test_a_will_has_its_qos_and_its_retain_flag(flags: int, qos: int, retain: bool) -> None:
    assert parse_connect(build_connect(flags, C + T + P)).will == Will(b"t", b"p", qos, retain)
    assert parse_connect(build_connect(flags, C + b"\0" + T + P, 5, b"\0")).will == Will(b"t", b"p", qos, retain)


def test_a_will_for_a_filter_is_refused() -> None:
    assert packets_of(build_connect(0x06, C + write_binary(b"a/#") + P)) == ([], MALFORMED)


@pytest.mark.parametrize("flags", [0x03, 0x0A, 0x12, 0x1E, 0x22, 0x3E])
@pytest.mark.parametrize("level", [4, 5])
def test_a_reserved_flag_a_will_of_qos_3_and_flags_of_no_will_are_refused(flags: int, level: int) -> None:
    payload = C + (b"\0" if level == 5 else b"") + T + P
    assert packets_of(build_connect(flags, payload, level, b"\0" if level == 5 else b"")) == ([], MALFORMED)


def test_only_mqtt_is_spoken_and_3_1_is_named_as_too_old() -> None:
    def of(name: bytes, level: int) -> ReasonCode | None:
        return packets_of(wire.packet(0x10, write_binary(name) + bytes((level, 2, 0, 60)) + C))[1]

    assert of(b"HTTP", 4) is PROTOCOL
    assert of(b"MQIsdp", 3) is ReasonCode.UNSUPPORTED_VERSION
    assert of(b"MQIsdp", 4) is ReasonCode.UNSUPPORTED_VERSION
    assert of(b"MQTT", 3) is ReasonCode.UNSUPPORTED_VERSION
    assert of(b"MQTT", 4) is None


def test_a_keep_alive_is_of_two_bytes() -> None:
    assert parse_connect(wire.connect(keep_alive=0x1234)).keep_alive_seconds == 0x1234


def test_bytes_behind_the_end_are_refused_in_every_packet() -> None:
    assert packets_of(build_connect(0x02, C + b"x")) == ([], MALFORMED)
    for data in (wire.packet(0x40, b"\0\x01x"), wire.packet(0xE0, b"x"), wire.packet(0xC0, b"x")):
        assert fault(data) is MALFORMED
    assert fault(wire.packet(0x40, b"\0\x01\0\0x"), 5) is MALFORMED


# --- what follows it


@pytest.mark.parametrize(("head", "kind"), [(0x40, "PUBACK"), (0x50, "PUBREC"), (0x62, "PUBREL"), (0x70, "PUBCOMP")])
def test_an_acknowledgement_names_its_message_and_in_5_its_reason(head: int, kind: str) -> None:
    assert after_connect(wire.acknowledge(head, 0x1234)) == Ack(PacketType[kind], 0x1234, 0)
    assert after_connect(wire.acknowledge(head, 1), 5) == Ack(PacketType[kind], 1, 0)
    assert after_connect(wire.packet(head, b"\0\x01\x92\0"), 5) == Ack(PacketType[kind], 1, 0x92)
    assert fault(wire.packet(head ^ 2, b"\0\x01")) is MALFORMED
    assert fault(wire.acknowledge(head, 0)) is PROTOCOL


@pytest.mark.parametrize("kind", [2, 9, 11, 13])
def test_what_only_a_server_sends_is_refused(kind: int) -> None:
    assert fault(wire.packet(kind << 4, b"\0\0")) is PROTOCOL


def test_auth_is_of_5_and_tells_its_reason() -> None:
    assert after_connect(wire.packet(0xF0, b"\x18\0"), 5) == Auth(0x18)
    assert fault(wire.packet(0xF0, b"\x18\0"), 4) is PROTOCOL


def test_a_packet_id_has_two_bytes_the_high_one_first() -> None:
    packet = after_connect(wire.publish("t", b"x", 1, 0x0102))
    assert packet == Publish(b"t", b"x", 1, False, False, 0x0102)
    packet = after_connect(wire.publish("t", b"x", 2, 0x0100, dup=True, retain=True))
    assert packet == Publish(b"t", b"x", 2, True, True, 0x0100)


@pytest.mark.parametrize("content", [b"", b"\0", b"\0\x02a", b"\0\x01"])
def test_a_topic_that_is_longer_than_its_packet_is_refused(content: bytes) -> None:
    assert fault(wire.packet(0x30, content)) is MALFORMED
    assert fault(wire.packet(0x32, content + b"\0\x01")) is MALFORMED


def test_a_topic_of_more_than_255_bytes_is_read_by_both_length_bytes() -> None:
    topic = "t" * 300
    assert after_connect(wire.publish(topic, b"x", 0)) == Publish(topic.encode(), b"x", 0, False, False, 0)


def test_properties_of_a_message_are_skipped_whatever_their_length() -> None:
    properties: Properties = {Property.USER_PROPERTY: ("k" * 100, "v" * 100), Property.MESSAGE_EXPIRY: 5}
    packet = after_connect(wire.publish("t", b"body", 1, 3, version=5, properties=properties), 5)
    assert packet == Publish(b"t", b"body", 1, False, False, 3)
    assert fault(wire.packet(0x30, b"\0\x01t"), 5) is MALFORMED  # not even their length


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_subscription_options_are_told_one_by_one(qos: int) -> None:
    def options(byte: int) -> Filter:
        packet = after_connect(wire.subscribe([("a", byte)], 0x0203, version=5), 5)
        assert isinstance(packet, Subscribe)
        assert packet.packet_id == 0x0203
        return packet.filters[0]

    assert options(qos) == Filter("a", qos, False, False, 0)
    assert options(0x04 | qos) == Filter("a", qos, True, False, 0)
    assert options(0x08 | qos) == Filter("a", qos, False, True, 0)
    assert options(0x10 | qos) == Filter("a", qos, False, False, 1)
    assert options(0x20 | qos) == Filter("a", qos, False, False, 2)


@pytest.mark.parametrize("options", [0x03, 0x30, 0x31, 0x32, 0x40, 0x80])
def test_options_that_do_not_exist_are_refused(options: int) -> None:
    assert fault(wire.subscribe([("a", options)], version=5), 5) is MALFORMED
    assert fault(wire.subscribe([("a", options)])) is MALFORMED


@pytest.mark.parametrize("options", [0x04, 0x08, 0x10, 0x20, 0x40, 0x80])
def test_options_of_5_are_refused_in_3_1_1(options: int) -> None:
    assert fault(wire.subscribe([("a", options)])) is MALFORMED


def test_a_subscription_id_is_told() -> None:
    data = wire.packet(0x82, b"\0\x01\x02\x0b\x07" + write_binary(b"a") + b"\0")
    assert after_connect(data, 5) == Subscribe(1, [Filter("a", 0, False, False, 0)], 7)


def test_unsubscribing_needs_a_filter_that_is_not_empty_and_an_id() -> None:
    assert after_connect(wire.unsubscribe(["a"], 0x0304)) == Unsubscribe(0x0304, ["a"])
    for version in (4, 5):
        assert fault(wire.unsubscribe([], version=version), version) is PROTOCOL
        assert fault(wire.unsubscribe([""], version=version), version) is MALFORMED
        assert fault(wire.unsubscribe(["a"], 0, version=version), version) is PROTOCOL
    assert fault(wire.subscribe([("a", 0)], 0)) is PROTOCOL


def test_a_goodbye_of_5_may_tell_a_reason_and_another_expiry() -> None:
    assert after_connect(wire.packet(0xE0, b"\x04\x05\x11\0\0\x01\0"), 5) == Disconnect(4, 256)
    assert after_connect(wire.packet(0xE0, b"\x04\0"), 5) == Disconnect(4, None)
    assert after_connect(wire.packet(0xE0, b""), 5) == Disconnect(0, None)


# --- what is refused


@pytest.mark.parametrize(
    ("data", "version", "sentence"),
    [
        (wire.connect(), 4, "CONNECT comes first, and once."),
        (wire.packet(0x90, b"\0\1\0"), 4, "A client may not send packets of type 9."),
        (wire.packet(0xC1, b""), 4, "Reserved flags are set."),
        (wire.packet(0xF0, b""), 4, "AUTH is of MQTT 5."),
        (wire.packet(0x30, b""), 4, "A PUBLISH that is too short, of QoS 3, or of QoS 0 and a duplicate."),
        (wire.packet(0x39, b"\0\1t"), 4, "A PUBLISH that is too short, of QoS 3, or of QoS 0 and a duplicate."),
        (wire.packet(0x30, b"\0\0"), 4, "A topic name is empty or holds a wildcard."),
        (wire.publish("t", b"", 1, 0), 4, "Packet identifier 0."),
        (wire.packet(0xC0, b"x"), 4, "Bytes behind the end of the packet's content."),
        (b"\x30\xff\xff\xff\xff\x01", 4, "A length of more than four bytes."),
        (wire.packet(0x30, b"\0\1t\x03\x23\0\1"), 5, "No topic alias was offered."),
        (wire.subscribe([("a", 3)]), 4, "Subscription options that do not exist."),
        (wire.subscribe([]), 4, "A SUBSCRIBE without a topic filter."),
        (wire.unsubscribe([]), 4, "An UNSUBSCRIBE without a topic filter."),
        (wire.unsubscribe([""]), 4, "An empty topic filter."),
    ],
)
def test_a_refusal_says_in_a_sentence_what_is_wrong(data: bytes, version: int, sentence: str) -> None:
    parser = make_parser(version)
    parser.feed(data)
    with pytest.raises(MqttError) as refused:
        parser.next_packet()
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (wire.packet(0x10, write_binary(b"HTTP") + b"\4\2\0\x3c" + C), "Not MQTT."),
        (wire.connect(5, properties={Property.AUTHENTICATION_DATA: b"x"}), "Authentication data without a method."),
        (build_connect(0x03, C), "Connect flags that contradict each other."),
        (build_connect(0x42, C + P), "A password without a user name."),
        (wire.PINGREQ, "CONNECT comes first, and once."),
    ],
)
def test_a_connection_that_is_refused_hears_why(data: bytes, sentence: str) -> None:
    parser = Parser()
    parser.feed(data)
    with pytest.raises(MqttError) as refused:
        parser.next_packet()
    assert str(refused.value) == sentence


def test_properties_of_a_will_and_of_an_acknowledgement_are_their_own() -> None:
    will_delay, reason_string = b"\x05\x18\0\0\0\x05", b"\x04\x1f\0\1x"
    assert parse_connect(build_connect(0x06, C + will_delay + T + P, 5, b"\0")).will == Will(b"t", b"p", 0, False)
    assert packets_of(build_connect(0x06, C + T + P, 5, will_delay)) == ([], PROTOCOL)
    assert after_connect(wire.packet(0x40, b"\0\5\x10" + reason_string), 5) == Ack(PacketType.PUBACK, 5, 0x10)
    assert fault(wire.packet(0x40, b"\0\5\x10" + will_delay), 5) is PROTOCOL
    user_property = b"\x07\x26\0\1k\0\1v"
    assert after_connect(wire.packet(0xA2, b"\0\5" + user_property + T), 5) == Unsubscribe(5, ["t"])
