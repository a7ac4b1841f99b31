"""Bytes to packets and packets to bytes, the server's side of MQTT 3.1.1 and 5.0. No I/O, no clock.

PUBLISH is the hot path and is read in one go; everything else goes through fields.py.
"""

from __future__ import annotations

from belvedere.pipeline.ingest.mqtt.fields import (
    WILL,
    Fields,
    Properties,
    Property,
    check_topic_name,
    write_binary,
    write_properties,
    write_variable,
)
from belvedere.pipeline.ingest.mqtt.packets import (
    MQTT_3_1_1,
    MQTT_5,
    NEVER_EXPIRES_SECONDS,
    Ack,
    Auth,
    Connect,
    Disconnect,
    Filter,
    MalformedPacketError,
    Packet,
    PacketTooLargeError,
    PacketType,
    PingRequest,
    ProtocolError,
    Publish,
    ReasonCode,
    Subscribe,
    Unsubscribe,
    UnsupportedVersionError,
    Will,
)

MAX_PACKET_BYTES = 64 * 1024

_PUBLISH = int(PacketType.PUBLISH)
_FLAGS_0010 = (PacketType.PUBREL, PacketType.SUBSCRIBE, PacketType.UNSUBSCRIBE)
_PING = PingRequest()
_DEFAULT_RECEIVE_MAXIMUM = 65_535
_new = tuple.__new__  # a NamedTuple's own constructor takes twice as long


class Parser:
    """Takes the bytes of one connection in any pieces and gives packets.

    version: set by CONNECT, which has to come first. known_topic: a topic that is not checked again.
    Do not use the parser after an error.
    """

    def __init__(self, max_packet_bytes: int = MAX_PACKET_BYTES) -> None:
        self.version: int | None = None
        self.known_topic: bytes | None = None
        self._max_packet_bytes = max_packet_bytes
        self._buffer = b""
        self._at = 0

    @property
    def waiting_bytes(self) -> int:
        """Received but not yet given out as packets."""
        return len(self._buffer) - self._at

    def feed(self, data: bytes) -> None:
        """Add bytes from the peer. The caller takes all packets out before it feeds more, so the buffer stays small."""
        self._buffer = self._buffer[self._at :] + data if self._at < len(self._buffer) else data
        self._at = 0

    def next_packet(self) -> Packet | None:
        """The next whole packet, or None where more bytes are needed. Raises MqttError."""
        buffer, at = self._buffer, self._at
        if len(buffer) - at < 2:
            return None
        head, length, start = buffer[at], buffer[at + 1], at + 2
        if length > 0x7F:
            known = _read_length(buffer, at + 1)
            if known is None:
                return None
            length, start = known
        if head >> 4 != _PUBLISH or self.version is None:
            self._check_head(head)
        if length + start - at > self._max_packet_bytes:
            raise PacketTooLargeError(f"A packet of {length} bytes; at most {self._max_packet_bytes}.")
        end = start + length
        if end > len(buffer):
            return None
        self._at = end
        if head >> 4 == _PUBLISH:
            return self._read_publish(head, buffer, start, end)
        return self._read_other(PacketType(head >> 4), Fields(buffer, start, end))

    def _check_head(self, head: int) -> None:
        kind = head >> 4
        if not kind or kind in (PacketType.CONNACK, PacketType.SUBACK, PacketType.UNSUBACK, PacketType.PINGRESP):
            raise ProtocolError(f"A client may not send packets of type {kind}.")
        if (self.version is None) != (kind == PacketType.CONNECT):
            raise ProtocolError("CONNECT comes first, and once.")
        if head & 15 != (2 if kind in _FLAGS_0010 else 0):
            raise MalformedPacketError("Reserved flags are set.")
        if kind == PacketType.AUTH and self.version != MQTT_5:
            raise ProtocolError("AUTH is of MQTT 5.")

    def _read_publish(self, head: int, data: bytes, at: int, end: int) -> Publish:
        qos = head >> 1 & 3
        topic_end = at + 2 + (data[at] << 8 | data[at + 1]) if end - at >= 2 else end + 1
        body = topic_end + 2 if qos else topic_end
        if body > end or qos == 3 or head & 14 == 8:
            raise MalformedPacketError("A PUBLISH that is too short, of QoS 3, or of QoS 0 and a duplicate.")
        topic = data[at + 2 : topic_end]
        packet_id = 0
        if qos:
            packet_id = data[topic_end] << 8 | data[topic_end + 1]
            if not packet_id:
                raise ProtocolError("Packet identifier 0.")
        if self.version == MQTT_5:
            if body < end and not data[body]:
                body += 1
            else:
                body = _check_publish_properties(data, body, end)
        if topic != self.known_topic:
            check_topic_name(topic)
        return _new(Publish, (topic, data[body:end], qos, head & 8 != 0, head & 1 != 0, packet_id))

    def _read_other(self, kind: PacketType, fields: Fields) -> Packet:
        packet: Packet
        if kind is PacketType.CONNECT:
            packet = _read_connect(fields)
            self.version = packet.version
        elif kind in (PacketType.PUBACK, PacketType.PUBREC, PacketType.PUBREL, PacketType.PUBCOMP):
            packet = _read_ack(kind, fields, self.version)
        elif kind is PacketType.SUBSCRIBE:
            packet = _read_subscribe(fields, self.version)
        elif kind is PacketType.UNSUBSCRIBE:
            packet = _read_unsubscribe(fields, self.version)
        elif kind is PacketType.PINGREQ:
            packet = _PING
        elif kind is PacketType.DISCONNECT:
            packet = _read_disconnect(fields, self.version)
        else:
            packet = Auth(*_read_reason(fields, PacketType.AUTH)[:1])
        if fields.left:
            raise MalformedPacketError("Bytes behind the end of the packet's content.")
        return packet


