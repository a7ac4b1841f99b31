"""What was read of a site's registry, kept in memory while the registry stands where it stood."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

from belvedere.accounts.models import Site
from belvedere.domain.provided import Provided

KEPT_SECONDS = 60.0  # for what the registry's log does not tell, such as an interval that was learned

# The number of a site's last registry change; where nobody counts them, nothing is kept.
registry_number: Provided[Callable[[int], int | None]] = Provided("numbers of the registry", lambda _site_id: None)

T = TypeVar("T")


class _Kept(NamedTuple, Generic[T]):
    number: int
    read_at: float
    value: T


class SiteCache(Generic[T]):
    """read: makes the value from the database. most: sites kept at once; one more displaces the least recently used."""

    def __init__(self, read: Callable[[Site], T], most: int) -> None:
        self._read = read
        self._most = most
        self._kept: dict[int, _Kept[T]] = {}
        self._lock = Lock()

    def get(self, site: Site) -> T:
        """As it was read for a former call, while no change of the registry has come since."""
        number, now = registry_number()(site.pk), time.monotonic()
        if number is None:
            return self._read(site)
        with self._lock:
            kept = self._kept.pop(site.pk, None)
            if kept is not None and kept.number == number and now - kept.read_at < KEPT_SECONDS:
                self._kept[site.pk] = kept  # at the end again: in the order in which they were asked for
                return kept.value
        value = self._read(site)
        with self._lock:
            self._kept[site.pk] = _Kept(number, now, value)
            while len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]
        return value

    def clear(self) -> None:
        """Forget everything, for tests, whose sites have the same numbers."""
        with self._lock:
            self._kept.clear()
