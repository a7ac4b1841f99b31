"""Sends the days before now over HTTP, in batches of up to 1,000 readings with their own times."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import NamedTuple

from belvedere.simulator.api import Api, ApiError, make_basic_auth
from belvedere.simulator.scenarios import DeviceScript

BATCH_READINGS = 1_000  # the most that one body may hold (design §4)
# A busy server answers 503 with Retry-After; a minute of retries covers a long checkpoint.
TRIES = 12
PARALLEL_BATCHES = 4


class Stretch(NamedTuple):
    """A part of the past: from `newest_seconds` to `oldest_seconds` ago, one reading every `step_seconds`."""

    newest_seconds: float
    oldest_seconds: float
    step_seconds: float


def plan_stretches(days: float) -> list[Stretch]:
    """The stretches, newest first: every 5 s for an hour, 10 s for a day, 15 s before that.

    15 s is the longest interval with which 80 % of the time counts as fresh for a series of 5 s (a budget of 13 s).
    """
    hour, day, end = 3_600, 86_400, days * 86_400
    wanted = [Stretch(0, hour, 5), Stretch(hour, day, 10), Stretch(day, end, 15)]
    return [part._replace(oldest_seconds=min(part.oldest_seconds, end)) for part in wanted if part.newest_seconds < end]


def encode_batches(device: DeviceScript, now: float, days: float) -> Iterator[bytes]:
    """The bodies of one device, newest batch first, each in order of time."""
    for part in plan_stretches(days):
        step = max(part.step_seconds, device.interval_seconds)
        # On a fixed grid, so that sending the same days again adds nothing.
        first = int((now - part.oldest_seconds) // step) + 1
        last = int((now - part.newest_seconds) // step)
        for end in range(last, first - 1, -BATCH_READINGS):
            moments = [n * step for n in range(max(first, end - BATCH_READINGS + 1), end + 1)]
            readings = [{"ts": int(t * 1000), "values": device.play(t)} for t in moments]
            yield json.dumps({"readings": readings}, separators=(",", ":")).encode()


def encode_reading(device: DeviceScript, t: float) -> bytes:
    """The body of a single reading."""
    return json.dumps({"ts": int(t * 1000), "values": device.play(t)}).encode()


def send_batch(api: Api, device: str, secret: str, body: bytes) -> int:
    """Send one batch, again where the server is busy; gives the stored readings. Raises ApiError."""
    for attempt in range(1, TRIES + 1):
        try:
            status, answer, headers = api.raw("POST", "/api/v1/ingest", body, make_basic_auth(device, secret))
        except OSError as error:
            raise ApiError("POST", "ingest", 0, f"no answer from {api.url} ({error})") from error
        if status == 200:
            return int(json.loads(answer)["stored"])
        if status not in (429, 503) or attempt == TRIES:
            break
        time.sleep(float(headers.get("retry-after", "1")))
    raise ApiError("POST", "ingest", status, answer[:200].decode(errors="replace"))


async def send_history(url: str, devices: list[tuple[DeviceScript, str]], days: float, now: float) -> int:
    """Send `days` of all devices, the newest of each first; returns the number of stored readings.

    devices: (script, secret).
    """
    queue: asyncio.PriorityQueue[tuple[int, int, bytes]] = asyncio.PriorityQueue(PARALLEL_BATCHES * 2)
    stored = 0

    async def make() -> None:
        open_ = {n: encode_batches(script, now, days) for n, (script, _) in enumerate(devices)}
        turn = 0
        while open_:
            for n in list(open_):
                body = await asyncio.to_thread(next, open_[n], None)
                if body is None:
                    del open_[n]
                else:
                    await queue.put((turn, n, body))
            turn += 1
        for _ in range(PARALLEL_BATCHES):
            await queue.put((turn, -1, b""))

    async def send() -> None:
        nonlocal stored
        api = Api(url)
        while True:
            _, n, body = await queue.get()
            if not body:
                return
            script, secret = devices[n]
            added = await asyncio.to_thread(send_batch, api, script.id, secret, body)
            stored += added  # not in one line: that would read the sum before the wait

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(make())
        for _ in range(PARALLEL_BATCHES):
            tasks.create_task(send())
    return stored
