"""What the web processes read of all partitions: ranges and present values, exact up to the last commit."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from belvedere.readings.store.cluster.fence import load_row
from belvedere.readings.store.cluster.history import History
from belvedere.readings.store.cluster.memory import Memory
from belvedere.readings.store.cluster.mongo import Mongo
from belvedere.readings.store.cluster.mysql import MySql
from belvedere.readings.store.cluster.quarantine import ClusterQuarantine
from belvedere.readings.store.cluster.windows import Tables
from belvedere.readings.store.port import StoreUnavailable
from belvedere.readings.store.sides import QuarantineSide, RangesSide

FRESH_SECONDS = 0.2  # a chart asks several questions one after the other: they are answered as of one look
Present = tuple[int, float, int]


class Replica:
    """The log of one partition in this process, brought up to date when somebody asks."""

    def __init__(self, part: int, mysql: MySql, tables: Tables) -> None:
        self._mysql = mysql
        self.memory = Memory(part)
        self.history = History(self.memory, tables)
        self._lock = threading.Lock()
        self._loaded = False
        self._looked = float("-inf")

    def catch_up(self) -> Replica:
        """Take up what is committed. Raises StoreUnavailable or StoreBroken."""
        with self._lock:
            if time.monotonic() - self._looked >= FRESH_SECONDS:
                loaded, self._loaded = self._loaded, False  # where this fails half-way, all is loaded next time
                with self._mysql.snapshot() as cursor:
                    row = load_row(cursor, self.memory.part)
                    (self.memory.catch_up if loaded else self.memory.load)(cursor, row)
                self._loaded = True
                self._looked = time.monotonic()
        return self


class ClusterReader(RangesSide, QuarantineSide):
    """HistoryReader and Quarantine over all partitions (port.py). Any thread.

    partition_of: series -> its partition, None where the registry does not know the series.
    """

    def __init__(self, mysql: MySql, mongo: Mongo, partition_of: Callable[[int], int | None]) -> None:
        self._mysql = mysql
        self._tables = Tables(mongo)
        self._partition_of = partition_of
        self._replicas: dict[int, Replica] = {}
        self._lock = threading.Lock()
        self._quarantine = ClusterQuarantine(mysql)

    def _get_replica(self, part: int) -> Replica:
        with self._lock:
            replica = self._replicas.get(part)
            if replica is None:
                replica = self._replicas[part] = Replica(part, self._mysql, self._tables)
        return replica.catch_up()

    def find_ranges(self, series: int) -> History:
        """The history of its partition, brought up to date. Raises StoreUnavailable or StoreBroken."""
        part = self._partition_of(series)
        if part is None:
            raise StoreUnavailable(f"Series {series} is not in the registry of this process yet.")
        return self._get_replica(part).history

    # --- present values ---------------------------------------------------------------------------

    @property
    def present(self) -> Mapping[int, Present]:
        """Series -> (effective time, value, ts), of all partitions; each look-up asks the one of its series."""
        return _Present(self)

    def present_of(self, series_ids: Iterable[int]) -> dict[int, Present]:
        """Return the present values of those series that have one. Raises StoreUnavailable or StoreBroken."""
        wanted: defaultdict[int, list[int]] = defaultdict(list)
        for series in series_ids:
            part = self._partition_of(series)
            if part is not None:
                wanted[part].append(series)
        found: dict[int, Present] = {}
        for part, some in wanted.items():
            present = self._get_replica(part).memory.present
            found.update((series, present[series]) for series in some if series in present)
        return found

    def read_all_present(self) -> dict[int, Present]:
        """Return all present values of all partitions."""
        found: dict[int, Present] = {}
        for (part,) in self._mysql.fetch("SELECT part FROM readings_fence ORDER BY part"):
            found.update(self._get_replica(part).memory.present)
        return found


class _Present(Mapping[int, Present]):
    """Present values, looked up when they are asked for."""

    def __init__(self, reader: ClusterReader) -> None:
        self._reader = reader

    def __getitem__(self, series: int) -> Present:
        return self._reader.present_of([series])[series]

    def __iter__(self) -> Iterator[int]:
        return iter(self._reader.read_all_present())

    def __len__(self) -> int:
        return len(self._reader.read_all_present())
