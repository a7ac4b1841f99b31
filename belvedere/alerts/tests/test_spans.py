from __future__ import annotations

from belvedere.alerts.spans import MAX_SPANS, Span, close_span, open_span


def test_a_span_is_open_until_it_is_closed() -> None:
    spans, _ = open_span([], 10)
    assert spans == [[10, None]]
    assert open_span(spans, 20) == (spans, 0)
    assert close_span(spans, 30) == [[10, 30]]
    assert close_span(close_span(spans, 30), 40) == [[10, 30]]


def test_a_span_never_ends_before_it_begins() -> None:
    assert close_span([[10, None]], 5) == [[10, 10]]


def test_what_begins_where_the_last_one_ended_goes_on_with_it() -> None:
    assert open_span([[0, 5], [10, 30]], 30) == ([[0, 5], [10, None]], 0)


def test_of_too_many_those_with_the_shortest_pause_are_joined_and_it_is_told() -> None:
    spans: list[Span] = [[at * 100, at * 100 + 50] for at in range(MAX_SPANS)]
    spans[7] = [700, 799]
    more, joined = open_span(spans, MAX_SPANS * 100)
    assert (len(more), joined) == (MAX_SPANS, 1)
    assert more[6:9] == [[600, 650], [700, 850], [900, 950]]
    assert more[-1] == [MAX_SPANS * 100, None]
