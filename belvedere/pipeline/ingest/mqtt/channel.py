"""The socket side of a connection: when bytes are read and written, when it has been silent too long, how it closes.

Readings pass from here straight to inbound.py; connection.py handles all other packets.
"""

from __future__ import annotations

import asyncio
import select
import socket
from abc import abstractmethod
from collections.abc import Callable
from enum import Enum, IntEnum
from typing import Protocol, cast

from belvedere.pipeline.ingest.counters import IngestCounters
from belvedere.pipeline.ingest.mqtt import codec
from belvedere.pipeline.ingest.mqtt.codec import Parser
from belvedere.pipeline.ingest.mqtt.limits import Limits
from belvedere.pipeline.ingest.mqtt.packets import MQTT_3_1_1, MQTT_5, MqttError, Packet, Publish, ReasonCode

SEEN_EVERY_MS = 1000
PACKETS_A_TURN = 256  # some 4 ms, then the other connections
_HUNG_UP = getattr(select, "POLLRDHUP", select.POLLHUP)  # the former exists on Linux only
# A probe after two minutes of silence, and the end two minutes later, where the system lets a program set these.
_TCP_KEEP_ALIVE = [
    (getattr(socket, name), value)
    for name, value in (("TCP_KEEPIDLE", 120), ("TCP_KEEPINTVL", 30), ("TCP_KEEPCNT", 4))
    if hasattr(socket, name)
]


class ConnectionState(Enum):
    """waiting for CONNECT -> connected -> closed."""

    WAITING = "waiting"
    CONNECTED = "connected"
    CLOSED = "closed"


class Pause(IntEnum):
    """Why nothing is read from the peer. Bits, since several reasons can hold at once."""

    NO_ROOM = 1  # the stream is full, or too much of this connection waits for its commit
    PEER_DOES_NOT_READ = 2
    OTHERS_TURN = 4
    STOPPING = 8
    CATCHING_UP = 16  # with the registry, which may know a device that memory does not


class Readings(Protocol):
    """Takes the readings of a connected device. Implemented by inbound.py."""

    def publish(self, packet: Publish, now_ms: int) -> None:
        """Take a message on the device's own readings topic. Raises ProtocolError."""


