"""The cluster profile from the device to the page, with all its servers on this machine, beside the embedded product.

One MQTT load over many devices. First as fast as it goes: from the first publish until the last message is processed.
Then at a steady share of that, with a probe: a device of its own whose readings are timed until a poll shows them, and
whose alerts until they are at a socket. Layouts with as many devices have the same steady load, by which one worker and
two can be compared. Meanwhile workers and endpoints tell where they spend their time (samples.py). At last the fold
into MongoDB alone (fold.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import uvloop

from belvedere.simulator.api import Api
from belvedere.simulator.mqtt import Publisher
from bench import samples
from bench.fold import measure_folds
from bench.load import Load, LoadError, Result
from bench.options import Options
from bench.report import Row, make_missing_row
from bench.site import cpu_seconds, folder_of, processes_of, site
from bench.sockets import Listener, open_many
from tests.cluster.stack import Stack, run_stack
from tests.live.server import SITE, House

GOAL_RATE = 5_000
SHARE = 0.8  # of the rate found, at which nothing may pile up
# Of the lag: how much greater it may be in the second half by chance; of so many seconds' messages it is no backlog,
# because a worker fetches what came within 50 ms, and takes turns.
GROWTH, SETTLED_SECONDS = 1.2, 0.25
SENT = 0.9  # of the steady load that has to be acknowledged in its time, or it was another load
PROBE_SECONDS, POLL_SECONDS = 0.25, 0.02
ARRIVE_SECONDS = 30.0  # what has not come by then counts as missing
PARTITIONS = 12
# Messages without their PUBACK, over all devices. So many at the steady load that they do not hold it back.
IN_FLIGHT, STEADY_IN_FLIGHT = 2_000, 20_000
CONNECTING = 100  # devices at the same time: a storm of connections is another benchmark (reconnect.py)
ROLES = {"endpoint": "endpoint", "cameras": "web", "worker": "worker", "beat": "beat", "migrate": "migrate"}


class Layout(NamedTuple):
    """devices: that send at once, with the probe. workers: 0 = the embedded product."""

    devices: int
    workers: int


# Devices and workers. The first of as many devices says the steady load.
LAYOUTS = ("10x2", "100x1", "100x2", "1000x2", "1000x1", "10000x2", "fold")
QUICK_LAYOUTS = ("10x2", "100x1", "100x2", "1000x2", "10000x2", "fold")
SAMPLED = ("endpoint", "worker")  # roles that are asked where they spend their time
LIMIT_SECONDS = 360.0  # for each of them
FOLDED, QUICK_FOLDED = 2_000, 300  # series
FOLDED_TO_DISK = 150  # where each of their documents waits for the disk


@dataclass
class Measured:
    """What one layout gave.

    rate: messages/s as fast as it goes; steady: of the steady load. cpu: microseconds of a processor a message of the
    steady load, by role and server; places: seconds of a processor by place, of the roles that were asked.
    """

    rate: float = 0.0
    steady: float = 0.0
    acks: Result | None = None
    screen_ms: list[float] = field(default_factory=list)
    alert_ms: list[float] = field(default_factory=list)
    missing: int = 0
    lag: list[int] = field(default_factory=list)
    cpu: dict[str, float] = field(default_factory=dict)
    places: dict[str, Counter[str]] = field(default_factory=dict)


def run(options: Options) -> list[Row]:
    """A few rows for each layout."""
    is_quick = options.runs <= 3
    rows: list[Row] = []
    seconds = 10.0 if is_quick else 30.0
    steady: dict[int, float] = {}  # devices -> messages/s
    embedded: dict[int, Measured] = {}
    for name in options.layouts or (QUICK_LAYOUTS if is_quick else LAYOUTS):
        if name == "fold":
            rows.append(measure_folds(QUICK_FOLDED if is_quick else FOLDED, durable=False))
            rows.append(measure_folds(FOLDED_TO_DISK, durable=True))
            continue
        devices, workers = map(int, name.split("x"))
        what = f"{devices:,} devices, {workers} worker{'s' if workers > 1 else ''}"
        begun = time.monotonic()
        try:
            seen = _measure(Layout(devices, workers), options.messages, seconds, steady.get(devices, 0.0))
            steady[devices] = seen.steady
            if devices not in embedded:
                embedded[devices] = _measure(Layout(devices, 0), options.messages, seconds, seen.steady)
        except (LoadError, RuntimeError, OSError, TimeoutError) as error:
            rows.append(make_missing_row(what, f"{type(error).__name__}: {str(error)[:300]}"))
        else:
            rows += _make_rows(what, seen, embedded[devices])
        print(f"{what}: took {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return rows


def _measure(layout: Layout, messages: int, seconds: float, steady: float = 0.0) -> Measured:
    """steady: messages/s of the steady load; 0 = SHARE of the rate found."""
    opened = time.monotonic()
    with _open_house(layout) as (house, stack):
        house.add_device("probe")
        house.add_rule(metric="heat")
        senders = {name: secret for name, secret in house.secrets.items() if name != "probe"}
        load = Load(house.server.mqtt_port, senders, folder_of(house))
        window = max(2, IN_FLIGHT // layout.devices)
        deadline = opened + LIMIT_SECONDS

        def send(count: int) -> Result:
            sending = load.start(count, window=window, connecting=CONNECTING)
            sent = load.finish(sending, max(0.0, deadline - time.monotonic()))
            _settle(stack, deadline)
            return sent

        send(max(2_000, 2 * layout.devices))  # makes the series
        measured = Measured()
        begun = time.monotonic()
        sent = send(messages)
        connecting = sent.total_seconds - sent.seconds
        measured.rate = messages / (time.monotonic() - begun - connecting)
        measured.steady = steady or measured.rate * SHARE
        uvloop.run(_hold_steady(house, stack, load, seconds, measured))
        return measured


@contextlib.contextmanager
def _open_house(layout: Layout) -> Iterator[tuple[House, Stack | None]]:
    if not layout.workers:
        with site(layout.devices - 1) as house:
            yield house, None
        return
    with (
        tempfile.TemporaryDirectory(prefix="belvedere-stack-") as folder,
        run_stack(Path(folder), PARTITIONS, durable=True) as stack,
        site(layout.devices - 1, _make_environment(layout, stack), stack) as house,
    ):
        yield house, stack


def _make_environment(layout: Layout, stack: Stack) -> dict[str, str]:
    return {"BELVEDERE_SLOTS": str(layout.workers), **samples.make_environment(stack.folder)}


def _settle(stack: Stack | None, deadline: float) -> None:
    """Wait until all that was acknowledged is processed; in the embedded product it is."""
    while stack is not None and stack.find_lag():
        if time.monotonic() > deadline:
            raise LoadError(f"this layout took more than {LIMIT_SECONDS:.0f} s: the workers are behind")
        time.sleep(0.02)


async def _hold_steady(house: House, stack: Stack | None, load: Load, seconds: float, measured: Measured) -> None:
    rate = measured.steady
    asked = _find_roles(house) if stack else {}
    window = max(200, STEADY_IN_FLIGHT // load.devices)
    sending = load.start(int(rate * seconds), rate=rate, window=window, step_ms=40, connecting=CONNECTING)
    try:
        await asyncio.to_thread(load.wait_until_connected, sending)
        before = _count_cpu(house, stack)
        samples.toggle(asked)
        await asyncio.gather(_probe(house, seconds, measured), _watch_lag(stack, seconds, measured))
        measured.acks = await asyncio.to_thread(load.finish, sending, 120)
    finally:
        if sending.poll() is None:
            sending.kill()
            sending.wait()
    used = _count_cpu(house, stack)
    samples.toggle(asked)
    measured.places = samples.read(stack.folder, asked) if stack else {}
    measured.cpu = {name: (spent - before[name]) / measured.acks.messages * 1e6 for name, spent in used.items()}


def _count_cpu(house: House, stack: Stack | None) -> dict[str, float]:
    """Seconds of a processor so far, by role and server. Those of ended children are lost."""
    spent: dict[str, float] = defaultdict(float)
    for pid, command in processes_of(house.server).items():
        role = _name_role(command)
        with contextlib.suppress(OSError):
            spent[role] += cpu_seconds(pid)
    for name, pid in (stack.find_processes() if stack else {}).items():
        spent[name] += cpu_seconds(pid)
    return spent


def _name_role(command: str) -> str:
    words = command.replace("(", " ").split()
    return next((ROLES[word] for word in words if word in ROLES), "up")


def _find_roles(house: House) -> dict[int, str]:
    """The processes that are asked where they spend their time."""
    found = {pid: _name_role(command) for pid, command in processes_of(house.server).items()}
    return {pid: role for pid, role in found.items() if role in SAMPLED}


async def _watch_lag(stack: Stack | None, seconds: float, measured: Measured) -> None:
    end = time.monotonic() + seconds
    while stack is not None and time.monotonic() < end:
        measured.lag.append(await asyncio.to_thread(stack.find_lag))
        await asyncio.sleep(0.5)


async def _probe(house: House, seconds: float, measured: Measured) -> None:
    """Readings that open and resolve an alert by turns, timed to the poll and to the socket."""
    api = Api(house.server.url, house.api.token)
    told = await asyncio.to_thread(api.get, f"sites/{SITE}/snapshot")
    headers = {"Authorization": f"Bearer {house.api.token}"}
    after = told["alerts_seq"]
    (listener,) = await open_many(house.server.port, f"/ws/alerts/?site={SITE}&after={after}", headers, 1)
    sent: list[tuple[int, float]] = []  # its time, and when it left
    polling = asyncio.create_task(_poll(api, told["cursor"], sent, measured))
    device = await Publisher.connect("127.0.0.1", house.server.mqtt_port, "probe", house.secrets["probe"])
    end = time.monotonic() + seconds - 2  # and time to arrive
    while time.monotonic() < end:
        value = 20 if len(sent) % 2 else 40
        sent.append((int(time.time() * 1000), time.perf_counter()))
        body = b'{"ts":%d,"values":{"heat":%d}}' % (sent[-1][0], value)
        device.send("belvedere/v1/probe/readings", body, lambda: None)
        await asyncio.sleep(PROBE_SECONDS)
    deadline = time.monotonic() + ARRIVE_SECONDS
    while time.monotonic() < deadline:
        measured.alert_ms = _time_alerts(listener, after, sent)
        if len(measured.alert_ms) == len(measured.screen_ms) == len(sent):
            break
        await asyncio.sleep(0.1)
    polling.cancel()
    measured.missing = len(sent) - min(len(measured.alert_ms), len(measured.screen_ms))
    assert listener.transport
    listener.transport.abort()
    await device.close()


def _time_alerts(listener: Listener, after: int, sent: list[tuple[int, float]]) -> list[float]:
    """Milliseconds until each came; each reading causes one."""
    found = []
    for at, text in listener.frames():
        frame = json.loads(text)
        if frame["type"] == "event" and 0 < frame["seq"] - after <= len(sent):
            found.append((at - sent[frame["seq"] - after - 1][1]) * 1000)
    return found


async def _poll(api: Api, cursor: str, sent: list[tuple[int, float]], measured: Measured) -> None:
    """As the page does, but all the time: a reading is shown once a poll has it or a later one of its series."""
    shown = 0
    while True:
        told = await asyncio.to_thread(api.get, f"sites/{SITE}/snapshot?since={cursor}")
        at, cursor = time.perf_counter(), told["cursor"]
        times = {row[1] for row in told["series"]}
        for number in range(len(sent) - 1, shown - 1, -1):
            if sent[number][0] in times:
                measured.screen_ms += [(at - left) * 1000 for _, left in sent[shown : number + 1]]
                shown = number + 1
                break
        await asyncio.sleep(POLL_SECONDS)


def _compute_p99(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.99))] if values else float("nan")


def _make_rows(what: str, seen: Measured, beside: Measured) -> list[Row]:
    assert seen.acks
    assert beside.acks
    speed = Row(f"{what}: end to end", "messages/s", [seen.rate], "embedded", [beside.rate])
    share = f"at {seen.steady:,.0f} messages/s"
    half = len(seen.lag) // 2
    early, late = max(seen.lag[:half], default=0), max(seen.lag[half:], default=0)
    told = f"{early:,} in the first half; {seen.acks.rate:,.0f} messages/s were acknowledged"
    lag = Row(f"{what}: longest lag {share}, second half", "messages", [late], note=told)
    is_sent = seen.acks.rate >= SENT * seen.steady
    alerts = Row(
        f"{what}: alert p99 {share}", "ms", [_compute_p99(seen.alert_ms)], "embedded", [_compute_p99(beside.alert_ms)]
    )
    return [
        speed.check_goal(f">= {GOAL_RATE:,}/s", seen.rate >= GOAL_RATE),
        lag.check_goal(
            "does not grow" if is_sent else "the load is reached",
            is_sent and late <= max(GROWTH * early, SETTLED_SECONDS * seen.rate),
        ),
        Row(f"{what}: PUBACK p99 {share}", "ms", [seen.acks.p99_ms], "embedded", [beside.acks.p99_ms]),
        Row(
            f"{what}: sensor to screen p99 {share}",
            "ms",
            [_compute_p99(seen.screen_ms)],
            "embedded",
            [_compute_p99(beside.screen_ms)],
        ),
        alerts.check_goal("none missing", not seen.missing, f"{seen.missing} missing"),
        *_make_cpu_rows(what, seen, beside),
    ]


def _make_cpu_rows(what: str, seen: Measured, beside: Measured) -> list[Row]:
    parts = ", ".join(f"{name} {spent:.0f}" for name, spent in sorted(seen.cpu.items(), key=lambda one: -one[1]))
    total, embedded = sum(seen.cpu.values()), sum(beside.cpu.values())
    return [
        Row(
            f"{what}: processor a message",
            "microseconds",
            [total],
            "embedded",
            [embedded],
            note=f"microseconds by process: {parts}",
        ),
        *(
            Row(
                f"{what}: {role}, its dearest place",
                "% of its processor time",
                [max(places.values()) / sum(places.values()) * 100],
                note=samples.describe(places),
            )
            for role, places in sorted(seen.places.items())
        ),
    ]
