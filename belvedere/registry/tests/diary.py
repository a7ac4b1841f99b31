"""A reader of the registry's log, and writers of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

from belvedere.domain.changes import Change, ChangeKind
from belvedere.registry.log import append, follower
from belvedere.registry.tail import RegistryTail

PATIENCE_SECONDS = 30.0


class Diary:
    """A reader that writes down what it was given. trouble: what its next `apply` raises."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.loads = 0
        self.trouble: Exception | None = None
        self.thread: str = ""
        self.some = threading.Event()

    def load(self) -> None:
        self.loads += 1

    def apply(self, changes: Sequence[Change]) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.thread = threading.current_thread().name
        self.keys += [change.key for change in changes]
        self.some.set()


def make_followed(*readers: Any) -> RegistryTail:
    tail = RegistryTail(readers)
    tail.load()
    follower.bind(tail)
    return tail


def append_elsewhere(key: str) -> None:
    """As another process does, of which nobody here hears."""
    follower.unbind()
    append(ChangeKind.DEVICE, key)
    connection.close()


def run_in_threads(work: Callable[[int], None], count: int) -> None:
    def run(number: int) -> None:
        try:
            work(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
