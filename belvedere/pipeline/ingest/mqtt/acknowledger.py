"""What the state that outlives a connection needs of one: answers that are due after a commit."""

from __future__ import annotations

from typing import Protocol


class Acknowledger(Protocol):
    """A connection that waits for the commit of a message. Implemented by inbound.py.

    Nothing is sent where the connection is closed by then.
    """

    def send_puback(self, packet_id: int) -> None:
        """A QoS 1 message is stored that another connection submitted and this one sent again."""

    def send_pubrec(self, packet_id: int) -> None:
        """A QoS 2 message is stored that this connection was the last to send."""

    def end(self) -> None:
        """The message was not stored: end the connection, so that the device sends it again."""
