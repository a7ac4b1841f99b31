"""CONNECT: authentication, and what the CONNACK offers (3.1, 3.2)."""

from __future__ import annotations

from typing import NamedTuple

from belvedere.domain.trouble import TroubleCode
from belvedere.domain.visible import quote
from belvedere.pipeline.ingest.mqtt.broker import STATUS_WORDS, Credential, credential_of
from belvedere.pipeline.ingest.mqtt.fields import Properties, Property
from belvedere.pipeline.ingest.mqtt.limits import Limits
from belvedere.pipeline.ingest.mqtt.packets import MQTT_3_1_1, Connect, ReasonCode, Will
from belvedere.pipeline.ingest.mqtt.topics import OwnTopics
from belvedere.pipeline.ingest.port import Directory
from belvedere.pipeline.stream.port import DeviceHandle

MAX_CLIENT_ID_CHARACTERS = 256


class Refused(NamedTuple):
    """Why a CONNECT is refused. device: whose page shows it; with bad credentials the client only claims to be it.

    claimed_id: the user name, where no device has it. may_be_new: whether the credentials could be ones that memory
    does not know yet.
    """

    reason: ReasonCode
    device: DeviceHandle | None = None
    trouble: TroubleCode = TroubleCode.BAD_CREDENTIALS
    detail: str = ""
    claimed_id: str = ""
    may_be_new: bool = False


class LoggedIn(NamedTuple):
    """The device that a CONNECT has proved to be, and the credential that it proved it by."""

    device: DeviceHandle
    credential: Credential


def log_in(packet: Connect, directory: Directory) -> LoggedIn | Refused:
    """The device that the credentials belong to, or why the CONNECT is refused."""
    if packet.authentication_method is not None:
        return Refused(ReasonCode.BAD_AUTHENTICATION_METHOD)
    if len(packet.client_id) > MAX_CLIENT_ID_CHARACTERS:
        return Refused(ReasonCode.CLIENT_ID_NOT_VALID)
    if not packet.client_id and not packet.clean_start and packet.version == MQTT_3_1_1:
        return Refused(ReasonCode.CLIENT_ID_NOT_VALID)  # 3.1.1, 3.1.3.1: nobody could ever find that session again
    claimed = directory.get(packet.user_name) if packet.user_name else None
    # Read before the secret is compared: if it is rotated in between, the device has to log in once more.
    credential = credential_of(claimed)
    device = _authenticate(packet, directory)
    if device is None or credential is None:
        unknown = "" if claimed is not None else packet.user_name or ""
        may_be_new = bool(packet.user_name and packet.password)
        return Refused(ReasonCode.BAD_USER_NAME_OR_PASSWORD, claimed, claimed_id=unknown, may_be_new=may_be_new)
    return _check_will(packet.will, device) or LoggedIn(device, credential)


def _check_will(will: Will | None, device: DeviceHandle) -> Refused | None:
    if will is None:
        return None
    if will.topic != OwnTopics(device.id).status:
        detail = f"The will is for {quote(will.topic.decode())}."
        return Refused(ReasonCode.NOT_AUTHORIZED, device, TroubleCode.REFUSED_WILL, detail)
    if will.payload not in STATUS_WORDS:
        detail = f"The will says {quote(will.payload.decode(errors='replace'))}."
        return Refused(ReasonCode.PAYLOAD_FORMAT_INVALID, device, TroubleCode.REFUSED_WILL, detail)
    return None


def _authenticate(packet: Connect, directory: Directory) -> DeviceHandle | None:
    if packet.user_name is None or packet.password is None:
        return None
    try:
        return directory.authenticate(packet.user_name, packet.password.decode("utf-8"))
    except UnicodeDecodeError:
        return None


def offer(packet: Connect, client_id: str, expiry_seconds: int, limits: Limits) -> Properties:
    """The properties of the CONNACK for an MQTT 5 client (3.2.2.3)."""
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
