"""A client that logged in: one connection of one device, and the messages that are sent to it."""

from __future__ import annotations

from belvedere.pipeline.ingest.mqtt import codec
from belvedere.pipeline.ingest.mqtt.channel import Channel, Pause
from belvedere.pipeline.ingest.mqtt.packets import MQTT_3_1_1, MQTT_5, Connect, Publish, ReasonCode
from belvedere.pipeline.ingest.mqtt.session import Session

_PROTOCOL_NAMES = {MQTT_3_1_1: "mqtt 3.1.1", MQTT_5: "mqtt 5"}


class Client:
    """What the broker knows of a connection. `session` and `presence_number` are set by `Broker.connect`.

    protocol: as shown on the device's page. presence_number: of this connection, see port.Presence. came: its place
    among the connections of all endpoints (takeovers.py); 0 where it is not known.
    """

    session: Session
    presence_number: int
    came: int = 0

    def __init__(self, channel: Channel, device_id: str, client_id: str, packet: Connect) -> None:
        self.device_id = device_id
        self.client_id = client_id
        self.protocol = _PROTOCOL_NAMES[packet.version]
        self._channel = channel
        self._receive_maximum = packet.receive_maximum
        self._max_packet_bytes = packet.max_packet_bytes

    def end(self, reason: ReasonCode) -> None:
        """Close its connection; an MQTT 5 client is sent the reason."""
        self._channel.end(reason)

    def watch_next_reading(self) -> None:
        """Have the next reading call `Broker.mark_back`: without a known topic it cannot take the fast path."""
        self._channel.parser.known_topic = None

    def send_queued(self) -> None:
        """Send as many QoS 1 messages of the session as its receive maximum allows."""
        for message in self.session.take_due(self._receive_maximum):
            self.send_message(message)

    def send_again(self) -> None:
        """After a reconnect: send the QoS 1 messages that were never acknowledged, marked as copies (4.4)."""
        for message in self.session.copy_unacknowledged():
            self.send_message(message)

    def send_message(self, message: Publish) -> None:
        """Send one message. Dropped are QoS 0 for a peer that does not read, and what is too large for the client."""
        if not message.qos and self._channel.paused & Pause.PEER_DOES_NOT_READ:
            return  # the bytes would pile up here without end
        data = codec.encode_publish(self._channel.version, message)
        if len(data) <= self._max_packet_bytes:
            self._channel.send(data)
        else:
            self.session.acknowledge(message.packet_id)  # 3.1.2.11.4: as if it had been delivered
