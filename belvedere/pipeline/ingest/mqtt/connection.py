"""One connection of one device: what is done with each packet but readings, from CONNECT to DISCONNECT."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex

from belvedere.domain.changes import CatchUp
from belvedere.domain.clock import ServerClock
from belvedere.domain.trouble import TroubleCode
from belvedere.domain.visible import quote
from belvedere.pipeline.ingest.counters import IngestCounters
from belvedere.pipeline.ingest.mqtt import codec
from belvedere.pipeline.ingest.mqtt.broker import Broker
from belvedere.pipeline.ingest.mqtt.channel import Channel, ConnectionState, Pause
from belvedere.pipeline.ingest.mqtt.client import Client
from belvedere.pipeline.ingest.mqtt.inbound import Inbound
from belvedere.pipeline.ingest.mqtt.limits import Limits
from belvedere.pipeline.ingest.mqtt.login import Refused, log_in, offer
from belvedere.pipeline.ingest.mqtt.packets import (
    MQTT_3_1_1,
    MQTT_5,
    Ack,
    Connect,
    Disconnect,
    MqttError,
    Packet,
    PacketType,
    PingRequest,
    ProtocolError,
    Publish,
    ReasonCode,
    Subscribe,
    Unsubscribe,
    UnsupportedVersionError,
)
from belvedere.pipeline.ingest.mqtt.session import HalfDone
from belvedere.pipeline.ingest.mqtt.subscriptions import subscribe, unsubscribe
from belvedere.pipeline.ingest.mqtt.topics import OwnTopics
from belvedere.pipeline.ingest.port import Directory, Presence, Troubles
from belvedere.pipeline.ingest.skew import ClockSkew
from belvedere.pipeline.stream.port import DeviceHandle, Inlet

KEEP_ALIVE_GRACE = 1.5  # 3.1.2.10
_TROUBLE_TOLD_BEFORE = (ReasonCode.TOPIC_NAME_INVALID, ReasonCode.NOT_AUTHORIZED)


@dataclass(slots=True)
class EndpointContext:
    """What all connections of an endpoint share.

    now_ms: Unix time. monotonic: seconds. admit: count a new connection; False where there are too many.
    remove: it is closed. catch_up: with devices that another process has made; None where no other one can.
    """

    inlet: Inlet
    directory: Directory
    presence: Presence
    broker: Broker
    limits: Limits
    counters: IngestCounters
    now_ms: Callable[[], int]
    monotonic: Callable[[], float]
    admit: Callable[[Connection], bool]
    remove: Callable[[Connection], None]
    clock: ServerClock
    troubles: Troubles
    catch_up: CatchUp | None = None


class Connection(Channel):
    """Handles packets and answers them. Readings go from `Channel` to `_inbound`; their outcomes come back there."""

    # Set by a successful CONNECT; nothing reads them before.
    _client: Client
    _device: DeviceHandle
    _topics: OwnTopics
    _inbound: Inbound

    def __init__(self, context: EndpointContext, before_admit: Callable[[], None] | None = None) -> None:
        """before_admit: called before the connection is counted."""
        super().__init__(context.limits, context.counters, context.now_ms, context.monotonic)
        self._context = context
        self._before_admit = before_admit
        self._will: Publish | None = None
        self._caught_up = False

    @property
    def outstanding_bytes(self) -> int:
        """Of readings that were taken and are not committed."""
        return self._inbound.outstanding_bytes if self.state is ConnectionState.CONNECTED else 0

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._context.remove(self)

    def _open(self) -> bool:
        if self._before_admit is not None:
            self._before_admit()
        return self._context.admit(self)

    def _leave(self) -> None:
        was, self.state = self.state, ConnectionState.CLOSED
        if was is ConnectionState.CONNECTED:
            self._inbound.detach()
            self._context.broker.disconnect(self._client, self._will)

    # --- packets ---

    def _mark_seen(self, now_ms: int) -> None:
        self._context.presence.mark_seen(self._device.id, now_ms)

    def _handle(self, packet: Packet) -> None:
        if isinstance(packet, Publish):
            self._handle_publish(packet)
        elif isinstance(packet, Ack):
            self._handle_ack(packet)
        elif isinstance(packet, PingRequest):
            self.send(codec.PINGRESP)
        elif isinstance(packet, Subscribe):
            self._handle_subscribe(packet)
        elif isinstance(packet, Unsubscribe):
            reasons = unsubscribe(packet, self._topics, self._client.session)
            self.send(codec.encode_unsuback(self.version, packet.packet_id, reasons))
        elif isinstance(packet, Connect):
            self._handle_connect(packet)
        elif isinstance(packet, Disconnect):
            self._handle_disconnect(packet)
        else:
            raise ProtocolError("No enhanced authentication was agreed on.")

    def _handle_connect(self, packet: Connect) -> None:
        self.version = packet.version
        login = log_in(packet, self._context.directory)
        if isinstance(login, Refused):
            if login.may_be_new and self._context.catch_up is not None and not self._caught_up:
                self._catch_up(packet, self._context.catch_up)
            else:
                self._refuse(login)
            return
        context, limits, device = self._context, self._limits, login.device
        self._device, self._topics = device, OwnTopics(device.id)
        if packet.will is not None:
            self._will = Publish(packet.will.topic, packet.will.payload, 0, False, packet.will.retain, 0)
        self._keep_alive_seconds = packet.keep_alive_seconds * KEEP_ALIVE_GRACE
        client = self._client = Client(self, device.id, packet.client_id or f"auto-{token_hex(8)}", packet)
        expiry = min(packet.session_expiry_seconds, limits.session_expiry_seconds)
        present = context.broker.connect(client, login.credential, packet.clean_start, expiry)
        self.state = ConnectionState.CONNECTED
        self.parser.known_topic = self._topics.readings
        window, skew = context.broker.find_window(device), ClockSkew(device.id, context.presence, context.clock)
        self._inbound = Inbound(
            self, device, client.session, window, context.inlet, skew, context.counters, limits, context.clock
        )
        offered = offer(packet, client.client_id, expiry, limits)
        self.send(codec.encode_connack(self.version, ReasonCode.SUCCESS, present, offered))
        client.send_again()
        client.send_queued()

    def _catch_up(self, packet: Connect, catch_up: CatchUp) -> None:
        """Handle the CONNECT once more, and for good, when the devices are known that other processes have made."""
        self._caught_up = True
        self.pause_reading(Pause.CATCHING_UP)

        def go_on(_: asyncio.Future[None]) -> None:
            if self.state is ConnectionState.WAITING:
                self._handle_connect(packet)
            self.resume_reading(Pause.CATCHING_UP)

        catch_up().add_done_callback(go_on)

    def _refuse(self, refused: Refused) -> None:
        self._counters.refused[refused.reason.name.lower()] += 1
        if refused.device is not None:
            self._context.troubles.tell(refused.device, refused.trouble, refused.detail or f"From {self.host}.")
        elif refused.claimed_id:
            self._context.troubles.tell_stranger(refused.claimed_id, self.host)
        self.send(codec.encode_connack(self.version, refused.reason))
        self._close()

    def _handle_publish(self, packet: Publish) -> None:
        """A PUBLISH beside the fast path: the first reading after `offline`, a status, or a topic it may not use."""
        if packet.topic == self._topics.readings:
            self.parser.known_topic = packet.topic
            self._context.broker.mark_back(self._client)
            self._inbound.publish(packet, self._now_ms())
            return
        if packet.topic == self._topics.status:
            known = self._context.broker.publish_status(self._client, packet)
            if not known:
                self._tell(TroubleCode.UNKNOWN_STATUS, quote(packet.payload.decode(errors="replace")))
            self._answer(packet, ReasonCode.SUCCESS if known else ReasonCode.PAYLOAD_FORMAT_INVALID)
            return
        own = self._topics.owns(packet.topic)
        reason = ReasonCode.TOPIC_NAME_INVALID if own else ReasonCode.NOT_AUTHORIZED
        self._tell(TroubleCode.UNKNOWN_TOPIC if own else TroubleCode.FOREIGN_TOPIC, quote(packet.topic.decode()))
        self._counters.refused[f"publish_{reason.name.lower()}"] += 1
        if self.version != MQTT_5:
            raise ProtocolError("A topic that is not the device's own.", reason)
        self._answer(packet, reason)

    def _answer(self, packet: Publish, reason: ReasonCode) -> None:
        if not packet.qos:
            return
        kind = PacketType.PUBACK if packet.qos == 1 else PacketType.PUBREC
        if packet.qos == 2 and reason < ReasonCode.UNSPECIFIED:
            self._client.session.received[packet.packet_id] = HalfDone(packet.payload, None)
        self.send(codec.encode_ack(self.version, kind, packet.packet_id, reason))

    def _handle_ack(self, packet: Ack) -> None:
        if packet.kind is PacketType.PUBREL:
            self._inbound.release(packet.packet_id)
        elif packet.kind is PacketType.PUBACK:
            self._client.session.acknowledge(packet.packet_id)
            self._client.send_queued()
        else:
            raise ProtocolError("Nothing was sent with QoS 2.")

    def _handle_subscribe(self, packet: Subscribe) -> None:
        granted = subscribe(packet, self._topics, self._client.session, self._limits.subscriptions_per_session)
        self.send(codec.encode_suback(self.version, packet.packet_id, granted.reasons))
        for wanted, code in zip(packet.filters, granted.reasons, strict=True):
            if code == ReasonCode.NOT_AUTHORIZED:
                self._tell(TroubleCode.FOREIGN_FILTER, quote(wanted.text))
        for subscription in granted.retained:
            self._context.broker.send_retained_status(self._client, subscription)

    def _handle_disconnect(self, packet: Disconnect) -> None:
        if packet.reason != ReasonCode.DISCONNECT_WITH_WILL:
            self._will = None
        expiry, session = packet.session_expiry_seconds, self._client.session
        if expiry is not None:
            if expiry and not session.expiry_seconds:
                raise ProtocolError("A session that was to end with the connection cannot be kept now.")
            session.expiry_seconds = min(expiry, self._limits.session_expiry_seconds)
        self._close()

    # --- faults ---

    def _end_with_error(self, error: MqttError) -> None:
        self._counters.refused[error.reason.name.lower()] += 1
        if isinstance(error, UnsupportedVersionError):
            self.send(codec.encode_connack(MQTT_5 if error.level > MQTT_5 else MQTT_3_1_1, error.reason))
            self._close()
        elif self.state is ConnectionState.WAITING:
            self._close()
        else:
            if error.reason not in _TROUBLE_TOLD_BEFORE:
                large = error.reason is ReasonCode.PACKET_TOO_LARGE
                self._tell(TroubleCode.TOO_LARGE if large else TroubleCode.PROTOCOL_FAULT, str(error))
            self.end(error.reason)

    def _tell(self, code: TroubleCode, detail: str) -> None:
        self._context.troubles.tell(self._device, code, detail)
