"""Folds the log into MongoDB, series by series: readings into chunks, chunks into minutes, minutes into wider tiers.

Freezing the memtable names the last row of the log that the fold takes (`fold_to`, by the fence). From then on every
document that the fold writes carries that number as `upto`, so whoever repeats the fold, after a kill or beside a
worker that does not know it has lost the partition, adds nothing twice. At the end the heads are stored and the rows
of the log dropped, again by the fence.

A backup of MySQL that is put back may be older than MongoDB. So a fold's number is no less than the time in ms: none
that was lost with what came after the backup is as great, unless the date is wrong. That shows in the documents.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Set
from itertools import islice, pairwise
from time import monotonic

import structlog
from pymysql.cursors import Cursor

from belvedere.domain.times import now_ms
from belvedere.readings.store.chunk import Columns
from belvedere.readings.store.cluster.fence import UNKNOWN, Fence
from belvedere.readings.store.cluster.memory import Memory
from belvedere.readings.store.cluster.pace import Pace
from belvedere.readings.store.cluster.windows import (
    HOUR_MS,
    Conflict,
    Key,
    Tables,
    Window,
    drop_known,
    rebuild_buckets,
    split,
)
from belvedere.readings.store.memtable import Memtable, merge
from belvedere.readings.store.port import Fenced
from belvedere.readings.tiers import (
    MINUTE,
    TIERS,
    Bucket,
    Tier,
    find_starts,
    make_buckets,
    overlay_buckets,
    widen_buckets,
)

log = structlog.get_logger(__name__)

FREEZE_ROWS = 100_000  # of one partition
FREEZE_SECONDS = 300.0
LULL = 4  # a fold costs by the series, not by the reading: where one took long, so many times that passes to the next
TRIES = 5  # of a group whose documents another worker has replaced
HEADS_A_STATEMENT = 500
NEWER = (
    "MongoDB holds what was moved there later than MySQL and the date of this machine say, as after a restore with a"
    " wrong date. What is not there is moved again; nothing is lost."
)


class FoldedLater(Exception):
    """MongoDB has a document of a fold with a greater number, `upto`."""

    def __init__(self, upto: int) -> None:
        super().__init__(upto)
        self.upto = upto


class Fold:
    """Moves one frozen memtable at a time, some series with each `step`. The writer's thread only.

    forget: called where MongoDB has changed, before the memory does. pace: shared by the partitions of a process.
    """

    def __init__(
        self,
        fence: Fence,
        memory: Memory,
        tables: Tables,
        forget: Callable[[], None],
        pace: Pace,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.now_ms: Callable[[], int] = now_ms  # replaced in tests
        self._fence = fence
        self._memory = memory
        self._tables = tables
        self._forget = forget
        self._pace = pace
        self._clock = clock
        self._since = clock()  # the end of the last fold
        self._begun = self._since
        self._wait_seconds = FREEZE_SECONDS

    def take_up(self, age_seconds: float) -> None:
        """Go on where the worker before was. age_seconds: since the last fold ended."""
        self._since = self._clock() - max(0.0, age_seconds)  # less than 0: the database's clock was set back
        self._begun = self._clock()

    @property
    def due(self) -> bool:
        """Whether there is something to move now."""
        if self._memory.frozen is not None:
            return True
        rows = self._memory.active.rows
        return rows >= FREEZE_ROWS or (rows > 0 and self._clock() - self._since >= self._wait_seconds)

    def freeze(self) -> None:
        """Say by the fence what this fold takes, and set it aside. Raises Fenced."""
        row = self._fence.row
        fold_to = max(row.log_n, self.now_ms())
        with self._fence.transaction(row._replace(log_n=fold_to, fold_to=fold_to)):
            pass
        self._memory.freeze(fold_to)
        self._begun = self._clock()

    def step(self, budget_seconds: float) -> None:
        """Work for about that long, at least on one group, unless the pace wants a rest.

        Raises Fenced, StoreUnavailable or StoreBroken.
        """
        if self._pace.rests:
            return
        until = self._clock() + budget_seconds
        frozen = self._take_frozen()
        while frozen.series:
            self._move_some(frozen)
            if self._pace.rests or self._clock() >= until:
                return
        self._finish(frozen)

    def move_all(self) -> None:
        """Move everything at once, for tests."""
        while self._memory.frozen is not None or self._memory.active.rows:
            frozen = self._take_frozen()
            while frozen.series:
                self._move_some(frozen)
            self._finish(frozen)

    def _take_frozen(self) -> Memtable:
        if self._memory.frozen is None:
            self.freeze()
        assert self._memory.frozen is not None
        return self._memory.frozen

    def _move_some(self, frozen: Memtable) -> None:
        if self._fence.is_stale():
            raise Fenced("another worker has taken the partition")
        group = dict(islice(frozen.series.items(), self._pace.series_at_once))
        with self._pace.timing(len(group)):
            self._move_group(group, frozen.last_log_id)
        self._forget()
        with self._memory.lock:
            for series in group:
                del frozen.series[series]

    def _move_group(self, group: dict[int, Columns], upto: int) -> None:
        for left in reversed(range(TRIES)):
            try:
                Group(self._tables, self._memory, group, upto).move()
            except Conflict:
                if not left or self._fence.is_stale():
                    raise Fenced("another worker replaces the same documents") from None
            except FoldedLater as error:
                self._begin_anew(error.upto)
            else:
                return

    def _begin_anew(self, upto: int) -> None:
        """Let all of the log be folded with a number above `upto`. Raises Fenced: it is to be loaded as a whole."""
        if not self._fence.is_stale():
            log.warning("mongodb_is_newer", partition=self._fence.part, reason=NEWER)
            row = self._fence.row
            with self._fence.transaction(row._replace(log_n=upto + 1, fold_to=None)):
                pass
            self._fence.row = UNKNOWN
        raise Fenced("MongoDB has what was moved later")

    def _finish(self, frozen: Memtable) -> None:
        """Store the heads and drop the log, once all of it stands in MongoDB."""
        part, row = self._fence.part, self._fence.row
        new = row._replace(folded_n=frozen.last_log_id, fold_to=None)
        with self._fence.transaction(new) as cursor:
            memory = self._memory
            heads = memory.frozen_heads.items()
            _save_heads(cursor, [(part, one, ts, memory.heard[one], *memory.present[one]) for one, ts in heads])
            cursor.execute("DELETE FROM readings_log WHERE part=%s AND n<=%s", (part, frozen.last_log_id))
            cursor.execute("UPDATE readings_fence SET folded_at=NOW(3) WHERE part=%s", (part,))
        self._since = self._clock()
        self._wait_seconds = max(FREEZE_SECONDS, LULL * (self._since - self._begun))
        self._memory.thaw(frozen.last_log_id)


def _save_heads(cursor: Cursor, rows: list[tuple[int, int, int, int, int, float, int]]) -> None:
    """Store (part, series, ts, heard_ms, and the present value). The log has what is newer than that, if anything."""
    for at in range(0, len(rows), HEADS_A_STATEMENT):
        some = rows[at : at + HEADS_A_STATEMENT]
        cursor.execute(
            f"INSERT INTO readings_head VALUES {','.join(['(%s,%s,%s,%s,%s,%s,%s)'] * len(some))}"  # noqa: S608  (placeholders)
            " ON DUPLICATE KEY UPDATE ts=GREATEST(ts, VALUES(ts)), heard_ms=VALUES(heard_ms),"
            " shown_ms=VALUES(shown_ms), shown_value=VALUES(shown_value), shown_ts=VALUES(shown_ts)",
            [cell for row in some for cell in row],
        )


class Group:
    """Some series on their way into MongoDB, collection by collection. Whoever repeats it changes nothing more.

    columns: series -> its readings in the log up to row `upto`.
    """

    def __init__(self, tables: Tables, memory: Memory, columns: dict[int, Columns], upto: int) -> None:
        self._tables = tables
        self._memory = memory
        self._columns = columns
        self._new = dict(columns)  # without what MongoDB had before this fold
        self._upto = upto

    def move(self) -> None:
        """Do it. Raises Conflict: then it is to be done again. Raises FoldedLater."""
        chunks = self._move_readings()
        below = self._move_minutes(chunks)
        for finer, tier in pairwise(TIERS):
            below = self._move_tier(finer, tier, below)

    def _move_readings(self) -> dict[Key, Window[Columns]]:
        table = self._tables.chunks
        parts = {
            (series, number): part
            for series, columns in self._columns.items()
            for number, part in split(columns, table.width_ms)
        }
        windows = table.load(parts)
        newest = max((window.upto for window in windows.values()), default=0)
        if newest > self._upto:
            raise FoldedLater(newest)
        self._drop_known(windows)
        changed = {
            key: window._replace(content=merge([window.content, parts[key]]), upto=self._upto)
            for key, window in windows.items()
            if window.upto < self._upto
        }
        table.save(changed.values())
        return {**windows, **changed}

    def _drop_known(self, windows: dict[Key, Window[Columns]]) -> None:
        """Find which readings are new, by documents that this fold has not replaced yet.

        The log has others where MySQL is restored, and their buckets may count them already.
        """
        known = [window for window in windows.values() if window.upto < self._upto]
        deleted = [
            (series, number) for series, number, *_ in known if number * HOUR_MS < self._memory.horizon(series).raw_ms
        ]
        known += self._tables.times.load(deleted).values()
        for series, _, content, *_ in known:
            self._new[series] = drop_known(self._new[series], content)

    def _move_minutes(self, chunks: dict[Key, Window[Columns]]) -> dict[Key, Window[list[Bucket]]]:
        """Make minutes from all readings of theirs; add to those that are sealed."""
        fresh: dict[int, list[Bucket]] = {series: [] for series in self._columns}
        broken = {key for key, hour in chunks.items() if hour.is_damaged}
        touched = {series: self._find_open(MINUTE, series, broken) for series in self._columns}
        for (series, _), window in sorted(chunks.items()):
            minutes = make_buckets(window.content, MINUTE.width_ms)
            fresh[series] += [bucket for bucket in minutes if bucket.start in touched[series]]
        return self._save(MINUTE, fresh, broken)

    def _move_tier(
        self, finer: Tier, tier: Tier, below: dict[Key, Window[list[Bucket]]]
    ) -> dict[Key, Window[list[Bucket]]]:
        """Make buckets of a tier from those of the finer one."""
        fresh: dict[int, list[Bucket]] = {}
        for series in self._columns:
            starts = self._find_open(tier, series)
            # A window of the finer tier is a multiple of the wider bucket: what makes that is in one of them.
            numbers = sorted({start // self._tables.tiers[finer].width_ms for start in starts})
            parts = (bucket for number in numbers for bucket in below[series, number].content)
            parts = (bucket for bucket in parts if bucket.start - bucket.start % tier.width_ms in starts)
            fresh[series] = widen_buckets(parts, tier.width_ms)
        return self._save(tier, fresh)

    def _save(
        self, tier: Tier, fresh: dict[int, list[Bucket]], broken: Set[Key] = frozenset()
    ) -> dict[Key, Window[list[Bucket]]]:
        """Replace the `fresh` buckets of each series, and add its readings to those that cannot be made anew."""
        table = self._tables.tiers[tier]
        late = {series: self._make_late(tier, series, broken) for series in fresh}
        wanted = {
            (series, bucket.start // table.width_ms)
            for buckets in (fresh, late)
            for series in buckets
            for bucket in buckets[series]
        }
        windows = {key: self._repair(tier, window) for key, window in table.load(wanted).items()}
        changed: dict[Key, Window[list[Bucket]]] = {}
        for key, window in windows.items():
            if window.upto >= self._upto:
                continue
            span = (key[1] * table.width_ms, (key[1] + 1) * table.width_ms)
            known = {bucket.start: bucket for bucket in window.content}
            added = [_add_late(known.get(one.start), one) for one in _cut(late[key[0]], *span)]
            content = overlay_buckets(window.content, [*_cut(fresh[key[0]], *span), *added])
            changed[key] = window._replace(content=content, upto=self._upto)
        table.save(changed.values())
        return {**windows, **changed}

    def _repair(self, tier: Tier, window: Window[list[Bucket]]) -> Window[list[Bucket]]:
        """Make anew what can be, of a window that cannot be read."""
        if not window.is_damaged:
            return window
        low_ms = self._memory.horizon(window.series).sealed_before(tier)
        rebuilt = rebuild_buckets(self._tables, tier, window.series, window.number)
        return window._replace(content=[bucket for bucket in rebuilt if bucket.start >= low_ms], is_damaged=False)

    def _find_open(self, tier: Tier, series: int, broken: Set[Key] = frozenset()) -> set[int]:
        """The starts of the buckets that its readings fall into and that can be made anew.

        broken: hours of which not all readings can be read.
        """
        low_ms = self._memory.horizon(series).sealed_before(tier)
        starts = find_starts(self._columns[series].ts, tier.width_ms)
        return {start for start in starts if start >= low_ms and (series, start // HOUR_MS) not in broken}

    def _make_late(self, tier: Tier, series: int, broken: Set[Key]) -> list[Bucket]:
        """Buckets of the readings whose own buckets cannot be made anew."""
        columns = self._new[series]
        if not broken:
            cut = bisect_left(columns.ts, self._memory.horizon(series).sealed_before(tier))
            return make_buckets(Columns(columns.ts[:cut], columns.values[:cut]), tier.width_ms) if cut else []
        is_open = self._find_open(tier, series, broken)
        return [bucket for bucket in make_buckets(columns, tier.width_ms) if bucket.start not in is_open]


def _cut(buckets: list[Bucket], low: int, high: int) -> Iterable[Bucket]:
    return (bucket for bucket in buckets if low <= bucket.start < high)


def _add_late(known: Bucket | None, late: Bucket) -> Bucket:
    """Add late readings to a bucket; its last one stays."""
    if known is None:
        return late
    n, total = known.n + late.n, known.sum + late.sum
    return Bucket(known.start, n, min(known.min, late.min), max(known.max, late.max), total, known.last)
