"""CONNECT: who may come in, and what the CONNACK offers (3.1, 3.2)."""

from __future__ import annotations

from belvedere.pipeline.ingest.mqtt.fields import Properties, Property
from belvedere.pipeline.ingest.mqtt.limits import Limits
from belvedere.pipeline.ingest.mqtt.packets import MQTT_3_1_1, Connect, ReasonCode
from belvedere.pipeline.ingest.mqtt.roster import STATUS_WORDS
from belvedere.pipeline.ingest.mqtt.topics import OwnTopics
from belvedere.pipeline.ingest.port import Directory
from belvedere.pipeline.stream.port import DeviceHandle

MAX_CLIENT_ID_CHARACTERS = 256


def log_in(packet: Connect, directory: Directory) -> DeviceHandle | ReasonCode:
    """The device that this CONNECT proves to be, or why it may not come in."""
    if packet.authentication_method is not None:
        return ReasonCode.BAD_AUTHENTICATION_METHOD
    if len(packet.client_id) > MAX_CLIENT_ID_CHARACTERS:
        return ReasonCode.CLIENT_ID_NOT_VALID
    if not packet.client_id and not packet.clean_start and packet.version == MQTT_3_1_1:
        return ReasonCode.CLIENT_ID_NOT_VALID  # 3.1.1, 3.1.3.1: nobody could ever find that session again
    device = _authenticate(packet, directory)
    if device is None:
        return ReasonCode.BAD_USER_NAME_OR_PASSWORD
    will = packet.will
    if will is not None and will.topic != OwnTopics(device.id).status:
        return ReasonCode.NOT_AUTHORIZED
    if will is not None and will.payload not in STATUS_WORDS:
        return ReasonCode.PAYLOAD_FORMAT_INVALID
    return device


def _authenticate(packet: Connect, directory: Directory) -> DeviceHandle | None:
    if packet.user_name is None or packet.password is None:
        return None
    try:
        return directory.authenticate(packet.user_name, packet.password.decode("utf-8"))
    except UnicodeDecodeError:
        return None


def offer(packet: Connect, client_id: str, expiry_seconds: int, limits: Limits) -> Properties:
    """What an MQTT 5 client may count on (3.2.2.3)."""
    offered: Properties = {
        Property.RECEIVE_MAXIMUM: limits.receive_maximum,
        Property.MAXIMUM_PACKET_SIZE: limits.max_packet_bytes,
        Property.TOPIC_ALIAS_MAXIMUM: 0,
        Property.SUBSCRIPTION_IDS_AVAILABLE: 0,
        Property.SHARED_SUBSCRIPTION_AVAILABLE: 0,
    }
    if not packet.client_id:
        offered[Property.ASSIGNED_CLIENT_ID] = client_id
    if expiry_seconds != packet.session_expiry_seconds:
        offered[Property.SESSION_EXPIRY] = expiry_seconds
    return offered
