"""One connection of one device: its packets in order, keep-alive, and when to read and when to stop."""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Callable
from enum import Enum, IntEnum
from secrets import token_hex
from typing import cast

from belvedere.domain.clock import ServerClock
from belvedere.domain.trouble import TroubleCode
from belvedere.domain.visible import quoted
from belvedere.pipeline.ingest.counters import IngestCounters
from belvedere.pipeline.ingest.mqtt import codec
from belvedere.pipeline.ingest.mqtt.codec import Parser
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
from belvedere.pipeline.ingest.mqtt.roster import Roster
from belvedere.pipeline.ingest.mqtt.session import HalfDone, Session
from belvedere.pipeline.ingest.mqtt.subscriptions import subscribe, unsubscribe
from belvedere.pipeline.ingest.mqtt.topics import OwnTopics
from belvedere.pipeline.ingest.port import Directory, Presence, Troubles
from belvedere.pipeline.ingest.skew import ClockSkew
from belvedere.pipeline.stream.port import DeviceHandle, Inlet

KEEP_ALIVE_GRACE = 1.5  # 3.1.2.10
SEEN_EVERY_MS = 1000
PACKETS_A_TURN = 256  # some 4 ms, then everybody else
_HUNG_UP = getattr(select, "POLLRDHUP", select.POLLHUP)  # the former is of Linux
_TCP_KEEP_ALIVE = [  # asks after two minutes of silence, gives up two minutes later; where the system lets us say so
    (getattr(socket, name), value)
    for name, value in (("TCP_KEEPIDLE", 120), ("TCP_KEEPINTVL", 30), ("TCP_KEEPCNT", 4))
    if hasattr(socket, name)
]
_TOLD_BEFORE = (ReasonCode.TOPIC_NAME_INVALID, ReasonCode.NOT_AUTHORIZED)
_PROTOCOL_NAMES = {MQTT_3_1_1: "mqtt 3.1.1", MQTT_5: "mqtt 5"}


class ConnectionState(Enum):
    """waiting for CONNECT -> connected -> closed."""

    WAITING = "waiting"
    CONNECTED = "connected"
    CLOSED = "closed"


class Hold(IntEnum):
    """Why nothing is read at the moment; bits, for there can be several reasons."""

    NO_ROOM = 1
    PEER_DOES_NOT_READ = 2
    OTHERS_TURN = 4
    STOPPING = 8


class Surroundings:
    """What all connections of an endpoint share."""

    def __init__(
        self,
        inlet: Inlet,
        directory: Directory,
        presence: Presence,
        roster: Roster,
        limits: Limits,
        counters: IngestCounters,
        now_ms: Callable[[], int],
        monotonic: Callable[[], float],
        on_made: Callable[[Connection], bool],
        on_lost: Callable[[Connection], None],
        clock: ServerClock,
        troubles: Troubles,
    ) -> None:
        self.inlet = inlet
        self.directory = directory
        self.presence = presence
        self.roster = roster
        self.limits = limits
        self.counters = counters
        self.now_ms = now_ms
        self.monotonic = monotonic
        self.on_made = on_made
        self.on_lost = on_lost
        self.clock = clock
        self.troubles = troubles


