"""Whether beat works: it notes each task that it has sent, for its own /readyz, and in Redis for `belvedere doctor`."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

import redis

KEY = "belvedere:beat"
KEPT_SECONDS = 600  # for so long Redis knows when it was
NOTE_SECONDS = 1.0
SILENT_SECONDS = 5.0  # a turn of each slot is due each second


class Pulse:
    """Of one process. monotonic: seconds; replaced in tests."""

    def __init__(self, client: redis.Redis, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._monotonic = monotonic
        self._last = monotonic()
        self._noted = -NOTE_SECONDS

    @property
    def silent_seconds(self) -> float:
        """Since it was noted last, or made."""
        return self._monotonic() - self._last

    def note(self) -> None:
        """What was due is in the queue of workers, or as much waits there as may."""
        self._last = self._monotonic()
        if self._last - self._noted < NOTE_SECONDS:
            return
        with contextlib.suppress(redis.RedisError):  # the next task is sent in a second
            self._client.set(KEY, 1, ex=KEPT_SECONDS)
            self._noted = self._last


def read_pulse(client: redis.Redis) -> float | None:
    """Return how many seconds ago beat sent a task; None where Redis does not know. Raises RedisError."""
    left_ms = int(client.pttl(KEY))
    return None if left_ms < 0 else KEPT_SECONDS - left_ms / 1000
