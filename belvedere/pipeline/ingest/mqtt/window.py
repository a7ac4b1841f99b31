"""Packet ids of a device's QoS 1 messages that wait for their commit or were committed lately.

A copy (DUP=1) of one is not stored again. The window outlives the connection, since copies come after a reconnect.
"""

from __future__ import annotations

from belvedere.pipeline.ingest.mqtt.acknowledger import Acknowledger

_KEPT_AT_LEAST = 16


class Window:
    """QoS 1 of one device, over all its connections. Memory: twice as many ids as were ever under way at once.

    pending: packet id -> the connection whose record is not committed yet.
    bodies: packet id -> hash of the body it last came with, oldest first.
    """

    __slots__ = ("_most_pending", "_owed", "bodies", "data_key", "pending")

    def __init__(self, data_key: str) -> None:
        self.data_key = data_key
        self.pending: dict[int, Acknowledger] = {}
        self.bodies: dict[int, int] = {}
        self._owed: dict[int, list[Acknowledger]] = {}
        self._most_pending = 0

    def add(self, packet_id: int, body: bytes, by: Acknowledger) -> None:
        """A message of that connection was submitted."""
        self.pending[packet_id] = by
        self.bodies.pop(packet_id, None)  # so that it becomes the youngest
        self.bodies[packet_id] = hash(body)

    def is_same(self, packet_id: int, body: bytes) -> bool:
        """Whether the id was last used for these very bytes."""
        return self.bodies.get(packet_id) == hash(body)

    def owe(self, packet_id: int, to: Acknowledger) -> None:
        """`to` sent a copy of what another connection submitted: it gets a PUBACK after the commit too."""
        self._owed.setdefault(packet_id, []).append(to)

    def settle(self, packet_ids: list[int], by: Acknowledger) -> None:
        """Records of that connection are committed; it sends its own PUBACKs itself."""
        pending = self.pending
        self._most_pending = max(self._most_pending, len(pending))
        for packet_id in packet_ids:
            if pending.get(packet_id) is by:  # a later connection may use the same id for another message
                del pending[packet_id]
        if self._owed:
            for packet_id in packet_ids:
                for connection in self._owed.pop(packet_id, ()):
                    connection.send_puback(packet_id)
        self._forget_oldest()

    def drop(self, packet_id: int, by: Acknowledger) -> None:
        """A record of that connection will not be stored: a copy of it counts as a new message."""
        if self.pending.get(packet_id) is by:
            del self.pending[packet_id]
            self.bodies.pop(packet_id, None)
            for connection in self._owed.pop(packet_id, ()):
                connection.end()

    def is_owed(self, packet_id: int) -> bool:
        """Whether another connection waits for this record."""
        return packet_id in self._owed

    def detach(self, connection: Acknowledger) -> None:
        """The connection is closed: owe it nothing any more."""
        for packet_id, waiting in list(self._owed.items()):
            if connection in waiting:
                waiting.remove(connection)
                if not waiting:
                    del self._owed[packet_id]

    def _forget_oldest(self) -> None:
        surplus = len(self.bodies) - 2 * self._most_pending - _KEPT_AT_LEAST
        if surplus <= 0:
            return
        for packet_id in [key for key, _ in zip(self.bodies, range(surplus), strict=False)]:
            if packet_id not in self.pending:
                del self.bodies[packet_id]
