"""`python -m bench [NAME ...]`: run benchmarks one after the other, print their tables, write bench/results/*.json."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

from bench import big_store, cluster, fanout, history, ingest, mixed, page, poll, reconnect, start, video
from bench.load import LoadError
from bench.options import Options
from bench.report import Row, make_missing_row, save, show
from tests.live.server import NotReady

BENCHMARKS: dict[str, tuple[str, Callable[[Options], Sequence[Row]]]] = {
    "start": ("Start-up time and memory", start.run),
    "ingest": ("Durable ingest", ingest.run),
    "poll": ("Poll", poll.run),
    "dashboard": ("The overview in a browser", page.run),
    "fanout": ("Alerts", fanout.run),
    "reconnect": ("Reconnect storm", reconnect.run),
    "history": ("History of a year, storage", history.run),
    "video": ("Video", video.run),
    "mixed": ("Mixed load", mixed.run),
    "cluster": ("The cluster profile", cluster.run),
    "big_store": ("2,000 series over a large store", big_store.run),
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="one of: " + ", ".join(BENCHMARKS) + " (default: all)")
    parser.add_argument("--quick", action="store_true", help="fewer runs, a smaller store, a shorter mix")
    parser.add_argument("--runs", type=int, help="of each figure")
    parser.add_argument("--rows", type=int, help="stored before big_store measures (default: 50 M)")
    parser.add_argument("--minutes", type=float, help="of the mixed load (default: 5)")
    parser.add_argument(
        "--layouts", type=_list_layouts, help="of `cluster`: devices x workers, and fold, e.g. 100x1,100x2,fold"
    )
    args = parser.parse_args()
    unknown = [name for name in args.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}")
    return args


def _list_layouts(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    for name in names:
        if not re.fullmatch(r"[1-9]\d*x[1-9]\d*|fold", name):
            raise argparse.ArgumentTypeError(f"{name!r} is no layout: write 100x2, or fold")
    return names


def _run_one(title: str, benchmark: Callable[[Options], Sequence[Row]], options: Options) -> Sequence[Row]:
    begun = time.monotonic()
    try:
        rows = benchmark(options)
    except (LoadError, NotReady, OSError, RuntimeError) as error:
        rows = [make_missing_row(title, f"{type(error).__name__}: {str(error)[:300]}")]
    show(f"{title} ({time.monotonic() - begun:.0f} s)", rows)
    return rows


def main() -> int:
    """Exit code 1 when a goal is missed or a benchmark could not run."""
    args = _arguments()
    options = Options.quick() if args.quick else Options()
    chosen = {
        name: value for name in ("runs", "rows", "minutes", "layouts") if (value := getattr(args, name)) is not None
    }
    options = replace(options, **chosen)
    results = {}
    for name in args.names or BENCHMARKS:
        title, benchmark = BENCHMARKS[name]
        results[name] = _run_one(title, benchmark, options)
    print(f"written to {save(results, asdict(options))}")
    rows = [row for rows in results.values() for row in rows]
    return int(any(row.holds is False or row.not_run_because for row in rows))


if __name__ == "__main__":
    sys.exit(main())