class Channel(asyncio.Protocol):
    """Base class of a connection: the asyncio protocol, and which packet goes where.

    now_ms: Unix time. monotonic: seconds.
    `paused` holds the bits of `Pause` that apply. While `_reading` is set, what is sent is collected, so that the
    answers to one read leave in one write.
    """

    _inbound: Readings  # from a successful CONNECT on; `parser.known_topic` is None before

    def __init__(
        self, limits: Limits, counters: IngestCounters, now_ms: Callable[[], int], monotonic: Callable[[], float]
    ) -> None:
        self.parser = Parser(limits.max_packet_bytes)
        self.state = ConnectionState.WAITING
        self.version = MQTT_3_1_1
        self.host = ""
        self.descriptor = 0
        self.paused = 0
        self._limits = limits
        self._counters = counters
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._transport: asyncio.Transport | None = None
        self._out: list[bytes] = []
        self._reading = False
        self._keep_alive_seconds = 0.0  # 0: no limit
        self._opened_at = self._heard_at = monotonic()
        self._paused_at = 0.0
        self._seen_ms = 0

    # --- what a connection adds ---

    @abstractmethod
    def _open(self) -> bool:
        """The socket is open: whether the connection is accepted."""

    @abstractmethod
    def _handle(self, packet: Packet) -> None:
        """Handle a packet that is no reading, or the first reading after something else. Raises MqttError."""

    @abstractmethod
    def _end_with_error(self, error: MqttError) -> None:
        """The peer broke the protocol: say so, and close."""

    @abstractmethod
    def _mark_seen(self, now_ms: int) -> None:
        """Something has come from the device; not called for each packet."""

    @abstractmethod
    def _leave(self) -> None:
        """Set the state to closed and release what belongs to the client. May be called again."""

    # --- asyncio.Protocol ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self.host = str(peer[0]) if isinstance(peer, tuple) else ""
        sock = transport.get_extra_info("socket")
        self.descriptor = sock.fileno() if sock is not None else 0
        if not self._open():
            self.state = ConnectionState.CLOSED
            self._transport.abort()  # an answer would cost memory and time too
            return
        if sock is not None:  # a device that lost its power sends nothing; without keep-alive only TCP can find out
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in _TCP_KEEP_ALIVE:
                sock.setsockopt(socket.IPPROTO_TCP, option, value)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        self._transport = None
        self._leave()

    def data_received(self, data: bytes) -> None:
        self._heard_at = self._monotonic()
        self.parser.feed(data)
        self._read()

    def pause_writing(self) -> None:
        self.pause_reading(Pause.PEER_DOES_NOT_READ)

    def resume_writing(self) -> None:
        self.resume_reading(Pause.PEER_DOES_NOT_READ)

    # --- reading ---

    def _read(self) -> None:
        """Handle the whole packets that have come, until reading is paused; one write for all answers."""
        now_ms = self._now_ms()
        self._reading = True
        try:
            self._handle_packets(now_ms)
        except MqttError as error:
            self._end_with_error(error)
        self._reading = False
        self._flush()
        if self.state is ConnectionState.CONNECTED and abs(now_ms - self._seen_ms) >= SEEN_EVERY_MS:
            self._seen_ms = now_ms
            self._mark_seen(now_ms)

    def _handle_packets(self, now_ms: int) -> None:
        parser = self.parser
        next_packet = parser.next_packet
        for _ in range(PACKETS_A_TURN):
            if self.paused or self.state is ConnectionState.CLOSED:
                return
            packet = next_packet()
            if packet is None:
                return
            if type(packet) is Publish and packet[0] == parser.known_topic:
                self._inbound.publish(packet, now_ms)
            else:
                self._handle(packet)
        self.pause_reading(Pause.OTHERS_TURN)
        asyncio.get_running_loop().call_soon(self.resume_reading, Pause.OTHERS_TURN)

    def pause_reading(self, reason: Pause) -> None:
        """Read nothing more from the peer until `resume_reading` was called for each reason."""
        if not self.paused and self._transport is not None:
            self._transport.pause_reading()
            self._paused_at = self._heard_at
        self.paused |= reason

    def resume_reading(self, reason: Pause) -> None:
        """Take back one reason; after the last one, packets that came meanwhile are handled at once."""
        if not self.paused & reason:
            return
        self.paused &= ~reason
        if self.paused or self._transport is None or self.state is ConnectionState.CLOSED:
            return
        self._heard_at = self._monotonic()
        self._transport.resume_reading()
        if not self._reading:
            self._read()

    # --- writing ---

    def send(self, data: bytes) -> None:
        """Write a packet; nothing where the connection is closed."""
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

    # --- the end ---

    def check_timeouts(self, now: float) -> None:
        """End the connection where its time is over. Called every half second; now: monotonic seconds.

        The keep-alive does not count while reading is paused for want of room: then the silence is ours.
        """
        if self.state is ConnectionState.WAITING:
            if now - self._opened_at > self._limits.connect_timeout_seconds:
                self._counters.refused["connect_timeout"] += 1
                self._close()
        elif self.paused & Pause.NO_ROOM:
            if now - self._paused_at > self._limits.hang_up_after_seconds and self._has_peer_hung_up():
                self._counters.refused["gone_while_waiting"] += 1
                self._close()
        elif 0 < self._keep_alive_seconds < now - self._heard_at:
            self.end(ReasonCode.KEEP_ALIVE_TIMEOUT)

    def _has_peer_hung_up(self) -> bool:
        """asyncio does not report it while reading is paused; dead connections would pile up during a stall."""
        sock = self._transport.get_extra_info("socket") if self._transport is not None else None
        if sock is None:
            return False
        poll = select.poll()
        poll.register(sock.fileno(), _HUNG_UP)
        return bool(poll.poll(0))

    def end(self, reason: ReasonCode) -> None:
        """Close the connection; an MQTT 5 client is sent the reason."""
        if self.state is ConnectionState.CONNECTED and self.version == MQTT_5:
            self.send(codec.encode_disconnect(reason))
        self._close()

    def _close(self) -> None:
        """Handle no more packets, and close once everything is written, or after `goodbye_seconds`."""
        if self.state is ConnectionState.CLOSED:
            return
        self._flush()
        self._leave()
        if self._transport is not None:
            self._transport.close()
            asyncio.get_running_loop().call_later(self._limits.goodbye_seconds, self._transport.abort)
