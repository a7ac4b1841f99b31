"""The server's own clock: whether its date is trusted, and a time line that no step of the clock moves.

Boards without a battery start with any date, and NTP corrects it later. So nothing that cannot be undone is done while
the date is `untrusted`, and durations are measured by `steady_ms`. See docs/time.md.
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
# A larger step raises a doubt. NTP corrects a running clock by less than a second, and a machine that is off drifts by
# seconds a day; setting a date or a time zone moves the clock by an hour or more.
STEP_MS = 5 * 60_000
WAIT_MS = DAY_MS  # a clock that was not set for so long is trusted, unless more devices disagree than agree
AGREE_MS = 2 * 60_000  # a device agrees within this: drift, and the delay of a live reading
AGREEING_DEVICES = 3
VOTE_MS = 3_600_000  # older votes of devices do not count
EARLIEST_MS = 1_735_689_600_000  # 1 January 2025: this program is younger
LONGEST_READ_MS = 1_000  # both clocks have to be read within this, else they are read again
READ_TRIES = 5


class Doubt(StrEnum):
    """Why the date is not trusted."""

    BEHIND = "behind"  # the start lies before the last time seen
    AHEAD = "ahead"  # the start lies more than a day after it
    STEPPED = "stepped"  # the clock was set while the program ran


class Ground(StrEnum):
    """Why the date is trusted again."""

    BACK = "back"  # it is where it was expected
    CONFIRMED = "confirmed"  # a person said so
    DEVICES = "devices"  # several devices with clocks of their own say the same
    WAITED = "waited"  # it ran for a day without a step


class Untrusted(NamedTuple):
    """A doubt about the date: the expected time and the shown time at the moment it arose.

    After a start the expected time is the last time seen, since nobody knows how long the machine was off.
    """

    doubt: Doubt
    expected_ms: int
    shown_ms: int

    def describe(self) -> str:
        """The doubt as sentences with both times, for the log and /readyz."""
        expected, shown = _format_time(self.expected_ms), _format_time(self.shown_ms)
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


def _format_time(ms: int) -> str:
    """RFC 3339 to the second."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=ms // 1000)).isoformat().replace("+00:00", "Z")


class Sources(NamedTuple):
    """Sources of time, ms. wall: Unix time. monotonic: from any zero. suspended: how long the machine has slept.

    boot: changes with each start of the machine, and with it the zero of monotonic; "" where that is unknown.
    """

    wall_ms: Callable[[], float]
    monotonic_ms: Callable[[], float]
    suspended_ms: Callable[[], float]
    boot: Callable[[], str] = lambda: ""


