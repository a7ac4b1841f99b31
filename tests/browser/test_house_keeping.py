"""What people do now and then: rename, move, measure in another unit, add a site, change a password."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from belvedere.domain.times import now_ms
from tests.browser.conftest import go, opened
from tests.live.server import PASSWORD, SITE, House, Server, set_up

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A board that calls its probe `temp_1`, which says nothing of a unit."""
    with Server(tmp_path_factory.mktemp("keeping") / "data") as server:
        house = set_up(server)
        house.ingest("d0", (now_ms(), {"temp_1": 4.25}))
        yield house


@pytest.fixture(scope="module")
def alice(browser: Browser, farm: House) -> Iterator[Page]:
    with opened(browser, farm) as page:
        yield page


def test_a_device_gets_a_name_and_a_place_and_its_series_a_unit_which_the_overview_shows(
    alice: Page, farm: House
) -> None:
    go(alice, f"{farm.server.url}/s/{SITE}/devices/d0")
    alice.get_by_role("button", name="Đổi tên, chuyển chỗ").click()
    device = alice.get_by_role("dialog")
    device.get_by_label("Tên").fill("Tủ kem")
    device.get_by_label("Nơi đặt").first.fill("Quầy trước")
    device.get_by_role("button", name="Lưu").click()
    expect(alice.get_by_role("heading", level=1)).to_have_text("Tủ kem")

    alice.get_by_role("button", name=re.compile("^Sửa ")).click()
    series = alice.get_by_role("dialog")
    series.get_by_label("Tên").fill("Đầu dò trên")
    series.get_by_label("Đơn vị").first.fill("nhiệt")
    alice.get_by_role("option", name=re.compile("độ Celsius")).click()
    series.get_by_label("Số lẻ").first.click()
    alice.get_by_role("option", name="2", exact=True).click()
    series.get_by_role("button", name="Lưu").click()
    expect(series).to_have_count(0)

    go(alice, f"{farm.server.url}/s/{SITE}")
    card = alice.get_by_role("link", name=re.compile("^Đầu dò trên, Quầy trước: 4,25 °C"))
    expect(card).to_be_visible()


def test_zones_are_put_in_order_and_another_site_is_added_in_its_own_time_zone(alice: Page, farm: House) -> None:
    for name in ("Kho A", "Kho B"):
        farm.api.post(f"sites/{SITE}/zones", {"name": name})
    go(alice, f"{farm.server.url}/s/{SITE}/settings/zones")
    with alice.expect_response(lambda answer: answer.request.method != "GET"):
        alice.get_by_role("button", name="Chuyển Kho B lên").click()
    expect(alice.get_by_text("Kho B: vị trí")).to_be_attached()
    names = [zone["name"] for zone in farm.api.get(f"sites/{SITE}/zones")]
    assert names.index("Kho B") < names.index("Kho A")

    go(alice, f"{farm.server.url}/s/{SITE}/settings/new-site")
    alice.get_by_label("Tên cơ sở").fill("Xưởng Berlin")
    zone = alice.get_by_label("Múi giờ").first
    expect(zone).to_have_value(re.compile("UTC"))  # it has its first answer
    zone.fill("đức")
    alice.get_by_role("option", name=re.compile("Berlin")).click()
    alice.get_by_role("button", name="Tạo cơ sở").click()
    alice.wait_for_url("**/s/xuong-berlin**")
    assert farm.api.get("sites/xuong-berlin")["timezone"] == "Europe/Berlin"


def test_on_a_phone_the_tab_of_the_settings_that_is_open_is_in_sight(browser: Browser, farm: House) -> None:
    with opened(browser, farm, at="/settings/members", width=390) as page:
        tab = page.get_by_role("navigation", name="Cài đặt").get_by_role("link", name="Thành viên")
        expect(tab).to_be_in_viewport(ratio=1)
        page.get_by_role("navigation", name="Cài đặt").get_by_role("link", name="Khu vực").click()
        expect(page.get_by_role("link", name="Khu vực")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("tab", ["account", "tokens", "audit", "site", "zones", "members"])
def test_on_a_wide_screen_the_settings_use_the_whole_width(alice: Page, farm: House, tab: str) -> None:
    alice.set_viewport_size({"width": 1920, "height": 1080})
    go(alice, f"{farm.server.url}/s/{SITE}/settings/{tab}")
    alice.wait_for_function(
        """() => [...document.querySelectorAll('main section')]
             .some(each => each.getBoundingClientRect().right > innerWidth - 48)"""
    )


def test_a_new_password_ends_the_old_one_and_signing_out_everywhere_ends_this_browser_too(
    alice: Page, farm: House
) -> None:
    go(alice, f"{farm.server.url}/s/{SITE}/settings/account")
    alice.get_by_label("Mật khẩu hiện tại", exact=True).fill(PASSWORD)
    alice.get_by_label("Mật khẩu mới", exact=True).fill(PASSWORD + "-2")
    alice.get_by_role("button", name="Đổi mật khẩu").click()
    expect(alice.get_by_text("Đã đổi mật khẩu.")).to_be_visible()
    alice.get_by_role("button", name="Đăng xuất mọi nơi").click()
    alice.get_by_role("group", name=re.compile("đăng nhập lại")).get_by_role("button", name="Đăng xuất mọi nơi").click()
    alice.wait_for_url("**/sign-in**")
    alice.locator("input[name=username]").fill("alice")
    alice.locator("input[name=password]").fill(PASSWORD + "-2")
    alice.get_by_role("button", name="Đăng nhập").click()
    alice.wait_for_url("**/s/**")
