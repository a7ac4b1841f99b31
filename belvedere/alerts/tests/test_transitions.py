from __future__ import annotations

import pytest

from belvedere.alerts.models import AlertState
from belvedere.alerts.transitions import FLAP_WINDOW_MS, TABLE, IllegalMoveError, Move, is_flap, next_state, pick_worse


def test_an_alert_is_opened_acknowledged_and_resolved() -> None:
    assert next_state(AlertState.OPEN, Move.ACKNOWLEDGE) is AlertState.ACKNOWLEDGED
    assert next_state(AlertState.OPEN, Move.RESOLVE) is AlertState.RESOLVED
    assert next_state(AlertState.ACKNOWLEDGED, Move.RESOLVE) is AlertState.RESOLVED
    assert next_state(AlertState.RESOLVED, Move.REOPEN) is AlertState.OPEN


@pytest.mark.parametrize("state", AlertState)
@pytest.mark.parametrize("move", Move)
def test_every_other_move_is_refused_with_a_sentence(state: AlertState, move: Move) -> None:
    if (state, move) not in TABLE:
        with pytest.raises(IllegalMoveError, match=f"{state.value} cannot {move.value}"):
            next_state(state, move)


def test_raising_again_soon_after_clearing_is_flapping() -> None:
    assert is_flap(1000, by_person=False, at_ms=1000 + FLAP_WINDOW_MS - 1)
    assert not is_flap(1000, by_person=False, at_ms=1000 + FLAP_WINDOW_MS)
    assert not is_flap(1000, by_person=True, at_ms=1001)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"kind": "above", "level": 3}, 9),
        ({"kind": "below", "level": 3}, 1),
        ({"kind": "outside", "low": 4, "high": 8}, 1),
        ({"kind": "is_true"}, 1),
    ],
)
def test_the_worse_value_is_the_one_further_out(condition: dict[str, object], expected: float) -> None:
    assert pick_worse(condition, 9, 1) == expected
    assert pick_worse(condition, None, 1) == 1
    assert pick_worse(condition, 9, None) == 9


def test_an_illegal_move_says_which_one_it_was_and_that_trying_again_is_useless() -> None:
    with pytest.raises(IllegalMoveError) as caught:
        next_state(AlertState.RESOLVED, Move.ACKNOWLEDGE)
    assert str(caught.value) == "An alert that is resolved cannot acknowledge."
    assert (caught.value.state, caught.value.move) == (AlertState.RESOLVED, Move.ACKNOWLEDGE)
    assert caught.value.permanent


def test_an_alert_that_never_ended_is_no_flap_and_five_minutes_is_the_window() -> None:
    assert not is_flap(None, by_person=False, at_ms=1)
    assert FLAP_WINDOW_MS == 300_000


def test_the_side_on_which_a_value_leaves_its_band_counts_by_how_far_it_left_it() -> None:
    band: dict[str, object] = {"kind": "outside", "low": 2, "high": 8}
    assert pick_worse(band, 9, 0) == 0
    assert pick_worse(band, 0, 9) == 0
    assert pick_worse(band, 11, 0) == 11
    assert pick_worse(band, 0, 11) == 11


@pytest.mark.parametrize(("kind", "one", "other", "expected"), [("above", 1, 9, 9), ("below", 1, 9, 1)])
def test_a_later_value_takes_over_only_where_it_is_worse(kind: str, one: float, other: float, expected: float) -> None:
    assert pick_worse({"kind": kind, "level": 3}, one, other) == expected
    assert pick_worse({"kind": kind, "level": 3}, None, None) is None
    assert pick_worse({"kind": kind, "level": 3}, one, None) == one
