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
    """Takes the bytes of one connection in any pieces, gives packets.

    version: set by CONNECT, which has to come first. known_topic: a topic already known to be well formed.
    After an error the parser is of no more use.
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
        """More bytes from the peer; the caller takes out packets before it reads on, so this stays small."""
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
            return self._publish(head, buffer, start, end)
        return self._other(PacketType(head >> 4), Fields(buffer, start, end))

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

    def _publish(self, head: int, data: bytes, at: int, end: int) -> Publish:
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

    def _other(self, kind: PacketType, fields: Fields) -> Packet:
        packet: Packet
        if kind is PacketType.CONNECT:
            packet = _connect(fields)
            self.version = packet.version
        elif kind in (PacketType.PUBACK, PacketType.PUBREC, PacketType.PUBREL, PacketType.PUBCOMP):
            packet = _ack(kind, fields, self.version)
        elif kind is PacketType.SUBSCRIBE:
            packet = _subscribe(fields, self.version)
        elif kind is PacketType.UNSUBSCRIBE:
            packet = _unsubscribe(fields, self.version)
        elif kind is PacketType.PINGREQ:
            packet = _PING
        elif kind is PacketType.DISCONNECT:
            packet = _disconnect(fields, self.version)
        else:
            packet = Auth(*_reason_and_properties(fields, PacketType.AUTH)[:1])
        if fields.left:
            raise MalformedPacketError("Bytes behind the end of the packet's content.")
        return packet


def _read_length(buffer: bytes, at: int) -> tuple[int, int] | None:
    """(remaining length, where the content starts); None where its bytes have not all come."""
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
    """Where the payload starts. What the properties say does not matter here, as long as it is allowed."""
    fields = Fields(data, at, end)
    if Property.TOPIC_ALIAS in fields.properties(PacketType.PUBLISH):
        raise ProtocolError("No topic alias was offered.", ReasonCode.TOPIC_ALIAS_INVALID)
    return fields.at


def _connect(fields: Fields) -> Connect:
    name = fields.binary()
    level = fields.integer(1)
    if name not in (b"MQTT", b"MQIsdp"):
        raise ProtocolError("Not MQTT.")
    if name != b"MQTT" or level not in (MQTT_3_1_1, MQTT_5):
        raise UnsupportedVersionError(level)
    flags = fields.integer(1)
    keep_alive_seconds = fields.integer(2)
    properties: Properties = fields.properties(PacketType.CONNECT) if level == MQTT_5 else {}
    if Property.AUTHENTICATION_DATA in properties and Property.AUTHENTICATION_METHOD not in properties:
        raise ProtocolError("Authentication data without a method.")
    _check_connect_flags(flags, level)
    client_id = fields.text()
    will = _will(fields, flags, level) if flags & 0x04 else None
    user_name = fields.text() if flags & 0x80 else None
    password = fields.binary() if flags & 0x40 else None
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
        session_expiry_seconds=_int(properties, Property.SESSION_EXPIRY, 0)
        if level == MQTT_5
        else (0 if clean else NEVER_EXPIRES_SECONDS),
        receive_maximum=_int(properties, Property.RECEIVE_MAXIMUM, _DEFAULT_RECEIVE_MAXIMUM),
        max_packet_bytes=_int(properties, Property.MAXIMUM_PACKET_SIZE, NEVER_EXPIRES_SECONDS),
        authentication_method=str(method) if method is not None else None,
    )


def _check_connect_flags(flags: int, level: int) -> None:
    """3.1.2.3: the reserved bit, a will's QoS, and a password that 3.1.1 allows only beside a user name."""
    if flags & 0x01 or (flags & 0x18) == 0x18 or (not flags & 0x04 and flags & 0x38):
        raise MalformedPacketError("Connect flags that contradict each other.")
    if level == MQTT_3_1_1 and flags & 0x40 and not flags & 0x80:
        raise MalformedPacketError("A password without a user name.")


def _will(fields: Fields, flags: int, level: int) -> Will:
    if level == MQTT_5:
        fields.properties(WILL)
    topic = fields.binary()
    check_topic_name(topic)
    return Will(topic, fields.binary(), flags >> 3 & 3, bool(flags & 0x20))


def _int(properties: Properties, name: Property, default: int) -> int:
    value = properties.get(name, default)
    assert isinstance(value, int)
    return value


def _ack(kind: PacketType, fields: Fields, version: int | None) -> Ack:
    packet_id = fields.packet_id()
    if version != MQTT_5:
        return Ack(kind, packet_id, 0)
    return Ack(kind, packet_id, _reason_and_properties(fields, kind)[0])


