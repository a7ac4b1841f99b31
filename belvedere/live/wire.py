"""Writes frames to a socket's transport directly, below ASGI, so that each is encoded once for all sockets.

`send` makes the same RFC 6455 frame anew for every socket, behind a task switch: 27-43 ms for 1,000 sockets
where this takes a quarter (bench/fanout.py). It reaches into uvicorn's "websockets-sansio" protocol; where that
looks different, or compresses, `find_wire` says None and everything goes through `send`. A test holds on to it.
"""

from __future__ import annotations

import asyncio
import struct
from typing import Any, Final

from belvedere.web_api.asgi import Send

_FINAL_TEXT: Final = 0x81  # RFC 6455 §5.2: FIN, opcode 1; servers do not mask


def encode(text: str) -> bytes:
    """The text as one unmasked WebSocket frame."""
    payload = text.encode()
    return _make_header(len(payload)) + payload


def decode(frame: bytes) -> str:
    """The text of a frame that `encode` made."""
    return frame[{126: 4, 127: 10}.get(frame[1], 2) :].decode()


class Wire:
    """The transport under a socket that is open."""

    __slots__ = ("_protocol", "_transport", "_writable")

    def __init__(self, protocol: Any, transport: asyncio.Transport, writable: asyncio.Event) -> None:
        self._protocol = protocol
        self._transport = transport
        self._writable = writable

    def write(self, frame: bytes) -> bool:
        """Hand it over; False where it must wait, for a slow reader or a close."""
        if not self._writable.is_set() or self._protocol.close_sent or self._transport.is_closing():
            return False
        self._transport.write(frame)
        return True


def find_wire(send: Send) -> Wire | None:
    """The wire under this `send`, after the handshake; None where it cannot be used."""
    protocol = getattr(send, "__self__", None)
    transport, writable = find_transport(send), getattr(protocol, "writable", None)
    connection = getattr(protocol, "conn", None)
    if transport is None or not isinstance(writable, asyncio.Event) or not hasattr(protocol, "close_sent"):
        return None
    if getattr(connection, "extensions", None) != []:
        return None
    return Wire(protocol, transport, writable)


def find_transport(send: Send) -> asyncio.Transport | None:
    """The transport under this `send`, to cut it."""
    transport: asyncio.Transport | None = getattr(getattr(send, "__self__", None), "transport", None)
    return transport


def _make_header(size: int) -> bytes:
    if size < 126:
        return bytes((_FINAL_TEXT, size))
    if size < 65_536:
        return struct.pack("!BBH", _FINAL_TEXT, 126, size)
    return struct.pack("!BBQ", _FINAL_TEXT, 127, size)
