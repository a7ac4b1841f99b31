"""Nothing that was written, or is shown only once, is lost without a question; nobody overwrites another unseen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from belvedere.domain.times import now_ms
from tests.browser.conftest import go, opened
from tests.live.server import SITE, House, Server, set_up

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Alice owns it alone at first. A rule with a level of 7.5."""
    with Server(tmp_path_factory.mktemp("unsaved") / "data") as server:
        house = set_up(server)
        house.ingest("d0", (now_ms(), {"temperature": 4.0}))
        house.add_rule(kind="above", level=7.5, clear=7)
        yield house


@pytest.fixture(scope="module")
def alice(browser: Browser, farm: House) -> Iterator[Page]:
    """She stays on one page while nothing is opened by its address."""
    with opened(browser, farm) as page:
        yield page


def follow(page: Page, name: str) -> None:
    """By the navigation, inside the page."""
    page.get_by_role("navigation").get_by_role("link", name=name, exact=True).first.click()


def test_a_half_written_rule_and_a_new_password_are_asked_about_before_another_page_is_opened(
    alice: Page, farm: House
) -> None:
    alice.goto(f"{farm.server.url}/s/{SITE}/rules/new")
    name = alice.get_by_label("Tên", exact=True)
    name.fill("Kho ấm")
    follow(alice, "Thiết bị")
    form = alice.get_by_role("dialog", name="Rời trang mà không lưu?")
    form.get_by_role("button", name="Ở lại").click()
    expect(name).to_have_value("Kho ấm")
    follow(alice, "Thiết bị")
    form.get_by_role("button", name="Rời trang").click()

    alice.get_by_role("link", name="Device d0").click()
    alice.get_by_role("button", name="Cấp mật khẩu mới").click()
    alice.get_by_role("alert").get_by_role("button", name="Cấp mật khẩu mới").click()
    once = alice.get_by_text("Mật khẩu chỉ hiện một lần này.")
    expect(once).to_be_visible()
    alice.go_back()
    secret = alice.get_by_role("dialog", name="Bạn đã lưu lại chưa?")
    secret.get_by_role("button", name="Ở lại").click()
    alice.get_by_role("main").get_by_role("button", name="Tôi đã lưu lại").click()
    expect(once).to_have_count(0)
    follow(alice, "Cảnh báo")
    alice.wait_for_url("**/alerts")


def test_of_two_owners_the_later_one_is_told_who_was_faster_and_what_is_saved(alice: Page, farm: House) -> None:
    bob = farm.add_member("bob", "owner")
    [rule] = [one for one in farm.api.get(f"rules?site={SITE}") if one["name"] == "Rule on temperature"]
    alice.goto(f"{farm.server.url}/s/{SITE}/rules/{rule['id']}")
    level = alice.get_by_label("Mức báo, °C")
    expect(level).to_have_value("7,5")
    level.fill("8,5")
    bob.patch(f"rules/{rule['id']}", {"severity": "warning"})
    alice.get_by_role("button", name="Lưu quy tắc").click()
    told = alice.get_by_role("alert").filter(has_text="bob đã lưu quy tắc này lúc")
    expect(told).to_contain_text("Cần chú ý")
    told.get_by_role("button", name="Tải bản mới, bỏ bản của tôi").click()
    expect(told).to_have_count(0)
    expect(level).to_have_value("7,5")
    alice.get_by_role("button", name="Switch to English").click()
    expect(alice.get_by_label("Raise level, °C")).to_have_value("7.5")
    alice.get_by_role("button", name="tiếng Việt").click()

    go(alice, f"{farm.server.url}/s/{SITE}/devices/d0")
    alice.get_by_role("button", name="Đổi tên, chuyển chỗ").click()
    dialog = alice.get_by_role("dialog")
    dialog.get_by_label("Tên").fill("Kho 2")
    bob.patch("devices/d0", {"name": "Kho 1"})
    dialog.get_by_role("button", name="Lưu").click()
    expect(dialog.get_by_role("alert")).to_contain_text("bob đã lưu thay đổi trong lúc bạn sửa.")
    dialog.get_by_role("button", name="Lưu bản của tôi").click()
    expect(alice.get_by_role("heading", level=1)).to_have_text("Kho 2")


def test_a_member_is_removed_only_after_a_question(alice: Page, farm: House) -> None:
    farm.add_member("charlie", "viewer")
    go(alice, f"{farm.server.url}/s/{SITE}/settings/members")
    remove = alice.get_by_role("button", name="Bỏ khỏi cơ sở: Charlie")
    remove.click()
    asked = alice.get_by_role("group", name="Charlie mất quyền ngay")
    asked.get_by_role("button", name="Thôi").click()
    assert "charlie" in [one["username"] for one in farm.api.get(f"sites/{SITE}/members")]
    remove.click()
    asked.get_by_role("button", name="Bỏ khỏi cơ sở").click()
    expect(remove).to_have_count(0)
