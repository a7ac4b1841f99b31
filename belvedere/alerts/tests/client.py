"""Clients of the alerts socket, and what a test asks of them."""

from __future__ import annotations

import base64
import json
import os
import socket as sockets
import time
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from belvedere.alerts.tests.program import PATIENCE_SECONDS, Program


def listen(program: Program, query: str, *, origin: str | None = None, **headers: str) -> ClientConnection:
    own = f"http://127.0.0.1:{program.port}"
    return connect(
        f"ws://127.0.0.1:{program.port}/ws/alerts/?{query}",
        origin=Origin(own) if origin is None else Origin(origin) if origin else None,
        additional_headers=headers,
        open_timeout=PATIENCE_SECONDS,
        close_timeout=1,
        compression=None,
        legacy=True,
    )


def with_token(program: Program, secret: str, query: str = "site=farm&after=0") -> ClientConnection:
    return listen(program, query, Authorization=f"Bearer {secret}")


def next_frame(client: ClientConnection, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
    frame: dict[str, Any] = json.loads(client.recv(timeout=seconds))
    return frame


def next_event(client: ClientConnection, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
    frame = next_frame(client, seconds)
    while frame["type"] != "event":
        frame = next_frame(client, seconds)
    return frame


def silent(client: ClientConnection, seconds: float = 0.4) -> bool:
    """Whether nothing comes within that time, but for the pings that come now and then."""
    try:
        while json.loads(client.recv(timeout=seconds))["type"] == "ping":
            pass
    except TimeoutError:
        return True
    return False


def closed_with(client: ClientConnection, seconds: float = PATIENCE_SECONDS) -> int | None:
    end = time.monotonic() + seconds
    try:
        while True:
            client.recv(timeout=max(0, end - time.monotonic()))
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


def refused_with(open_socket: Callable[[], ClientConnection]) -> int:
    with pytest.raises(InvalidStatus) as refusal:
        open_socket()
    return refusal.value.response.status_code


def a_frame(seq: int, size: int = 1500) -> str:
    return json.dumps({"type": "event", "seq": seq, "pad": "x" * size})


def deaf(program: Program, secret: str, query: str = "site=farm") -> sockets.socket:
    """A client that shakes hands and never reads again."""
    connection = sockets.create_connection(("127.0.0.1", program.port), PATIENCE_SECONDS)
    connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    lines = [
        f"GET /ws/alerts/?{query} HTTP/1.1",
        f"Host: 127.0.0.1:{program.port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        f"Authorization: Bearer {secret}",
    ]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    assert b" 101 " in connection.recv(20)
    return connection


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
