"""How long and how often to measure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """runs: of each figure. messages: of one ingest run. rows: stored before `big_store` measures.

    video_seconds: that each turn of `video` is watched. layouts: of `cluster`, as 100x2 (devices x workers) or fold.
    """

    runs: int = 5
    messages: int = 60_000
    rows: int = 50_000_000
    minutes: float = 5.0
    history_days: float = 365.0
    wrk_seconds: int = 6
    video_seconds: float = 8.0
    layouts: tuple[str, ...] = ()

    @classmethod
    def quick(cls) -> Options:
        """Options for a few minutes: fewer runs, a smaller store, a shorter mix."""
        return cls(
            runs=3, messages=30_000, rows=2_000_000, minutes=1.0, history_days=60.0, wrk_seconds=3, video_seconds=4.0
        )
