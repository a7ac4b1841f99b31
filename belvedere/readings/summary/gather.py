"""Gathers what a store knows of a range: readings as far back as they are kept, buckets before that."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from operator import attrgetter
from typing import NamedTuple

from belvedere.readings.store.chunk import Columns
from belvedere.readings.store.horizon import round_up
from belvedere.readings.store.port import HistoryReader
from belvedere.readings.summary.buckets import Gone, bound_begins, bound_beyond, bound_data, make_bucket_cells
from belvedere.readings.summary.evidence import Band, Begins, Cell, Evidence, Time
from belvedere.readings.summary.finest import read_finest
from belvedere.readings.summary.readings import Follower, make_cells, split_page
from belvedere.readings.summary.spans import Span, Spans, extend, join
from belvedere.readings.tiers import MINUTE

NEVER = 1 << 62


class Question(NamedTuple):
    """What is asked of a series. edges: begin and end of the range, and the begins of its days between, in order.

    hold_ms: how long a value holds at most. band: None where no limit is asked for.
    """

    edges: tuple[int, ...]
    hold_ms: int
    band: Band | None

    def widen(self) -> Question:
        """Return it with begin and end at whole minutes."""
        first, *days, last = self.edges
        return self._replace(edges=(first - first % MINUTE.width_ms, *days, round_up(last, MINUTE.width_ms)))


class _Kept(NamedTuple):
    """What the readings tell that are kept. first_ms: the time of the first of them, NEVER where there is none."""

    cells: list[Cell]
    data: Spans
    beyond: Spans
    first_ms: int


class _Deleted(NamedTuple):
    """What the buckets tell of the readings before."""

    cells: list[Cell]
    data: Time
    beyond: Time
    begins: list[Begins]


def gather(reader: HistoryReader, series: int, question: Question) -> tuple[Question, Evidence]:
    """Return the question, and what is known to answer it.

    A range that begins in buckets is widened to whole minutes.
    """
    while True:
        begin_ms, end_ms = question.edges[0], question.edges[-1]
        kept_ms = reader.kept_from(series, begin_ms - question.hold_ms, end_ms)
        asked = question.widen() if begin_ms < kept_ms else question
        evidence = _gather(reader, series, asked, kept_ms)
        if reader.kept_from(series, begin_ms - question.hold_ms, end_ms) == kept_ms:
            return asked, evidence
        # Retention deleted something meanwhile, or a chunk proved to be damaged.


def _gather(reader: HistoryReader, series: int, question: Question, kept_ms: int) -> Evidence:
    (begin_ms, *_, end_ms), hold_ms, band = question
    lost_ms = reader.horizon(series).complete_from(MINUTE)
    cells_ms = begin_ms
    if begin_ms < kept_ms:
        # A minute of which a part is deleted is told by its bucket.
        whole_ms = round_up(kept_ms, MINUTE.width_ms)
        cells_ms = min(whole_ms if lost_ms + MINUTE.width_ms <= whole_ms else kept_ms, end_ms)
    kept = _read_kept(reader, series, question, max(kept_ms, begin_ms - hold_ms), cells_ms)
    if begin_ms - hold_ms >= kept_ms:
        exact = Time(kept.data, kept.data), Time(kept.beyond, kept.beyond)
        return Evidence(0, kept.cells, *exact, [])
    gone = _read_deleted(reader, series, question, (lost_ms, kept_ms, cells_ms), kept.first_ms)
    data = Time(join(gone.data.sure, kept.data), join(gone.data.maybe, kept.data))
    beyond = Time(join(gone.beyond.sure, kept.beyond), join(gone.beyond.maybe, kept.beyond))
    begins = [*gone.begins, *_list_begins(kept.beyond, gone.beyond.sure)]
    if lost_ms:
        # A reading of which nothing is left may hold from here on.
        carried = [Span(lost_ms, lost_ms + hold_ms)]
        data = data._replace(maybe=join(data.maybe, carried))
        if band is not None:
            beyond = beyond._replace(maybe=join(beyond.maybe, carried))
            begins.append(Begins(lost_ms, lost_ms + 1, 1, some=False))
    return Evidence(lost_ms, [*gone.cells, *kept.cells], data, beyond, begins)


def _list_begins(kept: Spans, before: Spans) -> list[Begins]:
    """Return the begins of excursions that are known exactly; the first may go on from what is known of before."""
    goes_on_ms = before[-1].to_ms if before else None
    return [Begins(one.from_ms, one.from_ms + 1, 1, some=False) for one in kept if one.from_ms != goes_on_ms]


def _read_kept(reader: HistoryReader, series: int, question: Question, from_ms: int, cells_ms: int) -> _Kept:
    """Read the readings of from_ms <= ts < end of the range; those from cells_ms on are counted in cells."""
    edges = [cells_ms, *(edge for edge in question.edges if edge > cells_ms)]
    follower = Follower(question.hold_ms, question.band)
    cells: list[Cell] = []
    first_ms = NEVER
    for page in _read_pages(reader, series, from_ms, question.edges[-1]):
        first_ms = min(first_ms, page.ts[0])
        follower.add(page)
        cells += make_cells(split_page(page, edges))
    follower.end()
    return _Kept(cells, follower.data, follower.beyond, first_ms)


def _read_pages(reader: HistoryReader, series: int, from_ms: int, end_ms: int) -> Iterator[Columns]:
    if from_ms < end_ms:
        yield from reader.pages(series, from_ms, end_ms - 1)


def _read_deleted(
    reader: HistoryReader, series: int, question: Question, limits: tuple[int, int, int], next_ms: int
) -> _Deleted:
    """Read what is left of readings that are deleted.

    limits: from when on there are minutes, from when on there are readings, and from when on these make the cells.
    next_ms: the first reading that is kept.
    """
    lost_ms, kept_ms, cells_ms = limits
    (begin_ms, *_, end_ms), hold_ms, band = question
    low_ms = max(begin_ms - hold_ms, lost_ms)
    low_ms -= low_ms % MINUTE.width_ms
    high_ms = min(max(kept_ms, cells_ms), end_ms)
    found = read_finest(reader, series, (low_ms, high_ms), [*question.edges, kept_ms], band)
    edges = [*(edge for edge in question.edges if edge < cells_ms), cells_ms]
    cells = list(make_bucket_cells(found, edges))
    gone = _leave_kept(reader, series, found, kept_ms)
    runs = _find_runs(reader, series, low_ms - hold_ms, kept_ms, hold_ms)
    data = bound_data(gone, hold_ms, runs)
    return _Deleted(cells, data, bound_beyond(gone, hold_ms, data, next_ms), bound_begins(gone, hold_ms, runs))


def _leave_kept(reader: HistoryReader, series: int, found: list[Gone], kept_ms: int) -> list[Gone]:
    """Return the buckets without the readings that are kept."""
    at = bisect_right(found, kept_ms, key=attrgetter("to_ms"))
    gone = found[:at]
    for one in found[at:]:
        n = one.n - len(reader.raw(series, kept_ms, one.to_ms - 1).ts)
        if one.from_ms < kept_ms and n > 0:
            gone.append(one._replace(to_ms=kept_ms, n=n, whole=False))
    return gone


def _find_runs(reader: HistoryReader, series: int, from_ms: int, kept_ms: int, hold_ms: int) -> Spans | None:
    """Return when there was a value before kept_ms; None where not all times are listed."""
    listed = reader.deleted_runs(series, from_ms, kept_ms - 1, hold_ms)
    if listed is None:
        return None
    late = Follower(hold_ms, None)  # came after the deletion, and waits for the next one
    late.add(reader.raw(series, from_ms, kept_ms - 1))
    late.end()
    runs: Spans = []
    for first_ms, last_ms in listed:
        extend(runs, first_ms, last_ms + hold_ms)
    return join(runs, late.data)
