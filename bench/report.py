"""Rows of the table, how it is printed, and the JSON beside it."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Row:
    """One line of the table. runs: every figure, so that the spread can be judged; holds: None where no goal is set.

    not_run_because: the reason where nothing was measured.
    """

    what: str
    unit: str
    runs: Sequence[float] = ()
    peer: str = ""
    peer_runs: Sequence[float] = ()
    goal: str = ""
    holds: bool | None = None
    note: str = ""
    not_run_because: str = ""

    def check_goal(self, goal: str, holds: bool, note: str = "") -> Row:
        """The same line with its goal and whether it was met."""
        return replace(self, goal=goal, holds=holds, note=note or self.note)

    @property
    def median(self) -> float:
        """Of the runs."""
        return statistics.median(self.runs)

    @property
    def ratio(self) -> float | None:
        """Median by the peer's median."""
        return self.median / statistics.median(self.peer_runs) if self.runs and self.peer_runs else None


def make_missing_row(what: str, why: str) -> Row:
    """A line for what could not be measured here."""
    return Row(what, "", not_run_because=why)


def number(value: float) -> str:
    """Format with as many digits as are significant."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"


def _format_cells(row: Row) -> list[str]:
    if row.not_run_because:
        return [row.what, "not run", "", "", "", row.not_run_because]
    spread = f" ({number(min(row.runs))} to {number(max(row.runs))})" if len(row.runs) > 1 else ""
    peer = f"{row.peer} {number(statistics.median(row.peer_runs))}" if row.peer_runs else row.peer
    ratio = f"{row.ratio:.0%}" if row.ratio is not None else ""
    verdict = {None: "", True: "ok ", False: "SHORT "}[row.holds]
    return [row.what, f"{number(row.median)} {row.unit}{spread}", peer, ratio, verdict + row.goal, row.note]


def show(title: str, rows: Sequence[Row]) -> None:
    """Print the table."""
    table = Table(title=title, title_justify="left")
    for heading in ("what", "median (spread)", "beside it", "ratio", "goal", "note"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*_format_cells(row))
    Console(width=None if Console().is_terminal else 160).print(table)


def save(results: dict[str, Sequence[Row]], options: dict[str, object]) -> Path:
    """Write everything to bench/results/<time>.json."""
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    path = RESULTS / f"{now:%Y%m%d-%H%M%S}.json"
    document = {
        "at": now.isoformat(timespec="seconds"),
        "host": {"machine": platform.machine(), "cpus": os.cpu_count(), "python": platform.python_version()},
        "options": options,
        "results": {name: [asdict(row) for row in rows] for name, rows in results.items()},
    }
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")
    return path
