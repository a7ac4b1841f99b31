"""The figures of a range by a plain loop over all its readings, to compare with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from belvedere.readings.summary.evidence import Band


class Truth(NamedTuple):
    """The same names as in figures.py."""

    readings: int
    min: float | None
    max: float | None
    mean: float | None
    with_data_ms: int
    beyond_ms: int
    excursions: int
    longest_ms: int
    first_ms: int | None
    last_ms: int | None


def count_by_hand(
    readings: Mapping[int, float], from_ms: int, to_ms: int, now_ms: int, hold_ms: int, band: Band
) -> Truth:
    """Go through the readings one by one. readings: ts -> value."""
    times = sorted(readings)
    until_ms = max(from_ms, min(to_ms, now_ms))
    with_data = beyond = 0
    excursions: list[list[int]] = []
    for at, ts in enumerate(times):
        following = times[at + 1] if at + 1 < len(times) else math.inf
        begin = max(ts, from_ms)
        end = int(min(following, ts + hold_ms, until_ms))
        if end <= begin:
            continue
        with_data += end - begin
        if not band.low <= readings[ts] <= band.high:
            beyond += end - begin
            if excursions and excursions[-1][1] == begin:
                excursions[-1][1] = end
            else:
                excursions.append([begin, end])
    inside = [readings[ts] for ts in times if from_ms <= ts < to_ms]
    return Truth(
        len(inside),
        min(inside, default=None),
        max(inside, default=None),
        math.fsum(inside) / len(inside) if inside else None,
        with_data,
        beyond,
        len(excursions),
        max((end - begin for begin, end in excursions), default=0),
        excursions[0][0] if excursions else None,
        excursions[-1][1] if excursions else None,
    )
