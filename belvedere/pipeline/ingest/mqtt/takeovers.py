"""A client that connects to one endpoint takes its session over from the connection that it left at another (3.1.4).

Each CONNECT is told to all endpoints through Redis, which numbers them by its clock: the connection with the smaller
number ends. While Redis is away both stay, until the older one's keep-alive has passed; whichever the balancer sends
a device to, both are the device's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol

import msgspec
import redis.asyncio
import structlog
from redis import RedisError

from belvedere.pipeline.ingest.mqtt.client import Client

log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0
AGAIN_SECONDS = 1.0
MOST_AT_ONCE = 500  # a site that comes back after a power cut is told in some messages

# ARGV: a message. -> microseconds of Redis's clock, which no FLUSHALL sets back.
_TELL = """
local time = redis.call('TIME')
local number = time[1] .. string.format('%06d', time[2])
redis.call('PUBLISH', KEYS[1], number .. ' ' .. ARGV[1])
return number
"""


class _Told(msgspec.Struct, array_like=True):
    endpoint: str
    clients: list[tuple[str, str]]  # device id, client id


class Clients(Protocol):
    """Those who are connected here (endpoint.py)."""

    def find_clients(self, device_id: str, client_id: str) -> Iterable[Client]:
        """The connection with this client id, if there is one."""

    def end_taken_over(self, client: Client) -> None:
        """Its session is at another endpoint now."""


class RedisTakeovers:
    """Event loop only. client, listener: of one Redis; the listener waits without a limit. name: of this endpoint."""

    def __init__(self, client: redis.asyncio.Redis, listener: redis.asyncio.Redis, name: str) -> None:
        self._channel = "belvedere:takeovers"
        self._tell = client.register_script(_TELL)
        self._heard_from = listener.pubsub(ignore_subscribe_messages=True)
        self._name = name
        self._clients: Clients
        self._untold: list[Client] = []
        self._telling: list[Client] = []
        self._overtaken: dict[tuple[str, str], int] = {}  # heard while those are being told
        self._woken = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, clients: Clients) -> None:
        """Tell and hear from now on."""
        self._clients = clients
        self._tasks = [asyncio.create_task(self._tell_all()), asyncio.create_task(self._hear())]

    async def stop(self) -> None:
        """No longer."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._heard_from.aclose()

    def announce(self, client: Client) -> None:
        """It has connected here."""
        self._untold.append(client)
        self._woken.set()

    async def _tell_all(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            while self._untold:
                self._telling, self._untold = self._untold[:MOST_AT_ONCE], self._untold[MOST_AT_ONCE:]
                await self._tell_some()

    async def _tell_some(self) -> None:
        told = _Told(self._name, [(client.device_id, client.client_id) for client in self._telling])
        try:
            number = int(await self._tell([self._channel], [msgspec.msgpack.encode(told)]))
        except RedisError as error:
            log.warning("takeovers_not_told", reason=str(error))
            number = 0
        telling, self._telling = self._telling, []
        overtaken, self._overtaken = self._overtaken, {}
        for client in telling:
            client.came = number
            if overtaken.get((client.device_id, client.client_id), 0) > number:
                self._clients.end_taken_over(client)

    async def _hear(self) -> None:
        while True:
            try:
                if not self._heard_from.subscribed:
                    await self._heard_from.subscribe(self._channel)
                message = await self._heard_from.get_message(timeout=LOOK_SECONDS)
            except RedisError as error:
                log.warning("takeovers_not_heard", reason=str(error))
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            if message is not None:
                self._read(message["data"])

    def _read(self, message: bytes) -> None:
        number, _, told = message.partition(b" ")
        try:
            self._take(int(number), msgspec.msgpack.decode(told, type=_Told))
        except (ValueError, msgspec.MsgspecError) as error:  # of another version, say
            log.warning("takeovers_not_read", reason=str(error))

    def _take(self, number: int, told: _Told) -> None:
        if told.endpoint == self._name:
            return
        for device_id, client_id in told.clients:
            for client in self._clients.find_clients(device_id, client_id):
                if client in self._telling:
                    self._overtaken[device_id, client_id] = number  # who came first is known when it has been told
                elif client.came < number and client not in self._untold:
                    self._clients.end_taken_over(client)