def _reason_and_properties(fields: Fields, kind: PacketType) -> tuple[int, Properties]:
    """The end of acknowledgements, DISCONNECT and AUTH: both may be left out (3.4.2.1)."""
    reason = fields.integer(1) if fields.left else 0
    return reason, fields.properties(kind) if fields.left else {}


def _subscribe(fields: Fields, version: int | None) -> Subscribe:
    packet_id = fields.packet_id()
    properties: Properties = fields.properties(PacketType.SUBSCRIBE) if version == MQTT_5 else {}
    filters: list[Filter] = []
    while fields.left:
        text, options = _filter_text(fields), fields.integer(1)
        if options & 3 == 3 or options & 0x30 == 0x30 or options & (0xC0 if version == MQTT_5 else 0xFC):
            raise MalformedPacketError("Subscription options that do not exist.")
        filters.append(Filter(text, options & 3, bool(options & 4), bool(options & 8), options >> 4 & 3))
    if not filters:
        raise ProtocolError("A SUBSCRIBE without a topic filter.")
    return Subscribe(packet_id, filters, _int(properties, Property.SUBSCRIPTION_ID, 0))


def _unsubscribe(fields: Fields, version: int | None) -> Unsubscribe:
    packet_id = fields.packet_id()
    if version == MQTT_5:
        fields.properties(PacketType.UNSUBSCRIBE)
    filters: list[str] = []
    while fields.left:
        filters.append(_filter_text(fields))
    if not filters:
        raise ProtocolError("An UNSUBSCRIBE without a topic filter.")
    return Unsubscribe(packet_id, filters)


def _filter_text(fields: Fields) -> str:
    text = fields.text()
    if not text:
        raise MalformedPacketError("An empty topic filter.")
    return text


def _disconnect(fields: Fields, version: int | None) -> Disconnect:
    if version != MQTT_5:
        return Disconnect(0, None)
    reason, properties = _reason_and_properties(fields, PacketType.DISCONNECT)
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


def connack(
    version: int, reason: ReasonCode, session_present: bool = False, properties: Properties | None = None
) -> bytes:
    """3.2. The reason becomes the nearest of the six return codes of 3.1.1 where that is spoken."""
    if version != MQTT_5:
        return bytes((0x20, 2, session_present, _CONNACK_OF_3_1_1.get(reason, _NOT_AUTHORIZED_OF_3_1_1)))
    return _packet(0x20, bytes((session_present, reason)) + write_properties(properties or {}))


def ack(version: int, kind: PacketType, packet_id: int, reason: ReasonCode = ReasonCode.SUCCESS) -> bytes:
    """PUBACK, PUBREC, PUBREL or PUBCOMP; a reason other than success is of MQTT 5."""
    head = kind << 4 | (2 if kind is PacketType.PUBREL else 0)
    if version == MQTT_5 and reason:
        return bytes((head, 3)) + packet_id.to_bytes(2, "big") + bytes((reason,))
    return bytes((head, 2)) + packet_id.to_bytes(2, "big")


def suback(version: int, packet_id: int, reasons: list[int]) -> bytes:
    """3.9. 3.1.1 knows one failure, 0x80."""
    codes = reasons if version == MQTT_5 else [0x80 if reason & 0x80 else reason for reason in reasons]
    return _packet(0x90, packet_id.to_bytes(2, "big") + (b"\0" if version == MQTT_5 else b"") + bytes(codes))


def unsuback(version: int, packet_id: int, reasons: list[int]) -> bytes:
    """3.11. 3.1.1 has no reasons here."""
    return _packet(0xB0, packet_id.to_bytes(2, "big") + (b"\0" + bytes(reasons) if version == MQTT_5 else b""))


def publish(version: int, message: Publish) -> bytes:
    """3.3, from the server to a device."""
    head = 0x30 | message.duplicate << 3 | message.qos << 1 | message.retain
    packet_id = message.packet_id.to_bytes(2, "big") if message.qos else b""
    return _packet(
        head, write_binary(message.topic) + packet_id + (b"\0" if version == MQTT_5 else b"") + message.payload
    )


def disconnect(reason: ReasonCode) -> bytes:
    """3.14; only MQTT 5 servers say goodbye."""
    return bytes((0xE0, 1, reason))


PINGRESP = b"\xd0\x00"


def _packet(head: int, content: bytes) -> bytes:
    return bytes((head,)) + write_variable(len(content)) + content
