"""Limits how many passwords are hashed at once: each Argon2 takes 100 MB, and a stranger may cause one."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.contrib.auth.hashers import Argon2PasswordHasher

from belvedere.web_api.problems import Problem

AT_ONCE = 2
MAX_WAITING = 16  # some 2 s of work for two; nobody waits longer at a sign-in form
MAX_WAITING_OF_ONE = MAX_WAITING // 2  # from one network, so that it cannot fill the queue
WAIT_SECONDS = 5.0

# The network whose request is served (`attempts.find_network`), set by accounts/views.py; "" where there is none.
asker: ContextVar[str] = ContextVar("asker", default="")


class HashingQueue:
    """Lets `at_once` threads hash and `max_waiting` wait, fewer of one network; all others get a 503. Thread-safe."""

    def __init__(
        self,
        at_once: int = AT_ONCE,
        max_waiting: int = MAX_WAITING,
        wait_seconds: float = WAIT_SECONDS,
        max_waiting_of_one: int = MAX_WAITING_OF_ONE,
    ) -> None:
        self._free = threading.BoundedSemaphore(at_once)
        self._max_waiting = max_waiting
        self._max_waiting_of_one = max_waiting_of_one
        self._wait_seconds = wait_seconds
        self._lock = threading.Lock()
        self._waiting: Counter[str] = Counter()

    @contextmanager
    def acquire(self) -> Iterator[None]:
        """Wait for a place and hold it. Raises Problem 503."""
        if not self._free.acquire(blocking=False):
            self._wait()
        try:
            yield
        finally:
            self._free.release()

    def _wait(self) -> None:
        one = asker.get()
        with self._lock:
            if self._waiting.total() >= self._max_waiting or self._waiting[one] >= self._max_waiting_of_one:
                raise _make_too_many()
            self._waiting[one] += 1
        try:
            mine = self._free.acquire(timeout=self._wait_seconds)
        finally:
            with self._lock:
                self._waiting[one] -= 1
                if not self._waiting[one]:
                    del self._waiting[one]
        if not mine:
            raise _make_too_many()


def _make_too_many() -> Problem:
    sentence = "Too many passwords are being checked just now. Try again soon."
    return Problem(503, "try_again", sentence, headers={"Retry-After": str(int(WAIT_SECONDS))})


_queue = HashingQueue()


class QueuedArgon2Hasher(Argon2PasswordHasher):
    """Django's Argon2 hasher behind a queue; the hashes are the same."""

    def encode(self, password: str, salt: str) -> str:
        with _queue.acquire():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _queue.acquire():
            return super().verify(password, encoded)
