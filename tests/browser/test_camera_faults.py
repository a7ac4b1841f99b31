"""What a page shows when a camera, its gateway or the clock fails: a picture or what is true, without a reload."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import PATIENCE_MS, opened
from tests.browser.gate import remove_cameras
from tests.camera.quirks.camera import WIDTH
from tests.camera.quirks.faulty import LARGER, Fault, FaultyCamera, run_cameras
from tests.live.machine import Machine
from tests.live.server import SITE, House, Server, set_up

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(240)]

# Of each tile: what it says, the width of its picture, whether that is in sight, and how many there have been.
TILES = """() => Object.fromEntries([...document.querySelectorAll('[role=button]:has(video)')].map((tile) => {
    const video = tile.querySelector('video')
    const words = tile.innerText
    const [name, state] = tile.querySelector('.vh').textContent.split(', ')
    const seen = { state, words, width: video.videoWidth, frames: video.getVideoPlaybackQuality().totalVideoFrames }
    return [name, { ...seen, covered: tile.hasAttribute('data-cover') }]
}))"""
# What the record says of a camera that is gone, and the tile of its picture, which is not shown as one that moves.
AWAY = {
    Fault.FREEZES: ("silent", "no_answer"),
    Fault.GARBAGE: ("bad_answer", "connection_cut", "over_limit"),
    Fault.PASSWORD: ("bad_login",),
}
STANDING = ("picture stopped", "connecting", "offline")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return Machine(tmp_path_factory.mktemp("machine"))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, machine: Machine) -> Iterator[House]:
    environment = {"BELVEDERE_CAMERA_ALLOW": "127.0.0.1/32", **machine.environment}
    with Server(tmp_path_factory.mktemp("faults") / "data", environment=environment) as server:
        yield set_up(server, devices=0)


@pytest.fixture
def cameras(house: House) -> Iterator[dict[str, FaultyCamera]]:
    """By their names: one for each fault, and one that stays well."""
    made = {name: FaultyCamera() for name in (*(fault.name.lower() for fault in Fault), "well")}
    with run_cameras(made.values()):
        for name, camera in made.items():
            source = {"url": camera.url, "username": camera.username, "password": camera.password}
            house.api.post("cameras", {"site": SITE, "id": name, "name": name, "source": source})
        yield made
        remove_cameras(house)


@pytest.fixture
def page(browser: Browser, house: House, cameras: dict[str, FaultyCamera]) -> Iterator[Page]:
    """All tiles show a moving picture."""
    assert cameras
    with opened(browser, house, at="/cameras?grid=9", language="en-GB") as page:
        until(page, lambda: set(look(page)) == set(cameras))
        until_moving(page, *cameras)
        page.evaluate("window.neverReloaded = true")
        yield page
        assert page.evaluate("window.neverReloaded")


def look(page: Page) -> dict[str, Any]:
    return dict(page.evaluate(TILES))


def until(page: Page, reached: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_MS / 1000
    while not reached():
        if time.monotonic() > end:
            pytest.fail("\n".join(f"{name}: {tile}" for name, tile in look(page).items()))
        page.wait_for_timeout(100)


def until_moving(page: Page, *names: str) -> None:
    """By whichever transport: one that falls back is tried again later."""
    for _ in range(2):
        before = look(page)

        def all_move(before: dict[str, Any] = before) -> bool:
            now = look(page)
            moving = {name for name in names if now[name]["frames"] != before[name]["frames"]}
            return moving == set(names) and not any(now[name]["state"] in STANDING for name in names)

        until(page, all_move)


def find_gateway(server: Server) -> int:
    """Its process id, 0 for none. The server has started it, or a role of the server."""
    return next((one for one in list_descendants(server.pid) if "mediaserver.gateway" in read_command(one)), 0)


def list_descendants(process: int) -> Iterator[int]:
    for task in Path(f"/proc/{process}/task").glob("*"):
        for child in map(int, (task / "children").read_text().split()):
            yield child
            with contextlib.suppress(OSError):  # it has just ended
                yield from list_descendants(child)


def read_command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text()
    except OSError:
        return ""


def test_cameras_that_fail_in_five_ways_are_shown_as_they_are(
    page: Page, house: House, cameras: dict[str, FaultyCamera]
) -> None:
    for fault in Fault:
        cameras[fault.name.lower()].fail(fault)
    begun = time.monotonic()
    records: dict[str, Any] = {}

    def all_are_honest() -> bool:
        records.update({record["id"]: record for record in house.api.get("cameras")})
        tiles = look(page)
        told = all(records[fault.name.lower()]["state_code"] in codes for fault, codes in AWAY.items())
        shown = all(tiles[fault.name.lower()]["state"] in STANDING for fault in AWAY)
        codec = tiles["codec"]["state"] == "cannot be shown" and "H.265" in tiles["codec"]["words"]
        return told and shown and codec and tiles["larger"]["width"] == LARGER[0]

    until(page, all_are_honest)
    print(f"all is said {time.monotonic() - begun:.1f} s after five faults at once")
    until_moving(page, "well", "larger")
    assert look(page)["well"]["width"] == WIDTH


def test_pictures_go_on_when_the_gateway_is_killed_and_when_the_clock_is_set(
    page: Page, house: House, machine: Machine, cameras: dict[str, FaultyCamera]
) -> None:
    first = find_gateway(house.server)
    assert first, "0 would be this process and all that belong to its group"
    os.kill(first, signal.SIGKILL)
    begun = time.monotonic()
    until(page, lambda: find_gateway(house.server) not in (0, first))
    until_moving(page, *cameras)
    print(f"all pictures move again {time.monotonic() - begun:.1f} s after the gateway was killed")
    for seconds in (3600, -7200):
        machine.set_clock(seconds)
        until_moving(page, *cameras)
    machine.set_clock(3600)
    states = {record["id"]: record["state"] for record in house.api.get("cameras")}
    assert states == dict.fromkeys(cameras, "live")
