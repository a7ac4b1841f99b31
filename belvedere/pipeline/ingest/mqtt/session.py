"""What outlives a connection when the client asks for it: subscriptions, half-done QoS 2, unacknowledged messages."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from belvedere.pipeline.ingest.mqtt.acknowledger import Acknowledger
from belvedere.pipeline.ingest.mqtt.packets import MAX_PACKET_ID, Publish
from belvedere.pipeline.ingest.mqtt.topics import matches


class Subscription(NamedTuple):
    """qos: what was granted, 0 or 1. `no_local`: not what this session itself published."""

    qos: int
    no_local: bool
    retain_as_published: bool


class HalfDone:
    """A QoS 2 message whose PUBREL has not come.

    waiting: the connection that sent it last and gets the PUBREC after the commit; None once committed.
    """

    __slots__ = ("_digest", "waiting")

    def __init__(self, body: bytes, waiting: Acknowledger | None) -> None:
        self._digest = hash(body)
        self.waiting = waiting

    def is_of(self, body: bytes) -> bool:
        """Whether it has this body; a device that lost its memory uses an id again for another message."""
        return self._digest == hash(body)


class Session:
    """State of one client of a device (4.1).

    subscriptions: by filter without the device's prefix. received: half-done QoS 2 messages by packet id.
    expires_at: monotonic seconds, None while connected.
    """

    def __init__(self, device_id: str, client_id: str, max_outgoing: int) -> None:
        self.device_id = device_id
        self.client_id = client_id
        self.subscriptions: dict[str, Subscription] = {}
        self.received: dict[int, HalfDone] = {}
        self.expiry_seconds = 0
        self.expires_at: float | None = None
        self._max_outgoing = max_outgoing
        self._waiting: deque[Publish] = deque()
        self._unacknowledged: dict[int, Publish] = {}
        self._last_packet_id = 0

    def outlives(self, now: float) -> bool:
        """Whether the session is kept after its connection, and still is at that moment (monotonic seconds)."""
        return self.expiry_seconds > 0 and (self.expires_at is None or now < self.expires_at)

    def find_subscription(self, suffix: str) -> Subscription | None:
        """Of the subscriptions that match this topic, the one with the highest QoS."""
        taking = [sub for pattern, sub in self.subscriptions.items() if matches(pattern, suffix)]
        return max(taking, key=lambda sub: sub.qos, default=None)

    def queue(self, message: Publish) -> bool:
        """Keep a QoS 1 message until it is acknowledged; False where too many wait."""
        if len(self._waiting) + len(self._unacknowledged) >= self._max_outgoing:
            return False
        self._waiting.append(message)
        return True

    def take_due(self, receive_maximum: int) -> list[Publish]:
        """Messages to be sent now, with their packet ids; they stay here until `acknowledge`."""
        due: list[Publish] = []
        while self._waiting and len(self._unacknowledged) < receive_maximum:
            message = self._waiting.popleft()._replace(packet_id=self._take_packet_id())
            self._unacknowledged[message.packet_id] = message
            due.append(message)
        return due

    def copy_unacknowledged(self) -> list[Publish]:
        """What was sent and never acknowledged, marked as duplicates (4.4)."""
        return [message._replace(duplicate=True) for message in self._unacknowledged.values()]

    def acknowledge(self, packet_id: int) -> None:
        """Forget a message that arrived; nothing for an unknown id."""
        self._unacknowledged.pop(packet_id, None)

    def _take_packet_id(self) -> int:
        while True:
            self._last_packet_id = self._last_packet_id % MAX_PACKET_ID + 1
            if self._last_packet_id not in self._unacknowledged:
                return self._last_packet_id
