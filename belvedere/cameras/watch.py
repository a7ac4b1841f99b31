"""When people are told that a camera is gone, and when that it is back. Pure."""

from __future__ import annotations

from enum import Enum

OFFLINE_AFTER_SECONDS = 10.0  # a reconnect or a restart of the gateway takes less; nobody is woken for it


class News(Enum):
    """What people should hear."""

    NOTHING = "nothing"
    OFFLINE = "offline"
    LIVE = "live"


class Watch:
    """One camera. Each piece of news comes once; `live` also at the first look, to end an alert of the last run."""

    def __init__(self) -> None:
        self._announced = News.NOTHING
        self._absent_since: float | None = None

    def observe(self, live: bool, now: float) -> News:
        """What should be heard; call `mark_announced` once it was. now: seconds, monotonic."""
        if live:
            self._absent_since = None
            return self._unless_announced(News.LIVE)
        if self._absent_since is None:
            self._absent_since = now
        if now - self._absent_since < OFFLINE_AFTER_SECONDS:
            return News.NOTHING
        return self._unless_announced(News.OFFLINE)

    def mark_announced(self, news: News) -> None:
        """People have heard it."""
        self._announced = news

    def _unless_announced(self, news: News) -> News:
        return News.NOTHING if news is self._announced else news
