"""A note in two browsers: Alice writes on a desk, Bob looks on a phone."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_MS, Demo, let_in, new_context

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(240)]

OVERVIEW = "/s/tan-tao"


def _open_first_alert(page: Page, demo: Demo) -> str:
    page.goto(demo.url + OVERVIEW)
    row = page.get_by_role("log").get_by_role("link", name=re.compile("Kho lạnh 1 quá ấm"))
    expect(row.first).to_be_visible(timeout=max(10, 100 - (time.monotonic() - demo.began)) * 1000)
    row.first.click()
    page.wait_for_url("**/alerts/*")
    return page.url


def _write(page: Page, text: str) -> None:
    page.get_by_label("Ghi chú").fill(text)
    page.get_by_role("button", name="Gửi").click()


def test_a_note_appears_in_the_other_browser_numbered_and_survives_a_cut(
    page: Page, browser: Browser, demo: Demo
) -> None:
    address = _open_first_alert(page, demo)
    phone = new_context(browser, width=390)
    let_in(phone, demo.url, demo.username, demo.password)
    other = phone.new_page()
    other.goto(address)
    log = other.get_by_role("region", name="Nhật ký sự kiện")
    expect(log).to_be_visible()

    _write(page, "Em đang ra đóng cửa.")
    expect(log).to_contain_text(re.compile(r"#\d+.*Em đang ra đóng cửa\."), timeout=PATIENCE_MS)

    phone.set_offline(True)
    _write(page, "Đã đóng, nhiệt độ đang xuống.")
    expect(page.get_by_role("main")).to_contain_text("Đã đóng, nhiệt độ đang xuống.")
    phone.set_offline(False)
    expect(log).to_contain_text("Đã đóng, nhiệt độ đang xuống.", timeout=2 * PATIENCE_MS)
    numbers = re.findall(r"#(\d+)", log.inner_text())
    assert len(numbers) == len(set(numbers))
    phone.close()
