"""Readings of one connection: PUBLISH into the stream, PUBACK or PUBREC back after the commit.

This is the hot path of the server: 40,000 messages a second through one connection.
"""

from __future__ import annotations

from array import array
from sys import byteorder

from belvedere.domain.clock import ServerClock
from belvedere.domain.reading import Outcome
from belvedere.pipeline.ingest.counters import IngestCounters
from belvedere.pipeline.ingest.decode import MAX_MQTT_BODY_BYTES, decode
from belvedere.pipeline.ingest.mqtt import codec
from belvedere.pipeline.ingest.mqtt.channel import Channel, Pause
from belvedere.pipeline.ingest.mqtt.limits import Limits
from belvedere.pipeline.ingest.mqtt.packets import MQTT_5, PacketType, ProtocolError, Publish, ReasonCode
from belvedere.pipeline.ingest.mqtt.session import HalfDone, Session
from belvedere.pipeline.ingest.mqtt.window import Window
from belvedere.pipeline.ingest.skew import ClockSkew
from belvedere.pipeline.ingest.stamps import Stamps
from belvedere.pipeline.stream.port import DeviceHandle, Inlet, Receipt, Record, StreamFull

OVERHEAD_BYTES = 60  # counted beside a body, so that many tiny ones are bounded too

# What a receipt's token says: size << 17 | QoS 2 << 16 | packet id (0 with QoS 0).
_ID_MASK = 0xFFFF
_QOS_2 = 1 << 16
_SIZE_SHIFT = 17
_PUBACK_HEAD = 0x4002


