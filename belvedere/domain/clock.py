"""The server's own clock: whether its date can be believed, and a time that no step of it moves.

Small boards without a battery start with any date, and NTP sets it right later. Two questions follow, answered here
and explained in docs/time.md: what may be done that cannot be undone (nothing, while `untrusted`), and how long
something has lasted (`steady_ms`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import inf
from pathlib import Path
from typing import NamedTuple

DAY_MS = 86_400_000
# What a clock may be set by without a doubt. NTP corrects a clock that runs by less than a second, and drift of a
# machine that was off is seconds a day; whoever sets a date or a zone moves it by an hour or more.
STEP_MS = 5 * 60_000
WAIT_MS = DAY_MS  # a clock that was not set for so long, with nobody against it, is believed
AGREE_MS = 2 * 60_000  # of a device's clock with ours: drift and the way of a live reading
AGREEING_DEVICES = 3
VOTE_MS = 3_600_000  # what a device said before that no longer counts
EARLIEST_MS = 1_735_689_600_000  # 1 January 2025: before there was this program
LONGEST_READ_MS = 1_000  # both clocks are read at one moment, or again
READ_TRIES = 5


class Doubt(StrEnum):
    """Why the date is not believed."""

    BEHIND = "behind"  # the start lies before the last time seen
    AHEAD = "ahead"  # the start lies more than a day after it
    STEPPED = "stepped"  # the clock was set while the program ran


class Ground(StrEnum):
    """Why the date is believed again."""

    BACK = "back"  # it is where it was expected
    CONFIRMED = "confirmed"  # a person said so
    DEVICES = "devices"  # several devices with clocks of their own say the same
    WAITED = "waited"  # it ran for a day without a step


class Untrusted(NamedTuple):
    """A doubt about the date, as it was when it arose: the time that was expected, and the one that the clock showed.

    After a start, what was expected is the last time seen: how long the machine was off, nobody knows.
    """

    doubt: Doubt
    expected_ms: int
    shown_ms: int

    def sentence(self) -> str:
        """For people who look at the log or /readyz, with both times."""
        expected, shown = _in_words(self.expected_ms), _in_words(self.shown_ms)
        what = {
            Doubt.BEHIND: f"The server started at {shown} by its clock, but has seen {expected} before.",
            Doubt.AHEAD: f"The server started at {shown} by its clock, over a day after it last ran, at {expected}.",
            Doubt.STEPPED: f"The server's clock was set while it ran: it shows {shown}, and {expected} was expected.",
        }[self.doubt]
        return f"{what} {WHAT_TO_DO}"


WHAT_TO_DO = (
    "Until that is confirmed, nothing old is deleted and no reading is refused for its time. Correct the clock, or"
    " confirm that it is right: on the dashboard, or by `belvedere clock confirm`."
)


def _in_words(ms: int) -> str:
    """RFC 3339 to the second."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=ms // 1000)).isoformat().replace("+00:00", "Z")


class Sources(NamedTuple):
    """Where time comes from, ms. wall: Unix time. monotonic: any zero. suspended: how long the machine has slept.

    boot: the same as long as the machine is not started anew, and with it `monotonic` goes on; "" where nobody knows.
    """

    wall_ms: Callable[[], float]
    monotonic_ms: Callable[[], float]
    suspended_ms: Callable[[], float]
    boot: Callable[[], str] = lambda: ""


