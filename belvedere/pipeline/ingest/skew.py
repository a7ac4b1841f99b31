"""How wrong a device's clock is, told when that changes and now and then."""

from __future__ import annotations

from belvedere.pipeline.ingest.port import Presence

WORTH_TELLING_MS = 1000
TELL_AGAIN_MS = 30_000  # presence forgets what is not confirmed
_MOST_MS = 10**15  # a clock can claim any number; beyond this it is only "wrong"


class ClockSkew:
    """Compares the times that one device claims with the time of receipt."""

    __slots__ = ("_device_id", "_presence", "_told_at_ms", "_told_ms")

    def __init__(self, device_id: str, presence: Presence) -> None:
        self._device_id = device_id
        self._presence = presence
        self._told_ms: int | None = None
        self._told_at_ms = 0

    def claimed(self, ts_ms: int, now_ms: int) -> None:
        """A reading came with this time on it, believed or not."""
        told, skew = self._told_ms, ts_ms - now_ms
        changed = told is None or not -WORTH_TELLING_MS <= skew - told <= WORTH_TELLING_MS
        if changed or now_ms - self._told_at_ms >= TELL_AGAIN_MS:
            self._told_ms, self._told_at_ms = skew, now_ms
            self._presence.clock_skew(self._device_id, max(-_MOST_MS, min(_MOST_MS, skew)))
