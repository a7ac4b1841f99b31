"""Decide when a camera's absence and its return are announced. Pure."""

from __future__ import annotations

from enum import Enum

OFFLINE_AFTER_SECONDS = 10.0  # a reconnect or a restart of the gateway takes less; nobody is woken for it
ARRIVING_AFTER_SECONDS = 60.0  # its video comes; the first key frame may be far, and it is not gone
NEVER_LIVE_AFTER_SECONDS = 300.0  # whoever has just added it is still looking for the address or the password


class News(Enum):
    """What should be announced."""

    NOTHING = "nothing"
    OFFLINE = "offline"
    LIVE = "live"


class Watch:
    """Watches one camera. Each change is announced once; `live` also at first sight, to end an old alert."""

    def __init__(self) -> None:
        self._announced = News.NOTHING
        self._absent_since: float | None = None

    def observe(self, live: bool, now: float, ever_live: bool = True, arriving: bool = False) -> News:
        """Return what should be announced; call `mark_announced` afterwards.

        now: seconds, monotonic. ever_live: whether the camera has ever shown a picture. arriving: see CameraStatus.
        """
        if live:
            self._absent_since = None
            return self._drop_announced(News.LIVE)
        if self._absent_since is None:
            self._absent_since = now
        known = ever_live or self._announced is News.LIVE
        patience = ARRIVING_AFTER_SECONDS if arriving else OFFLINE_AFTER_SECONDS
        if now - self._absent_since < (patience if known else NEVER_LIVE_AFTER_SECONDS):
            return News.NOTHING
        return self._drop_announced(News.OFFLINE)

    def mark_announced(self, news: News) -> None:
        """Remember that this was announced, so that it is not announced again."""
        self._announced = news

    def _drop_announced(self, news: News) -> News:
        return News.NOTHING if news is self._announced else news
