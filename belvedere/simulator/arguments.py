"""The options of `belvedere simulate`, apart from what it runs: every command of Belvedere reads them at its start."""

from __future__ import annotations

import argparse
from pathlib import Path

from belvedere.simulator.faults import FAULTS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `belvedere simulate`."""
    parser.add_argument("scenario", choices=("house", "coldstore", "load"), help="what to play")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="address of the API (default: %(default)s)")
    parser.add_argument("--mqtt", default="127.0.0.1:1883", metavar="HOST:PORT", help="default: %(default)s")
    parser.add_argument("--token", default="", help="bearer token with which devices are created")
    parser.add_argument("--site", default="", help="site of new devices (default: the only one the token sees)")
    parser.add_argument("--credentials", type=Path, metavar="FILE", help="JSON of device secrets: read, and added to")
    parser.add_argument("--devices", type=int, default=100, help="load: how many (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=20.0, help="load: messages/s of all together (default: 20)")
    parser.add_argument("--history", type=float, default=0.0, metavar="DAYS", help="send the days before now first")
    parser.add_argument("--seconds", type=float, default=0.0, help="stop after so long (default: until Ctrl+C)")
    parser.add_argument("--seed", type=int, default=1, help="other seeds, other curves (default: %(default)s)")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="KIND[:DEVICE]", help="one of: " + ", ".join(FAULTS)
    )
