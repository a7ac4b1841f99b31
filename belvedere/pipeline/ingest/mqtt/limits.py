"""Bounds of what one peer may use."""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds of the MQTT endpoint.

    receive_maximum: messages that an MQTT 5 device may send before the first is acknowledged.
    outstanding_bytes: bodies of one connection that wait for their commit, before reading from it pauses.
    outgoing_per_session: QoS 1 messages to a client that it has not acknowledged.
    max_connections_per_host: high, since a whole site may share one address.
    hang_up_after_seconds: how long reading is paused before it is checked that the peer is still connected.
    first_reserved_descriptor: connections with this file descriptor or a higher one are refused; the databases need
      the rest.
    session_expiry_seconds: the longest that a session is kept without a connection.
    """

    connect_timeout_seconds: float = 5.0
    tls_handshake_timeout_seconds: float = 5.0
    max_packet_bytes: int = 64 * 1024
    max_connections: int = 20_000
    max_connections_per_host: int = 10_000
    first_reserved_descriptor: int = sys.maxsize
    outstanding_bytes: int = 256 * 1024
    receive_maximum: int = 4096
    session_expiry_seconds: int = 24 * 3600
    sessions_per_device: int = 8
    subscriptions_per_session: int = 16
    outgoing_per_session: int = 100
    window_kept_seconds: float = 3600.0
    hang_up_after_seconds: float = 5.0
    goodbye_seconds: float = 1.0  # for a peer to take the last bytes before the connection is cut
