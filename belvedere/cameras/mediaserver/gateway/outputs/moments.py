"""Which moment a place on the line of time is, as the reports of a viewer's two tracks say it."""

from __future__ import annotations

import time

_NTP_EPOCH_SECONDS = 2_208_988_800  # 1900 to 1970
_NTP_SECOND = 1 << 32


class Moments:
    """One for all tracks of a viewer, who lays together what has the same moment (RFC 3550 §6.4.1).

    The first place that is asked for is now; a step of this machine's clock changes nothing later.
    """

    def __init__(self) -> None:
        self._origin: float | None = None

    def tell(self, ts: int, rate: int) -> int:
        """Return the moment as NTP has it: 32.32 bits of seconds. ts: on the line, in rate."""
        if self._origin is None:
            self._origin = time.time() + _NTP_EPOCH_SECONDS - ts / rate
        return int((self._origin + ts / rate) * _NTP_SECOND)
