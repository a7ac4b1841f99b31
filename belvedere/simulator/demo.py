"""The simulation of `belvedere demo`: a cold store with a week of history, two cameras, and recurring troubles.

Run as `python -m belvedere.simulator.demo --url URL --mqtt-port PORT --setup-token-file FILE`. The first line on
standard output is JSON with `url`, `username` and `password`; a second one says when the history is stored.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Awaitable
from pathlib import Path

from belvedere.simulator.api import Api, ApiError
from belvedere.simulator.credentials import create_devices, name_series
from belvedere.simulator.history import encode_reading, send_batch, send_history
from belvedere.simulator.picture import DOOR, INSIDE
from belvedere.simulator.player import Player, Tally
from belvedere.simulator.player import play as play_devices
from belvedere.simulator.rtsp import Camera, serve_rtsp
from belvedere.simulator.scenarios import Scenario, coldstore
from belvedere.simulator.story import RULES, list_troubles

SITE = "tan-tao"
USERNAME = "demo"
HISTORY_DAYS = 7.0
CAMERAS = (("trong-kho-lanh-1", "Trong kho lạnh 1", INSIDE), ("cua-kho-lanh-1", "Cửa kho lạnh 1", DOOR))


def _print_line(**line: object) -> None:
    print(json.dumps(line, ensure_ascii=False), flush=True)


def set_up(url: str, setup_token: str, scenario: Scenario) -> tuple[Api, str]:
    """Run the first set-up with a random password; gives an API client of the owner, and the password."""
    api = Api(url)
    password = secrets.token_urlsafe(9)
    site = {"slug": SITE, "name": scenario.name, "timezone": "Asia/Ho_Chi_Minh"}
    api.post("setup", {"token": setup_token, "username": USERNAME, "password": password, "site": site})
    api.token = api.post("tokens", {"name": "demo"})["token"]
    api.patch(f"sites/{SITE}", {"address": "TP. Hồ Chí Minh"})
    for position, zone in enumerate(scenario.zones):
        api.post(f"sites/{SITE}/zones", {"name": zone.name, "note": zone.note, "position": position})
    return api, password


def add_rules(api: Api) -> None:
    """Add the rules of the store, enabled."""
    for rule in RULES:
        api.post("rules", {"site": SITE, **rule})


def add_cameras(api: Api, port: int, cameras: list[Camera]) -> None:
    """Add both test cameras."""
    for (camera_id, name, _), camera in zip(CAMERAS, cameras, strict=True):
        source = {
            "url": f"rtsp://127.0.0.1:{port}/{camera.path}",
            "username": camera.username,
            "password": camera.password,
        }
        api.post("cameras", {"site": SITE, "id": camera_id, "name": name, "zone": "Kho lạnh 1", "source": source})


def make_series(api: Api, scenario: Scenario, device_secrets: dict[str, str], now: float) -> None:
    """Send one reading of each device, so that its series exist, and name the series."""
    for script in scenario.devices:
        send_batch(api, script.id, device_secrets[script.id], encode_reading(script, now))
    name_series(api, SITE, scenario)


async def _send_history(api: Api, scenario: Scenario, device_secrets: dict[str, str], now: float) -> None:
    begun = time.monotonic()
    devices = [(script, device_secrets[script.id]) for script in scenario.devices]
    stored = await send_history(api.url, devices, HISTORY_DAYS, now)
    _print_line(history_readings=stored, seconds=round(time.monotonic() - begun, 1))


async def _run_part(what: str, part: Awaitable[None]) -> None:
    """Run a part of the demo; an error is printed and the rest goes on."""
    try:
        await part
    except* (ApiError, OSError) as errors:
        print(f"belvedere demo: {what}: {errors.exceptions[0]}", file=sys.stderr, flush=True)


async def play(url: str, mqtt_port: int, setup_token: str, stop: asyncio.Event) -> None:
    """Set up the site and play until `stop`. Raises ApiError when the set-up is refused."""
    scenario = coldstore(seed=secrets.randbelow(1_000))
    api, password = await asyncio.to_thread(set_up, url, setup_token, scenario)
    device_secrets = await asyncio.to_thread(create_devices, api, SITE, scenario, {})
    await asyncio.to_thread(make_series, api, scenario, device_secrets, time.time())
    await asyncio.to_thread(add_rules, api)
    _print_line(url=url, username=USERNAME, password=password)
    cameras = [Camera(path, scene, "demo", secrets.token_urlsafe(9)) for path, _, scene in CAMERAS]
    begun, tally = time.time(), Tally()
    befalls = list_troubles(begun)
    players = [
        Player(script, device_secrets[script.id], "127.0.0.1", mqtt_port, tally, befalls.get(script.id, []))
        for script in scenario.devices
    ]
    async with serve_rtsp(cameras) as rtsp_port, asyncio.TaskGroup() as tasks:
        beside = [
            tasks.create_task(_run_part("history", _send_history(api, scenario, device_secrets, begun))),
            tasks.create_task(_run_part("cameras", asyncio.to_thread(add_cameras, api, rtsp_port, cameras))),
        ]
        await play_devices(players, stop)
        for task in beside:
            task.cancel()


async def _watch_parent(stop: asyncio.Event) -> None:
    """Set `stop` when the parent process, the server, has ended."""
    parent = os.getppid()
    while os.getppid() == parent:  # noqa: ASYNC110  (there is no event for it)
        await asyncio.sleep(1)
    stop.set()


async def _main(url: str, mqtt_port: int, setup_token: str) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    watching = asyncio.create_task(_watch_parent(stop))
    try:
        await play(url, mqtt_port, setup_token, stop)
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


def main() -> int:
    """Parse the arguments and play; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m belvedere.simulator.demo", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--mqtt-port", type=int, required=True)
    parser.add_argument("--setup-token-file", type=Path, required=True)
    args = parser.parse_args()
    try:
        asyncio.run(_main(args.url, args.mqtt_port, args.setup_token_file.read_text(encoding="utf-8").strip()))
    except (ApiError, OSError) as error:
        print(f"belvedere demo: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
