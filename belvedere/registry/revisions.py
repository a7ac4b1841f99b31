"""The number of the last registry change of each site: a page that has another one reads its lists again."""

from __future__ import annotations

from collections.abc import Sequence

from belvedere.domain.changes import Change
from belvedere.registry.log import newest


class SiteRevisions:
    """A reader of the registry's log. `seq_of` answers from memory, from any thread."""

    def __init__(self) -> None:
        self._loaded_at = 0
        self._last: dict[int, int] = {}

    def load(self) -> None:
        """What changed before is not told apart: pages of every site read their lists once more."""
        self._loaded_at = newest()
        self._last = {}

    def apply(self, changes: Sequence[Change]) -> None:
        """Note the sites that these lines name; a line without a site is about nothing that its pages show."""
        for change in changes:
            site_id = change.data.get("site_id")
            if site_id is not None:
                self._last[site_id] = change.n

    def seq_of(self, site_id: int) -> int:
        """The number of the site's last change; before the first one, the log's number at the start."""
        return self._last.get(site_id, self._loaded_at)
