"""What is the same around each store that the contract tries."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Set
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from belvedere.domain.clock import ServerClock, Sources
from belvedere.readings.store.port import Keep, Store

BUDGET_SECONDS = 0.02  # as the pipeline gives it
STEP_SECONDS = 0.25  # between two steps of a run of retention
STEPS = 60

Kept = Callable[[], dict[int, Keep]]
Deleted = Callable[[], Set[int]]


class Subject(Protocol):
    """A store with what a test needs around it."""

    def __init__(self, folder: Path) -> None: ...

    @property
    def store(self) -> Store: ...

    def restart(self) -> None:
        """Close and open again."""

    def kill(self) -> None:
        """Open what is there without a close."""

    def move_a_little(self) -> None:
        """Begin to bring what is committed to where it lasts, and stop in the middle."""

    def move_all(self) -> None:
        """Bring all there."""

    def maintain(
        self, now_ms: int, keep: dict[int, Keep], deleted: Set[int] = frozenset(), clock: ServerClock | None = None
    ) -> None:
        """All that is due at that instant, under a clock that is believed unless another is given."""

    def end(self) -> None:
        """The test is over."""


AnyStore = TypeVar("AnyStore", bound=Store)


class StoreSubject(ABC, Generic[AnyStore]):
    """A subject of its own kind of store."""

    store: AnyStore

    @abstractmethod
    def _opened(self) -> AnyStore: ...

    @abstractmethod
    def _set_retention(self, keep: Kept, deleted: Deleted, clock: ServerClock, monotonic: Callable[[], float]) -> None:
        """Let a run of retention be due at once."""

    def restart(self) -> None:
        self.store.close()
        self.store = self._opened()

    def maintain(
        self, now_ms: int, keep: dict[int, Keep], deleted: Set[int] = frozenset(), clock: ServerClock | None = None
    ) -> None:
        seconds = 0.0
        clock = clock or ServerClock(Sources(lambda: now_ms, lambda: seconds * 1000, lambda: 0.0))
        self._set_retention(lambda: keep, lambda: deleted, clock, lambda: seconds)
        for _ in range(STEPS):
            seconds += STEP_SECONDS
            self.store.maintain(BUDGET_SECONDS)
