"""What a person does by keyboard alone and with two taps on a phone, and pages whose names are long."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE_MS, Demo, resize, settle
from tests.browser.seed import LONG, Seed

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(240)]

HERE = f"/s/{LONG}"


@pytest.fixture
def keys(page: Page) -> Page:
    """A page whose mouse nobody touches."""
    page.set_viewport_size({"width": 1440, "height": 900})
    return page


def _press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_four_keys_lead_from_the_overview_to_the_newest_alert(keys: Page, demo: Demo, seeded: Seed) -> None:
    keys.goto(demo.url + HERE)
    newest = keys.get_by_role("log").get_by_role("link").first
    expect(newest).to_be_visible()
    _press(keys, "Tab", "Tab", "Enter")
    expect(newest).to_be_focused()
    _press(keys, "Enter")
    keys.wait_for_url("**/alerts/*")
    opened = keys.locator("#main section[tabindex='-1']")
    expect(opened).to_be_focused()
    _press(keys, "Escape")
    expect(keys.locator(f"[data-alert='{seeded.alert}']")).to_be_focused()


def test_every_page_is_two_keys_away_and_the_help_lists_them(keys: Page, demo: Demo, seeded: Seed) -> None:
    keys.goto(demo.url + HERE)
    expect(keys.get_by_role("log").get_by_role("link").first).to_be_visible()
    _press(keys, "?")
    dialog = keys.get_by_role("dialog")
    expect(dialog).to_contain_text("Cảnh báo")
    _press(keys, "Escape")
    expect(dialog).to_have_count(0)
    _press(keys, "g", "d")
    keys.wait_for_url("**/devices")
    expect(keys.get_by_role("heading", level=1)).to_be_focused()


@pytest.mark.parametrize("width", [700, 1024, 1179])
def test_below_a_desk_the_newest_alert_stands_on_top(page: Page, demo: Demo, seeded: Seed, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(demo.url + HERE)
    strip = page.get_by_role("main").get_by_role("link", name="cảnh báo đang mở").first
    expect(strip).to_be_visible()
    box = strip.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 400


def test_two_taps_acknowledge_the_alert_on_a_phone(page: Page, demo: Demo, seeded: Seed) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(demo.url + HERE)
    page.get_by_role("main").get_by_role("link", name="1 cảnh báo đang mở").click()
    page.get_by_role("button", name="Nhận xử lý").click()
    expect(page.get_by_role("main")).to_contain_text("đã nhận lúc", timeout=PATIENCE_MS)


def test_no_page_is_wider_than_its_screen_whatever_the_names(page: Page, demo: Demo, seeded: Seed) -> None:
    pages = ["", "/alerts", f"/alerts/{seeded.alert}", "/rules", f"/rules/{seeded.rule}", "/devices"]
    pages += [f"/devices/{seeded.device}", f"/series/{seeded.series}", "/cameras", "/settings/members"]
    for path in pages:
        resize(page, 320)
        page.goto(demo.url + HERE + path)
        settle(page)
        for width in (320, 390, 768):
            resize(page, width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
