"""A listening socket that counts a connection before it costs anything, above all a TLS handshake."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import structlog

log = structlog.get_logger(__name__)

ACCEPTS_A_TURN = 100  # some 5 ms, then the event loop's other work
PAUSE_SECONDS = 0.2  # where the system has no descriptor or no memory for one more
_SHORT = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Place(Protocol):
    """A counted connection. Implemented by: config/http/hosts.py and mqtt/endpoint.py."""

    def leave(self) -> None:
        """The connection was not made."""


P = TypeVar("P", bound=Place)


class Listener(Generic[P]):
    """Accepts connections from its creation on; `close` and `wait_closed` are those of an asyncio.Server.

    enter: (address, descriptor) -> a place for the connection, None where it is refused.
    """

    def __init__(
        self,
        sock: socket.socket,
        enter: Callable[[str, int], P | None],
        protocol: Callable[[P], asyncio.Protocol],
        context: ssl.SSLContext | None,
        handshake_seconds: float,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._enter = enter
        self._handshake_seconds = handshake_seconds
        self._protocol = protocol
        self._context = context
        self._connecting: set[asyncio.Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None
        self._listen()

    def close(self) -> None:
        """Stop accepting. The caller closes the socket."""
        self._loop.remove_reader(self._sock)
        if self._pause is not None:
            self._pause.cancel()
        for task in self._connecting:
            task.cancel()

    async def wait_closed(self) -> None:
        """Nothing: `close` waits for nothing."""

    def _listen(self) -> None:
        self._pause = None
        self._loop.add_reader(self._sock, self._accept)

    def _accept(self) -> None:
        for _ in range(ACCEPTS_A_TURN):
            try:
                accepted, peer = self._sock.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in _SHORT:
                    log.warning("accept_failed", reason=str(error))
                    self._loop.remove_reader(self._sock)
                    self._pause = self._loop.call_later(PAUSE_SECONDS, self._listen)
                    return
                continue  # that client is gone already
            place = self._enter(str(peer[0]), accepted.fileno())
            if place is None:
                accepted.close()
                continue
            task = self._loop.create_task(self._make_connection(accepted, place))
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)

    async def _make_connection(self, accepted: socket.socket, place: P) -> None:
        """Connect the socket with its protocol, after the handshake where there is one."""
        made = False
        try:
            accepted.setblocking(False)
            await self._loop.connect_accepted_socket(
                lambda: self._protocol(place),
                accepted,
                ssl=self._context,
                ssl_handshake_timeout=self._handshake_seconds if self._context else None,
            )
            made = True
        except OSError:
            pass  # gone already, or no TLS client, or one that takes too long
        finally:
            if not made:
                place.leave()
                accepted.close()
