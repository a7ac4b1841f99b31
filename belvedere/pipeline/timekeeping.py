"""What the program does about its own clock: looks at it, remembers the last time seen, hears a person confirm it.

domain/clock.py judges; docs/time.md tells the rules.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import structlog

from belvedere.domain.clock import DAY_MS, STEP_MS, Ground, ServerClock, Untrusted
from belvedere.readings.store.port import SeenStore, StoreUnavailable

log = structlog.get_logger(__name__)

NOTE_SECONDS = 10.0  # how far the time remembered may lag behind while readings come: it goes with their commits
IDLE_NOTE_SECONDS = 60.0  # and while none come: this is a transaction of its own


class ClockWatch:
    """Looks at the clock, and tells the log of a doubt and of its end.

    take_confirmation: the time that a person has confirmed since the last look, if any. Of that, only what the person
    saw is confirmed: it may be heard `latest_ms` later.
    """

    def __init__(
        self, clock: ServerClock, take_confirmation: Callable[[], int | None], latest_ms: int = DAY_MS
    ) -> None:
        self._clock = clock
        self._take_confirmation = take_confirmation
        self._latest_ms = latest_ms
        self._told: Untrusted | None = None

    def look(self) -> bool:
        """Hear a confirmation, notice a step; whether anything changed since the last look."""
        confirmed_ms = self._take_confirmation()
        self._clock.observe()
        if confirmed_ms is not None:
            self._confirm(confirmed_ms)
        doubt = self._clock.untrusted
        if doubt == self._told:
            return False
        self._told = doubt
        if doubt is not None:
            log.warning("clock_untrusted", doubt=doubt.doubt.value, reason=doubt.describe())
        else:
            log.info("clock_trusted", ground=self._clock.ground and self._clock.ground.value)
        return True

    def _confirm(self, confirmed_ms: int) -> None:
        if -STEP_MS <= self._clock.now_ms() - confirmed_ms <= self._latest_ms:
            if self._clock.confirm() is not None:
                log.info("clock_confirmed", by="belvedere clock confirm")
        else:
            log.warning("clock_confirmation_of_another_time", confirmed_ms=confirmed_ms)


class SeenKeeper:
    """Writes the last time seen to a store, for the next run. The writer's thread only."""

    def __init__(self, clock: ServerClock, store: SeenStore, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._store = store
        self._monotonic = monotonic
        self._noted_at = monotonic()

    def tick(self, *, at_once: bool = False) -> None:
        """Each second or so. Raises StoreBroken."""
        waited = self._monotonic() - self._noted_at
        if at_once or (self._store.seen_waits and waited >= IDLE_NOTE_SECONDS):
            self.remember()
        elif not self._store.seen_waits and waited >= NOTE_SECONDS:
            self._store.note_seen(self._clock.read_seen())
            self._noted_at = self._monotonic()

    def remember(self) -> None:
        """Write the last time seen at once, as at a stop; a full disk only postpones it. Raises StoreBroken."""
        with contextlib.suppress(StoreUnavailable):
            self._store.remember_seen(self._clock.read_seen())
        self._noted_at = self._monotonic()


class Timekeeper:
    """Of the embedded server. Calls come from the pipeline's thread, but `begin`, before it starts."""

    def __init__(
        self,
        clock: ServerClock,
        store: SeenStore,
        data_dir: Path,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._store = store
        self._watch = ClockWatch(clock, partial(take_confirmation, confirmation_file(data_dir)))
        self._keeper = SeenKeeper(clock, store, monotonic)

    def begin(self) -> None:
        """Judge the start by the last time seen; the store is open. Raises StoreBroken."""
        self._clock.begin(self._store.last_seen)
        self._watch.look()
        if self._clock.ground is Ground.CONFIRMED:
            self.remember()  # the file is gone by now

    def tick(self) -> None:
        """Each second or so. Raises StoreBroken."""
        self._keeper.tick(at_once=self._watch.look())

    def remember(self) -> None:
        """Write the last time seen at once, as at a stop. Raises StoreBroken."""
        self._keeper.remember()


# --- the file by which `belvedere clock confirm` speaks to a server that runs, or to the next one ---


def confirmation_file(data_dir: Path) -> Path:
    """Where it is."""
    return data_dir / "clock-confirmed"


def write_confirmation(data_dir: Path, now_ms: int) -> None:
    """Say that the clock, which shows `now_ms`, is right. Raises OSError."""
    path = confirmation_file(data_dir)
    draft = path.with_name(path.name + ".tmp")
    draft.write_text(f"{now_ms}\n", encoding="ascii")
    folder = data_dir.stat()
    if os.geteuid() == 0:  # root may speak for the account that the server runs as, which has to read it
        os.chown(draft, folder.st_uid, folder.st_gid)
    draft.replace(path)


def take_confirmation(path: Path) -> int | None:
    """The time confirmed, once; None where nobody did."""
    try:
        text = path.read_text(encoding="ascii")
        path.unlink()
        return int(text)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        log.warning("clock_confirmation_unreadable", error=repr(error))
        path.unlink(missing_ok=True)
        return None
