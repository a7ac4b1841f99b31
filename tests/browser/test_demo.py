"""The demo in a browser, as a newcomer meets it: sign in, numbers move, an alert pops up, both cameras play."""

from __future__ import annotations

import datetime
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser.conftest import PATIENCE_MS, Demo, go, let_in, new_context, settle, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(240)]

OVERVIEW = "/s/tan-tao"
# Whether each of two videos has moved on since the first call: by time, by frames, and to another picture.
MOVES = """() => {
    const now = [...document.querySelectorAll('video')].map(v => {
        const c = document.createElement('canvas'); c.width = 160; c.height = 90
        const g = c.getContext('2d'); g.drawImage(v, 0, 0, 160, 90)
        return { time: v.currentTime, width: v.videoWidth, frames: v.getVideoPlaybackQuality().totalVideoFrames,
                 pixels: g.getImageData(0, 0, 160, 90).data } })
    if (now.length !== 2 || now.some(each => each.width !== 640 || each.time < 0.5)) return false
    const first = window.firstOfVideos ??= now
    return now.every((each, i) => each.time - first[i].time > 1.5 && each.frames - first[i].frames > 15
        && each.pixels.some((value, j) => Math.abs(value - first[i].pixels[j]) > 40))
}"""

IS_INKED = """c => {
    const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data
    let n = 0
    for (let i = 3; i < d.length; i += 4) n += d[i] > 60
    return n > 1000
}"""

SIZES = """() => Object.fromEntries(performance.getEntriesByType('resource')
    .filter(each => /\\.(js|css)$/.test(each.name)).map(each => [each.name, each.encodedBodySize]))"""


def test_an_alert_pops_up_on_the_open_page_and_is_taken_with_two_clicks(page: Page, demo: Demo, pictures: Path) -> None:
    # Not on the overview, where two videos would play for the half minute until it comes.
    page.goto(demo.url + OVERVIEW + "/alerts")
    row = page.get_by_role("log").get_by_role("link", name=re.compile("Kho lạnh 1 quá ấm"))
    expect(row).to_be_visible(timeout=max(10, 100 - (time.monotonic() - demo.began)) * 1000)
    row.click()
    page.wait_for_url("**/alerts/*")
    page.get_by_role("button", name="Nhận xử lý").click()
    expect(page.get_by_role("main")).to_contain_text("demo đã nhận lúc", timeout=PATIENCE_MS)
    page.screenshot(path=pictures / "alert.png")


def test_a_stranger_is_asked_to_sign_in_and_a_wrong_password_is_said_kindly(browser: Browser, demo: Demo) -> None:
    context = new_context(browser)
    page = context.new_page()
    page.goto(demo.url + OVERVIEW)
    page.wait_for_url("**/sign-in**")
    page.locator("input[name=username]").fill("demo")
    page.locator("input[name=password]").fill("wrong-password")
    page.locator("button[type=submit]").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert "/sign-in" in page.url
    context.close()


def test_every_zone_is_shown_and_values_change_while_one_looks(page: Page, demo: Demo, pictures: Path) -> None:
    page.goto(demo.url + OVERVIEW)
    for zone in ("Kho lạnh 1", "Kho đông", "Khu sơ chế và tủ điện", "Camera"):
        expect(page.get_by_role("heading", name=zone, exact=True)).to_be_visible(timeout=PATIENCE_MS)
    cards = page.locator("main a[href*='/series/']")
    expect(cards).to_have_count(16, timeout=PATIENCE_MS)
    before = cards.all_inner_texts()
    end = time.monotonic() + 30
    while sum(a != b for a, b in zip(before, cards.all_inner_texts(), strict=False)) < 5:
        assert time.monotonic() < end, "the values stand still"
        page.wait_for_timeout(500)
    page.screenshot(path=pictures / "overview-light.png", full_page=True)


def test_the_page_polls_once_for_all_cards_and_not_at_all_where_django_would_answer(
    browser: Browser, demo: Demo
) -> None:
    asked: list[str] = []
    unanswered: set[str] = set()
    context = new_context(browser)  # its clock is that of all its pages
    let_in(context, demo.url, demo.username, demo.password)
    page = context.new_page()
    page.clock.install()
    page.goto(demo.url + OVERVIEW)
    expect(page.locator("main a[href*='/series/']")).to_have_count(16)
    settle(page)

    def note(request: Request) -> None:
        if "/snapshot" in request.url:
            unanswered.add(request.url)

    page.on("request", note)
    for event in ("requestfinished", "requestfailed"):
        page.on(event, lambda request: unanswered.discard(request.url))
    page.clock.pause_at(datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=60))
    while unanswered:  # while one is, no other follows
        page.wait_for_timeout(20)
    page.on("request", lambda request: asked.append(request.url))
    for _ in range(3):
        with page.expect_response("**/snapshot?*since=*"):
            page.clock.run_for(5_200)
    polls = [url for url in asked if "/snapshot" in url]
    assert 3 <= len(polls) <= 4, asked
    assert all("since=" in url for url in polls)
    # The clock jumps, which looks to the players like a picture that stands still: they may ask for their cameras.
    others = [url for url in asked if "/api/" in url and "/snapshot" not in url and "/cameras?" not in url]
    assert len(others) <= 3, others
    context.close()


