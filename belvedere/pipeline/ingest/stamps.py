"""The times that the server puts on readings that brought none."""

from __future__ import annotations

from belvedere.pipeline.stream.port import DeviceHandle


class Stamps:
    """Of one device, strictly increasing whichever way its readings come. now_ms: receipt of the body at hand."""

    __slots__ = ("_device", "now_ms")

    def __init__(self, device: DeviceHandle, now_ms: int = 0) -> None:
        self._device = device
        self.now_ms = now_ms

    def next(self) -> int:
        """The time of the next reading."""
        device = self._device
        device.last_stamp_ms = ts = max(self.now_ms, device.last_stamp_ms + 1)
        return ts
