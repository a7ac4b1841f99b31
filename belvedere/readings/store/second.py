"""The taken milliseconds of one second of a series, to find a free one for a reading whose time is taken."""

from __future__ import annotations

from bisect import bisect_right, insort

GONE = float("nan")  # a reading stood there; only its time is still known


class Second:
    """Finds a place without walking over the taken ones.

    taken: ts -> value (or GONE), the object's own from now on. end: the first millisecond after the second.
    """

    __slots__ = ("_end", "_next", "_places", "_taken")

    def __init__(self, taken: dict[int, float], end: int) -> None:
        self._taken = taken
        self._end = end
        self._next: dict[int, int] = {}  # a taken place -> the next free one, as it was when somebody asked
        # GONE equals nothing, not even itself, but a dict finds the one object.
        self._places: dict[float, list[int]] = {}
        for place in sorted(taken):
            self._places.setdefault(taken[place], []).append(place)

    def value_at(self, ts: int) -> float | None:
        """Return the value there, GONE if only its time is known, None if it is free."""
        return self._taken.get(ts)

    def put(self, place: int, value: float) -> None:
        """Take this place."""
        self._taken[place] = value
        insort(self._places.setdefault(value, []), place)

    def search(self, ts: int, value: float) -> tuple[int, bool]:
        """Return the first place after `ts` that is free or holds this value, and whether it is free; or (0, False)."""
        free = self._free_after(ts)
        same = self._find_first_after(ts, value)
        if GONE in self._places:
            same = min(same, self._find_first_after(ts, GONE))
        if same < free:
            return same, False
        return (free, True) if free < self._end else (0, False)

    def _find_first_after(self, ts: int, value: float) -> int:
        places = self._places.get(value)
        if places is None or ts >= places[-1]:
            return self._end
        return places[bisect_right(places, ts)]

    def _free_after(self, ts: int) -> int:
        """Return the next free place, at most `end`. The result is remembered, so that no place is visited twice."""
        following, taken = self._next, self._taken
        free = following.get(ts, ts + 1)
        while free in taken:
            free = following.get(free, free + 1)
        at = ts
        while at < free:
            following[at], at = free, following.get(at, at + 1)
        return free
