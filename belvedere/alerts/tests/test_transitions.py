from __future__ import annotations

import pytest

from belvedere.alerts.models import AlertState
from belvedere.alerts.transitions import FLAP_WINDOW_MS, TABLE, IllegalMoveError, Move, after, is_flap, worse


def test_an_alert_is_opened_acknowledged_and_resolved() -> None:
    assert after(AlertState.OPEN, Move.ACKNOWLEDGE) is AlertState.ACKNOWLEDGED
    assert after(AlertState.OPEN, Move.RESOLVE) is AlertState.RESOLVED
    assert after(AlertState.ACKNOWLEDGED, Move.RESOLVE) is AlertState.RESOLVED
    assert after(AlertState.RESOLVED, Move.REOPEN) is AlertState.OPEN


@pytest.mark.parametrize("state", AlertState)
@pytest.mark.parametrize("move", Move)
def test_every_other_move_is_refused_with_a_sentence(state: AlertState, move: Move) -> None:
    if (state, move) not in TABLE:
        with pytest.raises(IllegalMoveError, match=f"{state.value} cannot {move.value}"):
            after(state, move)


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
    assert worse(condition, 9, 1) == expected
    assert worse(condition, None, 1) == 1
    assert worse(condition, 9, None) == 9
