"""Which moves an alert can make. Pure: the services look here before they write."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from belvedere.alerts.models import AlertState

# A rule that raises again so soon after it cleared is the same trouble flapping, not a new one.
FLAP_WINDOW_MS: Final = 5 * 60 * 1000


class Move(StrEnum):
    """What can happen to an alert that exists. Commenting moves nothing and is always possible."""

    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    REOPEN = "reopen"


class IllegalMoveError(Exception):
    """The alert is not in a state from which it could do that."""

    permanent = True

    def __init__(self, state: AlertState, move: Move) -> None:
        super().__init__(f"An alert that is {state.value} cannot {move.value}.")
        self.state = state
        self.move = move


TABLE: Final[dict[tuple[AlertState, Move], AlertState]] = {
    (AlertState.OPEN, Move.ACKNOWLEDGE): AlertState.ACKNOWLEDGED,
    (AlertState.OPEN, Move.RESOLVE): AlertState.RESOLVED,
    (AlertState.ACKNOWLEDGED, Move.RESOLVE): AlertState.RESOLVED,
    (AlertState.RESOLVED, Move.REOPEN): AlertState.OPEN,
}


def next_state(state: AlertState, move: Move) -> AlertState:
    """The state it gets into. Raises IllegalMoveError."""
    try:
        return TABLE[state, move]
    except KeyError:
        raise IllegalMoveError(state, move) from None


def is_flap(resolved_ms: int | None, by_person: bool, at_ms: int) -> bool:
    """Whether raising again at at_ms continues an alert that ended at resolved_ms.

    What a person resolved is over: raising again is news.
    """
    return resolved_ms is not None and not by_person and at_ms - resolved_ms < FLAP_WINDOW_MS


def pick_worse(condition: dict[str, object], one: float | None, other: float | None) -> float | None:
    """The value that is further on the bad side; the newer one, `other`, where the condition knows no side."""
    if one is None or other is None:
        return other if one is None else one
    match condition.get("kind"):
        case "above":
            return max(one, other)
        case "below":
            return min(one, other)
        case "outside":
            low, high = condition.get("low"), condition.get("high")
            assert isinstance(low, int | float)
            assert isinstance(high, int | float)
            return max(one, other, key=lambda value: max(value - high, low - value))
        case _:
            return other
