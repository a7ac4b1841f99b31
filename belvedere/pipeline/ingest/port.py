"""What ingest needs of other apps: authentication of devices, presence, troubles.

Implemented by: devices/directory.py, devices/presence.py and devices/troubles.py.
"""

from __future__ import annotations

from typing import Protocol

from belvedere.domain.trouble import TroubleCode
from belvedere.pipeline.stream.port import DeviceHandle


class Directory(Protocol):
    """Devices and their secrets, in memory: thousands connect at once after a power cut."""

    def authenticate(self, device_id: str, secret: str) -> DeviceHandle | None:
        """The device of this id and secret, else None."""

    def get(self, device_id: str) -> DeviceHandle | None:
        """The device of this id, without authentication."""


class Presence(Protocol):
    """Last seen, online or not, and how wrong the clock is. Memory only, called on the event loop."""

    def mark_connected(self, device_id: str, protocol: str) -> int:
        """A connection was made; gives a number that tells it from later ones."""

    def mark_disconnected(self, device_id: str, connection: int) -> None:
        """That connection is closed; nothing where a later one was made."""

    def mark_seen(self, device_id: str, now_ms: int) -> None:
        """Something came from the device."""

    def mark_posted(self, device_id: str, now_ms: int) -> None:
        """A body came over HTTP; without a connection, the time of the last one decides on `online`."""

    def set_clock_skew(self, device_id: str, skew_ms: int) -> None:
        """How far the device's clock is ahead of the server's, ms."""


class Troubles(Protocol):
    """What went wrong with a device, for its page. In memory and bounded; called only when something is wrong."""

    def tell(self, device: DeviceHandle, code: TroubleCode, detail: str) -> None:
        """Something went wrong. detail: what exactly, in English, safe to show."""

    def tell_stranger(self, claimed_id: str, host: str) -> None:
        """Somebody tried to log in with an id that no device has."""


class Untold:
    """Discards troubles."""

    def tell(self, device: DeviceHandle, code: TroubleCode, detail: str) -> None:
        """Nothing."""

    def tell_stranger(self, claimed_id: str, host: str) -> None:
        """Nothing."""