def _read_suspended_ms() -> float:
    """Time slept: CLOCK_BOOTTIME counts it, CLOCK_MONOTONIC does not. 0 on systems without CLOCK_BOOTTIME."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return 0.0 if boot is None else time.clock_gettime(boot) * 1000 - time.monotonic() * 1000


def _read_boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""  # no Linux


SYSTEM = Sources(lambda: time.time_ns() / 1e6, lambda: time.monotonic_ns() / 1e6, _read_suspended_ms, _read_boot)


class Seen(NamedTuple):
    """A moment of a run, saved for the next run. ms: the server's time, as `ServerClock.seen` gives it.

    steady_ms: the steady line then, None from versions that did not save it. monotonic_ms, boot: of `Sources`.
    """

    ms: int
    steady_ms: int | None = None
    monotonic_ms: int = 0
    boot: str = ""


class ServerClock:
    """Thread-safe. Call `begin` once the last time seen is known, then `observe` about every second.

    untrusted: the doubt, None while the date is trusted. ground: why it is trusted, after a doubt.
    """

    def __init__(self, sources: Sources = SYSTEM) -> None:
        self._sources = sources
        self._lock = threading.Lock()
        self.untrusted: Untrusted | None = None
        self.ground: Ground | None = None
        self._slept = sources.suspended_ms()
        # Each time is stored as its distance from the passed time, so that it advances with that alone.
        self._expected = self._shown = self._steady = 0.0
        self._most_ahead_ms: float = STEP_MS
        self._set_at = 0.0
        self._votes: dict[str, tuple[bool, float]] = {}
        self.begin(None)

    def begin(self, last: Seen | None) -> None:
        """Judge the date at the start by the last time seen, None for none, and continue the steady line."""
        with self._lock:
            wall, passed = self._read()
            floor = EARLIEST_MS if last is None else last.ms
            self._most_ahead_ms = inf if last is None else DAY_MS
            believable = self._is_believable(wall - floor)
            self._expected = (wall if believable else floor) - passed
            self._steady = self._expected + self._slept
            if last is not None and last.steady_ms is not None:
                monotonic = passed - self._slept
                self._steady = last.steady_ms + self._measure_since(last, monotonic, passed) - monotonic
            self.untrusted = None
            if believable:
                self._end_doubt(None, wall, passed)
            else:
                self._start_doubt(wall, passed)

    def _measure_since(self, last: Seen, monotonic: float, passed: float) -> float:
        """Time since `last`: by the monotonic clock if the machine kept running, else by the date if it is trusted."""
        if last.boot and last.boot == self._sources.boot() and monotonic >= last.monotonic_ms:
            return monotonic - last.monotonic_ms
        return max(0.0, self._expected + passed - last.ms)

    # --- reading time ---------------------------------------------------------------------------

    def now_ms(self) -> int:
        """Unix time by the wall clock, right or wrong."""
        return int(self._sources.wall_ms())

    def steady_ms(self) -> int:
        """The steady line, for durations. The first run begins at the wall clock, each other where the last one ended.

        A step of the wall clock does not move it. It stands still while the machine sleeps: a server that sleeps hears
        no device, so that time is no silence of theirs.
        """
        return int(self._sources.monotonic_ms() + self._steady)

    def read_seen(self) -> Seen:
        """The last time seen, to be saved: the wall clock, or the expected time while that is in doubt."""
        with self._lock:
            passed = self._read()[1]
            monotonic = passed - self._slept
            return Seen(
                int(self._expected + passed), int(monotonic + self._steady), int(monotonic), self._sources.boot()
            )

    # --- judging it -----------------------------------------------------------------------------

    def believed(self) -> bool:
        """Observe the clock and give whether its date is trusted.

        Called for many messages: while the wall clock goes with the monotonic one there is nothing to observe.
        """
        if self.untrusted is not None or abs(self._measure_drift()) > LONGEST_READ_MS:
            self.observe()
        return self.untrusted is None

    def _measure_drift(self) -> float:
        """How far the wall clock is from where it was expected, without a sleep since the last look."""
        return self._sources.wall_ms() - self._sources.monotonic_ms() - self._slept - self._expected

    def observe(self) -> None:
        """Look for a step, or the end of a doubt. Takes some microseconds."""
        with self._lock:
            self._judge(*self._read())

    def confirm(self) -> Untrusted | None:
        """A person confirms the date. Gives the doubt that this ends, None where there was none."""
        with self._lock:
            wall, passed = self._read()
            self._judge(wall, passed)
            doubt = self.untrusted
            if doubt is not None:
                self._end_doubt(Ground.CONFIRMED, wall, passed)
            return doubt

    def hear(self, device_id: str, claimed_ms: int) -> None:
        """Count the time of a live reading, from a device with its own clock, as a vote while the date is in doubt."""
        with self._lock:
            wall, passed = self._read()
            self._judge(wall, passed)
            if self.untrusted is None:
                return
            ahead = claimed_ms - wall
            if abs(ahead) <= AGREE_MS:
                self._votes[device_id] = (True, passed)
                if self._count_majority(passed) >= AGREEING_DEVICES:
                    self._end_doubt(Ground.DEVICES, wall, passed)
            elif ahead > STEP_MS or abs(claimed_ms - self._expected - passed) <= AGREE_MS:
                # No delay makes a device's clock look fast, so it votes against the server's. A time in the past is no
                # vote, since the reading may have waited, unless it is the expected time.
                self._votes[device_id] = (False, passed)

    def _count_majority(self, passed: float) -> int:
        """Votes of the last hour for the server's date, less those against it."""
        lately = [agrees for agrees, at in self._votes.values() if passed - at <= VOTE_MS]
        return 2 * sum(lately) - len(lately)

    def _judge(self, wall: float, passed: float) -> None:
        ahead = wall - self._expected - passed
        if self.untrusted is None:
            if abs(ahead) <= STEP_MS:
                self._expected = wall - passed
            else:
                self._start_doubt(wall, passed)
        elif self._is_believable(ahead):
            self._end_doubt(Ground.BACK, wall, passed)
        elif abs(wall - self._shown - passed) > STEP_MS:
            self._start_doubt(wall, passed)
        else:
            self._shown = wall - passed
            if passed - self._set_at >= WAIT_MS and self._count_majority(passed) >= 0:
                self._end_doubt(Ground.WAITED, wall, passed)

    def _is_believable(self, ahead: float) -> bool:
        return -STEP_MS <= ahead <= self._most_ahead_ms

    def _start_doubt(self, wall: float, passed: float) -> None:
        expected = self._expected + passed
        started = Doubt.BEHIND if wall < expected else Doubt.AHEAD
        self._shown, self._set_at = wall - passed, passed
        self._votes.clear()
        doubt = Doubt.STEPPED if self._most_ahead_ms == STEP_MS else started
        self.untrusted = Untrusted(doubt, int(expected), int(wall))

    def _end_doubt(self, ground: Ground | None, wall: float, passed: float) -> None:
        self._expected = wall - passed
        self._most_ahead_ms = STEP_MS
        self.ground = ground
        self.untrusted = None

    def _read(self) -> tuple[float, float]:
        """The wall clock and the passed time, sleep included, read within LONGEST_READ_MS of each other.

        If the process is stopped between the two, that pause would look like a step; then they are read again.
        """
        sources = self._sources
        for _ in range(READ_TRIES):
            before = sources.monotonic_ms()
            wall, slept = sources.wall_ms(), sources.suspended_ms()
            monotonic = sources.monotonic_ms()
            if monotonic - before <= LONGEST_READ_MS:
                break
        self._slept = max(self._slept, slept)  # a pause during the reads can only make it look shorter
        return wall, monotonic + self._slept
