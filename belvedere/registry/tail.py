"""Follows the registry's log for every part of this process that keeps something of the registry in memory."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

import structlog
from django.db import Error, connection

from belvedere.domain.changes import Change, ChangeKind, Reader
from belvedere.registry.log import changes_after, newest
from belvedere.registry.sql import wait_for_answers

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0  # how often it looks unasked: another process may have written; and how often when asked
ANSWER_SECONDS = 4.0  # how long whoever asks is kept waiting, as while the database is away


class OnLoop:
    """A reader whose `apply` runs on the event loop, where it must not use the ORM.

    kinds: the changes that it wants; the loop is not woken for others. Where it fails, it is given the same changes
    again a second later, or with the next ones.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, reader: Reader, *kinds: ChangeKind) -> None:
        self._loop = loop
        self._reader = reader
        self._kinds = kinds
        self._pending: list[Change] = []  # the loop's own

    def load(self) -> None:
        """In the caller's thread, for it uses the ORM."""
        self._reader.load()

    def apply(self, changes: Sequence[Change]) -> None:
        """Hand the changes over; what is handed over later runs later."""
        wanted = [change for change in changes if change.kind in self._kinds]
        if wanted:
            self._loop.call_soon_threadsafe(self._take, wanted)

    def _take(self, changes: list[Change]) -> None:
        self._pending += changes
        self._apply_pending()

    def _apply_pending(self) -> None:
        if not self._pending:
            return
        try:
            self._reader.apply(self._pending)
        except Exception:  # a reader that fails once must not stay behind for good
            log.exception("registry_reader_failed", reader=type(self._reader).__name__, after=self._pending[0].n - 1)
            self._loop.call_later(LOOK_SECONDS, self._apply_pending)
        else:
            self._pending = []


class _Place:
    """A reader, and the number of the last change that it has applied. unreadable: the log could not be read for it."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.n = 0
        self.unreadable = False

    def load(self) -> None:
        n = newest()  # before it reads: what is written meanwhile is applied again
        self.reader.load()
        self.n = n

    def catch_up(self, pages: _Pages) -> bool:
        """Apply what is new. False where this reader fails: it stays where it is and is tried again next time."""
        self.unreadable = False
        try:
            while changes := pages.read_after(self.n):
                if changes[0].n != self.n + 1:
                    log.warning("registry_log_trimmed", reader=type(self.reader).__name__, after=self.n)
                    self.load()
                    return True
                self.reader.apply(changes)
                self.n = changes[-1].n
        except Error as error:
            log.warning("registry_not_readable", reader=type(self.reader).__name__, reason=str(error))
            self.unreadable = True
            return False
        except Exception:  # of one reader: the others must not wait for it
            log.exception("registry_reader_failed", reader=type(self.reader).__name__, after=self.n)
            return False
        return True


class _Pages:
    """The log as it is now, each page read once however many readers stand there."""

    def __init__(self) -> None:
        self._known: dict[int, list[Change]] = {}

    def read_after(self, n: int) -> list[Change]:
        if n not in self._known:
            self._known[n] = changes_after(n)
        return self._known[n]


class RegistryTail:
    """Gives every change to every reader, in order.

    The readers are served in the order given, so that a later one finds what an earlier one has taken in.
    """

    def __init__(self, readers: Sequence[Reader]) -> None:
        self._places = [_Place(reader) for reader in readers]
        self.unreadable = False  # whether the log could not be read at the last look, for /readyz
        self.behind = False  # whether a reader did not take in all of it, for whatever reason
        self._lock = threading.RLock()
        self._asking: deque[Callable[[], object]] = deque()
        self._asked = threading.Event()
        self._asked_look_at = float("-inf")  # monotonic seconds of the last look that somebody asked for
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="registry-tail", daemon=True)

    def load(self) -> None:
        """Let every reader read everything, and follow the log from here."""
        with self._lock:
            for place in self._places:
                place.load()

    def start(self) -> None:
        """Look into the log each LOOK_SECONDS; `catch_up` does at once."""
        self._thread.start()

    def stop(self, timeout_seconds: float = 2.0) -> None:
        """End."""
        self._stopping.set()
        self._asked.set()
        self._thread.join(timeout_seconds)

    def catch_up(self) -> None:
        """Give each reader what it has not had. Any thread; at the end, what this thread committed is applied."""
        with self._lock:
            pages = _Pages()
            taken_in = [place.catch_up(pages) for place in self._places]  # every one, also after one that has failed
            self.behind = not all(taken_in)
            self.unreadable = any(place.unreadable for place in self._places)

    def ask(self) -> asyncio.Future[None]:
        """Look into the log for somebody who is refused otherwise: another process may have just let them in.

        On an event loop. Done after a look that began later than this call, or after ANSWER_SECONDS. All who ask within
        LOOK_SECONDS share one look, so that strangers cannot make it read more often.
        """
        loop = asyncio.get_running_loop()
        looked = loop.create_future()

        def finish() -> None:
            if not looked.done():
                looked.set_result(None)

        self._asking.append(lambda: loop.call_soon_threadsafe(finish))
        self._asked.set()
        loop.call_later(ANSWER_SECONDS, finish)
        return looked

    def keep_up(self) -> None:
        """Catch up where another process has committed something: one small query where none has. Raises nothing."""
        try:
            n = newest()
        except Error as error:
            log.warning("registry_not_readable", reason=str(error))
        else:
            if any(place.n < n for place in self._places):
                self.catch_up()

    def _run(self) -> None:
        wait_for_answers(ANSWER_SECONDS)  # what is revoked elsewhere holds here within 5 s
        try:
            while self._wait():
                self._asked.clear()
                asking = len(self._asking)
                self._look()
                for _ in range(asking):
                    with contextlib.suppress(RuntimeError):  # its event loop has ended
                        self._asking.popleft()()
        finally:
            connection.close()

    def _look(self) -> None:
        """Catch up by the connection of the last look: one that is made for each costs more than all that is read."""
        self.catch_up()
        if self.unreadable:
            connection.close()
            self.catch_up()  # the server may only have been started anew

    def _wait(self) -> bool:
        """Until it is time for a look; False where there is none any more."""
        if self._asked.wait(LOOK_SECONDS):
            self._stopping.wait(max(0.0, self._asked_look_at + LOOK_SECONDS - time.monotonic()))
            self._asked_look_at = time.monotonic()
        return not self._stopping.is_set()
