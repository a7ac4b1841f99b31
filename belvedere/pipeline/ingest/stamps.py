"""The times that the server puts on readings that brought none."""

from __future__ import annotations

from belvedere.pipeline.stream.port import DeviceHandle

# What NTP takes back while the stamps creep on by 1 ms a reading. A clock that is set back further is followed, or
# the readings of the next hour would be told to be of one second.
MOST_CREPT_MS = 5_000


class Stamps:
    """Of one device, strictly increasing whichever way its readings come, unless the server's clock is set back.

    now_ms: receipt of the body at hand. first_ms: the first stamp of that body, 0 where it took none; whoever sets
    the one sets the other to 0.
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
