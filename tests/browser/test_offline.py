"""The page without its server, as a person meets it who opens it then: what was last known, marked as old."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_MS, go, let_in
from tests.live.server import SITE, House, Server, set_up

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(240)]

CACHED = """async () => {
    const paths = []
    for (const name of await caches.keys())
        for (const { url } of await (await caches.open(name)).keys()) paths.push(new URL(url).pathname)
    return paths }"""
REMEMBERED = "() => JSON.stringify({ ...localStorage, ...sessionStorage })"
CARD = "main a[href*='/series/']"


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with Server(tmp_path_factory.mktemp("offline") / "data") as server:
        yield set_up(server)


@pytest.fixture
def house(farm: House) -> House:
    """It runs, and a reading has just come."""
    if farm.server.process and farm.server.process.poll() is not None:
        farm.server.start()
    _send(farm, 4.25)
    return farm


def _send(house: House, value: float) -> None:
    credentials = base64.b64encode(f"d0:{house.secrets['d0']}".encode()).decode()
    body = f'{{"temperature": {value}}}'.encode()
    status, answer, _ = house.api.raw("POST", "/api/v1/ingest", body, {"Authorization": f"Basic {credentials}"})
    assert status == 200, answer


@pytest.fixture
def page(browser: Browser, house: House) -> Iterator[Page]:
    """Alice on the overview, in Vietnamese, on a phone; the page has been kept."""
    context = browser.new_context(locale="vi-VN", viewport={"width": 390, "height": 844})
    let_in(context, house.server.url, "alice")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(house.server.url + "/")
    expect(page.locator(CARD)).to_contain_text("4,3")
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function("async () => (await caches.keys()).length > 0")
    yield page
    context.close()


def _is_old(page: Page, value: str, since: str, old: str) -> None:
    """The card has the value, its age says that it is old, and the banner says since when."""
    card = page.locator(CARD)
    expect(card).to_contain_text(value)
    expect(card.locator("time")).to_have_attribute("aria-label", re.compile(f"{old}$"))
    expect(page.get_by_role("alert").filter(has_text=since)).to_be_visible()


def test_a_reload_without_the_server_shows_the_last_values_as_old_and_the_server_coming_back_mends_it(
    page: Page, house: House, pictures: Path
) -> None:
    house.server.stop()
    page.reload()
    _is_old(page, "4,3", r"Mất kết nối từ", "cũ")
    page.screenshot(path=pictures / "kept-vi.png")
    page.evaluate("localStorage.setItem('belvedere.language', 'en')")
    page.reload()
    _is_old(page, "4.3", "Offline since", "stale")
    page.goto(house.server.url + "/")
    _is_old(page, "4.3", "Offline since", "stale")
    page.screenshot(path=pictures / "kept-en.png")

    house.server.start()
    _send(house, 7.5)
    expect(page.locator(CARD)).to_contain_text("7.5", timeout=2 * PATIENCE_MS)
    expect(page.get_by_role("alert").filter(has_text="Offline since")).to_have_count(0)
    expect(page.locator(CARD).locator("time")).to_have_attribute("aria-label", re.compile("fresh$"))


def test_the_service_worker_keeps_the_files_of_the_build_and_nothing_else(page: Page, house: House) -> None:
    for path in ("alerts", "devices", "rules", "settings/account"):
        go(page, f"{house.server.url}/s/{SITE}/{path}")
    cached: list[str] = page.evaluate(CACHED)
    assert "/index.html" in cached
    assert [path for path in cached if not re.fullmatch(r"/index\.html|/mark\.svg|/assets/[^/]+", path)] == []
    answer = page.evaluate("async () => (await fetch('/api/v1/me')).headers.get('content-type')")
    assert "json" in answer


def test_nothing_of_a_site_is_left_after_the_sign_out(page: Page, house: House) -> None:
    assert "4.25" in page.evaluate("() => { dispatchEvent(new Event('pagehide')); return (" + REMEMBERED + ")() }")
    page.goto(f"{house.server.url}/s/{SITE}/settings/account")
    page.get_by_role("button", name="Đăng xuất", exact=True).click()
    page.wait_for_url("**/sign-in**")
    house.server.stop()
    page.goto(f"{house.server.url}/s/{SITE}")
    expect(page.get_by_role("alert")).to_be_visible(timeout=2 * PATIENCE_MS)
    expect(page.locator(CARD)).to_have_count(0)
    remembered = page.evaluate(REMEMBERED)
    assert "4.25" not in remembered
    assert "Trang trại" not in remembered
