"""The words of the registry's log: what can change in the registry, and who reads of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple, Protocol


class ChangeKind(StrEnum):
    """What a change is about, and what its key is."""

    DEVICE = "device"  # made, edited, its credential changed; key: its id; data: retired, where that changed
    DEVICE_DELETED = "device_deleted"  # with its series and their rules; key: its id; data: data_key, site_id, series
    SERIES = "series"  # made or edited; key: the id of its device
    RULE = "rule"  # made, edited, deleted; key: its id
    CAMERA = "camera"  # made, edited, deleted; key: its id
    SITE = "site"  # itself, its zones or its away switch edited; key: its id
    PERSON = "person"  # may do more or less than before; key: the user's id


class Change(NamedTuple):
    """One entry of the log. n: 1, 2, 3 ... in the order of the commits, without gaps.

    data: `site_id` where the pages of that site show what changed.
    """

    n: int
    kind: ChangeKind
    key: str
    data: Mapping[str, Any]


class Reader(Protocol):
    """Keeps something of the registry in memory. What was applied once may be applied again.

    Implemented by: accounts/rights.py, devices/directory.py, devices/presence.py, devices/presence_replica.py,
    devices/troubles.py, rules/book.py, readings/latest/deletion.py, registry/revisions.py,
    cameras/supervisor.py, pipeline/worker.py, pipeline/ingest/mqtt/endpoint.py.
    """

    def load(self) -> None:
        """Read everything anew: at the start, and where changes were missed. In a thread that may use the ORM."""

    def apply(self, changes: Sequence[Change]) -> None:
        """These were committed, in this order. In whichever thread looked into the log; it may use the ORM."""


# Waited for on the event loop, before something is refused that memory does not know: done once what another process
# had committed by then is applied, or after a short time without (registry/tail.py).
CatchUp = Callable[[], asyncio.Future[None]]


def keys_of(changes: Sequence[Change], *kinds: ChangeKind) -> list[str]:
    """The keys of the changes of these kinds, each once, in order."""
    return list(dict.fromkeys(change.key for change in changes if change.kind in kinds))
