"""uvicorn with this project's listener and connections."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator, Sequence
from typing import Any

import uvicorn

from belvedere.config.http.hosts import Hosts, Network, Place
from belvedere.config.http.protocol import BoundedHttp, add_policy_to_answers
from belvedere.pipeline.ingest.listener import Listener
from belvedere.web_api.asgi import Peek

HANDSHAKE_SECONDS = 10.0
GRACE_SECONDS = 2  # of the 5 s that SIGTERM may take, for open requests and sockets
# Longer than the slowest poll (30 s): with uvicorn's 5 s each poll of a dashboard would open a new connection.
KEEP_ALIVE_SECONDS = 75
MAX_SOCKET_MESSAGE_BYTES = 4096  # messages of clients to the alerts socket are not used


def build_http_config(app: Any, trusted_proxies: Sequence[Network] = ()) -> uvicorn.Config:
    """The configuration of uvicorn. Address and scheme of a request are taken from trusted proxies only."""
    return uvicorn.Config(
        app,
        loop="none",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=MAX_SOCKET_MESSAGE_BYTES,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=[str(network) for network in trusted_proxies],
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


class Server(uvicorn.Server):
    """Serves on bound sockets, and handles no signals: the program has more to stop than HTTP.

    peek: gives answers that need no application.
    """

    def __init__(
        self, config: uvicorn.Config, hosts: Hosts, context: ssl.SSLContext | None = None, peek: Peek | None = None
    ) -> None:
        super().__init__(config)
        self._peek = peek
        self.accepting = asyncio.Event()
        self._hosts = hosts
        self._context = context

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections, and set `accepting` when that begins."""
        add_policy_to_answers(tls=self._context is not None)
        await self.lifespan.startup()
        enter, context = self._hosts.enter, self._context
        listeners = [Listener(sock, enter, self._make_protocol, context, HANDSHAKE_SECONDS) for sock in sockets or []]
        self.servers = listeners  # type: ignore[assignment]  # what uvicorn needs of an asyncio.Server
        self.started = True
        self.accepting.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to `serve`."""
        yield

    def _make_protocol(self, place: Place) -> BoundedHttp:
        return BoundedHttp(
            place, self._peek, config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
