"""The first minutes with a new server: the set-up in the browser, a device, and the dialog that turns green."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import PATIENCE_MS
from tests.live.server import PASSWORD, Server

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(240)]


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "data", from_empty=True) as server:
        yield server


@pytest.fixture
def stranger(browser: Browser) -> Iterator[Page]:
    """Somebody without a session, in Vietnamese."""
    page = browser.new_page(locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", viewport={"width": 1440, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    yield page
    page.close()


def _set_up(page: Page, token: str) -> None:
    page.locator("input[name=token]").fill(token)
    page.get_by_role("button", name="Tiếp").click()
    page.locator("input[name=name]").fill("Lê Thị Hạnh")
    page.locator("input[name=email]").fill("hanh@example.com")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Tiếp").click()
    page.locator("input[name=siteName]").fill("Trang trại Củ Chi")
    page.get_by_role("button", name="Tạo cơ sở").click()


def _colour(box: Locator) -> str:
    colour: str = box.evaluate("box => getComputedStyle(box).borderTopColor")
    return colour


@pytest.mark.skipif(not shutil.which("mosquitto_pub"), reason="needs mosquitto_pub (Debian package mosquitto-clients)")
def test_a_newcomer_sets_the_server_up_and_sees_the_first_reading_arrive(new_server: Server, stranger: Page) -> None:
    page = stranger
    page.goto(new_server.url + "/")
    page.wait_for_url("**/setup")
    page.locator("input[name=token]").fill("not-the-token")
    page.get_by_role("button", name="Tiếp").click()
    expect(page.locator("input[name=token]")).to_have_attribute("aria-invalid", "true")
    _set_up(page, new_server.setup_token())
    expect(page.get_by_role("heading", name="Trang trại Củ Chi đã sẵn sàng")).to_be_visible()
    page.get_by_role("link", name="Thêm thiết bị").click()

    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Tên", exact=False).first.fill("Ẩm đất luống 3")
    expect(dialog.get_by_label(re.compile("Mã thiết bị"))).to_have_value("am-dat-luong-3")
    dialog.get_by_role("button", name="Tiếp tục").click()
    waiting = dialog.get_by_role("status").filter(has_text="Đang chờ số đo đầu tiên")
    expect(waiting).to_be_visible()
    before = _colour(waiting)

    line = dialog.locator("pre code").inner_text()
    subprocess.run(["sh", "-c", line], timeout=60, check=True)
    received = dialog.get_by_role("status").filter(has_text="22,5")
    expect(received).to_be_visible(timeout=PATIENCE_MS)
    assert _colour(received) != before
    dialog.get_by_role("button", name="Xong").click()
    expect(page.get_by_role("main")).to_contain_text("Ẩm đất luống 3")
