"""Each transport in a browser: it plays, and the tile says how old its picture is by the clock inside the picture."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_MS, opened
from tests.browser.gate import add_camera, open_camera, remove_cameras
from tests.camera.conftest import RtspCamera
from tests.live.server import House

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.camera, pytest.mark.timeout(240)]

# Quiet it is some 30; a machine that draws its pictures late is later by that. HLS without its clock is off by seconds.
NEAR_MS = 400
# The camera draws its time as blocks into its top rows; see tests/camera/rtsp_server.py. Ages of the newest pictures,
# and what the tile said at the same moments.
WATCH = r"""() => {
    window.seen = []
    const strip = document.createElement('canvas')
    const pen = strip.getContext('2d', { willReadFrequently: true })
    const look = () => {
        const video = document.querySelector('video')
        const width = (strip.width = video.videoWidth)
        strip.height = 1
        pen.drawImage(video, 0, width / 80, width, 1, 0, 0, width, 1)
        const row = width ? pen.getImageData(0, 0, width, 1).data : []
        let drawn = 0
        for (let bit = 0; bit < 32; bit++) if (row[Math.floor((bit + 0.5) * width / 40) * 4] > 125) drawn += 2 ** bit
        const label = document.querySelector('[aria-pressed] .vh, [role=button] .vh')?.textContent ?? ''
        seen.push({ age: (Date.now() % 2 ** 32) - drawn, label })
        document.querySelector('video').requestVideoFrameCallback(look)
    }
    document.querySelector('video').requestVideoFrameCallback(look)
}"""


@pytest.fixture(scope="module")
def camera() -> Iterator[RtspCamera]:
    with open_camera({"clock": True, "width": 640, "height": 360, "fps": 12}) as camera:
        yield camera


@pytest.fixture(scope="module")
def house(gate_house: House, camera: RtspCamera) -> Iterator[House]:
    add_camera(gate_house, {"url": camera.url})
    yield gate_house
    remove_cameras(gate_house)


def measured(page: Page, transport: str) -> list[tuple[float, float]]:
    """Age by the clock in the picture, and by the tile, in ms; the newest ones."""
    words = re.compile(rf"Gate, {transport}\s([\d.]+)\ss")
    end = time.monotonic() + 3 * PATIENCE_MS / 1000
    while True:
        pairs = [(row["age"], found) for row in page.evaluate("seen") if (found := words.fullmatch(row["label"]))]
        if len(pairs) >= 50:
            return [(age, float(found[1]) * 1000) for age, found in pairs[-30:]]
        assert time.monotonic() < end, page.evaluate("seen.slice(-3)")
        page.wait_for_timeout(200)


@pytest.mark.parametrize("transport", ["WebRTC", "LL-HLS", "HLS", "DASH"])
def test_a_picture_comes_and_its_tile_says_how_old_it_is(browser: Browser, house: House, transport: str) -> None:
    # Narrow, because to draw a large video costs the most.
    with opened(browser, house, at="/cameras/gate", language="en-GB", width=700) as page:
        page.get_by_role("button", name=f"Play by {transport}", exact=True).click()
        expect(page.get_by_role("button", name=re.compile(rf"^Gate, {transport}( |$)"))).to_be_visible()
        page.evaluate(WATCH)
        pairs = measured(page, transport)
        clock, tile = (statistics.median(values) for values in zip(*pairs, strict=True))
        print(f"{transport}: {clock:.0f} ms by the picture, {tile:.0f} ms by the tile")
        assert abs(clock - tile) <= NEAR_MS


def test_low_latency_that_has_fallen_behind_is_live_again(browser: Browser, house: House) -> None:
    with opened(browser, house, at="/cameras/gate", language="en-GB") as page:
        page.get_by_role("button", name="Play by LL-HLS", exact=True).click()
        expect(page.get_by_role("button", name=re.compile(r"^Gate, LL-HLS( |$)"))).to_be_visible()
        page.evaluate(WATCH)
        played = "(video => video.buffered.length && video.currentTime - video.buffered.start(0) > 4)"
        page.wait_for_function(f"() => {played}(document.querySelector('video'))")
        page.evaluate("document.querySelector('video').currentTime -= 3; seen.length = 0")
        page.wait_for_function("() => seen.length > 20 && seen.slice(-10).every(({ age }) => age < 2000)")


def test_the_check_of_a_camera_says_how_its_picture_comes_here(browser: Browser, house: House) -> None:
    with opened(browser, house, at="/cameras/gate", language="en-GB") as page:
        page.get_by_role("button", name="Check", exact=True).click()
        found = page.get_by_role("list", name="What was found")
        for sentence in (
            "WebRTC reaches the server straight, by UDP.",
            "The camera sends H.264, which every browser shows.",
            "The camera sends no B-frames.",
            "A key frame comes every",
            "The camera sends no sound.",
        ):
            expect(found.get_by_text(sentence)).to_be_visible()