def test_the_first_load_is_small_and_the_second_asks_for_no_file_again(browser: Browser, demo: Demo) -> None:
    context = new_context(browser, service_workers="allow")
    page = context.new_page()
    sign_in(page, demo)
    expect(page.locator("main a[href*='/series/']").first).to_be_visible(timeout=PATIENCE_MS)
    sizes: dict[str, int] = page.evaluate(SIZES)
    assert len(sizes) > 3
    # Where the page is slow to show its cards, it has by then fetched ahead what an alert and the next page need.
    assert sum(size for name, size in sizes.items() if "/hls-" not in name) <= 290_000, sizes
    page.reload()
    expect(page.locator("main a[href*='/series/']").first).to_be_visible(timeout=PATIENCE_MS)
    # What the service worker gives was kept by it.
    asked: dict[str, int] = page.evaluate(
        SIZES.replace("each.encodedBodySize", "each.workerStart ? 0 : each.transferSize")
    )
    # A part that is loaded only now, because the page came to need it, is no file asked for again.
    assert [name for name in sizes if asked.get(name)] == []
    context.close()


def test_both_cameras_play_and_their_pictures_move(page: Page, demo: Demo, pictures: Path) -> None:
    page.goto(demo.url + OVERVIEW + "/cameras")
    expect(page.locator("video")).to_have_count(2, timeout=PATIENCE_MS)
    page.wait_for_function(MOVES, polling=500, timeout=2 * PATIENCE_MS)
    page.screenshot(path=pictures / "cameras.png")


def test_without_webrtc_the_cameras_play_over_hls(browser: Browser, demo: Demo) -> None:
    context = new_context(browser)
    context.add_init_script("delete window.RTCPeerConnection; delete window.webkitRTCPeerConnection")
    let_in(context, demo.url, demo.username, demo.password)
    page = context.new_page()
    page.goto(demo.url + OVERVIEW + "/cameras")
    page.wait_for_function(MOVES, polling=500, timeout=2 * PATIENCE_MS)
    expect(page.get_by_role("main")).to_contain_text("HLS")
    context.close()


def test_a_sensors_page_draws_its_history(page: Page, demo: Demo, pictures: Path) -> None:
    page.goto(demo.url + OVERVIEW)
    page.locator("main a[href*='/series/']").first.click()
    page.wait_for_url("**/series/*")
    for days in ("1h", "24h", "7d"):
        go(page, page.url.split("?")[0] + f"?range={days}")
        canvas = page.locator("main canvas").first
        expect(canvas).to_be_visible(timeout=PATIENCE_MS)
        page.wait_for_function(IS_INKED, arg=canvas.element_handle())
        page.screenshot(path=pictures / f"sensor-{days}.png")


def test_the_language_and_the_theme_change_and_stay(browser: Browser, demo: Demo, pictures: Path) -> None:
    context = new_context(browser)  # what is chosen here stays here
    let_in(context, demo.url, demo.username, demo.password)
    page = context.new_page()
    page.goto(demo.url + OVERVIEW)
    expect(page.get_by_role("link", name="Cảnh báo").first).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name=re.compile("switch to English")).click()
    expect(page.get_by_role("link", name="Alerts").first).to_be_visible(timeout=PATIENCE_MS)
    assert page.locator("html").get_attribute("lang") == "en"
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name=re.compile("dark", re.IGNORECASE)).click()
    page.wait_for_function(f"() => getComputedStyle(document.body).backgroundColor !== '{light}'")
    page.screenshot(path=pictures / "overview-dark-en.png")
    page.reload()
    expect(page.get_by_role("link", name="Alerts").first).to_be_visible(timeout=PATIENCE_MS)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    page.get_by_role("button", name=re.compile("light", re.IGNORECASE)).click()
    page.get_by_role("button", name=re.compile("tiếng Việt")).click()
    expect(page.get_by_role("link", name="Cảnh báo").first).to_be_visible(timeout=PATIENCE_MS)
    context.close()


def test_when_the_network_is_cut_nothing_stays_fresh_and_it_comes_back(page: Page, demo: Demo, pictures: Path) -> None:
    page.goto(demo.url + OVERVIEW)
    expect(page.locator("main a[href*='/series/']").first).to_be_visible(timeout=PATIENCE_MS)
    page.wait_for_event("requestfinished", lambda request: "/snapshot?" in request.url and "since=" in request.url)
    page.context.set_offline(True)
    try:
        expect(page.get_by_role("alert").filter(has_text="Mất kết nối")).to_be_visible(timeout=PATIENCE_MS)
        ages = page.locator("main a[href*='/series/'] time")
        expect(ages).not_to_have_count(0)
        expect(page.locator("main a[href*='/series/'] time[aria-label$='mới']")).to_have_count(0)
        page.screenshot(path=pictures / "offline.png")
    finally:
        page.context.set_offline(False)
    expect(page.get_by_role("alert").filter(has_text="Mất kết nối")).to_have_count(0, timeout=PATIENCE_MS)
