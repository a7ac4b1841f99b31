"""What is the same in each machine that tries a store against a model."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.contract.cluster_stores import FEW, ClusterSubject, needs_servers
from tests.contract.stores import SqliteSubject
from tests.contract.subject import Subject


class StoreMachine(RuleBasedStateMachine):
    """Moves, restarts and kills, at any time. model: (series, ts) -> value of what was committed."""

    make: ClassVar[type[Subject]]

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.subject = self.make(Path(self._folder.name))
        self.model: dict[tuple[int, int], float] = {}

    @rule()
    def move_a_little(self) -> None:
        self.subject.move_a_little()

    @rule()
    def restart(self) -> None:
        self.subject.restart()

    @rule()
    def kill(self) -> None:
        self.subject.kill()

    def teardown(self) -> None:
        self.subject.end()
        self._folder.cleanup()


def try_sqlite(machine: type[StoreMachine]) -> Any:
    """The tests of a machine over the embedded store."""
    case = type(f"Sqlite{machine.__name__}", (machine,), {"make": SqliteSubject}).TestCase  # type: ignore[attr-defined]  # hypothesis makes it
    case.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
    return case


def try_cluster(machine: type[StoreMachine]) -> Any:
    """The tests of a machine over the cluster's store."""
    case = type(f"Cluster{machine.__name__}", (machine,), {"make": ClusterSubject}).TestCase  # type: ignore[attr-defined]  # hypothesis makes it
    case.settings = FEW
    return needs_servers(case)