class Inbound:
    """Takes readings and acknowledges them; the sink of its records, also after the connection is closed."""

    def __init__(
        self,
        channel: Channel,
        device: DeviceHandle,
        session: Session,
        window: Window,
        inlet: Inlet,
        skew: ClockSkew,
        counters: IngestCounters,
        limits: Limits,
        clock: ServerClock,
    ) -> None:
        self._channel = channel
        self._device = device
        self._session = session
        self._window = window
        self._inlet = inlet
        self._skew = skew
        self._counters = counters
        self._receive_maximum = limits.receive_maximum
        self._outstanding_limit = limits.outstanding_bytes
        self._outstanding = 0
        self._unacknowledged = 0
        self._half_done: dict[int, HalfDone] = {}  # those that this connection submitted and that are not committed
        self._held: tuple[Record, Receipt] | None = None
        self._full = False
        self._stamps = Stamps(device)
        self._believed = clock.believed

    @property
    def outstanding_bytes(self) -> int:
        """Of records that are not committed."""
        return self._outstanding

    def publish(self, packet: Publish, now_ms: int) -> None:
        """Take a message on the device's own readings topic. Raises ProtocolError."""
        _, body, qos, duplicate, _, packet_id = packet
        if qos:
            if (qos == 2 or duplicate or packet_id in self._window.pending) and self._is_repeated(packet):
                return
            if self._unacknowledged + len(self._session.received) >= self._receive_maximum:
                self._refuse_excess()
        stamps = self._stamps
        stamps.now_ms, stamps.first_ms = now_ms, 0
        decoded = decode(body, now_ms, stamps.next, MAX_MQTT_BODY_BYTES, self._believed)
        readings, rejected, claimed_ts_ms = decoded
        if claimed_ts_ms is not None:
            self._skew.judge(decoded, claimed_ts_ms, now_ms)
        token = (len(body) + OVERHEAD_BYTES) << _SIZE_SHIFT | packet_id
        if qos == 2:
            token |= _QOS_2
        record, receipt = Record(self._device, readings, rejected, now_ms, body, stamps.first_ms), Receipt(self, token)
        if rejected:
            self._counters.count_rejected(rejected)
        try:
            self._inlet.submit(record, receipt)
        except StreamFull:
            self._wait_for_room(record, receipt)
            if not packet_id:
                return
        else:
            self._counters.published += 1
        self._track(packet_id, qos, body)

    def _track(self, packet_id: int, qos: int, body: bytes) -> None:
        """Remember what waits for its commit, and pause reading where that is much."""
        if qos == 1:
            self._window.add(packet_id, body, self)
            self._unacknowledged += 1
        elif qos == 2:
            self._half_done[packet_id] = self._session.received[packet_id] = HalfDone(body, self)
        self._outstanding += len(body) + OVERHEAD_BYTES
        if self._outstanding > self._outstanding_limit:
            self._full = True
            self._channel.pause_reading(Pause.NO_ROOM)

    def _refuse_excess(self) -> None:
        """MQTT 5 was told the receive maximum. 3.1.1 has none: reading pauses, and QoS 2 without PUBREL is bounded."""
        if self._channel.version == MQTT_5 or len(self._session.received) >= self._receive_maximum:
            raise ProtocolError("More messages under way than were offered.", ReasonCode.RECEIVE_MAXIMUM_EXCEEDED)
        self._full = True
        self._channel.pause_reading(Pause.NO_ROOM)

    # --- copies ---

    def _is_repeated(self, packet: Publish) -> bool:
        """Whether this copies a message that is stored or waits for its commit; then it is answered, now or later."""
        repeated = self._is_known_qos_2(packet) if packet.qos == 2 else self._is_known_qos_1(packet)
        self._counters.repeated += repeated
        return repeated

    def _is_known_qos_2(self, packet: Publish) -> bool:
        packet_id = packet.packet_id
        known = self._session.received.get(packet_id)
        if known is None:
            return False
        if not known.is_of(packet.payload):
            if packet_id in self._half_done:
                raise ProtocolError("A packet identifier that is in use.", ReasonCode.PACKET_ID_IN_USE)
            return False
        if known.waiting is None:
            self.send_pubrec(packet_id)
        else:
            known.waiting = self  # the commit is still to come, and this connection was the last to send it
        return True

    def _is_known_qos_1(self, packet: Publish) -> bool:
        window, packet_id = self._window, packet.packet_id
        owner = window.pending.get(packet_id)
        if not window.is_same(packet_id, packet.payload):
            if owner is self:
                raise ProtocolError("A packet identifier that is in use.")
            return False
        if owner is None and packet.duplicate:
            self.send_puback(packet_id)
            return True
        if owner is not self and not packet.duplicate:
            return False  # another connection's message with the same id; this one is new
        if owner is not self:
            window.owe(packet_id, self)
        return True

    def _send_ack(self, kind: PacketType, packet_id: int) -> None:
        self._channel.send(codec.encode_ack(self._channel.version, kind, packet_id))

    def send_puback(self, packet_id: int) -> None:
        """A message is committed that another connection submitted and this one sent again."""
        self._send_ack(PacketType.PUBACK, packet_id)

    def send_pubrec(self, packet_id: int) -> None:
        """A QoS 2 message is committed that this connection was the last to send."""
        self._send_ack(PacketType.PUBREC, packet_id)

    def release(self, packet_id: int) -> None:
        """Answer a PUBREL: the client will not send the message again (4.3.3). Nothing before its commit."""
        half_done = self._session.received.get(packet_id)
        if half_done is not None and half_done.waiting is not None:
            return
        known = self._session.received.pop(packet_id, None) is not None
        reason = ReasonCode.SUCCESS if known else ReasonCode.PACKET_ID_NOT_FOUND
        self._channel.send(codec.encode_ack(self._channel.version, PacketType.PUBCOMP, packet_id, reason))

    # --- when the stream is full ---

    def _wait_for_room(self, record: Record, receipt: Receipt) -> None:
        """Keep a message that has to be acknowledged until there is room; drop and count one of QoS 0."""
        if not receipt.token & _ID_MASK:
            self._counters.qos0_dropped += 1
            return
        self._held = record, receipt
        self._channel.pause_reading(Pause.NO_ROOM)
        self._inlet.when_room(self._retry)

    def _retry(self) -> None:
        held = self._held
        if held is None:
            return
        try:
            self._inlet.submit(*held)
        except StreamFull:
            self._inlet.when_room(self._retry)
            return
        self._held = None
        self._counters.published += 1
        self._resume()

    # --- after the commit ---

    def settle(self, tokens: list[int], outcomes: list[Outcome]) -> None:  # noqa: ARG002  (MQTT has no word for it)
        """Acknowledge what is stored: one write for all."""
        released = 0
        stored: list[int] = []
        for token in tokens:
            released += token >> _SIZE_SHIFT
            if token & _QOS_2:
                self._settle_qos_2(token & _ID_MASK)
            elif token & _ID_MASK:
                stored.append(token & _ID_MASK)
        self._outstanding -= released
        if stored:
            self._unacknowledged -= len(stored)
            self._channel.send(_encode_pubacks(stored))
            self._window.settle(stored, self)
        if self._full and self._outstanding * 2 <= self._outstanding_limit:
            self._full = False
            self._resume()

    def _settle_qos_2(self, packet_id: int) -> None:
        half_done = self._half_done.pop(packet_id)
        sent_last, half_done.waiting = half_done.waiting, None
        if sent_last is not None and self._session.received.get(packet_id) is half_done:
            sent_last.send_pubrec(packet_id)

    def failed(self, token: int) -> None:
        """An error of the server: end the connection, so that the device sends again what was not acknowledged."""
        self._forget(token)
        self.end()

    def end(self) -> None:
        """End the connection."""
        self._channel.end(ReasonCode.UNSPECIFIED)

    def detach(self) -> None:
        """The connection is closed. Drop the message that waits for room, unless another connection waits for it too.

        The device sends it again. Kept ones would pile up, one a reconnect, during a stall of hours.
        """
        self._window.detach(self)
        held = self._held
        if held is None or self._is_awaited(held[1].token):
            return
        self._held = None
        self._inlet.give_up(self._retry)
        self._forget(held[1].token)

    def _is_awaited(self, token: int) -> bool:
        packet_id = token & _ID_MASK
        if token & _QOS_2:
            half_done = self._half_done[packet_id]
            return half_done.waiting is not self and self._session.received.get(packet_id) is half_done
        return self._window.is_owed(packet_id)

    def _forget(self, token: int) -> None:
        packet_id = token & _ID_MASK
        self._outstanding -= token >> _SIZE_SHIFT
        if token & _QOS_2:
            if self._session.received.get(packet_id) is self._half_done.pop(packet_id):
                del self._session.received[packet_id]
        elif packet_id:
            self._unacknowledged -= 1
            self._window.drop(packet_id, self)

    def _resume(self) -> None:
        if not self._full and self._held is None:
            self._channel.resume_reading(Pause.NO_ROOM)


def _encode_pubacks(packet_ids: list[int]) -> bytes:
    """PUBACKs of success, the same in both versions (3.4.2.1)."""
    words = array("H", bytes(4 * len(packet_ids)))
    words[0::2] = array("H", [_PUBACK_HEAD]) * len(packet_ids)
    words[1::2] = array("H", packet_ids)
    if byteorder == "little":
        words.byteswap()
    return words.tobytes()
