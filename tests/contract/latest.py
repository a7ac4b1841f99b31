"""The keepers of latest values that the contract tries. A second one adds a subject to SUBJECTS."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Protocol

from redis import Redis

from belvedere.readings.latest.memory import MemoryLatest
from belvedere.readings.latest.port import TICK_SECONDS, Latest, State, Value
from belvedere.readings.latest.redis.copy import LatestCopy
from belvedere.readings.latest.redis.reader import bring_level
from belvedere.readings.latest.redis.writer import RedisLatestWriter

FARM = 1


class Subject:
    """One server's latest values, with time in hand."""

    def __init__(self, latest: Latest, now: list[float]) -> None:
        self.latest = latest
        self._now = now

    def pass_ticks(self, ticks: float = 1.0) -> None:
        self._now[0] += ticks * TICK_SECONDS

    def show(self, series: int, ts_ms: int, value: float, site: int = FARM) -> State:
        """A value comes, and the cursor moves."""
        self.latest.moved(site, series, ts_ms, value)
        self.pass_ticks()
        return self.latest.state(site)

    def whole(self, site: int = FARM) -> dict[int, tuple[int, float]]:
        return dict(self.latest.state(site).values)


class Maker(Protocol):
    """Makes a subject. url: of a Redis that runs."""

    def __call__(self, url: str) -> Subject: ...


def memory_latest(url: str) -> Subject:
    """The embedded one."""
    now = [1_000.0]
    return Subject(MemoryLatest(lambda: now[0]), now)


class WorkerAndWeb:
    """The two sides that the cluster has in processes of their own: a worker that sends after each commit, and the copy
    of a web process that is brought level when a tick has passed.
    """

    def __init__(self, url: str, now: list[float], prefix: str) -> None:
        self._client = Redis.from_url(url)
        self._prefix = prefix
        self._writer = RedisLatestWriter(self._client, 0, prefix)
        self._copy = LatestCopy()
        self._now = now
        self._level_at = 0.0
        self._version = 0
        self._committed: dict[int, tuple[int, int, float]] = {}
        self._intervals: dict[int, int] = {}
        self._flush()

    def _flush(self) -> None:
        self._version += 1
        everything = [(site, series, ts_ms, value) for series, (site, ts_ms, value) in self._committed.items()]
        self._writer.flush(self._version, lambda: everything)

    def _bring_level(self) -> None:
        bring_level(self._copy, self._client, self._prefix)
        self._level_at = self._now[0]

    def moved(self, site_id: int, series_id: int, ts_ms: int, value: float) -> None:
        self._committed[series_id] = (site_id, ts_ms, value)
        self._writer.moved(site_id, series_id, ts_ms, value)
        self._flush()

    def note_interval(self, site_id: int, series_id: int, interval_ms: int) -> None:
        self._intervals[series_id] = interval_ms
        self._writer.note_interval(site_id, series_id, interval_ms)

    def forget(self, site_id: int, series_id: int) -> None:
        self._committed.pop(series_id, None)
        self._intervals.pop(series_id, None)
        self._writer.forget(site_id, series_id)
        self._bring_level()

    def state(self, site_id: int) -> State:
        if self._now[0] - self._level_at >= TICK_SECONDS:
            self._bring_level()
        return self._copy.state(site_id)

    def known_values(self, site_id: int) -> Mapping[int, tuple[int, float]]:
        return self._copy.known_values(site_id)

    def since(self, site_id: int, cursor: str, only: Collection[int] | None = None) -> list[Value] | None:
        return self._copy.since(site_id, cursor, only)

    def intervals(self) -> dict[int, int]:
        return self._intervals | self._copy.intervals()


def redis_latest(url: str) -> Subject:
    """The cluster's. Keys of its own for each subject: another Redis, as it were."""
    now = [1_000.0]
    return Subject(WorkerAndWeb(url, now, f"{uuid.uuid4().hex}:"), now)


SUBJECTS: list[Maker] = [memory_latest, redis_latest]
