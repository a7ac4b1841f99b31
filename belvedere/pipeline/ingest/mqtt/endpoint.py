"""The MQTT endpoint: listeners, the number of connections, and an orderly stop.

Not a general broker: it takes readings of devices and acknowledges what is stored.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable, Sequence

from belvedere.domain import times
from belvedere.domain.changes import CatchUp, Change, ChangeKind, keys_of
from belvedere.domain.clock import ServerClock
from belvedere.pipeline.ingest.counters import IngestCounters
from belvedere.pipeline.ingest.listener import Listener
from belvedere.pipeline.ingest.mqtt.broker import Broker, credential_of
from belvedere.pipeline.ingest.mqtt.channel import Pause
from belvedere.pipeline.ingest.mqtt.client import Client
from belvedere.pipeline.ingest.mqtt.connection import Connection, EndpointContext
from belvedere.pipeline.ingest.mqtt.limits import Limits
from belvedere.pipeline.ingest.mqtt.packets import ReasonCode
from belvedere.pipeline.ingest.port import Directory, Presence, Troubles, Untold
from belvedere.pipeline.stream.port import Inlet

CHECK_EVERY_SECONDS = 0.5
SWEEP_EVERY_CHECKS = 120
BACKLOG = 4096  # a whole site comes back at once after a power cut
_STOP_STEP_SECONDS = 0.02


class Handshake:
    """A TLS client during its handshake, counted for its host. `leave` ends that, whatever comes of it."""

    def __init__(self, host: str, leave: Callable[[Handshake], None]) -> None:
        self.host = host
        self.leave = lambda: leave(self)


class MqttEndpoint:
    """`await start(...)` for each listener, `await stop()` once. Everything on one event loop.

    counters: for /metrics. now_ms: Unix time, replaced in tests that set the clock. announce: tells other endpoints of
    a client that has connected (takeovers.py), which ask for `find_clients` and `end_taken_over`. catch_up: waited for
    before a device is refused, where another process can have made it.
    """

    def __init__(
        self,
        inlet: Inlet,
        directory: Directory,
        presence: Presence,
        limits: Limits | None = None,
        now_ms: Callable[[], int] | None = None,
        clock: ServerClock | None = None,
        troubles: Troubles | None = None,
        announce: Callable[[Client], None] | None = None,
        catch_up: CatchUp | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self.counters = IngestCounters()
        self.clock = clock or ServerClock()
        self._broker = Broker(presence, self._limits, time.monotonic, announce)
        self.find_clients, self.end_taken_over = self._broker.find_clients, self._broker.end_taken_over
        self._context = EndpointContext(
            inlet=inlet,
            directory=directory,
            presence=presence,
            broker=self._broker,
            limits=self._limits,
            counters=self.counters,
            now_ms=now_ms or times.now_ms,
            monotonic=time.monotonic,
            admit=self._admit,
            remove=self._remove,
            clock=self.clock,
            troubles=troubles or Untold(),
            catch_up=catch_up,
        )
        self._connections: set[Connection] = set()
        self._hosts: Counter[str] = Counter()
        self._handshakes: set[Handshake] = set()
        self._servers: list[asyncio.Server] = []
        self._listeners: list[tuple[Listener[Handshake], socket.socket]] = []
        self._checker: asyncio.Task[None] | None = None
        self._directory = directory

    @property
    def rejected(self) -> Counter[str]:
        """Refused readings by reason."""
        return self.counters.rejected

    async def start(self, host: str, port: int, ssl_context: ssl.SSLContext | None = None) -> int:
        """Listen; gives the port, a free one where 0 was asked for. May be called again, as for TLS."""
        server = await asyncio.get_running_loop().create_server(
            lambda: Connection(self._context), host, port, backlog=BACKLOG, start_serving=ssl_context is None
        )
        bound_port = int(server.sockets[0].getsockname()[1])
        if ssl_context is None:
            self._servers.append(server)
        else:
            self._listen_with_tls(server, ssl_context)
        if self._checker is None:
            self._checker = asyncio.create_task(self._check_connections())
        return bound_port

    def _listen_with_tls(self, bound: asyncio.Server, context: ssl.SSLContext) -> None:
        """Listen on the sockets of a server that does not serve, so that clients are counted before their handshake."""
        for one in bound.sockets:
            sock = socket.socket(fileno=os.dup(one.fileno()))
            sock.setblocking(False)
            sock.listen(BACKLOG)
            seconds = self._limits.tls_handshake_timeout_seconds
            self._listeners.append((Listener(sock, self._reserve, self._make_tls_connection, context, seconds), sock))
        bound.close()

    async def stop(self, settle_seconds: float = 2.0) -> None:
        """Stop accepting, wait for the commit of what was taken, then end all connections. May be called again."""
        for server in self._servers:
            server.close()
        self._servers.clear()
        for listener, sock in self._listeners:
            listener.close()
            sock.close()
        self._listeners.clear()
        for connection in list(self._connections):
            connection.pause_reading(Pause.STOPPING)  # what was taken is still acknowledged
        await _wait_until(lambda: not any(c.outstanding_bytes for c in self._connections), settle_seconds)
        if self._checker is not None:
            self._checker.cancel()
            self._checker = None
        for connection in list(self._connections):
            connection.end(ReasonCode.SERVER_SHUTTING_DOWN)
        await _wait_until(lambda: not self._connections, self._limits.goodbye_seconds + 0.2)

    def load(self) -> None:
        """Do nothing: `apply` asks the directory."""

    def apply(self, changes: Sequence[Change]) -> None:
        """End the connections of devices that were deleted or have another secret now. Event loop only."""
        for device_id in keys_of(changes, ChangeKind.DEVICE, ChangeKind.DEVICE_DELETED):
            self._broker.check_credential(device_id, credential_of(self._directory.get(device_id)))

    # --- connections ---

    def _reserve(self, host: str, descriptor: int) -> Handshake | None:
        """Count a TLS client before its handshake, which costs much; None where there are too many."""
        if not self._has_room(host, descriptor):
            return None
        self._hosts[host] += 1
        handshake = Handshake(host, self._end_handshake)
        self._handshakes.add(handshake)
        return handshake

    def _end_handshake(self, handshake: Handshake) -> None:
        if handshake in self._handshakes:
            self._handshakes.discard(handshake)
            self._release_host(handshake.host)

    def _make_tls_connection(self, handshake: Handshake) -> Connection:
        """The protocol of a TLS client; from its `connection_made` on the connection is counted instead."""
        return Connection(self._context, before_admit=handshake.leave)

    def _has_room(self, host: str, descriptor: int) -> bool:
        if descriptor >= self._limits.first_reserved_descriptor:
            self.counters.refused["descriptors_run_short"] += 1
            return False
        if len(self._connections) + len(self._handshakes) >= self._limits.max_connections:
            self.counters.refused["too_many_connections"] += 1
            return False
        if self._hosts[host] >= self._limits.max_connections_per_host:
            self.counters.refused["too_many_from_host"] += 1
            return False
        return True

    def _admit(self, connection: Connection) -> bool:
        """Count the connection; False where there are too many."""
        if not self._has_room(connection.host, connection.descriptor):
            return False
        self._connections.add(connection)
        self._hosts[connection.host] += 1
        self.counters.connections = len(self._connections)
        return True

    def _remove(self, connection: Connection) -> None:
        if connection in self._connections:
            self._connections.discard(connection)
            self._release_host(connection.host)
            self.counters.connections = len(self._connections)

    def _release_host(self, host: str) -> None:
        self._hosts[host] -= 1
        if not self._hosts[host]:
            del self._hosts[host]

    async def _check_connections(self) -> None:
        checks = 0
        while True:
            await asyncio.sleep(CHECK_EVERY_SECONDS)
            now = time.monotonic()
            for connection in list(self._connections):
                connection.check_timeouts(now)
            checks += 1
            if checks % SWEEP_EVERY_CHECKS == 0:
                self._broker.sweep()


async def _wait_until(condition: Callable[[], bool], seconds: float) -> None:
    """Wait for the condition, at most so long. It is polled, since it is used only when the program ends."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:  # noqa: ASYNC110 (no event to wait for)
        await asyncio.sleep(_STOP_STEP_SECONDS)
