"""A camera with two streams in the players of HLS and DASH: both are choices of one picture, and can be changed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import PATIENCE_MS, opened
from tests.browser.gate import add_camera, open_camera, remove_cameras
from tests.camera.conftest import RtspCamera
from tests.live.server import House

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.camera, pytest.mark.timeout(240)]

MAIN_WIDTH, SUB_WIDTH = 640, 320
PLAYERS = Path(__file__).parents[2] / "web" / "node_modules"
# Each makes `choices`: the widths that there are, and `choose`, which changes to one of these.
HLS = """url => {
    const player = new Hls({ enableWorker: false })
    player.loadSource(url)
    player.attachMedia(video)
    window.choices = () => player.levels.map((each) => each.width)
    window.choose = (width) => { player.nextLevel = choices().indexOf(width) }
}"""
DASH = """url => {
    const player = dashjs.MediaPlayer().create()
    player.updateSettings({ streaming: { abr: { autoSwitchBitrate: { video: false } } } })
    player.initialize(video, url, true)
    const shown = () => player.isReady() ? player.getRepresentationsByType('video') : []
    window.choices = () => shown().map((each) => each.width)
    window.choose = (width) => {
        player.setRepresentationForTypeById('video', shown().find((each) => each.width === width).id)
    }
}"""
VIDEO = """() => {
    window.video = document.createElement('video')
    video.muted = true
    video.autoplay = true
    document.body.replaceChildren(video)
}"""


@pytest.fixture(scope="module")
def camera() -> Iterator[RtspCamera]:
    with open_camera({"width": MAIN_WIDTH, "fps": 12, "sub": {"width": SUB_WIDTH, "height": 180}}) as camera:
        yield camera


@pytest.fixture(scope="module")
def house(gate_house: House, camera: RtspCamera) -> Iterator[House]:
    add_camera(gate_house, {"url": camera.url, "sub_url": camera.url.replace("stream1", "stream2")})
    yield gate_house
    remove_cameras(gate_house)


def until(page: Page, expression: str, wanted: Any) -> None:
    end = time.monotonic() + 3 * PATIENCE_MS / 1000
    while (found := page.evaluate(expression)) != wanted:
        assert time.monotonic() < end, f"{expression}: {found}"
        page.wait_for_timeout(100)


@pytest.mark.parametrize(
    ("script", "start", "address"),
    [
        ("hls.js/dist/hls.min.js", HLS, "hls/index.m3u8"),
        ("hls.js/dist/hls.min.js", HLS, "hls/index.m3u8?parts=no"),
        ("dashjs/dist/modern/umd/dash.all.min.js", DASH, "dash/manifest.mpd"),
    ],
)
def test_a_player_changes_to_the_sub_stream_and_back(
    browser: Browser, house: House, camera: RtspCamera, script: str, start: str, address: str
) -> None:
    with opened(browser, house, at="/settings", language="en-GB") as page:
        page.evaluate(VIDEO)
        page.evaluate((PLAYERS / script).read_text())
        page.evaluate(start, f"/media/gate/{address}")
        until(page, "choices().toSorted((one, other) => one - other)", [SUB_WIDTH, MAIN_WIDTH])
        for width in (SUB_WIDTH, MAIN_WIDTH):
            page.evaluate("width => choose(width)", width)
            until(page, "video.videoWidth", width)
            shown = page.evaluate("video.currentTime")
            until(page, f"video.currentTime > {shown} + 1", True)
    assert camera.counts()["most_open"] <= 2
