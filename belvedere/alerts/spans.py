"""When an alert was raised: a list of [from_ms, to_ms], the last one open (to_ms None) while the alert is. Pure.

An alert that flaps has several; between them its value was not beyond the level.
"""

from __future__ import annotations

from typing import Final

MAX_SPANS: Final = 100  # 3 KB of each frame of an alert that flaps; more are joined, and the alert says how many

Span = list[int | None]


def open_span(spans: list[Span], at_ms: int) -> tuple[list[Span], int]:
    """With a span from at_ms on; and how many pauses had to be given up for that.

    One that begins where the last one ended goes on with it: there was no pause.
    """
    if spans:
        last = spans[-1]
        if last[1] is None:
            return spans, 0
        if last[1] >= at_ms:
            return [*spans[:-1], [last[0], None]], 0
    return _join_shortest_pause([*spans, [at_ms, None]])


def close_span(spans: list[Span], at_ms: int) -> list[Span]:
    """With its last span ended, not before its beginning."""
    if not spans or spans[-1][1] is not None:
        return spans
    from_ms = spans[-1][0]
    assert from_ms is not None
    return [*spans[:-1], [from_ms, max(from_ms, at_ms)]]


def _join_shortest_pause(spans: list[Span]) -> tuple[list[Span], int]:
    if len(spans) <= MAX_SPANS:
        return spans, 0
    at = min(range(1, len(spans)), key=lambda n: (spans[n][0] or 0) - (spans[n - 1][1] or 0))
    return [*spans[: at - 1], [spans[at - 1][0], spans[at][1]], *spans[at + 1 :]], 1
