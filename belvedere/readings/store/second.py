"""The taken milliseconds of one second of a series, to find a free one for a reading whose time is taken."""

from __future__ import annotations

from bisect import bisect_right, insort

GONE = float("nan")  # a reading stood there; only its time is still known


class Second:
    """Finds a place without walking over the taken ones.

    taken: ts -> value (or GONE), all within the second; the object's own from now on. start, end: the first millisecond
    of the second, and of the next one.
    """

    __slots__ = ("_end", "_last", "_next", "_places", "_start", "_taken")

    def __init__(self, taken: dict[int, float], start: int, end: int) -> None:
        self._taken = taken
        self._start = start
        self._end = end
        self._next: dict[int, int] = {}  # a taken place -> the next free one, as it was when somebody asked
        places = sorted(taken)
        # Value -> its last place. GONE equals nothing, not even itself, but a dict finds the one object.
        self._last = dict(zip(map(taken.__getitem__, places), places, strict=True))
        self._places: dict[float, list[int]] | None = None  # value -> all its places, once they are needed

    def value_at(self, ts: int) -> float | None:
        """Return the value there, GONE if only its time is known, None if it is free."""
        return self._taken.get(ts)

    def put(self, place: int, value: float) -> None:
        """Take this place."""
        self._taken[place] = value
        self._last[value] = max(place, self._last.get(value, place))
        if self._places is not None:
            insort(self._places.setdefault(value, []), place)

    def search(self, ts: int, value: float) -> tuple[int, bool]:
        """Return the first free place after `ts`, 0 for none, and whether a place before that holds this value."""
        is_full = len(self._taken) == self._end - self._start
        free = self._end if is_full else self._free_after(ts)
        known = self._is_between(ts, free, value) or (GONE in self._last and self._is_between(ts, free, GONE))
        return free if free < self._end else 0, known

    def _is_between(self, ts: int, free: int, value: float) -> bool:
        last = self._last.get(value, ts)
        if last <= ts or last < free:
            return last > ts
        places = self._list_places()[value]
        return places[bisect_right(places, ts)] < free

    def _list_places(self) -> dict[float, list[int]]:
        if self._places is None:
            self._places = {}
            for place in sorted(self._taken):
                self._places.setdefault(self._taken[place], []).append(place)
        return self._places

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
