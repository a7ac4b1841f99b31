"""How much of the machine is left to the tests: what other programs take of it counts against no limit of time."""

from __future__ import annotations

import os
import time
from pathlib import Path

CORES = os.cpu_count() or 1
TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
LEAST = 0.05  # of the machine: less is too little to measure
# Of /proc/PID/stat, behind the name: its parent, then its own times and those of its children that have ended.
_PARENT, _TIMES = 1, slice(11, 15)
_BUSY = (0, 1, 2, 5, 6, 7)  # of /proc/stat: user, nice, system, interrupts (two), and what the host has taken


class Share:
    """Counts from the moment on in which it is made."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._taken = _measure_others()

    def passed(self) -> float:
        """The seconds since then."""
        return time.monotonic() - self._begun

    def free(self) -> float:
        """The same without those that other programs have had of all cores; all of them on a quiet machine."""
        passed = self.passed()
        return min(passed, max(LEAST * passed, passed - (_measure_others() - self._taken) / CORES))


def _measure_others() -> float:
    """The processor seconds of everybody but this process and what comes from it."""
    times = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return (sum(times[at] for at in _BUSY) - _count_ours()) * TICK_SECONDS


def _count_ours() -> int:
    """The ticks of this process and of those that it and they have started."""
    children: dict[int, list[int]] = {}
    ticks: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        pid = int(path.parent.name)
        children.setdefault(int(fields[_PARENT]), []).append(pid)
        ticks[pid] = sum(map(int, fields[_TIMES]))
    ours = [os.getpid()]
    for pid in ours:
        ours += children.get(pid, [])
    return sum(ticks.get(pid, 0) for pid in ours)
