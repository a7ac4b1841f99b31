"""Reports a device whose clock stands still, since all its readings get times within one second."""

from __future__ import annotations

from typing import NamedTuple

from belvedere.domain.trouble import TroubleCode
from belvedere.pipeline.ingest.port import Troubles
from belvedere.pipeline.stream.port import Record

SECOND_MS = 1000
STILL_MS = 10_000  # a running clock sends no reading of a second so long after the first one of it
STILL_READINGS = 5
_MOST_DEVICES = 20_000


class _Squeezed(NamedTuple):
    """A second whose readings are stored some ms later, since two have one time. since_ms: the first such record."""

    second: int
    since_ms: int
    records: int


class StillClocks:
    """Takes each record with a value that was stored later than its time, since another value had that time."""

    def __init__(self, troubles: Troubles) -> None:
        self._troubles = troubles
        self._squeezed: dict[str, _Squeezed] = {}

    def hear_adjusted(self, record: Record) -> None:
        """Readings were stored some ms after their time. A clock of whole seconds causes that too, but then goes on."""
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
