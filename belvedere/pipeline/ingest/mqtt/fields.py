"""The data types inside MQTT packets (1.5), and MQTT 5 properties (2.2.2), read within given bounds."""

from __future__ import annotations

from enum import IntEnum
from typing import TypeAlias

from belvedere.pipeline.ingest.mqtt.packets import MalformedPacketError, PacketType, ProtocolError

PropertyValue: TypeAlias = int | str | bytes | tuple[str, str]


class Property(IntEnum):
    """Property identifiers (2.2.2.2)."""

    PAYLOAD_FORMAT = 0x01
    MESSAGE_EXPIRY = 0x02
    CONTENT_TYPE = 0x03
    RESPONSE_TOPIC = 0x08
    CORRELATION_DATA = 0x09
    SUBSCRIPTION_ID = 0x0B
    SESSION_EXPIRY = 0x11
    ASSIGNED_CLIENT_ID = 0x12
    SERVER_KEEP_ALIVE = 0x13
    AUTHENTICATION_METHOD = 0x15
    AUTHENTICATION_DATA = 0x16
    REQUEST_PROBLEM_INFORMATION = 0x17
    WILL_DELAY = 0x18
    REQUEST_RESPONSE_INFORMATION = 0x19
    REASON_STRING = 0x1F
    RECEIVE_MAXIMUM = 0x21
    TOPIC_ALIAS_MAXIMUM = 0x22
    TOPIC_ALIAS = 0x23
    MAXIMUM_QOS = 0x24
    USER_PROPERTY = 0x26
    MAXIMUM_PACKET_SIZE = 0x27
    WILDCARD_SUBSCRIPTION_AVAILABLE = 0x28
    SUBSCRIPTION_IDS_AVAILABLE = 0x29
    SHARED_SUBSCRIPTION_AVAILABLE = 0x2A


Properties: TypeAlias = dict[Property, PropertyValue]

WILL = "will"  # the properties of a will stand inside CONNECT but are of their own kind

_ALLOWED: dict[PacketType | str, frozenset[int]] = {
    PacketType.CONNECT: frozenset((0x11, 0x15, 0x16, 0x17, 0x19, 0x21, 0x22, 0x26, 0x27)),
    WILL: frozenset((0x01, 0x02, 0x03, 0x08, 0x09, 0x18, 0x26)),
    PacketType.PUBLISH: frozenset((0x01, 0x02, 0x03, 0x08, 0x09, 0x23, 0x26)),
    PacketType.PUBACK: frozenset((0x1F, 0x26)),
    PacketType.PUBREC: frozenset((0x1F, 0x26)),
    PacketType.PUBREL: frozenset((0x1F, 0x26)),
    PacketType.PUBCOMP: frozenset((0x1F, 0x26)),
    PacketType.SUBSCRIBE: frozenset((0x0B, 0x26)),
    PacketType.UNSUBSCRIBE: frozenset((0x26,)),
    PacketType.DISCONNECT: frozenset((0x11, 0x1F, 0x26)),
    PacketType.AUTH: frozenset((0x15, 0x16, 0x1F, 0x26)),
}
_BYTES, _SHORTS, _INTS = (0x01, 0x17, 0x19, 0x24, 0x28, 0x29, 0x2A), (0x13, 0x21, 0x22, 0x23), (0x02, 0x11, 0x18, 0x27)
_BINARY = (0x09, 0x16)
_FLAGS = frozenset(
    (Property.PAYLOAD_FORMAT, Property.REQUEST_PROBLEM_INFORMATION, Property.REQUEST_RESPONSE_INFORMATION)
)
_NEVER_ZERO = frozenset((Property.RECEIVE_MAXIMUM, Property.MAXIMUM_PACKET_SIZE, Property.SUBSCRIPTION_ID))


class Fields:
    """Reads one field after the other of `data[at:end]`. Raises MalformedPacketError where it ends too early."""

    def __init__(self, data: bytes, at: int, end: int) -> None:
        self.data = data
        self.at = at
        self.end = end

    @property
    def left(self) -> int:
        return self.end - self.at

    def read(self, size: int) -> bytes:
        start = self.at
        if self.end - start < size:
            raise MalformedPacketError("The packet ends within a field.")
        self.at = start + size
        return self.data[start : self.at]

    def read_integer(self, size: int) -> int:
        return int.from_bytes(self.read(size), "big")

    def read_variable(self) -> int:
        """A variable byte integer (1.5.5)."""
        value = 0
        for shift in (0, 7, 14, 21):
            byte = self.read_integer(1)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise MalformedPacketError("A length of more than four bytes.")

    def read_binary(self) -> bytes:
        return self.read(self.read_integer(2))

    def read_text(self) -> str:
        return decode_text(self.read_binary())

    def read_packet_id(self) -> int:
        packet_id = self.read_integer(2)
        if not packet_id:
            raise ProtocolError("Packet identifier 0.")
        return packet_id

    def read_properties(self, owner: PacketType | str) -> Properties:
        """Read a block of properties. Raises ProtocolError for one that `owner` may not have."""
        size = self.read_variable()
        if size > self.left:
            raise MalformedPacketError("The properties are longer than the packet.")
        block = Fields(self.data, self.at, self.at + size)
        self.at += size
        found: Properties = {}
        while block.left:
            identifier = block.read_variable()
            if identifier not in _ALLOWED[owner]:
                raise ProtocolError(f"Property 0x{identifier:02X} has no place here.")
            name = Property(identifier)
            if name in found and name is not Property.USER_PROPERTY:
                raise ProtocolError(f"Property 0x{identifier:02X} stands twice.")
            found[name] = _read_property(block, name)
        return found


def _read_property(fields: Fields, name: Property) -> PropertyValue:
    if name is Property.USER_PROPERTY:
        return fields.read_text(), fields.read_text()
    if name in _BINARY:
        return fields.read_binary()
    if name in _BYTES or name in _SHORTS or name in _INTS or name is Property.SUBSCRIPTION_ID:
        number = _read_number(fields, name)
        if (name in _FLAGS and number > 1) or (name in _NEVER_ZERO and not number):
            raise ProtocolError(f"Property 0x{name:02X} may not be {number}.")
        return number
    return fields.read_text()


def _read_number(fields: Fields, name: Property) -> int:
    if name is Property.SUBSCRIPTION_ID:
        return fields.read_variable()
    return fields.read_integer(1 if name in _BYTES else 2 if name in _SHORTS else 4)


def decode_text(data: bytes) -> str:
    """Decode a UTF-8 string (1.5.4). Raises MalformedPacketError for one that is ill-formed or has NUL."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedPacketError("A string is not UTF-8.") from error
    if "\0" in text:
        raise MalformedPacketError("A string holds NUL.")
    return text


def check_topic_name(topic: bytes) -> None:
    """Raise MalformedPacketError unless the topic may be published to (4.7)."""
    decode_text(topic)
    if not topic or b"+" in topic or b"#" in topic:
        raise MalformedPacketError("A topic name is empty or holds a wildcard.")


def write_variable(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def write_binary(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


def write_properties(properties: Properties) -> bytes:
    """A block of properties, with its length in front."""
    block = bytearray()
    for name, value in properties.items():
        block.append(name)
        if isinstance(value, int):
            size = 1 if name in _BYTES else 2 if name in _SHORTS else 4
            block += write_variable(value) if name is Property.SUBSCRIPTION_ID else value.to_bytes(size, "big")
        else:
            for part in value if isinstance(value, tuple) else (value,):
                block += write_binary(part.encode() if isinstance(part, str) else part)
    return write_variable(len(block)) + bytes(block)
