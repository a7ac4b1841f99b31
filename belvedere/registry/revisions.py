"""The number of the last registry change of each site: a page that has another one reads its lists again."""

from __future__ import annotations

from collections.abc import Sequence

from belvedere.domain.changes import Change
from belvedere.registry.log import KEPT_CHANGES, last_of_sites, newest


class SiteRevisions:
    """A reader of the registry's log. `seq_of` answers from memory, from any thread.

    Processes that have read equally far give the same numbers, however long they have run: else a page that polls now
    one and now the other would read its lists each time.
    """

    def __init__(self) -> None:
        self._read_to = 0
        self._last: dict[int, int] = {}

    def load(self) -> None:
        """The last line of each site that the log still has."""
        self._read_to = newest()  # before it reads: no line that is read counts for forgotten
        self._last = last_of_sites()

    def apply(self, changes: Sequence[Change]) -> None:
        """Note the sites that these lines name; a line without a site is about nothing that its pages show."""
        for change in changes:
            site_id = change.data.get("site_id")
            if site_id is not None:
                self._last[site_id] = change.n
        self._read_to = changes[-1].n

    def seq_of(self, site_id: int) -> int:
        """The number of the site's last change; 0 where that is so long ago that the log may have lost it."""
        n = self._last.get(site_id, 0)
        return n if n > self._read_to - KEPT_CHANGES else 0
