"""Two workers of the cluster over one partition, and the faults that strike them: for test_store_fence.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from pymongo.errors import ServerSelectionTimeoutError

from belvedere.domain.clock import ServerClock, Sources
from belvedere.pipeline.rulebook import Now, RuleStates
from belvedere.readings.store.batch import Batch
from belvedere.readings.store.cluster.mongo import Mongo
from belvedere.readings.store.cluster.mysql import MySql, OutcomeUnknown
from belvedere.readings.store.cluster.retention import STEP_SECONDS, Retention
from belvedere.readings.store.cluster.store import ClusterStore
from belvedere.readings.store.port import Keep, Store
from belvedere.rules.conditions import Above, NoData, Rate
from belvedere.rules.evaluate.rule import CompiledRule, compile_rule
from tests.contract.cluster_stores import RESTLESS
from tests.contract.stores import EVER

START = 1_763_899_200_000  # the begin of an hour
STEP_MS = 5_000
RULES = (
    compile_rule(1, 1, 1, Above(30.0, 28.0)),
    compile_rule(2, 1, 1, Above(25.0, 24.0, for_seconds=20)),
    compile_rule(3, 1, 1, Rate(60.0, "any", 60)),
    compile_rule(4, 1, 1, NoData(30)),
)
WATCHED = (1, 2)
KEEP = {series: Keep(9_999, 9_999) for series in (1, 2, 3)}
NOT_KEPT = {series: Keep(0, 9_999) for series in (1, 2, 3)}


class Book:
    """Each rule on each watched series."""

    def map_watching(self) -> dict[int, tuple[CompiledRule, ...]]:
        return dict.fromkeys(WATCHED, RULES)

    def get_rule(self, rule_id: int) -> CompiledRule | None:
        return next((rule for rule in RULES if rule.id == rule_id), None)

    def list_watched(self) -> list[tuple[CompiledRule, int]]:
        return [(rule, series) for rule in RULES for series in WATCHED]

    def follow_time(self) -> bool:
        return False

    def list_ticking(self) -> list[tuple[CompiledRule, int]]:
        return [(rule, series) for rule, series in self.list_watched() if rule.silence]

    def list_awaited(self) -> list[tuple[str, str]]:
        return []


class Entry(NamedTuple):
    """What the stream has at one offset: readings as (series, age in steps, value), or a tick where there are none."""

    at_ms: int
    rows: tuple[tuple[int, int, float], ...]


def stage(entry: Entry, offset: int, store: Store, states: RuleStates) -> tuple[Batch, RuleStates.Changes]:
    """The batch of one entry, as flow.py makes it."""
    batch, changes = store.stage(), states.changes(Now(entry.at_ms, entry.at_ms))
    for series, age, value in entry.rows:
        ts = entry.at_ms - age * STEP_MS
        verdict = batch.add(series, ts, value, entry.at_ms)
        rules = changes.rules_of(series)
        if rules and verdict.name in ("NEW", "ADJUSTED"):
            at_ms = min(ts if verdict.name == "NEW" else batch.placed_ms, entry.at_ms)
            changes.sample(rules, series, at_ms, value, entry.at_ms)
    if not entry.rows:
        changes.tick(entry.at_ms, lambda _for_ms: entry.at_ms)
    changes.into(batch)
    batch.position = offset + 1
    return batch, changes


def take_up(store: Store, states: RuleStates, now: Now) -> None:
    """Judge the pairs that nobody has judged yet."""
    changes, batch = states.changes(now), store.stage()
    changes.evaluate_present()
    changes.into(batch)
    if not batch.empty:
        store.commit(batch)
    changes.adopt()


class Killed(BaseException):
    """The process ends here."""


class Fault(NamedTuple):
    """What happens to a worker at the n-th point that it passes. name: one of FAULTS."""

    name: str
    point: int


class Faults:
    """Ends the process, loses its connection, or lets the other worker run, at a point.

    meanwhile: what the other worker does then.
    """

    def __init__(self) -> None:
        self.left: int | None = None
        self.lost: str | None = None
        self.meanwhile: Callable[[], None] | None = None
        self.away = False

    def arm(self, fault: Fault | None, meanwhile: Callable[[], None]) -> None:
        self.left = self.lost = self.meanwhile = None
        if fault is None:
            return
        if fault.name in LOST:
            self.lost = fault.name
        else:
            self.left = fault.point
            self.meanwhile = meanwhile if fault.name == "meanwhile" else None

    def pass_point(self, *, locked: bool = False) -> None:
        """locked: in a transaction, where the other worker could do nothing but wait."""
        if self.left is not None and not (locked and self.meanwhile):
            self.left -= 1
            if self.left < 0:
                self.left = None
                if self.meanwhile is None:
                    raise Killed
                self.meanwhile()

    def take_lost(self, when: str) -> bool:
        lost = self.lost == when
        self.lost = None if lost else self.lost
        return lost


LOST = ("before the commit", "after the commit")
FAULTS = ("killed", "meanwhile", *LOST)


class FaultyCursor:
    """A cursor with a point before each statement."""

    def __init__(self, cursor: Any, faults: Faults) -> None:
        self._cursor = cursor
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        if name.startswith("execute"):
            self._faults.pass_point(locked=True)
        return getattr(self._cursor, name)


class FaultyMySql(MySql):
    """Points around each commit as well, and commits whose outcome nobody is told."""

    def __init__(self, url: str, faults: Faults) -> None:
        super().__init__(url)
        self._faults = faults

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        self._faults.pass_point()
        with super().transaction() as cursor:
            yield FaultyCursor(cursor, self._faults)
            self._faults.pass_point(locked=True)
            if self._faults.take_lost("before the commit"):
                raise OutcomeUnknown
        if self._faults.take_lost("after the commit"):
            raise OutcomeUnknown
        self._faults.pass_point()


class FaultyCollection:
    """A collection with points before, amid and after each write. Nothing answers while its server is away."""

    def __init__(self, collection: Any, faults: Faults) -> None:
        self._collection = collection
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        if self._faults.away:
            raise ServerSelectionTimeoutError("no server")
        return getattr(self._collection, name)

    def bulk_write(self, writes: list[Any], **options: Any) -> Any:
        self._faults.pass_point()
        half = len(writes) // 2
        if half and self._faults.left == 0:
            self._collection.bulk_write(writes[:half], **options)
        self._faults.pass_point()
        done = self._collection.bulk_write(writes, **options)
        self._faults.pass_point()
        return done


class FaultyMongo(Mongo):
    """A MongoDB whose writes have such points."""

    def __init__(self, url: str, faults: Faults) -> None:
        super().__init__(url, journal=False)
        self._faults = faults

    def collection(self, name: str) -> Any:
        return FaultyCollection(super().collection(name), self._faults)


class Worker:
    """One worker of the partition. It may be killed, and another with nothing in memory comes in its place."""

    def __init__(self, partition: int, mysql_url: str, mongo_url: str) -> None:
        self.faults = Faults()
        self._partition = partition
        self.mysql = FaultyMySql(mysql_url, self.faults)
        self.mongo = FaultyMongo(mongo_url, self.faults)
        self.start()

    def start(self) -> None:
        self.faults.left = self.faults.lost = None
        self.store = ClusterStore(self._partition, self.mysql, self.mongo, lambda: KEEP, pace=RESTLESS)
        self.store.open()
        self.restore()

    def restore(self) -> None:
        self.states = RuleStates(Book(), self.store.present, self.store.rule_history)
        self.states.restore(self.store.rule_states(), Now(EVER, EVER), self.store.heard)

    def refresh(self) -> None:
        """Take up what the others did: as a turn begins, and after a Fenced."""
        self.store.refresh()
        self.restore()

    def go_on(self, stream: list[Entry], most: int) -> None:
        """One turn: catch up, then entry by entry."""
        if self.store.stale():
            self.refresh()
        take_up(self.store, self.states, Now(START, START))
        for offset in range(self.store.position or 0, len(stream))[:most]:
            batch, changes = stage(stream[offset], offset, self.store, self.states)
            self.faults.pass_point()
            self.store.commit(batch)
            changes.adopt()

    def delete(self, before_ms: int) -> None:
        """Run retention to its end, as if `before_ms` were now and readings were kept for no time."""
        self.fold_all()
        seconds = 0.0
        clock = ServerClock(Sources(lambda: before_ms, lambda: seconds * 1000, lambda: 0.0))
        store = self.store
        parts = (store.fence, store.memory, store.tables, store.lookup.forget, RESTLESS)
        store.retention = Retention(*parts, lambda: NOT_KEPT, frozenset, clock, lambda: seconds)
        for _ in range(2):
            seconds += STEP_SECONDS
            store.retention.step(60.0)

    def fold_all(self) -> None:
        """All that is committed is to be in MongoDB."""
        if self.store.stale():
            self.refresh()
        self.store.fold.move_all()

    def fold(self) -> None:
        if self.store.memory.frozen is not None or self.store.memory.active.rows:
            self.store.fold.step(0.0)

    def end(self) -> None:
        self.mysql.close()
        self.mongo.close()
