"""The worker's side: what its commits moved goes to Redis, and everything where Redis lacks something."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from redis import Redis

from belvedere.readings.latest.redis import scripts
from belvedere.readings.latest.redis.scripts import BEHIND, ROWS_A_CALL, TAKEN, Sent

TRIES = 3  # Redis may be started anew while everything is sent to it

Rows = Callable[[], Iterable[tuple[int, int, int, float]]]  # (site, series, effective time, value)


class _Scripts(NamedTuple):
    put: Any  # redis's Script: called with keys and args
    forget: Any


class RedisLatestWriter:
    """The values of one partition. One thread; `flush` and `forget` raise redis.RedisError.

    client: answers in bytes. prefix: of the keys, where several installations share a Redis.
    """

    def __init__(self, client: Redis, partition: int, prefix: str = "belvedere:") -> None:
        self._partition = partition
        self._keys = scripts.keys(prefix)
        self._scripts = _Scripts(client.register_script(scripts.PUT), client.register_script(scripts.FORGET))
        self._moved: dict[int, Sent] = {}
        self._noted: dict[int, float] = {}
        self._flushed = ""  # the version up to which this writer knows Redis to have all

    def moved(self, site_id: int, series_id: int, ts_ms: int, value: float) -> None:
        """A newer value was committed; it goes out with `flush`."""
        self._moved[series_id] = Sent(series_id, site_id, ts_ms, value, self._noted.get(series_id, 0.0))

    def note_interval(self, _site_id: int, series_id: int, interval_ms: int) -> None:
        """What is known of a series that Redis may not have yet."""
        self._noted[series_id] = interval_ms

    def forget(self, site_id: int, series_id: int) -> None:
        """The series is deleted."""
        self._moved.pop(series_id, None)
        self._noted.pop(series_id, None)
        self._scripts.forget(self._keys, [_make_epoch(), site_id, series_id])

    def flush(self, version: int, everything: Rows) -> None:
        """Bring Redis up to this version of the partition: after each commit, at its opening, and now and then.

        Without anything to send it costs one short call, which finds out whether Redis has lost what it had.
        everything: asked for where it has.
        """
        moved, self._moved = self._moved, {}
        before, self._flushed = self._flushed, ""
        verdict = self._put(before, str(version), moved.values())
        if verdict == BEHIND:
            verdict = self._put_everything(str(version), everything)
        if verdict == TAKEN:
            self._flushed = str(version)

    def _put_everything(self, version: str, everything: Rows) -> int:
        noted = self._noted.get
        rows = [Sent(series, site, ts_ms, value, noted(series, 0.0)) for site, series, ts_ms, value in everything()]
        for _ in range(TRIES):
            if self._put("", version, rows, is_whole=True) == TAKEN:
                return TAKEN
        return BEHIND

    def _put(self, before: str, version: str, values: Iterable[Sent], *, is_whole: bool = False) -> int:
        rows = list(values)
        chunks = [rows[first : first + ROWS_A_CALL] for first in range(0, len(rows), ROWS_A_CALL)] or [[]]
        epoch = b""
        for at, chunk in enumerate(chunks, 1):
            ask = [_make_epoch(), self._partition, before, version, int(is_whole), epoch, int(at == len(chunks))]
            verdict, met = self._scripts.put(self._keys, [*ask, scripts.pack(chunk)])
            if verdict != TAKEN:
                return int(verdict)
            epoch = met
        return TAKEN


def _make_epoch() -> str:
    return secrets.token_hex(4)
