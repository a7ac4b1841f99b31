"""The first minutes with a new server: the set-up in the browser, a device, and the dialog that turns green."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from belvedere.simulator.api import Api
from tests.browser.conftest import PATIENCE_MS, new_context
from tests.live.server import PASSWORD, Server, set_up

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def new_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("first-steps") / "data", from_empty=True) as server:
        yield server


@pytest.fixture
def stranger(browser: Browser) -> Iterator[Page]:
    """Somebody without a session, in Vietnamese."""
    context = new_context(browser, timezone_id="Asia/Ho_Chi_Minh")
    yield context.new_page()
    context.close()


def _set_up(page: Page, token: str) -> None:
    """Each step is judged when it is left, and what was filled in survives a refresh, but for the password."""

    def step_on() -> None:
        page.get_by_role("button", name="Tiếp").click()

    def arrive(field: Locator) -> None:
        """At the next step: whoever reads by ear begins at its heading."""
        expect(field).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_be_focused()

    code, email, password = (page.locator(f"input[name={name}]") for name in ("token", "email", "password"))
    code.fill("not-the-token")
    step_on()
    expect(code).to_have_attribute("aria-invalid", "true")
    expect(code).to_be_focused()
    code.fill(token.replace("-", " "))
    expect(code).not_to_have_attribute("aria-invalid", "true")
    step_on()
    arrive(email)
    page.locator("input[name=name]").fill("Lê Thị Hạnh")
    email.fill("hanh@kholanh")
    password.fill("1234567890")
    step_on()
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(email).to_be_focused()
    email.fill("hanh@example.com")
    page.reload()
    expect(email).to_have_value("hanh@example.com")
    password.fill("1234567890")
    step_on()
    expect(password).to_have_attribute("aria-invalid", "true")
    expect(password).to_be_focused()
    password.fill(PASSWORD)
    step_on()
    site = page.locator("input[name=siteName]")
    arrive(site)
    site.fill("Trang trại Củ Chi")
    zone = page.get_by_label("Múi giờ").first
    expect(zone).to_have_value(re.compile("Hồ Chí Minh"))  # by its name, though Chromium says Asia/Saigon
    zone.fill("ho chi")
    page.get_by_role("option", name=re.compile("Hồ Chí Minh")).click()
    page.get_by_role("button", name="Tạo cơ sở").click()


def _look_in_english(browser: Browser, url: str) -> None:
    """Somebody whose browser is in English, before the set-up."""
    context = new_context(browser, language="en-GB")
    page = context.new_page()
    page.goto(url + "/")
    heading = page.get_by_role("heading", name="Set up Belvedere")
    expect(heading).to_be_visible()
    other, form = page.get_by_role("button", name="Tiếng Việt").bounding_box(), heading.bounding_box()
    assert other
    assert form
    assert other["y"] < form["y"]
    context.close()


def _run(line: str) -> None:
    """What the page offers to copy; a wrong one may fail."""
    subprocess.run(["sh", "-c", line], timeout=60, check=False)


def _is_refused(server: Server, guess: dict[str, str]) -> bool:
    status, _, _ = Api(server.url).raw("POST", "/api/v1/session", json.dumps(guess).encode())
    return status == 429


def _colour(box: Locator) -> str:
    colour: str = box.evaluate("box => getComputedStyle(box).borderTopColor")
    return colour


@pytest.mark.skipif(not shutil.which("mosquitto_pub"), reason="needs mosquitto_pub (Debian package mosquitto-clients)")
def test_a_newcomer_sets_the_server_up_and_sees_the_first_reading_arrive(
    browser: Browser, new_server: Server, stranger: Page
) -> None:
    _look_in_english(browser, new_server.url)
    page = stranger
    page.goto(new_server.url + "/")
    page.wait_for_url("**/setup")
    _set_up(page, new_server.setup_token())
    expect(page.get_by_role("heading", name="Trang trại Củ Chi đã sẵn sàng")).to_be_focused()
    page.get_by_role("link", name="Thêm thiết bị").click()

    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Tên", exact=False).first.fill("Ẩm đất luống 3")
    expect(dialog.get_by_label(re.compile("Mã thiết bị"))).to_have_value("am-dat-luong-3")
    dialog.get_by_role("button", name="Tiếp tục").click()
    waiting = dialog.get_by_role("status").filter(has_text="Đang chờ số đo đầu tiên")
    expect(waiting).to_be_visible()
    before = _colour(waiting)

    expect(dialog.get_by_role("status").filter(has_text="MQTT chỉ nghe trên chính máy này")).to_be_visible()
    line = dialog.locator("pre code").inner_text()
    told = dialog.get_by_role("status")
    _run(re.sub(r"-P '.*?'", "-P wrong", line))
    expect(told.filter(has_text="Đăng nhập bị từ chối")).to_be_visible()
    _run(line.replace("/readings", "/measurements"))
    expect(told.filter(has_text="Gửi vào chủ đề không có")).to_be_visible()
    _run(line)
    received = dialog.get_by_role("status").filter(has_text="22,5")
    expect(received).to_be_visible(timeout=PATIENCE_MS)
    assert _colour(received) != before
    dialog.get_by_role("button", name="Xong").click()
    expect(page.get_by_role("main")).to_contain_text("Ẩm đất luống 3")

    page.get_by_role("link", name="Ẩm đất luống 3").first.click()
    page.get_by_role("main").locator("a[href*='/series/']").first.click()
    picture = page.get_by_role("img", name="chưa có dữ liệu trước")
    expect(picture).to_be_visible()
    assert "mất dữ liệu" not in (picture.get_attribute("aria-label") or "")


def test_who_guessed_too_often_sees_the_wait_count_down_and_may_try_again(new_server: Server, stranger: Page) -> None:
    if new_server.make_api().get("setup")["needed"]:
        set_up(new_server)
    guess = {"username": "mallory", "password": "a-wrong-guess-of-mine"}
    while not _is_refused(new_server, guess):
        pass
    stranger.clock.install()
    stranger.goto(new_server.url + "/sign-in")
    stranger.locator("input[name=username]").fill(guess["username"])
    stranger.locator("input[name=password]").fill(guess["password"])
    button = stranger.get_by_role("button", name="Đăng nhập")
    button.click()
    told = re.compile(r"Sai mật khẩu nhiều lần\. Thử lại sau \d+\sgiây\.")
    expect(stranger.get_by_role("alert")).to_have_text(told)
    expect(button).to_be_disabled()
    stranger.clock.run_for(300_000)
    expect(stranger.get_by_text("Bạn có thể thử lại.")).to_be_visible()
    expect(stranger.get_by_text(told)).to_have_count(0)
    expect(button).to_be_enabled()
