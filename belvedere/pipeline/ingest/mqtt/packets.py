"""Types of MQTT 3.1.1 and 5.0 for a server: packets that a client sends, reason codes, errors.

Section numbers are of the MQTT Version 5.0 OASIS Standard unless they say 3.1.1.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

MQTT_3_1_1 = 4
MQTT_5 = 5

NEVER_EXPIRES_SECONDS = 0xFFFFFFFF  # 3.1.2.11.2
MAX_PACKET_ID = 0xFFFF


class ReasonCode(IntEnum):
    """Reason codes (2.4); 0x80 and up are failures. 3.1.1 has other, fewer numbers (see codec.encode_connack)."""

    SUCCESS = 0x00
    NORMAL_DISCONNECTION = 0x00
    GRANTED_QOS_1 = 0x01
    DISCONNECT_WITH_WILL = 0x04
    NO_SUBSCRIPTION_EXISTED = 0x11
    UNSPECIFIED = 0x80
    MALFORMED_PACKET = 0x81
    PROTOCOL_ERROR = 0x82
    UNSUPPORTED_VERSION = 0x84
    CLIENT_ID_NOT_VALID = 0x85
    BAD_USER_NAME_OR_PASSWORD = 0x86
    NOT_AUTHORIZED = 0x87
    SERVER_UNAVAILABLE = 0x88
    SERVER_BUSY = 0x89
    SERVER_SHUTTING_DOWN = 0x8B
    BAD_AUTHENTICATION_METHOD = 0x8C
    KEEP_ALIVE_TIMEOUT = 0x8D
    SESSION_TAKEN_OVER = 0x8E
    TOPIC_FILTER_INVALID = 0x8F
    TOPIC_NAME_INVALID = 0x90
    PACKET_ID_IN_USE = 0x91
    PACKET_ID_NOT_FOUND = 0x92
    RECEIVE_MAXIMUM_EXCEEDED = 0x93
    TOPIC_ALIAS_INVALID = 0x94
    PACKET_TOO_LARGE = 0x95
    QUOTA_EXCEEDED = 0x97
    ADMINISTRATIVE_ACTION = 0x98
    PAYLOAD_FORMAT_INVALID = 0x99
    SHARED_SUBSCRIPTIONS_NOT_SUPPORTED = 0x9E
    SUBSCRIPTION_IDS_NOT_SUPPORTED = 0xA1


class MqttError(Exception):
    """The peer broke the protocol; the connection ends with `reason`. The same bytes fail again."""

    permanent = True
    reason = ReasonCode.UNSPECIFIED


class MalformedPacketError(MqttError):
    """The bytes are not a packet."""

    reason = ReasonCode.MALFORMED_PACKET


class ProtocolError(MqttError):
    """The packet is well formed, but not allowed at this point or with this content."""

    reason = ReasonCode.PROTOCOL_ERROR

    def __init__(self, text: str, reason: ReasonCode = ReasonCode.PROTOCOL_ERROR) -> None:
        super().__init__(text)
        self.reason = reason


class PacketTooLargeError(MqttError):
    """The peer announced a larger packet than this server accepts. It was not buffered."""

    reason = ReasonCode.PACKET_TOO_LARGE


class UnsupportedVersionError(MqttError):
    """Neither 3.1.1 nor 5.0. `level` is the protocol level that the client asked for."""

    reason = ReasonCode.UNSUPPORTED_VERSION

    def __init__(self, level: int) -> None:
        super().__init__(f"Protocol level {level}; this server speaks 4 (MQTT 3.1.1) and 5 (MQTT 5.0).")
        self.level = level


class PacketType(IntEnum):
    """The upper four bits of a packet's first byte (2.1.2)."""

    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    PUBREC = 5
    PUBREL = 6
    PUBCOMP = 7
    SUBSCRIBE = 8
    SUBACK = 9
    UNSUBSCRIBE = 10
    UNSUBACK = 11
    PINGREQ = 12
    PINGRESP = 13
    DISCONNECT = 14
    AUTH = 15


class Will(NamedTuple):
    """A message that is published when the client's connection ends without DISCONNECT (3.1.2.5)."""

    topic: bytes
    payload: bytes
    qos: int
    retain: bool


class Connect(NamedTuple):
    """3.1. `session_expiry_seconds`: of 3.1.1 clients 0 for a clean session, else NEVER_EXPIRES_SECONDS."""

    version: int
    client_id: str
    user_name: str | None
    password: bytes | None
    clean_start: bool
    keep_alive_seconds: int
    will: Will | None
    session_expiry_seconds: int
    receive_maximum: int
    max_packet_bytes: int
    authentication_method: str | None


class Publish(NamedTuple):
    """3.3. `topic` is well-formed UTF-8 without wildcards; `packet_id` is 0 with QoS 0."""

    topic: bytes
    payload: bytes
    qos: int
    duplicate: bool
    retain: bool
    packet_id: int


class Ack(NamedTuple):
    """PUBACK, PUBREC, PUBREL or PUBCOMP (3.4 to 3.7)."""

    kind: PacketType
    packet_id: int
    reason: int


class Filter(NamedTuple):
    """One topic filter of a SUBSCRIBE (3.8.3)."""

    text: str
    qos: int
    no_local: bool
    retain_as_published: bool
    retain_handling: int


class Subscribe(NamedTuple):
    """3.8. `identifier` is the subscription identifier, 0 where there is none."""

    packet_id: int
    filters: list[Filter]
    identifier: int


class Unsubscribe(NamedTuple):
    """3.10."""

    packet_id: int
    filters: list[str]


class PingRequest(NamedTuple):
    """3.12."""


class Disconnect(NamedTuple):
    """3.14. `session_expiry_seconds` is None where the client did not change it."""

    reason: int
    session_expiry_seconds: int | None


class Auth(NamedTuple):
    """3.15; this server knows no enhanced authentication."""

    reason: int


Packet = Connect | Publish | Ack | Subscribe | Unsubscribe | PingRequest | Disconnect | Auth
