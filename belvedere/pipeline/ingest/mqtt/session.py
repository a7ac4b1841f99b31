"""What outlives a connection when the client asks for it: subscriptions, half-done QoS 2, commands on their way."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple, Protocol

from belvedere.pipeline.ingest.mqtt.packets import MAX_PACKET_ID, Publish
from belvedere.pipeline.ingest.mqtt.topics import matches


class Confirmer(Protocol):
    """A connection that can be owed a PUBREC."""

    def confirm(self, packet_id: int) -> None:
        """Send it, where the connection still stands."""


class Subscription(NamedTuple):
    """qos: what was granted, 0 or 1. `no_local`: not what this session itself published."""

    qos: int
    no_local: bool
    retain_as_published: bool


class HalfDone:
    """A QoS 2 message whose PUBREL has not come.

    waiting: the connection that asked last and is owed the PUBREC of the commit; None once committed.
    """

    __slots__ = ("_digest", "waiting")

    def __init__(self, body: bytes, waiting: Confirmer | None) -> None:
        self._digest = hash(body)
        self.waiting = waiting

    def is_of(self, body: bytes) -> bool:
        """Whether it is this very message; a device that lost its memory uses an id again for another."""
        return self._digest == hash(body)


class Session:
    """State of one client of a device (4.1).

    subscriptions: by filter without the device's prefix. received: half-done QoS 2 messages by packet id.
    expires_at: monotonic seconds, None while connected.
    """

    def __init__(self, device_id: str, client_id: str, most_commands: int) -> None:
        self.device_id = device_id
        self.client_id = client_id
        self.subscriptions: dict[str, Subscription] = {}
        self.received: dict[int, HalfDone] = {}
        self.expiry_seconds = 0
        self.expires_at: float | None = None
        self._most_commands = most_commands
        self._waiting: deque[Publish] = deque()
        self._unacknowledged: dict[int, Publish] = {}
        self._last_packet_id = 0

    def outlives(self, now: float) -> bool:
        """Whether it is kept beyond the end of its connection, and still at that moment."""
        return self.expiry_seconds > 0 and (self.expires_at is None or now < self.expires_at)

    def subscribed(self, suffix: str) -> Subscription | None:
        """The subscription with the highest QoS that takes this topic."""
        taking = [sub for pattern, sub in self.subscriptions.items() if matches(pattern, suffix)]
        return max(taking, key=lambda sub: sub.qos, default=None)

    def queue(self, message: Publish) -> bool:
        """Keep a QoS 1 message until it is acknowledged; False where too many wait."""
        if len(self._waiting) + len(self._unacknowledged) >= self._most_commands:
            return False
        self._waiting.append(message)
        return True

    def take_due(self, receive_maximum: int) -> list[Publish]:
        """Messages to be sent now, with their packet ids; they stay here until `acknowledged`."""
        due: list[Publish] = []
        while self._waiting and len(self._unacknowledged) < receive_maximum:
            message = self._waiting.popleft()._replace(packet_id=self._next_packet_id())
            self._unacknowledged[message.packet_id] = message
            due.append(message)
        return due

    def take_again(self) -> list[Publish]:
        """After a reconnect: what was sent and never acknowledged, marked as a copy (4.4)."""
        return [message._replace(duplicate=True) for message in self._unacknowledged.values()]

    def acknowledged(self, packet_id: int) -> bool:
        return self._unacknowledged.pop(packet_id, None) is not None

    def _next_packet_id(self) -> int:
        while True:
            self._last_packet_id = self._last_packet_id % MAX_PACKET_ID + 1
            if self._last_packet_id not in self._unacknowledged:
                return self._last_packet_id