def _suspended_ms() -> float:
    """CLOCK_MONOTONIC stands still while Linux sleeps, CLOCK_BOOTTIME goes on; elsewhere we know nothing of sleep."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return 0.0 if boot is None else time.clock_gettime(boot) * 1000 - time.monotonic() * 1000


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""  # no Linux


SYSTEM = Sources(lambda: time.time_ns() / 1e6, lambda: time.monotonic_ns() / 1e6, _suspended_ms, _boot)


class Seen(NamedTuple):
    """One moment of a run, for the run after it. ms: the server's time, as `seen` says.

    steady_ms: the steady line then, None where a version before it was remembered wrote this. monotonic_ms, boot: of
    `Sources`.
    """

    ms: int
    steady_ms: int | None = None
    monotonic_ms: int = 0
    boot: str = ""


class ServerClock:
    """Any thread. Call `begin` once the last time seen is known, `observe` every second or so.

    untrusted: the doubt, None while the date is believed. ground: why it is believed, after a doubt.
    """

    def __init__(self, sources: Sources = SYSTEM) -> None:
        self._sources = sources
        self._lock = threading.Lock()
        self.untrusted: Untrusted | None = None
        self.ground: Ground | None = None
        self._slept = sources.suspended_ms()
        # Each time below is kept as its distance from the time that has passed, so that it moves with that alone.
        self._expected = self._shown = self._steady = 0.0
        self._most_ahead_ms: float = STEP_MS
        self._set_at = 0.0
        self._votes: dict[str, tuple[bool, float]] = {}
        self.begin(None)

    def begin(self, last: Seen | None) -> None:
        """Judge the date of the start by the last time seen, where there is one; the steady line goes on from there."""
        with self._lock:
            wall, passed = self._read()
            floor = EARLIEST_MS if last is None else last.ms
            self._most_ahead_ms = inf if last is None else DAY_MS
            believable = self._is_believable(wall - floor)
            self._expected = (wall if believable else floor) - passed
            self._steady = self._expected + self._slept
            if last is not None and last.steady_ms is not None:
                monotonic = passed - self._slept
                self._steady = last.steady_ms + self._passed_since(last, monotonic, passed) - monotonic
            self.untrusted = None
            if believable:
                self._trust(None, wall, passed)
            else:
                self._doubt(wall, passed)

    def _passed_since(self, last: Seen, monotonic: float, passed: float) -> float:
        """How long ago `last` was: by the kernel where that ran on, else by the date, as far as that is believed."""
        if last.boot and last.boot == self._sources.boot() and monotonic >= last.monotonic_ms:
            return monotonic - last.monotonic_ms
        return max(0.0, self._expected + passed - last.ms)

    # --- telling time ---------------------------------------------------------------------------

    def now_ms(self) -> int:
        """The wall clock, right or wrong."""
        return int(self._sources.wall_ms())

    def steady_ms(self) -> int:
        """For durations: the first run begins at the wall clock, and each further one goes on from the run before.

        Only time that passes moves it, no step of the wall clock; while the machine sleeps it stands still, because a
        server that sleeps hears nobody, so their silence says nothing.
        """
        return int(self._sources.monotonic_ms() + self._steady)

    def seen(self) -> Seen:
        """What to remember as the last time seen: the wall clock, or the time expected while that is in doubt."""
        with self._lock:
            passed = self._read()[1]
            monotonic = passed - self._slept
            return Seen(
                int(self._expected + passed), int(monotonic + self._steady), int(monotonic), self._sources.boot()
            )

    # --- judging it -----------------------------------------------------------------------------

    def believed(self) -> bool:
        """Look at the clock at this moment, and say whether its date can be believed."""
        self.observe()
        return self.untrusted is None

    def observe(self) -> None:
        """Notice a step, or that a doubt is over. Some microseconds."""
        with self._lock:
            self._judge(*self._read())

    def confirm(self) -> Untrusted | None:
        """A person says that the date is right; the doubt that this ends, None where there was none."""
        with self._lock:
            wall, passed = self._read()
            self._judge(wall, passed)
            doubt = self.untrusted
            if doubt is not None:
                self._trust(Ground.CONFIRMED, wall, passed)
            return doubt

    def hear(self, device_id: str, claimed_ms: int) -> None:
        """A device with a clock of its own put this time on a reading that it sent at once."""
        with self._lock:
            wall, passed = self._read()
            self._judge(wall, passed)
            if self.untrusted is None:
                return
            ahead = claimed_ms - wall
            if abs(ahead) <= AGREE_MS:
                self._votes[device_id] = (True, passed)
                if self._majority(passed) >= AGREEING_DEVICES:
                    self._trust(Ground.DEVICES, wall, passed)
            elif ahead > STEP_MS or abs(claimed_ms - self._expected - passed) <= AGREE_MS:
                # Nothing makes a clock look fast, so that device is against ours. One that lies behind says nothing,
                # because its reading may have waited, unless it is at the very time that was expected.
                self._votes[device_id] = (False, passed)

    def _majority(self, passed: float) -> int:
        """How many more devices are for our clock than against it, of those heard lately."""
        lately = [agrees for agrees, at in self._votes.values() if passed - at <= VOTE_MS]
        return 2 * sum(lately) - len(lately)

    def _judge(self, wall: float, passed: float) -> None:
        ahead = wall - self._expected - passed
        if self.untrusted is None:
            if abs(ahead) <= STEP_MS:
                self._expected = wall - passed
            else:
                self._doubt(wall, passed)
        elif self._is_believable(ahead):
            self._trust(Ground.BACK, wall, passed)
        elif abs(wall - self._shown - passed) > STEP_MS:
            self._doubt(wall, passed)
        else:
            self._shown = wall - passed
            if passed - self._set_at >= WAIT_MS and self._majority(passed) >= 0:
                self._trust(Ground.WAITED, wall, passed)

    def _is_believable(self, ahead: float) -> bool:
        return -STEP_MS <= ahead <= self._most_ahead_ms

    def _doubt(self, wall: float, passed: float) -> None:
        expected = self._expected + passed
        started = Doubt.BEHIND if wall < expected else Doubt.AHEAD
        self._shown, self._set_at = wall - passed, passed
        self._votes.clear()
        doubt = Doubt.STEPPED if self._most_ahead_ms == STEP_MS else started
        self.untrusted = Untrusted(doubt, int(expected), int(wall))

    def _trust(self, ground: Ground | None, wall: float, passed: float) -> None:
        self._expected = wall - passed
        self._most_ahead_ms = STEP_MS
        self.ground = ground
        self.untrusted = None

    def _read(self) -> tuple[float, float]:
        """The wall clock, and the time that has passed, sleep included: at one moment, unless we were stopped between.

        Were they read a minute apart, that minute would look like a step.
        """
        sources = self._sources
        for _ in range(READ_TRIES):
            before = sources.monotonic_ms()
            wall, slept = sources.wall_ms(), sources.suspended_ms()
            monotonic = sources.monotonic_ms()
            if monotonic - before <= LONGEST_READ_MS:
                break
        self._slept = max(self._slept, slept)  # a pause while it is read makes it look shorter, nothing longer
        return wall, monotonic + self._slept
