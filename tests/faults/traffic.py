"""A device that never forgets what was acknowledged, whatever happens to the server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from belvedere.simulator.mqtt import Publisher, RefusedError

# A hot and a cold reading by turns, so that a rule at 35/34 opens and resolves with each turn.
COLD, HOT = 20.0, 40.0


@dataclass
class Recorder:
    """Sends readings 1 ms apart, numbered from `base_ms`, in order; sends again what was not acknowledged.

    turn: how many readings stay on one side of the rule.
    """

    device: str
    secret: str
    base_ms: int
    turn: int = 100
    burst: int = 20
    pause_seconds: float = 0.01
    sent: int = 0
    acknowledged: set[int] = field(default_factory=set)
    acknowledged_twice: int = 0
    connects: int = 0
    _unsettled: dict[int, None] = field(default_factory=dict)
    _connection: Publisher | None = None

    def value(self, number: int) -> float:
        """The temperature of a reading."""
        return HOT if number // self.turn % 2 else COLD

    def _body(self, number: int) -> bytes:
        return b'{"ts":%d,"values":{"temperature":%d}}' % (self.base_ms + number, self.value(number))

    def _settle(self, number: int) -> Callable[[], None]:
        def settle() -> None:
            if number in self.acknowledged:
                self.acknowledged_twice += 1
            self.acknowledged.add(number)
            self._unsettled.pop(number, None)

        return settle

    def _send(self, connection: Publisher, number: int) -> None:
        self._unsettled[number] = None
        connection.send(f"belvedere/v1/{self.device}/readings", self._body(number), self._settle(number))

    async def run(self, port: Callable[[], int]) -> None:
        """Send for ever; over kills and cuts."""
        while True:
            try:
                await self._session(port())
            except (RefusedError, OSError, TimeoutError):
                await asyncio.sleep(0.05)

    async def _session(self, port: int) -> None:
        connection = await Publisher.connect("127.0.0.1", port, self.device, self.secret, window=1000)
        self._connection = connection
        self.connects += 1
        try:
            for number in list(self._unsettled):
                await connection.wait_for_room()
                self._send(connection, number)
            due = time.monotonic()
            while not connection.closed.done():
                for _ in range(self.burst):
                    await connection.wait_for_room()
                    self._send(connection, self.sent)
                    self.sent += 1
                # What it takes to send is part of the pause; what was held up for longer is not made up for.
                due = max(due + self.pause_seconds, time.monotonic() - self.pause_seconds)
                await asyncio.sleep(max(0.0, due - time.monotonic()))
        finally:
            connection.cut()

    def cut(self) -> None:
        """Cut the TCP connection in the middle of whatever goes on."""
        if self._connection:
            self._connection.cut()

    @property
    def waiting(self) -> int:
        """How many readings are sent and not acknowledged."""
        return len(self._unsettled)

    async def settled(self, timeout_seconds: float) -> None:
        """Until all that was sent by now is acknowledged. Raises TimeoutError."""
        last = self.sent
        end = time.monotonic() + timeout_seconds
        while any(number < last for number in self._unsettled):
            if time.monotonic() > end:
                raise TimeoutError(f"{self.waiting} readings are not acknowledged")
            await asyncio.sleep(0.02)
