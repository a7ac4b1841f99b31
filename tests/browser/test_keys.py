"""What a person does by keyboard alone, with the focus where the person is; and with two taps on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import PATIENCE_MS, go, new_context
from tests.browser.seed import LONG, Seed, long_name
from tests.live.server import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(240)]

HERE = f"/s/{LONG}"


@pytest.fixture
def keys(her_page: Page) -> Page:
    """A page whose mouse nobody touches."""
    return her_page


def _press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_four_keys_lead_from_the_overview_to_the_newest_alert(keys: Page, seeded: Seed) -> None:
    keys.goto(seeded.url + HERE)
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


def test_every_page_is_two_keys_away_and_the_help_lists_them(keys: Page, seeded: Seed) -> None:
    go(keys, seeded.url + HERE)
    expect(keys.get_by_role("log").get_by_role("link").first).to_be_visible()
    _press(keys, "?")
    dialog = keys.get_by_role("dialog")
    expect(dialog).to_contain_text("Cảnh báo")
    _press(keys, "Escape")
    expect(dialog).to_have_count(0)
    _press(keys, "g", "d")
    keys.wait_for_url("**/devices")
    expect(keys.get_by_role("heading", level=1)).to_be_focused()


def test_no_key_is_lost_that_is_typed_right_after_the_search_was_asked_for(keys: Page, seeded: Seed) -> None:
    keys.goto(seeded.url + HERE)
    alerts = keys.get_by_role("main").get_by_role("log").get_by_role("link").first
    expect(alerts).to_be_visible()
    alerts.focus()
    held: list[Route] = []
    keys.route("**/SearchResults-*.js", lambda route: held.append(route))
    _press(keys, "Control+k")
    keys.keyboard.type("D9Q7X9Q")
    expect(keys.get_by_role("combobox")).to_have_value("D9Q7X9Q")
    _press(keys, "Escape")
    expect(keys.get_by_role("dialog")).to_have_count(0)
    expect(alerts).to_be_focused()

    _press(keys, "Control+k")
    keys.keyboard.type("D9Q7X9Q")
    _press(keys, "Enter")
    for route in held:
        route.continue_()
    keys.wait_for_url(f"**/devices/{seeded.device}")
    expect(keys.get_by_role("heading", level=1)).to_be_focused()


def test_a_rule_is_saved_and_a_wrong_one_has_the_focus_at_its_fault(keys: Page, seeded: Seed) -> None:
    go(keys, f"{seeded.url}{HERE}/rules/new")
    name, level = keys.get_by_label("Tên", exact=True), keys.get_by_label("Mức báo, °C")
    expect(name).to_be_visible()
    _press(keys, "Control+s")
    expect(name).to_be_focused()
    keys.keyboard.type("0009")
    _press(keys, "Control+s")
    expect(level).to_be_focused()
    keys.keyboard.type("x")
    _press(keys, "Control+s")
    expect(level).to_be_focused()
    expect(level).to_have_attribute("aria-invalid", "true")
    _press(keys, "Backspace", "9", "9", "Control+s")
    keys.wait_for_url(re.compile(r"/rules/\d+$"))
    expect(keys.get_by_role("heading", name="0009", level=2)).to_be_focused()


def test_a_device_is_added_and_each_step_has_the_focus(keys: Page, seeded: Seed) -> None:
    go(keys, f"{seeded.url}{HERE}/devices")
    add = keys.get_by_role("link", name="Thêm thiết bị").first
    expect(add).to_be_visible()
    add.focus()
    _press(keys, "Enter")
    dialog = keys.get_by_role("dialog")
    expect(dialog.get_by_label("Tên").first).to_be_focused()
    keys.keyboard.type("0010")
    _press(keys, "Enter")
    expect(dialog.get_by_role("group", name="Nối thiết bị")).to_be_focused()
    _press(keys, "Escape")
    expect(dialog.get_by_role("button", name="Ở lại")).to_be_focused()
    _press(keys, "Tab", "Enter")
    expect(dialog).to_have_count(0)
    expect(add).to_be_focused()


def test_a_dialog_gives_the_focus_back_to_the_button_that_opened_it(keys: Page, seeded: Seed) -> None:
    go(keys, f"{seeded.url}{HERE}/devices/{seeded.device}")
    button = keys.get_by_role("button", name="Đổi tên, chuyển chỗ")
    button.focus()
    _press(keys, "Enter")
    name = keys.get_by_role("dialog").get_by_label("Tên")
    expect(name).to_have_value(long_name("D"))
    expect(name).to_be_focused()
    _press(keys, "Escape")
    expect(button).to_be_focused()


def test_signing_in_leads_to_the_heading_of_the_page_and_a_wrong_password_to_its_field(
    browser: Browser, seeded: Seed
) -> None:
    page = new_context(browser).new_page()
    page.goto(seeded.url + "/sign-in")
    name, password = page.locator("input[name=username]"), page.locator("input[name=password]")
    name.focus()
    _press(page, "Enter")
    expect(name).to_be_focused()
    page.keyboard.type("alice")
    _press(page, "Tab")
    page.keyboard.type("wrong-password")
    _press(page, "Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(password).to_be_focused()
    page.keyboard.type(PASSWORD)
    _press(page, "Enter")
    page.wait_for_url("**/s/**", timeout=PATIENCE_MS)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.context.close()


@pytest.mark.parametrize("width", [700, 1024, 1179])
def test_below_a_desk_the_newest_alert_stands_on_top(her_page: Page, seeded: Seed, width: int) -> None:
    page = her_page
    page.set_viewport_size({"width": width, "height": 800})
    go(page, seeded.url + HERE)
    strip = page.get_by_role("main").get_by_role("link", name="cảnh báo đang mở").first
    expect(strip).to_be_visible()
    box = strip.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 400


def test_on_a_phone_the_tab_of_rules_is_marked_and_two_taps_acknowledge_the_alert(her_page: Page, seeded: Seed) -> None:
    page = her_page
    page.set_viewport_size({"width": 390, "height": 844})
    go(page, f"{seeded.url}{HERE}/rules")
    tab = page.get_by_role("navigation", name="Chính").get_by_role("link", name="Khác")
    expect(tab).to_have_attribute("aria-current", "page")
    go(page, seeded.url + HERE)
    page.get_by_role("main").get_by_role("link", name="1 cảnh báo đang mở").click()
    page.get_by_role("button", name="Nhận xử lý").click()
    expect(page.get_by_role("main")).to_contain_text("đã nhận lúc")


def test_on_a_phone_the_buttons_of_the_dialog_of_a_camera_are_always_in_sight(her_page: Page, seeded: Seed) -> None:
    her_page.set_viewport_size({"width": 390, "height": 844})
    go(her_page, f"{seeded.url}{HERE}/cameras")
    her_page.get_by_role("button", name="Thêm camera").first.click()
    dialog = her_page.get_by_role("dialog")
    expect(dialog.get_by_label("Nơi đặt")).not_to_be_in_viewport(ratio=1)
    expect(dialog.get_by_role("button", name="Thêm camera")).to_be_in_viewport(ratio=1)
    her_page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