def _read_length(buffer: bytes, at: int) -> tuple[int, int] | None:
    """(remaining length, start of the content); None where bytes of the length are missing."""
    length = 0
    for shift in (0, 7, 14, 21):
        if at == len(buffer):
            return None
        byte = buffer[at]
        at += 1
        length |= (byte & 0x7F) << shift
        if byte < 0x80:
            return length, at
    raise MalformedPacketError("A length of more than four bytes.")


def _check_publish_properties(data: bytes, at: int, end: int) -> int:
    """The start of the payload. The properties are checked, and their values ignored."""
    fields = Fields(data, at, end)
    if Property.TOPIC_ALIAS in fields.read_properties(PacketType.PUBLISH):
        raise ProtocolError("No topic alias was offered.", ReasonCode.TOPIC_ALIAS_INVALID)
    return fields.at


def _read_connect(fields: Fields) -> Connect:
    name = fields.read_binary()
    level = fields.read_integer(1)
    if name not in (b"MQTT", b"MQIsdp"):
        raise ProtocolError("Not MQTT.")
    if name != b"MQTT" or level not in (MQTT_3_1_1, MQTT_5):
        raise UnsupportedVersionError(level)
    flags = fields.read_integer(1)
    keep_alive_seconds = fields.read_integer(2)
    properties: Properties = fields.read_properties(PacketType.CONNECT) if level == MQTT_5 else {}
    if Property.AUTHENTICATION_DATA in properties and Property.AUTHENTICATION_METHOD not in properties:
        raise ProtocolError("Authentication data without a method.")
    _check_connect_flags(flags, level)
    client_id = fields.read_text()
    will = _read_will(fields, flags, level) if flags & 0x04 else None
    user_name = fields.read_text() if flags & 0x80 else None
    password = fields.read_binary() if flags & 0x40 else None
    clean = bool(flags & 0x02)
    method = properties.get(Property.AUTHENTICATION_METHOD)
    return Connect(
        version=level,
        client_id=client_id,
        user_name=user_name,
        password=password,
        clean_start=clean,
        keep_alive_seconds=keep_alive_seconds,
        will=will,
        session_expiry_seconds=_get_int(properties, Property.SESSION_EXPIRY, 0)
        if level == MQTT_5
        else (0 if clean else NEVER_EXPIRES_SECONDS),
        receive_maximum=_get_int(properties, Property.RECEIVE_MAXIMUM, _DEFAULT_RECEIVE_MAXIMUM),
        max_packet_bytes=_get_int(properties, Property.MAXIMUM_PACKET_SIZE, NEVER_EXPIRES_SECONDS),
        authentication_method=str(method) if method is not None else None,
    )


def _check_connect_flags(flags: int, level: int) -> None:
    """3.1.2.3: the reserved bit, a will's QoS, and a password that 3.1.1 allows only beside a user name."""
    if flags & 0x01 or (flags & 0x18) == 0x18 or (not flags & 0x04 and flags & 0x38):
        raise MalformedPacketError("Connect flags that contradict each other.")
    if level == MQTT_3_1_1 and flags & 0x40 and not flags & 0x80:
        raise MalformedPacketError("A password without a user name.")


def _read_will(fields: Fields, flags: int, level: int) -> Will:
    if level == MQTT_5:
        fields.read_properties(WILL)
    topic = fields.read_binary()
    check_topic_name(topic)
    return Will(topic, fields.read_binary(), flags >> 3 & 3, bool(flags & 0x20))


def _get_int(properties: Properties, name: Property, default: int) -> int:
    value = properties.get(name, default)
    assert isinstance(value, int)
    return value


def _read_ack(kind: PacketType, fields: Fields, version: int | None) -> Ack:
    packet_id = fields.read_packet_id()
    if version != MQTT_5:
        return Ack(kind, packet_id, 0)
    return Ack(kind, packet_id, _read_reason(fields, kind)[0])


def _read_reason(fields: Fields, kind: PacketType) -> tuple[int, Properties]:
    """Reason and properties at the end of a packet; the packet may omit both (3.4.2.1)."""
    reason = fields.read_integer(1) if fields.left else 0
    return reason, fields.read_properties(kind) if fields.left else {}


