"""Tables of chunks in readings.db: the readings themselves, and the times of readings that are gone."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left, bisect_right

from belvedere.readings.store import chunk
from belvedere.readings.store.chunk import NO_COLUMNS, Columns
from belvedere.readings.store.damage import Span
from belvedere.readings.store.memtable import merge
from belvedere.readings.store.sqlite.damage import Damage

CHUNK_ROWS = 1024
CHUNK_CACHE = 256
EARLIEST, LATEST = -(1 << 63), (1 << 63) - 1


class ChunkTable:
    """One table of chunks; those of a series never overlap in time.

    The writer's thread alone calls `around`, `write`, `cut` and `forget`: it keeps decoded chunks. `between` is any
    thread's, with its own connection. A chunk that cannot be read is passed over, and set aside by who changes it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.damage = Damage(name)
        self._decoded: dict[tuple[int, int], Columns] = {}
        self._near: dict[int, tuple[Span, Columns]] = {}

    def forget(self) -> None:
        """Drop what is kept of the chunks, because they have changed."""
        self._decoded.clear()
        self._near.clear()

    def around(self, db: sqlite3.Connection, series: int, ts: int) -> Columns:
        """Return the chunk whose time contains ts; no columns where none does.

        The last answer of each series is kept with the time in which it holds: what a logger sends late are rows of one
        chunk, or of one gap between two.
        """
        near = self._near.get(series)
        if near is None or not near[0].first_ms <= ts <= near[0].last_ms:
            near = self._near[series] = self._find_near(db, series, ts)
        return near[1]

    def _find_near(self, db: sqlite3.Connection, series: int, ts: int) -> tuple[Span, Columns]:
        """Return the span of the chunk or the gap that contains ts, and the columns of that chunk."""
        row = db.execute(
            f"SELECT id, first_ts, last_ts FROM {self.name} WHERE series=? AND first_ts<=?"  # noqa: S608  (a constant)
            " ORDER BY first_ts DESC LIMIT 1",
            (series, ts),
        ).fetchone()
        if row is None or row[2] < ts:
            next_ms = db.execute(
                f"SELECT min(first_ts) FROM {self.name} WHERE series=? AND first_ts>?",  # noqa: S608  (a constant)
                (series, ts),
            ).fetchone()[0]
            return Span(row[2] + 1 if row else EARLIEST, next_ms - 1 if next_ms is not None else LATEST), NO_COLUMNS
        span = Span(row[1], row[2])
        columns = self._decoded.get((series, span.first_ms))
        if columns is None:
            if len(self._decoded) >= CHUNK_CACHE:
                self._decoded.clear()
            data = db.execute(f"SELECT data FROM {self.name} WHERE id=?", (row[0],)).fetchone()[0]  # noqa: S608  (a constant)
            columns = self._decoded[series, span.first_ms] = self._read_chunk(series, span, data) or NO_COLUMNS
        return span, columns

    def _read_chunk(self, series: int, span: Span, data: bytes) -> Columns | None:
        """Decode a chunk; None if it is damaged."""
        try:
            return _decode(span, data)
        except chunk.ChunkError as error:
            self.damage.note(series, span, str(error))
            return None

    def _read_or_set_aside(self, db: sqlite3.Connection, series: int, row: tuple[int, int, int, bytes]) -> Columns:
        """Decode a row (id, first, last, data) for the writer; a damaged one is moved out of this table."""
        row_id, first_ms, last_ms, data = row
        span = Span(first_ms, last_ms)
        try:
            return _decode(span, data)
        except chunk.ChunkError as error:
            self.damage.note(series, span, str(error))
            self.damage.set_aside(db, row_id, str(error))
            return NO_COLUMNS

    def between(self, db: sqlite3.Connection, series: int, from_ms: int, to_ms: int) -> list[Columns]:
        """Return the stored parts of the range, in order, as that connection sees them."""
        rows = db.execute(
            f"SELECT first_ts, last_ts, data FROM {self.name}"  # noqa: S608  (a constant)
            " WHERE series=?1 AND first_ts<=?3 AND last_ts>=?2 AND first_ts>="
            f"coalesce((SELECT max(first_ts) FROM {self.name} WHERE series=?1 AND first_ts<=?2), ?2) ORDER BY first_ts",
            (series, from_ms, to_ms),
        )
        parts = []
        for first_ms, last_ms, data in rows:
            columns = self._read_chunk(series, Span(first_ms, last_ms), data)
            if columns is None:
                continue
            ts, values = columns
            low, high = bisect_left(ts, from_ms), bisect_right(ts, to_ms)
            parts.append(Columns(ts[low:high], values[low:high]))
        return parts

    def first_ms(self, db: sqlite3.Connection, series: int) -> int | None:
        """Return the first time that is stored."""
        found: int | None = db.execute(
            f"SELECT min(first_ts) FROM {self.name} WHERE series=?",  # noqa: S608  (a constant)
            (series,),
        ).fetchone()[0]
        return found

    def runs(self, db: sqlite3.Connection, series: int, within: Span, hold_ms: int) -> list[tuple[int, int]]:
        """Return (first, last) of times that follow each other within hold_ms, of the chunks that overlap a span."""
        rows = db.execute(
            f"SELECT first_ts, last_ts, data FROM {self.name}"  # noqa: S608  (a constant)
            " WHERE series=?1 AND first_ts<=?3 AND first_ts>="
            f"coalesce((SELECT max(first_ts) FROM {self.name} WHERE series=?1 AND first_ts<=?2), ?2) ORDER BY first_ts",
            (series, *within),
        )
        runs: list[tuple[int, int]] = []
        for first_ms, last_ms, data in rows:
            try:
                found = _find_runs(data, hold_ms)
            except chunk.ChunkError as error:
                self.damage.note(series, Span(first_ms, last_ms), str(error))
                continue
            if runs and found[0][0] - runs[-1][1] <= hold_ms:
                found[0] = (runs.pop()[0], found[0][1])
            runs += found
        return runs

    def write(self, db: sqlite3.Connection, series: int, columns: Columns) -> None:
        """Add readings, filling the chunk before them and mending the one they fall into."""
        at = 0
        while at < len(columns.ts):
            before = db.execute(
                f"SELECT id, first_ts, last_ts, data FROM {self.name}"  # noqa: S608  (a constant)
                " WHERE series=? AND first_ts<=? ORDER BY first_ts DESC LIMIT 1",
                (series, columns.ts[at]),
            ).fetchone()
            after = db.execute(
                f"SELECT min(first_ts) FROM {self.name} WHERE series=? AND first_ts>?",  # noqa: S608  (a constant)
                (series, columns.ts[at]),
            ).fetchone()[0]
            end = len(columns.ts) if after is None else bisect_left(columns.ts, after, at)
            self._write_run(db, series, before, Columns(columns.ts[at:end], columns.values[at:end]))
            at = end

    def _write_run(
        self, db: sqlite3.Connection, series: int, before: tuple[int, int, int, bytes] | None, run: Columns
    ) -> None:
        """Write readings that lie after the chunk `before` began and before the next one begins."""
        if before is not None:
            known = self._read_or_set_aside(db, series, before)
            if known.ts and (run.ts[0] <= known.ts[-1] or len(known.ts) + len(run.ts) <= CHUNK_ROWS):
                db.execute(f"DELETE FROM {self.name} WHERE id=?", (before[0],))  # noqa: S608  (a constant)
                run = merge([known, run])
        self._insert(db, series, run)

    def _insert(self, db: sqlite3.Connection, series: int, run: Columns) -> None:
        for at in range(0, len(run.ts), CHUNK_ROWS):
            ts, values = run.ts[at : at + CHUNK_ROWS], run.values[at : at + CHUNK_ROWS]
            db.execute(
                f"INSERT INTO {self.name} VALUES(NULL,?,?,?,?,?)",
                (series, ts[0], ts[-1], len(ts), chunk.encode(ts, values)),
            )

    def cut(self, db: sqlite3.Connection, series: int, before_ms: int, most: int) -> tuple[Columns, bool]:
        """Delete readings older than `before_ms` from at most so many chunks; return them, and whether that was all.

        The chunk that the limit falls into is written anew with its rest.
        """
        rows = db.execute(
            f"SELECT id, first_ts, last_ts, data FROM {self.name}"  # noqa: S608  (a constant)
            " WHERE series=? AND first_ts<? ORDER BY first_ts LIMIT ?",
            (series, before_ms, most),
        ).fetchall()
        taken = []
        for row in rows:
            ts, values = self._read_or_set_aside(db, series, row)
            db.execute(f"DELETE FROM {self.name} WHERE id=?", (row[0],))  # noqa: S608  (a constant)
            at = bisect_left(ts, before_ms)
            taken.append(Columns(ts[:at], values[:at]))
            if at < len(ts):
                self._insert(db, series, Columns(ts[at:], values[at:]))
        return merge(taken), len(rows) < most


def _decode(span: Span, data: bytes) -> Columns:
    """Decode a chunk. Raises ChunkError, also if its times are not those of its row."""
    columns = chunk.decode(data)
    if (columns.ts[0], columns.ts[-1]) != span:
        raise chunk.ChunkError(f"a chunk of {span.first_ms} to {span.last_ms} holds another time")
    return columns


def _find_runs(data: bytes, hold_ms: int) -> list[tuple[int, int]]:
    """Return (first, last) of the times of a chunk that follow each other within hold_ms. Raises ChunkError."""
    first_ms, steps = chunk.decode_steps(data)
    if not steps or max(steps) <= hold_ms:
        return [(first_ms, first_ms + sum(steps))]
    runs = []
    last_ms = first_ms
    for step in steps:
        if step > hold_ms:
            runs.append((first_ms, last_ms))
            first_ms = last_ms + step
        last_ms += step
    return [*runs, (first_ms, last_ms)]
