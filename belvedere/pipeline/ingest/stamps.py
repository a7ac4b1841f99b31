"""The times that the server puts on readings without one."""

from __future__ import annotations

from belvedere.pipeline.stream.port import DeviceHandle

# A clock that is set back by less (an NTP correction) lets stamps go on by 1 ms a reading. One that is set back further
# is followed: else the readings of the next hour would get times within one second.
MOST_CREPT_MS = 5_000


class Stamps:
    """Stamps of one device, strictly increasing over MQTT and HTTP, unless the server's clock is set back.

    now_ms: receipt of the current body. first_ms: the first stamp of that body, 0 for none yet; a caller that sets
    now_ms sets it to 0.
    """

    __slots__ = ("_device", "first_ms", "now_ms")

    def __init__(self, device: DeviceHandle, now_ms: int = 0) -> None:
        self._device = device
        self.now_ms = now_ms
        self.first_ms = 0

    def next(self) -> int:
        """The time of the next reading."""
        device, now_ms = self._device, self.now_ms
        if now_ms < device.stamped_at_ms - MOST_CREPT_MS:
            device.last_stamp_ms = 0
        device.stamped_at_ms = now_ms
        device.last_stamp_ms = ts = max(now_ms, device.last_stamp_ms + 1)
        if not self.first_ms:
            self.first_ms = ts
        return ts
