"""The figures of a range and of its days, from the store."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from belvedere.readings.store.port import HistoryReader
from belvedere.readings.summary.evidence import Band
from belvedere.readings.summary.figures import Figures, compute_figures
from belvedere.readings.summary.finest import narrow_extreme
from belvedere.readings.summary.gather import Question, gather


class Summary(NamedTuple):
    """The figures of a range, and of each of its days where they were asked for."""

    whole: Figures
    days: list[Figures]


def read_summary(
    reader: HistoryReader,
    series: int,
    edges: tuple[int, ...],
    now_ms: int,
    hold_ms: int,
    band: Band | None,
) -> Summary:
    """Return the figures of a range. edges: its begin and its end, and between them the begins of days."""
    asked, evidence = gather(reader, series, Question(edges, hold_ms, band))
    days = [compute_figures(evidence, *day, now_ms) for day in pairwise(asked.edges)]
    whole = compute_figures(evidence, asked.edges[0], asked.edges[-1], now_ms)
    return Summary(_narrow(reader, series, whole), [_narrow(reader, series, day) for day in days])


def _narrow(reader: HistoryReader, series: int, figures: Figures) -> Figures:
    least, greatest = (narrow_extreme(reader, series, one) for one in (figures.min, figures.max))
    return figures._replace(min=least, max=greatest)
