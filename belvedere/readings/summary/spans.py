"""Sets of time as lists of spans. A span is [from_ms, to_ms); the spans of a set are in order and never touch. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import NamedTuple


class Span(NamedTuple):
    """[from_ms, to_ms), Unix ms."""

    from_ms: int
    to_ms: int

    @property
    def length_ms(self) -> int:
        """How long it lasts."""
        return self.to_ms - self.from_ms


Spans = list[Span]
_begin, _end = itemgetter(0), itemgetter(1)


def extend(spans: Spans, from_ms: int, to_ms: int) -> None:
    """Add a span that begins no earlier than the last one did."""
    if from_ms >= to_ms:
        return
    if spans and spans[-1].to_ms >= from_ms:
        last = spans[-1]
        if to_ms > last.to_ms:
            spans[-1] = Span(last.from_ms, to_ms)
    else:
        spans.append(Span(from_ms, to_ms))


def join(*sets: Iterable[Span]) -> Spans:
    """Return what lies in any of the sets."""
    joined: Spans = []
    for span in sorted(span for one in sets for span in one):
        extend(joined, *span)
    return joined


def intersect(one: Spans, other: Spans) -> Spans:
    """Return what lies in both sets."""
    return [span for part in one for span in clip(other, *part)]


def clip(spans: Spans, from_ms: int, to_ms: int) -> Spans:
    """Return the part of the set between two instants."""
    return list(_clip(spans, from_ms, to_ms))


def _clip(spans: Spans, from_ms: int, to_ms: int) -> Iterator[Span]:
    first = bisect_right(spans, from_ms, key=_end)
    last = bisect_left(spans, to_ms, key=_begin)
    for span in spans[first:last]:
        part = Span(max(span.from_ms, from_ms), min(span.to_ms, to_ms))
        if part.from_ms < part.to_ms:
            yield part


def measure(spans: Iterable[Span]) -> int:
    """Return how long the set lasts in all."""
    return sum(span.length_ms for span in spans)


def find_longest(spans: Iterable[Span]) -> int:
    """Return the length of its longest span, 0 where it has none."""
    return max((span.length_ms for span in spans), default=0)
