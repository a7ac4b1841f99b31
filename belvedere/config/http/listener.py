"""A listening socket whose connections are counted before anything is spent on them, a TLS handshake least of all."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable

import structlog

from belvedere.config.http.hosts import Hosts, Place

log = structlog.get_logger(__name__)

ACCEPTS_A_TURN = 100  # some 5 ms, then everybody else
HANDSHAKE_SECONDS = 10.0
PAUSE_SECONDS = 0.2  # where the system has no descriptor or no memory for one more
_SHORT = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Listener:
    """Accepts from the start on; `close` and `wait_closed` as those of an asyncio.Server."""

    def __init__(
        self,
        sock: socket.socket,
        hosts: Hosts,
        protocol: Callable[[Place], asyncio.Protocol],
        context: ssl.SSLContext | None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._hosts = hosts
        self._protocol = protocol
        self._context = context
        self._welcomes: set[asyncio.Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None
        self._listen()

    def close(self) -> None:
        """Accept nobody any more; the socket is its maker's."""
        self._loop.remove_reader(self._sock)
        if self._pause is not None:
            self._pause.cancel()
        for welcome in self._welcomes:
            welcome.cancel()

    async def wait_closed(self) -> None:
        """Nothing is left to wait for."""

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
            place = self._hosts.enter(str(peer[0]), accepted.fileno())
            if place is None:
                accepted.close()
                continue
            welcome = self._loop.create_task(self._welcome(accepted, place))
            self._welcomes.add(welcome)
            welcome.add_done_callback(self._welcomes.discard)

    async def _welcome(self, accepted: socket.socket, place: Place) -> None:
        """Give the connection to its protocol, after the handshake where there is one."""
        made = False
        try:
            accepted.setblocking(False)
            await self._loop.connect_accepted_socket(
                lambda: self._protocol(place),
                accepted,
                ssl=self._context,
                ssl_handshake_timeout=HANDSHAKE_SECONDS if self._context else None,
            )
            made = True
        except OSError:
            pass  # gone already, or no TLS client, or one that takes too long
        finally:
            if not made:
                place.leave()
                accepted.close()
