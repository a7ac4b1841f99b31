"""On the path of the roles that `bench cluster` starts: tells where they spend the time of their processors.

SIGUSR2 begins it and ends it; then <folder>/<process id>.json has the seconds by place. A place is the innermost
function of Belvedere's that ran, with what it called in C and in libraries; all other threads (librdkafka's, above all)
are one.
"""

import json
import os
import signal
import sys
import time
from collections import defaultdict
from pathlib import Path
from types import FrameType

INTERVAL_SECONDS = 0.005  # of a processor
OURS = f"{os.sep}belvedere{os.sep}"
FOLDER = os.environ.get("BELVEDERE_SAMPLES")


class Sampler:
    """Runs in the main thread, between two of its instructions."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._is_running = False
        self._thread = self._process = 0.0

    def toggle(self, _number: int, _frame: FrameType | None) -> None:
        self._is_running = not self._is_running
        interval = INTERVAL_SECONDS if self._is_running else 0.0
        signal.setitimer(signal.ITIMER_PROF, interval, interval)
        if self._is_running:
            self._thread, self._process = time.thread_time(), time.process_time()
            return
        path = self._folder / f"{os.getpid()}.json"
        path.with_suffix(".new").write_text(json.dumps(self._seconds))
        path.with_suffix(".new").rename(path)

    def look(self, _number: int, frame: FrameType | None) -> None:
        thread, process = time.thread_time(), time.process_time()
        own = thread - self._thread
        self._seconds[find_place(frame)] += own
        self._seconds["other threads"] += max(0.0, process - self._process - own)
        self._thread, self._process = thread, process


def find_place(frame: FrameType | None) -> str:
    """As `pipeline/flow.py stage`."""
    while frame is not None:
        path = frame.f_code.co_filename
        if OURS in path and "site-packages" not in path:
            return f"{path.rpartition(OURS)[2]} {frame.f_code.co_name}"
        frame = frame.f_back
    return "libraries alone"


if FOLDER and "belvedere.config" in sys.orig_argv:
    sampler = Sampler(Path(FOLDER))
    signal.signal(signal.SIGPROF, sampler.look)
    signal.signal(signal.SIGUSR2, sampler.toggle)