def _read_subscribe(fields: Fields, version: int | None) -> Subscribe:
    packet_id = fields.read_packet_id()
    properties: Properties = fields.read_properties(PacketType.SUBSCRIBE) if version == MQTT_5 else {}
    filters: list[Filter] = []
    while fields.left:
        text, options = _read_filter(fields), fields.read_integer(1)
        if options & 3 == 3 or options & 0x30 == 0x30 or options & (0xC0 if version == MQTT_5 else 0xFC):
            raise MalformedPacketError("Subscription options that do not exist.")
        filters.append(Filter(text, options & 3, bool(options & 4), bool(options & 8), options >> 4 & 3))
    if not filters:
        raise ProtocolError("A SUBSCRIBE without a topic filter.")
    return Subscribe(packet_id, filters, _get_int(properties, Property.SUBSCRIPTION_ID, 0))


def _read_unsubscribe(fields: Fields, version: int | None) -> Unsubscribe:
    packet_id = fields.read_packet_id()
    if version == MQTT_5:
        fields.read_properties(PacketType.UNSUBSCRIBE)
    filters: list[str] = []
    while fields.left:
        filters.append(_read_filter(fields))
    if not filters:
        raise ProtocolError("An UNSUBSCRIBE without a topic filter.")
    return Unsubscribe(packet_id, filters)


def _read_filter(fields: Fields) -> str:
    text = fields.read_text()
    if not text:
        raise MalformedPacketError("An empty topic filter.")
    return text


def _read_disconnect(fields: Fields, version: int | None) -> Disconnect:
    if version != MQTT_5:
        return Disconnect(0, None)
    reason, properties = _read_reason(fields, PacketType.DISCONNECT)
    expiry = properties.get(Property.SESSION_EXPIRY)
    return Disconnect(reason, expiry if isinstance(expiry, int) else None)


# --- packets to bytes ---

_CONNACK_OF_3_1_1 = {
    ReasonCode.SUCCESS: 0,
    ReasonCode.UNSUPPORTED_VERSION: 1,
    ReasonCode.CLIENT_ID_NOT_VALID: 2,
    ReasonCode.SERVER_UNAVAILABLE: 3,
    ReasonCode.SERVER_BUSY: 3,
    ReasonCode.BAD_USER_NAME_OR_PASSWORD: 4,
}
_NOT_AUTHORIZED_OF_3_1_1 = 5


def encode_connack(
    version: int, reason: ReasonCode, session_present: bool = False, properties: Properties | None = None
) -> bytes:
    """CONNACK (3.2). In 3.1.1 the reason is mapped to the nearest of its six return codes."""
    if version != MQTT_5:
        return bytes((0x20, 2, session_present, _CONNACK_OF_3_1_1.get(reason, _NOT_AUTHORIZED_OF_3_1_1)))
    return _encode_packet(0x20, bytes((session_present, reason)) + write_properties(properties or {}))


def encode_ack(version: int, kind: PacketType, packet_id: int, reason: ReasonCode = ReasonCode.SUCCESS) -> bytes:
    """PUBACK, PUBREC, PUBREL or PUBCOMP; the reason is sent in MQTT 5 only."""
    head = kind << 4 | (2 if kind is PacketType.PUBREL else 0)
    if version == MQTT_5 and reason:
        return bytes((head, 3)) + packet_id.to_bytes(2, "big") + bytes((reason,))
    return bytes((head, 2)) + packet_id.to_bytes(2, "big")


def encode_suback(version: int, packet_id: int, reasons: list[int]) -> bytes:
    """SUBACK (3.9). 3.1.1 has one failure code, 0x80."""
    codes = reasons if version == MQTT_5 else [0x80 if reason & 0x80 else reason for reason in reasons]
    return _encode_packet(0x90, packet_id.to_bytes(2, "big") + (b"\0" if version == MQTT_5 else b"") + bytes(codes))


def encode_unsuback(version: int, packet_id: int, reasons: list[int]) -> bytes:
    """UNSUBACK (3.11). 3.1.1 has no reasons here."""
    return _encode_packet(0xB0, packet_id.to_bytes(2, "big") + (b"\0" + bytes(reasons) if version == MQTT_5 else b""))


def encode_publish(version: int, message: Publish) -> bytes:
    """PUBLISH (3.3) from the server to a client."""
    head = 0x30 | message.duplicate << 3 | message.qos << 1 | message.retain
    packet_id = message.packet_id.to_bytes(2, "big") if message.qos else b""
    return _encode_packet(
        head, write_binary(message.topic) + packet_id + (b"\0" if version == MQTT_5 else b"") + message.payload
    )


def encode_disconnect(reason: ReasonCode) -> bytes:
    """DISCONNECT (3.14), which a server sends in MQTT 5 only."""
    return bytes((0xE0, 1, reason))


PINGRESP = b"\xd0\x00"


def _encode_packet(head: int, content: bytes) -> bytes:
    return bytes((head,)) + write_variable(len(content)) + content
