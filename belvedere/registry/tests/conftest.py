from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from belvedere.registry.tail import RegistryTail
from belvedere.registry.tests.diary import Diary


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture
def start() -> Iterator[Callable[[RegistryTail], None]]:
    """Starts the thread of a tail, and stops it at the end."""
    started: list[RegistryTail] = []

    def run(tail: RegistryTail) -> None:
        tail.start()
        started.append(tail)

    yield run
    for tail in started:
        tail.stop()
