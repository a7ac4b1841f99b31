"""Passwords are hashed by a few at a time: each Argon2 takes 100 MB while it runs, and strangers may ask for one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.hashers import Argon2PasswordHasher

from belvedere.accounts.problems import Problem

AT_ONCE = 2
MAX_WAITING = 16  # some 2 s of work for two: whoever comes later would wait longer than people do
WAIT_SECONDS = 5.0


class Turns:
    """So many at a time; a short queue behind them, and a 503 for the rest. Any thread."""

    def __init__(
        self, at_once: int = AT_ONCE, max_waiting: int = MAX_WAITING, wait_seconds: float = WAIT_SECONDS
    ) -> None:
        self._free = threading.BoundedSemaphore(at_once)
        self._queue = threading.BoundedSemaphore(max_waiting)
        self._wait_seconds = wait_seconds

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and hold it. Raises Problem 503."""
        if not self._free.acquire(blocking=False):
            if not self._queue.acquire(blocking=False):
                raise _too_many()
            try:
                mine = self._free.acquire(timeout=self._wait_seconds)
            finally:
                self._queue.release()
            if not mine:
                raise _too_many()
        try:
            yield
        finally:
            self._free.release()


def _too_many() -> Problem:
    sentence = "Too many passwords are being checked just now. Try again soon."
    return Problem(503, "try_again", sentence, headers={"Retry-After": str(int(WAIT_SECONDS))})


_turns = Turns()


class TakingTurns(Argon2PasswordHasher):
    """Django's Argon2, by turns; hashes stay what they are."""

    def encode(self, password: str, salt: str) -> str:
        with _turns.turn():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _turns.turn():
            return super().verify(password, encoded)
