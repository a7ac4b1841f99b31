"""A device whose clock stands still: told on its page, for its readings are squeezed into one second."""

from __future__ import annotations

from typing import NamedTuple

from belvedere.domain.trouble import TroubleCode
from belvedere.pipeline.ingest.port import Troubles
from belvedere.pipeline.stream.port import Record

SECOND_MS = 1000
STILL_MS = 10_000  # so long after the first reading of one second no more of it can come from a clock that runs
STILL_READINGS = 5
_MOST_DEVICES = 20_000


class _Squeezed(NamedTuple):
    """Since when readings of this second were moved to a later millisecond, and in how many records."""

    second: int
    since_ms: int
    records: int


class StillClocks:
    """Hears of each record of which a value was moved because another value had its time."""

    def __init__(self, troubles: Troubles) -> None:
        self._troubles = troubles
        self._squeezed: dict[str, _Squeezed] = {}

    def hear_adjusted(self, record: Record) -> None:
        """A clock of whole seconds brings such readings too, but goes on to the next second."""
        key = record.device.data_key
        second = record.readings[-1].ts_ms // SECOND_MS
        before = self._squeezed.get(key)
        if before is None or before.second != second:
            if len(self._squeezed) >= _MOST_DEVICES:
                self._squeezed.clear()
            self._squeezed[key] = _Squeezed(second, record.received_ms, 1)
            return
        now = self._squeezed[key] = before._replace(records=before.records + 1)
        if now.records >= STILL_READINGS and record.received_ms - now.since_ms >= STILL_MS:
            detail = f"Its readings go on to say {second * SECOND_MS} ms."
            self._troubles.tell(record.device, TroubleCode.CLOCK_STANDS_STILL, detail)
