"""A camera with two streams and sound in a browser: the small one in a tile, the main one when it is enlarged.

The small one is the camera's own, or made of the main one here.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_MS, opened
from tests.browser.gate import add_camera, open_camera, remove_cameras, until_live
from tests.camera.conftest import RtspCamera
from tests.live.server import SITE, House

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.camera, pytest.mark.timeout(240)]

MAIN_WIDTH, SUB_WIDTH = 640, 320
# On each frame of the page: is there a picture on the tile, of the video or of the still above it?
WATCH = """() => {
    window.black = 0
    const look = () => {
        const video = document.querySelector('video')
        const covered = video.parentElement.querySelector('canvas') !== null
        if (video.readyState < 2 && !covered || video.parentElement.dataset.cover) window.black += 1
        requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
}"""

# Measures what the tile plays.
LISTEN = """() => {
    const context = new AudioContext()
    window.analyser = context.createAnalyser()
    context.createMediaStreamSource(document.querySelector('video').srcObject).connect(window.analyser)
}"""
LOUDNESS = """() => {
    const wave = new Float32Array(window.analyser.fftSize)
    window.analyser.getFloatTimeDomainData(wave)
    return Math.max(...wave.map(Math.abs))
}"""


@pytest.fixture(scope="module")
def camera() -> Iterator[RtspCamera]:
    sub = {"width": SUB_WIDTH, "height": 180}
    with open_camera({"pattern": "smpte", "width": MAIN_WIDTH, "fps": 12, "audio": "pcma", "sub": sub}) as camera:
        yield camera


@pytest.fixture(scope="module")
def house(gate_house: House) -> Iterator[House]:
    yield gate_house
    remove_cameras(gate_house)


def until_width(page: Page, width: int) -> None:
    """Until the tile shows the stream of this width."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while (shown := page.evaluate("document.querySelector('video')?.videoWidth")) != width:
        assert time.monotonic() < end, f"{shown} pixels wide"
        page.wait_for_timeout(50)


def until_sub_live(house: House) -> dict[str, Any]:
    """What the camera's record says of its sub stream, which it learns a moment after the picture is there."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while (sub := house.api.get("cameras")[0]["sub"])["state"] != "live":
        assert time.monotonic() < end, sub
        time.sleep(0.1)
    return dict(sub)


def add_with_usual_sub_stream(page: Page, url: str) -> None:
    """Through the dialog, as its owner does."""
    page.get_by_role("button", name="Add camera").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=False).first.fill("Gate")
    dialog.get_by_label("RTSP address").fill(url)
    dialog.get_by_role("button", name="Fill in the usual sub stream address").click()
    expect(dialog.get_by_label("Sub stream address")).to_have_value(url.replace("stream1", "stream2"))
    dialog.get_by_role("button", name="Add camera").click()
    expect(dialog).to_be_hidden()


def test_a_tile_shows_the_sub_stream_and_the_main_one_when_enlarged_without_black_between(
    browser: Browser, house: House, camera: RtspCamera
) -> None:
    with opened(browser, house, at="/cameras?grid=4", language="en-GB") as page:
        add_with_usual_sub_stream(page, camera.url)
        until_live(house)
        page.goto(f"{house.server.url}/s/{SITE}/cameras?grid=4")
        until_width(page, SUB_WIDTH)
        page.evaluate(WATCH)
        tile = page.get_by_role("button", name="Gate, WebRTC")
        tile.focus()
        page.keyboard.press("f")
        until_width(page, MAIN_WIDTH)
        page.keyboard.press("f")
        until_width(page, SUB_WIDTH)
        assert page.evaluate("black") == 0
        page.keyboard.press("Enter")
        page.wait_for_url("**/cameras/gate")
        until_width(page, MAIN_WIDTH)
        page.go_back()
        until_width(page, SUB_WIDTH)
        assert until_sub_live(house)["width"] == SUB_WIDTH
        assert camera.counts() == {"connections": 2, "open": 2, "most_open": 2}


def test_a_camera_is_silent_until_its_button_is_pressed(browser: Browser, house: House, camera: RtspCamera) -> None:
    with opened(browser, house, at="/cameras?grid=4", language="en-GB") as page:
        until_width(page, SUB_WIDTH)
        button = page.get_by_role("button", name="Sound of Gate")
        expect(button).to_have_attribute("aria-pressed", "false")
        assert page.evaluate("document.querySelector('video').muted")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        assert not page.evaluate("document.querySelector('video').muted")
        end = time.monotonic() + PATIENCE_MS / 1000
        while not page.evaluate("document.querySelector('video').srcObject?.getAudioTracks().length"):
            assert time.monotonic() < end
            page.wait_for_timeout(50)
        page.evaluate(LISTEN)
        while page.evaluate(LOUDNESS) < 0.1:
            assert time.monotonic() < end
            page.wait_for_timeout(50)
        until_width(page, SUB_WIDTH)


def test_a_tile_shows_the_smaller_picture_that_is_made_here_over_the_one_connection(
    browser: Browser, house: House
) -> None:
    remove_cameras(house)
    large = {"pattern": "smpte", "width": 2 * MAIN_WIDTH, "height": 720, "fps": 10}
    with open_camera(large) as camera, contextlib.ExitStack() as stack:
        add_camera(house, {"url": camera.url, "make_sub": True})
        page = stack.enter_context(opened(browser, house, at="/cameras?grid=4", language="en-GB"))
        until_width(page, MAIN_WIDTH)
        assert page.evaluate("document.querySelector('video').videoHeight") == 360
        page.get_by_role("button", name="Gate, WebRTC").focus()
        page.keyboard.press("f")
        until_width(page, 2 * MAIN_WIDTH)
        page.keyboard.press("f")
        until_width(page, MAIN_WIDTH)
        until_sub_live(house)
        assert camera.counts() == {"connections": 1, "open": 1, "most_open": 1}
