"""Where the roles of a cluster spend their processors' time: what bench/sampled tells, asked from outside."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

ON_PATH = Path(__file__).with_name("sampled")
PATIENCE_SECONDS = 10.0
SHOWN = 12  # places


def make_environment(folder: Path) -> dict[str, str]:
    """Of roles that can be asked."""
    return {"PYTHONPATH": str(ON_PATH), "BELVEDERE_SAMPLES": str(folder)}


def toggle(processes: Mapping[int, str]) -> None:
    """Begin, or end; processes: id -> role, all of them started with `make_environment`."""
    for process in processes:
        os.kill(process, signal.SIGUSR2)


def read(folder: Path, processes: Mapping[int, str]) -> dict[str, Counter[str]]:
    """Seconds by place of each role, once it has been ended. Raises TimeoutError."""
    seconds: dict[str, Counter[str]] = {}
    deadline = time.monotonic() + PATIENCE_SECONDS
    for process, role in processes.items():
        path = folder / f"{process}.json"
        while not path.exists():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the {role} does not say where it spent its time")
            time.sleep(0.02)
        seconds.setdefault(role, Counter()).update(json.loads(path.read_text()))
        path.unlink()
    return seconds


def describe(seconds: Counter[str]) -> str:
    """The dearest places with their share."""
    total = sum(seconds.values())
    return ", ".join(f"{place} {spent / total:.0%}" for place, spent in seconds.most_common(SHOWN))
