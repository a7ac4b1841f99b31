"""What ingest asks of others: who a device is, and whom to tell that it is there.

Implemented by: devices/directory.py, devices/presence.py and devices/troubles.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from belvedere.domain.trouble import TroubleCode
from belvedere.pipeline.stream.port import DeviceHandle


class Directory(Protocol):
    """Devices and their secrets, in memory: thousands connect at once after a power cut."""

    def authenticate(self, device_id: str, secret: str) -> DeviceHandle | None:
        """The device that both belong to, else None."""

    def get(self, device_id: str) -> DeviceHandle | None:
        """The device of this id, whoever asks."""

    def on_revoked(self, callback: Callable[[str], None]) -> None:
        """Call back, from any thread, with the id of a device whose credential holds no more."""


class Presence(Protocol):
    """Last seen, online or not, and how wrong the clock is. Memory only, called on the event loop."""

    def connected(self, device_id: str, protocol: str) -> int:
        """A connection was made; the number that tells it from later ones."""

    def disconnected(self, device_id: str, connection: int) -> None:
        """That connection is gone; nothing happens where a later one was made."""

    def seen(self, device_id: str, now_ms: int) -> None:
        """Something came from the device."""

    def posted(self, device_id: str, now_ms: int) -> None:
        """A body came over HTTP, where there is no connection to lose."""

    def clock_skew(self, device_id: str, skew_ms: int) -> None:
        """How far the device's clock is ahead of ours."""


class Troubles(Protocol):
    """What the device's page tells beside refused readings. Memory only, bounded; never called where all is well."""

    def tell(self, device: DeviceHandle, code: TroubleCode, detail: str) -> None:
        """Something went wrong. detail: what exactly, in English, safe to show."""


class Untold:
    """Troubles that nobody wants to hear of."""

    def tell(self, device: DeviceHandle, code: TroubleCode, detail: str) -> None:
        """Nothing."""
