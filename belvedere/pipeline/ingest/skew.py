"""How wrong a device's clock is, reported when that changes and every 30 s."""

from __future__ import annotations

from belvedere.domain.clock import ServerClock
from belvedere.pipeline.ingest.judge import Decoded
from belvedere.pipeline.ingest.port import Presence
from belvedere.pipeline.ingest.timestamps import MAX_AGE_MS

WORTH_TELLING_MS = 1000
TELL_AGAIN_MS = 30_000  # presence forgets it else, and another connection may have reported another skew
_MOST_MS = 10**15  # a device can send any number; a larger skew is cut to this


class ClockSkew:
    """Compares the times that one device sends with the time of receipt.

    While the server's own clock is in doubt, nothing is reported of the device; its time then helps to judge the clock.
    """

    __slots__ = ("_clock", "_device_id", "_presence", "_told_at_ms", "_told_ms")

    def __init__(self, device_id: str, presence: Presence, clock: ServerClock) -> None:
        self._device_id = device_id
        self._presence = presence
        self._clock = clock
        self._told_ms: int | None = None
        self._told_at_ms = 0

    def judge(self, decoded: Decoded, claimed_ts_ms: int, now_ms: int) -> None:
        """Compare a body whose newest reading has the time `claimed_ts_ms`, accepted or not.

        A batch of past readings says nothing about the clock: the device may have kept it while it had no network.
        """
        skew = claimed_ts_ms - now_ms
        if -MAX_AGE_MS <= skew <= 0 and len(decoded.readings) + len(decoded.rejected) > 1:
            return
        told = self._told_ms
        if told is None or now_ms - self._told_at_ms >= TELL_AGAIN_MS or abs(skew - told) > WORTH_TELLING_MS:
            self._told_ms, self._told_at_ms = skew, now_ms
            if not self._clock.believed():
                self._clock.hear(self._device_id, claimed_ts_ms)
                return
            self._presence.set_clock_skew(self._device_id, max(-_MOST_MS, min(_MOST_MS, skew)))
