"""A device's MQTT 3.1.1 connection: QoS 1 publishing with acknowledgements, will, keep-alive. For one process with
thousands of devices. It shares no code with the server's codec, so that a fault of one shows."""

from __future__ import annotations

import asyncio
import ssl
import struct
from collections.abc import Callable
from typing import cast

# MQTT 3.1.1 §2.2.1: the packet's first byte.
_CONNECT, _CONNACK, _PUBACK, _PINGREQ, _DISCONNECT = 0x10, 0x20, 0x40, b"\xc0\x00", b"\xe0\x00"
_REFUSALS = {
    1: "it does not speak MQTT 3.1.1",
    2: "the client id is not taken",
    3: "it is not available now",
    4: "user name or password is wrong",
    5: "this device may not connect",
}
_LAST_PACKET_ID = 65_535


class RefusedError(Exception):
    """The server answered CONNECT with a refusal. permanent: the same credential is refused again."""

    def __init__(self, code: int) -> None:
        super().__init__(f"The MQTT server refused the connection: {_REFUSALS.get(code, f'code {code}')}.")
        self.permanent = code != 3


def _ignore_ack(packet_id: int) -> None:
    del packet_id


def _encode_text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("!H", len(data)) + data


def encode_packet(first: int, body: bytes) -> bytes:
    """Header, remaining length (MQTT 3.1.1 §2.2.3), body."""
    length, out = len(body), bytearray([first])
    while True:
        length, digit = divmod(length, 128)
        out.append(digit | (128 if length else 0))
        if not length:
            return bytes(out) + body


def encode_connect(device: str, secret: str, keepalive_seconds: int, will: tuple[str, bytes] | None) -> bytes:
    """CONNECT with a clean session; the will is QoS 1 and retained."""
    flags = 0xC2 | (0x2C if will else 0)
    body = _encode_text("MQTT") + bytes([4, flags]) + struct.pack("!H", keepalive_seconds) + _encode_text(device)
    if will:
        body += _encode_text(will[0]) + struct.pack("!H", len(will[1])) + will[1]
    return encode_packet(_CONNECT, body + _encode_text(device) + _encode_text(secret))


class _Wire(asyncio.Protocol):
    """Reads CONNACK and PUBACK from the byte stream."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.transport: asyncio.Transport | None = None
        self.accepted: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self.on_ack: Callable[[int], None] = _ignore_ack
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's has the methods, not the base class

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data
        at, size = 0, len(buffer)
        # All that a publisher receives is shorter than 128 bytes, so its length is one byte.
        while size - at >= 2 and size - at >= 2 + buffer[at + 1]:
            kind, length = buffer[at], buffer[at + 1]
            if kind == _PUBACK:
                self.on_ack(buffer[at + 2] << 8 | buffer[at + 3])
            elif kind == _CONNACK and not self.accepted.done():
                code = buffer[at + 3]
                if code:
                    self.accepted.set_exception(RefusedError(code))
                else:
                    self.accepted.set_result(None)
            at += 2 + length
        self._buffer = buffer[at:]

    def connection_lost(self, error: Exception | None) -> None:
        if not self.accepted.done():
            self.accepted.set_exception(error or ConnectionResetError("The server closed the connection."))
        if not self.closed.done():
            self.closed.set_result(None)


class Publisher:
    """One connection of one device. `closed` is done at its end; connect again with a new Publisher."""

    def __init__(self, wire: _Wire, window: int) -> None:
        assert wire.transport
        self._wire = wire
        self._transport = wire.transport
        self._window = window
        self._next_id = 0
        self._waiting: dict[int, Callable[[], None]] = {}
        self._room = asyncio.Event()
        self._room.set()
        self.acknowledged = 0
        self.closed = wire.closed
        wire.on_ack = self._handle_ack

    @classmethod
    async def connect(
        cls,
        host: str,
        port: int,
        device: str,
        secret: str,
        *,
        will: tuple[str, bytes] | None = None,
        tls: ssl.SSLContext | None = None,
        keepalive_seconds: int = 60,
        window: int = 100,
        timeout_seconds: float = 10,
    ) -> Publisher:
        """Open a connection and wait for the CONNACK. Raises RefusedError, OSError or TimeoutError."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(timeout_seconds):
            transport, wire = await loop.create_connection(_Wire, host, port, ssl=tls)
            transport.write(encode_connect(device, secret, keepalive_seconds, will))
            try:
                await wire.accepted
            except BaseException:  # a timeout too: nothing else would close it
                transport.abort()
                raise
        publisher = cls(wire, window)
        publisher._keep_alive(keepalive_seconds / 2)
        return publisher

    def _keep_alive(self, every_seconds: float) -> None:
        if not self.closed.done():
            asyncio.get_running_loop().call_later(every_seconds, self._keep_alive, every_seconds)
            self._transport.write(_PINGREQ)

    def _handle_ack(self, packet_id: int) -> None:
        callback = self._waiting.pop(packet_id, None)
        if callback:
            self.acknowledged += 1
            callback()
        if len(self._waiting) < self._window:
            self._room.set()

    @property
    def outstanding(self) -> int:
        """Messages sent and not acknowledged yet."""
        return len(self._waiting)

    async def wait_for_room(self) -> None:
        """Wait until the window has room, or the connection is closed."""
        while not self._room.is_set() and not self.closed.done():
            waiter = asyncio.ensure_future(self._room.wait())
            await asyncio.wait((waiter, self.closed), return_when=asyncio.FIRST_COMPLETED)
            waiter.cancel()

    def send(self, topic: str, body: bytes, on_ack: Callable[[], None], *, retain: bool = False) -> None:
        """Send one QoS 1 message now; `on_ack` is called when the server has stored it."""
        self._next_id = self._next_id % _LAST_PACKET_ID + 1
        self._waiting[self._next_id] = on_ack
        if len(self._waiting) >= self._window:
            self._room.clear()
        head = _encode_text(topic) + struct.pack("!H", self._next_id)
        self._transport.write(encode_packet(0x32 | retain, head + body))

    async def publish(self, topic: str, body: bytes, *, retain: bool = False, timeout_seconds: float = 10) -> None:
        """Send one message and wait for its PUBACK. Raises TimeoutError, ConnectionResetError."""
        done = asyncio.get_running_loop().create_future()

        def acknowledged() -> None:
            if not done.done():
                done.set_result(None)

        self.send(topic, body, acknowledged, retain=retain)
        await asyncio.wait((done, self.closed), timeout=timeout_seconds, return_when=asyncio.FIRST_COMPLETED)
        if not done.done():
            if self.closed.done():
                raise ConnectionResetError("The connection ended before the acknowledgement.")
            raise TimeoutError("No acknowledgement in time.")

    async def close(self) -> None:
        """Disconnect, so that the will is not published."""
        if not self.closed.done():
            self._transport.write(_DISCONNECT)
            self._transport.close()
            await self.closed

    def cut(self) -> None:
        """Abort the connection, as a power cut does."""
        self._transport.abort()