class Connection(asyncio.Protocol):
    """Bytes in, answers out. What became of readings comes back through its `Inbound`."""

    # Set by a successful CONNECT, before anything reads them.
    session: Session
    device_id: str
    client_id: str
    number: int
    _device: DeviceHandle
    _topics: OwnTopics
    _inbound: Inbound

    def __init__(self, around: Surroundings, on_made: Callable[[], None] | None = None) -> None:
        """on_made: called before the connection is counted as one."""
        self._around = around
        self._on_made = on_made
        self._parser = Parser(around.limits.max_packet_bytes)
        self._transport: asyncio.Transport | None = None
        self._out: list[bytes] = []
        self._reading = False
        self._hold = 0
        self._held_at = 0.0
        self._will: Publish | None = None
        self._keep_alive_seconds = 0.0
        self._receive_maximum = 0
        self._max_packet_bytes = 0
        self._seen_ms = 0
        self.state = ConnectionState.WAITING
        self.host = ""
        self.descriptor = 0
        self.version = MQTT_3_1_1
        self.protocol = ""
        self.made_at = self.heard_at = around.monotonic()

    # --- asyncio.Protocol ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self.host = str(peer[0]) if isinstance(peer, tuple) else ""
        sock = transport.get_extra_info("socket")
        self.descriptor = sock.fileno() if sock is not None else 0
        if self._on_made is not None:
            self._on_made()
        if not self._around.on_made(self):
            self.state = ConnectionState.CLOSED
            self._transport.abort()  # words would cost too
            return
        if sock is not None:  # a device that lost its power says nothing; without keep-alive only TCP can find out
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in _TCP_KEEP_ALIVE:
                sock.setsockopt(socket.IPPROTO_TCP, option, value)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        self._transport = None
        self._leave()
        self._around.on_lost(self)

    def data_received(self, data: bytes) -> None:
        self.heard_at = self._around.monotonic()
        self._parser.feed(data)
        self._read()

    def pause_writing(self) -> None:
        self._stop_reading(Hold.PEER_DOES_NOT_READ)

    def resume_writing(self) -> None:
        self._resume_reading(Hold.PEER_DOES_NOT_READ)

    # --- reading ---

    def _read(self) -> None:
        """Handle the whole packets that have come, until something says stop; one write for all answers."""
        now_ms = self._around.now_ms()
        self._reading = True
        try:
            self._take_packets(now_ms)
        except MqttError as error:
            self._break_off(error)
        self._reading = False
        self._flush()
        if self.state is ConnectionState.CONNECTED and abs(now_ms - self._seen_ms) >= SEEN_EVERY_MS:
            self._seen_ms = now_ms
            self._around.presence.seen(self.device_id, now_ms)

    def _take_packets(self, now_ms: int) -> None:
        next_packet = self._parser.next_packet
        for _ in range(PACKETS_A_TURN):
            if self._hold or self.state is ConnectionState.CLOSED:
                return
            packet = next_packet()
            if packet is None:
                return
            if type(packet) is Publish and packet[0] == self._parser.known_topic:
                self._inbound.publish(packet, now_ms)
            else:
                self._handle(packet)
        self._stop_reading(Hold.OTHERS_TURN)
        asyncio.get_running_loop().call_soon(self._resume_reading, Hold.OTHERS_TURN)

    @property
    def outstanding_bytes(self) -> int:
        """Of readings that were taken and are not committed."""
        return self._inbound.outstanding_bytes if self.state is ConnectionState.CONNECTED else 0

    def hold(self) -> None:
        self._stop_reading(Hold.NO_ROOM)

    def wind_down(self) -> None:
        """Take nothing new; what was taken is still acknowledged."""
        self._stop_reading(Hold.STOPPING)

    def go_on(self) -> None:
        self._resume_reading(Hold.NO_ROOM)

    def _stop_reading(self, why: Hold) -> None:
        if not self._hold and self._transport is not None:
            self._transport.pause_reading()
            self._held_at = self.heard_at
        self._hold |= why

    def _resume_reading(self, why: Hold) -> None:
        if not self._hold & why:
            return
        self._hold &= ~why
        if self._hold or self._transport is None or self.state is ConnectionState.CLOSED:
            return
        self.heard_at = self._around.monotonic()
        self._transport.resume_reading()
        if not self._reading:
            self._read()

    def _handle(self, packet: Packet) -> None:
        if isinstance(packet, Publish):
            self._publish_elsewhere(packet)
        elif isinstance(packet, Ack):
            self._acknowledged(packet)
        elif isinstance(packet, PingRequest):
            self.send(codec.PINGRESP)
        elif isinstance(packet, Subscribe):
            self._subscribe(packet)
        elif isinstance(packet, Unsubscribe):
            self._unsubscribe(packet)
        elif isinstance(packet, Connect):
            self._connect(packet)
        elif isinstance(packet, Disconnect):
            self._disconnected(packet)
        else:
            raise ProtocolError("No enhanced authentication was agreed on.")

    # --- writing ---

    def send(self, data: bytes) -> None:
        if self.state is ConnectionState.CLOSED:
            return
        self._out.append(data)
        if not self._reading:
            self._flush()

    def _flush(self) -> None:
        if self._out:
            data = b"".join(self._out)
            self._out.clear()
            if self._transport is not None and not self._transport.is_closing():
                self._transport.write(data)

    # --- CONNECT ---

    def _connect(self, packet: Connect) -> None:
        self.version = packet.version
        device = log_in(packet, self._around.directory)
        if isinstance(device, Refused):
            self._refuse(device)
            return
        around, limits = self._around, self._around.limits
        self.device_id = device.id
        self.client_id = packet.client_id or f"auto-{token_hex(8)}"
        self.protocol = _PROTOCOL_NAMES[packet.version]
        self._device, self._topics = device, OwnTopics(device.id)
        if packet.will is not None:
            self._will = Publish(packet.will.topic, packet.will.payload, 0, False, packet.will.retain, 0)
        self._keep_alive_seconds = packet.keep_alive_seconds * KEEP_ALIVE_GRACE
        self._receive_maximum, self._max_packet_bytes = packet.receive_maximum, packet.max_packet_bytes
        expiry = min(packet.session_expiry_seconds, limits.session_expiry_seconds)
        present = around.roster.enter(self, packet.clean_start, expiry)
        self.state = ConnectionState.CONNECTED
        self._parser.known_topic = self._topics.readings
        window, skew = around.roster.window(device), ClockSkew(device.id, around.presence, around.clock)
        self._inbound = Inbound(
            self, device, self.session, window, around.inlet, skew, around.counters, limits, around.clock
        )
        offered = offer(packet, self.client_id, expiry, limits)
        self.send(codec.connack(self.version, ReasonCode.SUCCESS, present, offered))
        for message in self.session.take_again():
            self.send_message(message)
        self.flush_commands()

    def _refuse(self, refused: Refused) -> None:
        self._around.counters.refused[refused.reason.name.lower()] += 1
        if refused.device is not None:
            self._around.troubles.tell(refused.device, refused.trouble, refused.detail or f"From {self.host}.")
        self.send(codec.connack(self.version, refused.reason))
        self._close()

    # --- what a device does beside sending readings ---

    def _publish_elsewhere(self, packet: Publish) -> None:
        """Its status, a reading after it said that it goes; anything else it may not write to."""
        if packet.topic == self._topics.readings:
            self._parser.known_topic = packet.topic
            self._around.roster.came_back(self)
            self._inbound.publish(packet, self._around.now_ms())
            return
        if packet.topic == self._topics.status:
            known = self._around.roster.publish_status(self, packet)
            if not known:
                self._tell(TroubleCode.UNKNOWN_STATUS, quoted(packet.payload.decode(errors="replace")))
            self._answer(packet, ReasonCode.SUCCESS if known else ReasonCode.PAYLOAD_FORMAT_INVALID)
            return
        own = self._topics.owns(packet.topic)
        reason = ReasonCode.TOPIC_NAME_INVALID if own else ReasonCode.NOT_AUTHORIZED
        self._tell(TroubleCode.UNKNOWN_TOPIC if own else TroubleCode.FOREIGN_TOPIC, quoted(packet.topic.decode()))
        self._around.counters.refused[f"publish_{reason.name.lower()}"] += 1
        if self.version != MQTT_5:
            raise ProtocolError("A topic that is not the device's own.", reason)
        self._answer(packet, reason)

    def _answer(self, packet: Publish, reason: ReasonCode) -> None:
        if not packet.qos:
            return
        kind = PacketType.PUBACK if packet.qos == 1 else PacketType.PUBREC
        if packet.qos == 2 and reason < ReasonCode.UNSPECIFIED:
            self.session.received[packet.packet_id] = HalfDone(packet.payload, None)
        self.send(codec.ack(self.version, kind, packet.packet_id, reason))

    def _acknowledged(self, packet: Ack) -> None:
        if packet.kind is PacketType.PUBREL:
            self._inbound.release(packet.packet_id)
        elif packet.kind is PacketType.PUBACK:
            self.session.acknowledged(packet.packet_id)
            self.flush_commands()
        else:
            raise ProtocolError("Nothing was sent with QoS 2.")

    def _subscribe(self, packet: Subscribe) -> None:
        most = self._around.limits.subscriptions_per_session
        granted = subscribe(packet, self._topics, self.session, most)
        self.send(codec.suback(self.version, packet.packet_id, granted.reasons))
        for wanted, code in zip(packet.filters, granted.reasons, strict=True):
            if code == ReasonCode.NOT_AUTHORIZED:
                self._tell(TroubleCode.FOREIGN_FILTER, quoted(wanted.text))
        for subscription in granted.retained:
            self._around.roster.send_retained_status(self, subscription)

    def _unsubscribe(self, packet: Unsubscribe) -> None:
        reasons = unsubscribe(packet, self._topics, self.session)
        self.send(codec.unsuback(self.version, packet.packet_id, reasons))

    def _disconnected(self, packet: Disconnect) -> None:
        if packet.reason != ReasonCode.DISCONNECT_WITH_WILL:
            self._will = None
        if packet.session_expiry_seconds is not None:
            if packet.session_expiry_seconds and not self.session.expiry_seconds:
                raise ProtocolError("A session that was to end with the connection cannot be kept now.")
            self.session.expiry_seconds = min(packet.session_expiry_seconds, self._around.limits.session_expiry_seconds)
        self._close()

    def look_out(self) -> None:
        self._parser.known_topic = None  # so that the next reading does not take the short way

    # --- messages to the device ---

    def flush_commands(self) -> None:
        for message in self.session.take_due(self._receive_maximum):
            self.send_message(message)

    def send_message(self, message: Publish) -> None:
        if not message.qos and self._hold & Hold.PEER_DOES_NOT_READ:
            return  # it would pile up here without end
        data = codec.publish(self.version, message)
        if len(data) <= self._max_packet_bytes:
            self.send(data)
        else:
            self.session.acknowledged(message.packet_id)  # 3.1.2.11.4: as if it had been delivered

    # --- the end ---

    def check_time(self, now: float) -> None:
        """Called every half second: ends a connection that says nothing. Not while we are the ones who do not read."""
        limits = self._around.limits
        if self.state is ConnectionState.WAITING:
            if now - self.made_at > limits.connect_timeout_seconds:
                self._around.counters.refused["connect_timeout"] += 1
                self._close()
        elif self._hold & Hold.NO_ROOM:
            if now - self._held_at > limits.hang_up_after_seconds and self._peer_hung_up():
                self._around.counters.refused["gone_while_waiting"] += 1
                self._close()
        elif 0 < self._keep_alive_seconds < now - self.heard_at:
            self.end(ReasonCode.KEEP_ALIVE_TIMEOUT)

    def _peer_hung_up(self) -> bool:
        """What a connection that is not read from does not tell by itself; else they would pile up during a stall."""
        sock = self._transport.get_extra_info("socket") if self._transport is not None else None
        if sock is None:
            return False
        poll = select.poll()
        poll.register(sock.fileno(), _HUNG_UP)
        return bool(poll.poll(0))

    def end(self, reason: ReasonCode) -> None:
        if self.state is ConnectionState.CONNECTED and self.version == MQTT_5:
            self.send(codec.disconnect(reason))
        self._close()

    def _break_off(self, error: MqttError) -> None:
        self._around.counters.refused[error.reason.name.lower()] += 1
        if isinstance(error, UnsupportedVersionError):
            self.send(codec.connack(MQTT_5 if error.level > MQTT_5 else MQTT_3_1_1, error.reason))
            self._close()
        elif self.state is ConnectionState.WAITING:
            self._close()
        else:
            if error.reason not in _TOLD_BEFORE:
                large = error.reason is ReasonCode.PACKET_TOO_LARGE
                self._tell(TroubleCode.TOO_LARGE if large else TroubleCode.PROTOCOL_FAULT, str(error))
            self.end(error.reason)

    def _tell(self, code: TroubleCode, detail: str) -> None:
        self._around.troubles.tell(self._device, code, detail)

    def _close(self) -> None:
        """No more packets are handled; what was said is still written, but not waited for."""
        if self.state is ConnectionState.CLOSED:
            return
        self._flush()
        self._leave()
        if self._transport is not None:
            self._transport.close()
            asyncio.get_running_loop().call_later(self._around.limits.goodbye_seconds, self._transport.abort)

    def _leave(self) -> None:
        was, self.state = self.state, ConnectionState.CLOSED
        if was is ConnectionState.CONNECTED:
            self._inbound.left()
            self._around.roster.leave(self, self._will)
