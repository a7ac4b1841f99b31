"""Plays devices live over MQTT: each on its own connection, with its will, its buffer and its faults."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from belvedere.simulator.curves import seed_of
from belvedere.simulator.faults import Fault, apply
from belvedere.simulator.mqtt import Publisher, RefusedError
from belvedere.simulator.scenarios import DeviceScript

# What a small device can hold while the server is away: half an hour at 5 s.
BUFFER_MESSAGES = 360


@dataclass
class Tally:
    """What all devices of a run did so far."""

    connected: int = 0
    sent: int = 0
    acknowledged: int = 0
    reconnects: int = 0
    dropped: int = 0
    slowest_ack_ms: float = 0.0


@dataclass
class Player:
    """One device that sends a reading every interval until `stop`.

    wait: as Event.wait with a timeout; True when it is time to stop.
    """

    script: DeviceScript
    secret: str
    host: str
    port: int
    tally: Tally
    faults: list[Fault] = field(default_factory=list)
    _buffer: deque[bytes] = field(default_factory=lambda: deque(maxlen=BUFFER_MESSAGES))

    @property
    def topic(self) -> str:
        """Prefix of the device's own topics."""
        return f"belvedere/v1/{self.script.id}"

    async def run(self, stop: asyncio.Event) -> None:
        """Connect, play, and connect again until stopped. Raises RefusedError when the credential is wrong."""
        async with asyncio.TaskGroup() as tasks:
            measuring = tasks.create_task(self._measure())
            sending = tasks.create_task(self._stay_connected())
            await stop.wait()
            measuring.cancel()
            sending.cancel()

    async def _measure(self) -> None:
        """Fill the buffer every interval, connected or not."""
        interval = self.script.interval_seconds
        # Devices do not tick together: each has its own place in the interval.
        due = time.time() + interval * (seed_of(self.script.id) % 1000) / 1000
        while True:
            await asyncio.sleep(max(0.0, due - time.time()))
            sent = apply(self.faults, due, self.script.play(due))
            if sent:
                if len(self._buffer) == BUFFER_MESSAGES:
                    self.tally.dropped += 1
                self._buffer.append(json.dumps({"ts": sent.ts_ms, "values": sent.values}).encode())
                self._ready.set()
            due += interval
            if due < time.time() - 60:  # the machine slept: go on from now, without making up for it
                due = time.time()

    def __post_init__(self) -> None:
        self._ready = asyncio.Event()

    async def _stay_connected(self) -> None:
        pause = 0.0
        while True:
            try:
                await asyncio.sleep(pause)
                await self._play_session()
                pause = 0.0
            except RefusedError as error:
                if error.permanent:
                    raise
            except (OSError, TimeoutError):
                pass
            self.tally.reconnects += 1
            # Spread out: else a thousand devices reconnect at the same moment after a power cut.
            pause = min(30.0, pause * 2 + 0.2 + random.random() * 0.3)  # noqa: S311 (no secret)

    async def _play_session(self) -> None:
        will = (self.topic + "/status", b"offline")
        publisher = await Publisher.connect(self.host, self.port, self.script.id, self.secret, will=will)
        self.tally.connected += 1
        unacknowledged: dict[int, bytes] = {}
        try:
            publisher.send(self.topic + "/status", b"online", lambda: None, retain=True)
            while not publisher.closed.done():
                await self._drain(publisher, unacknowledged)
        finally:
            self.tally.connected -= 1
            # Unacknowledged messages are sent again on the next connection, before newer readings.
            self._buffer.extendleft(reversed(unacknowledged.values()))
            publisher.cut() if unacknowledged else await publisher.close()

    async def _drain(self, publisher: Publisher, unacknowledged: dict[int, bytes]) -> None:
        while self._buffer and not publisher.closed.done():
            await publisher.wait_for_room()
            body = self._buffer.popleft()
            number = self.tally.sent
            unacknowledged[number] = body
            publisher.send(self.topic + "/readings", body, self._make_callback(unacknowledged, number))
            self.tally.sent += 1
        self._ready.clear()
        ready = asyncio.ensure_future(self._ready.wait())
        try:
            await asyncio.wait((ready, publisher.closed), return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()

    def _make_callback(self, unacknowledged: dict[int, bytes], number: int) -> Callable[[], None]:
        sent_at = time.perf_counter()

        def acknowledged() -> None:
            unacknowledged.pop(number, None)
            self.tally.acknowledged += 1
            self.tally.slowest_ack_ms = max(self.tally.slowest_ack_ms, (time.perf_counter() - sent_at) * 1000)

        return acknowledged


async def play(players: Sequence[Player], stop: asyncio.Event) -> None:
    """Play all devices until `stop`; a refused device ends the run with its error."""
    async with asyncio.TaskGroup() as tasks:
        for player in players:
            tasks.create_task(player.run(stop))
