"""What the programs on an event loop have alike: how they start and stop."""

from __future__ import annotations

import ssl
from abc import ABC, abstractmethod

from belvedere.config.wiring.parts import Part, start_parts, stop_parts


class Program(ABC):
    """Parts that start in order and stop in reverse. takes_devices: whether it listens for MQTT."""

    takes_devices = True
    _context: ssl.SSLContext | None = None

    @abstractmethod
    def _list_parts(self) -> tuple[Part, ...]:
        """In the order of starting."""

    async def start(self, context: ssl.SSLContext | None) -> None:
        """Bring everything up, in order."""
        self._context = context
        await start_parts(self._list_parts())

    async def stop(self) -> None:
        """Everything down, last started first."""
        await stop_parts(self._list_parts())
