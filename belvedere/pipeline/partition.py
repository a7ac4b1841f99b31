"""One partition of the stream in the cluster: the worker's turn on the series of its devices alone.

Everything here belongs to whoever holds the partition. Where its store says that another worker has committed, or
cannot be reached, the caller throws the whole of it away and opens it anew: the stream gives the records again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar, Protocol

from django.db import Error as RegistryError

from belvedere.domain.changes import Change, ChangeKind, keys_of
from belvedere.pipeline.flow import Flow
from belvedere.pipeline.rulebook import Book, Now
from belvedere.pipeline.stream.port import Outlet, RecordsLost
from belvedere.pipeline.worker import MAINTENANCE_SECONDS, Store, Timekeeper, Worker
from belvedere.readings.store.port import Fenced, StoreBroken, StoreUnavailable
from belvedere.rules.evaluate.rule import CompiledRule


class FencedStore(Store, Protocol):
    """A store that several workers open: each commit succeeds only for the one that has seen the one before.

    heard: series -> when something of it was last committed, on the steady line.
    """

    @property
    def heard(self) -> Mapping[int, int]:
        """For the rules that wait for a silence."""


class PartitionBook:
    """The rule book as one partition sees it. owns: whether a series, or the device of an id, belongs to it.

    Time is followed once for all partitions, by the shared book.
    """

    def __init__(self, book: Book, owns_series: Callable[[int], bool], owns_device: Callable[[str], bool]) -> None:
        self._book = book
        self._owns_series = owns_series
        self._owns_device = owns_device
        self.map_watching = book.map_watching  # only asked for series of records, which are its own
        self.get_rule = book.get_rule

    def list_watched(self) -> list[tuple[CompiledRule, int]]:
        """Every (rule, series id) of this partition."""
        owns = self._owns_series
        return [pair for pair in self._book.list_watched() if owns(pair[1])]

    def list_ticking(self) -> list[tuple[CompiledRule, int]]:
        """Those that need every tick."""
        owns = self._owns_series
        return [pair for pair in self._book.list_ticking() if owns(pair[1])]

    def list_awaited(self) -> list[tuple[str, str]]:
        """(device id, metric) that a rule waits for."""
        return [pair for pair in self._book.list_awaited() if self._owns_device(pair[0])]

    def follow_time(self) -> bool:
        """Never changed here."""
        return False


class PartitionWorker(Worker):
    """Runs turn by turn in its caller's thread. owns_key: whether a device, by its data key, is of this partition.

    A turn raises what is no record's fault. Then nothing of this object may be used any more. has_room: whether the
    store may take more.
    """

    PASSING: ClassVar[tuple[type[Exception], ...]] = (StoreBroken, StoreUnavailable, RegistryError, Fenced, RecordsLost)

    def __init__(
        self,
        flow: Flow,
        outlet: Outlet,
        store: FencedStore,
        book: PartitionBook,
        timekeeper: Timekeeper,
        now: Callable[[], Now],
        owns_key: Callable[[str], bool],
        has_room: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__(flow, outlet, store, book, timekeeper, now)
        self._fenced_store = store
        self._owns_key = owns_key
        self._has_room = has_room

    def restore(self) -> None:
        """Take up the states where the last holder stopped: devices were heard all the time."""
        store = self._fenced_store
        self._flow.rules.restore(store.rule_states(), self._now(), heard=store.heard)
        self.take_up_rules()

    def apply(self, changes: Sequence[Change]) -> None:
        """As the embedded worker, for devices of this partition."""
        if keys_of(changes, ChangeKind.RULE, ChangeKind.SITE, ChangeKind.DEVICE_DELETED) or any(
            "retired" in change.data for change in changes
        ):
            self.take_up_rules()
        for change in changes:
            if change.kind is ChangeKind.DEVICE_DELETED and self._owns_key(change.data["data_key"]):
                self.errand(partial(self._store.drop_device, change.data["data_key"]))

    def wait_anew(self, since_ms: int) -> None:
        """Before this time devices were not heard without a pause: no silence of before counts."""
        self._flow.rules.wait_anew(since_ms)

    def _process(self, timeout_seconds: float) -> None:
        """Nothing where there is no room: the stream keeps it, and what lags is not silent."""
        if self._has_room():
            super()._process(timeout_seconds)

    def _wait_until_done(self, step: Callable[[], None]) -> None:
        """Once: who waits here would hold back the other partitions, and Celery's next message."""
        step()

    def _maintain(self) -> None:
        self._store.maintain(MAINTENANCE_SECONDS)
