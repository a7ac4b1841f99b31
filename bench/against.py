"""`python -m bench.against PROGRAM`: another checkout's `belvedere` beside this one's, by the same load, turn about.

It tells what a change cost. Both run all the time, so that a slow minute of the machine hits both, and each figure is
compared turn by turn. Processor time says more than rates do: other programs on the machine hardly change it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from belvedere.readings.latest.port import TICK_SECONDS
from belvedere.simulator.mqtt import Publisher
from bench.fanout import close_all
from bench.history import ask, fill
from bench.load import Clock, Load
from bench.poll import PATH, run_wrk
from bench.report import number
from bench.site import cpu_seconds, folder_of, memory_mb, processes_of
from bench.sockets import open_many
from tests.live.server import SITE, House, Server, set_up

ALLOWED = 1.05  # what a figure may grow by, in the median of the turns
DEVICES, WINDOWS = 100, {1: 2000, 100: 20}  # messages in flight, for so many devices that send
MESSAGES, WARM_UP_MESSAGES, WRK_SECONDS, SOCKETS, DAYS = 40_000, 5_000, 3, 100, 30.0
SETTLE_SECONDS = 1.0
EVENT = b'"type":"event"'

Figures = dict[str, float]  # what -> figure; less is better


@dataclass
class Side:
    """One program with a site of its own. history: path of DAYS of one series."""

    house: House
    history: str
    clock: Clock = field(default_factory=Clock)

    def count_processor(self, work: Callable[[], float]) -> tuple[float, float]:
        """Seconds of a processor that the server spends on some work, and what the work gives."""
        before = cpu_seconds(self.house.server.pid)
        result = work()
        return cpu_seconds(self.house.server.pid) - before, result


@contextlib.contextmanager
def _open_side(program: Path | None) -> Iterator[Side]:
    with tempfile.TemporaryDirectory(prefix="belvedere-bench-") as folder:
        server = Server(Path(folder) / "data", from_empty=True)
        if program is not None:
            server.program = program
        with server:
            house = set_up(server, devices=DEVICES)
            house.add_rule()
            house.add_device("year")
            path = fill(house, DAYS, "year")[1]
            del house.secrets["year"]
            yield Side(house, path)


def _measure_start(side: Side) -> Figures:
    server = side.house.server
    server.stop()
    server.start()
    started = server.seconds_to_ready
    time.sleep(3)  # what follows a start is over
    memory = sum(memory_mb(pid) for pid in processes_of(server))
    return {
        "start to ready, s": started,
        "processor until then and 3 s on, s": cpu_seconds(server.pid),
        "memory, MB": memory,
    }


def _measure_ingest(side: Side) -> Figures:
    load = Load(side.house.server.mqtt_port, side.house.secrets, folder_of(side.house), side.clock)
    figures: Figures = {}
    for devices, window in WINDOWS.items():

        def send(messages: int, devices: int = devices, window: int = window) -> float:
            return load.run(messages, devices=devices, window=window).rate

        send(WARM_UP_MESSAGES)
        seconds, rate = side.count_processor(lambda: send(MESSAGES))
        figures[f"message, {devices} devices, processor, µs"] = seconds / MESSAGES * 1e6
        figures[f"message, {devices} devices, elapsed, µs"] = 1e6 / rate
    return figures


def _measure_poll(side: Side) -> Figures:
    house = side.house
    time.sleep(2 * TICK_SECONDS)  # the last values show
    auth = {"Authorization": f"Bearer {house.api.token}"}
    etag = house.api.raw("GET", PATH)[2]["etag"]
    figures: Figures = {}
    for what, headers in {"full poll": auth, "unchanged poll": {**auth, "If-None-Match": etag}}.items():

        def poll(headers: dict[str, str] = headers) -> float:
            return run_wrk(house.server.url + PATH, WRK_SECONDS, headers)

        seconds, rate = side.count_processor(poll)
        figures[f"{what}, processor, µs"] = seconds / (rate * WRK_SECONDS) * 1e6
        figures[f"{what}, elapsed, µs"] = 1e6 / rate
    return figures


def _measure_alerts(side: Side) -> Figures:
    seconds, times = uvloop.run(_raise_and_end(side))
    return {
        f"alert to {SOCKETS} sockets, processor, ms": seconds / len(times) * 1e3,
        f"alert to {SOCKETS} sockets, ms": statistics.median(times) * 1e3,
    }


async def _raise_and_end(side: Side) -> tuple[float, list[float]]:
    """An alert of each device opens, and then ends, each once the frame of the one before has come.

    Returns the seconds of a processor that all took, and of each the seconds until its frame came.
    """
    house, connect = side.house, Publisher.connect
    port, auth = house.server.mqtt_port, {"Authorization": f"Bearer {house.api.token}"}
    devices = [(name, await connect("127.0.0.1", port, name, secret)) for name, secret in house.secrets.items()]
    for name, device in devices:
        await device.publish(*_make_reading(name, 20))  # the first one makes the series
    listeners = await open_many(house.server.port, f"/ws/alerts/?site={SITE}", auth, SOCKETS)
    await asyncio.sleep(SETTLE_SECONDS)
    before, times = cpu_seconds(house.server.pid), []
    for degrees in (40, 20):
        for name, device in devices:
            at, seen = time.perf_counter(), len(listeners[-1].arrivals)
            device.send(*_make_reading(name, degrees), lambda: None)
            await listeners[-1].wait_for(EVENT, seen)
            times.append(time.perf_counter() - at)
    seconds = cpu_seconds(house.server.pid) - before
    close_all(listeners)
    for _, device in devices:
        await device.close()
    return seconds, times


def _make_reading(device: str, degrees: int) -> tuple[str, bytes]:
    return f"belvedere/v1/{device}/readings", b'{"temperature":%d}' % degrees


def _measure_history(side: Side) -> Figures:
    def read() -> float:
        return statistics.median(ask(side.house, side.history)[0])

    return {f"{DAYS:.0f} days of one series, ms": read()}


MEASURES = {
    "start": _measure_start,
    "ingest": _measure_ingest,
    "poll": _measure_poll,
    "alerts": _measure_alerts,
    "history": _measure_history,
}


def measure_turns(sides: Sequence[Side], names: Sequence[str], turns: int) -> list[list[Figures]]:
    """Figures of each turn, by side; who goes first changes from turn to turn."""
    found: list[list[Figures]] = [[] for _ in sides]
    for turn in range(turns):
        for figures in found:
            figures.append({})
        for name in names:
            for n in (0, 1) if turn % 2 == 0 else (1, 0):
                found[n][turn].update(MEASURES[name](sides[n]))
        print(f"turn {turn + 1} of {turns}", file=sys.stderr)
    return found


def show(other: list[Figures], own: list[Figures]) -> bool:
    """Print the table. Whether no figure grew by more than is allowed."""
    table = Table(title="This program against another, turn about", title_justify="left")
    for heading in ("what", "other, median (spread)", "this, median (spread)", "this / other (spread)", ""):
        table.add_column(heading, overflow="fold")
    holds = True
    for what in other[0]:
        before, after = [turn[what] for turn in other], [turn[what] for turn in own]
        ratios = [b / a for a, b in zip(before, after, strict=True)]
        within = statistics.median(ratios) <= ALLOWED
        holds = holds and within
        table.add_row(what, *map(_format_spread, (before, after, ratios)), "ok" if within else "DEARER")
    Console(width=None if Console().is_terminal else 160).print(table)
    return holds


def _format_spread(figures: Sequence[float]) -> str:
    return f"{number(statistics.median(figures))} ({number(min(figures))} to {number(max(figures))})"


def main() -> int:
    """Exit code 1 when something became dearer by more than is allowed."""
    parser = argparse.ArgumentParser(prog="python -m bench.against", description=__doc__)
    parser.add_argument("program", type=Path, help="the other checkout's .venv/bin/belvedere")
    parser.add_argument("names", nargs="*", metavar="NAME", help="one of: " + ", ".join(MEASURES) + " (default: all)")
    parser.add_argument("--turns", type=int, default=5)
    args = parser.parse_args()
    if unknown := [name for name in args.names if name not in MEASURES]:
        parser.error(f"there is no measure {unknown[0]!r}; there are {', '.join(MEASURES)}")
    with _open_side(args.program) as other, _open_side(None) as own:
        return int(not show(*measure_turns((other, own), args.names or list(MEASURES), args.turns)))


if __name__ == "__main__":
    sys.exit(main())
