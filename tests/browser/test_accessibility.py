"""Every page, in both themes and both widths, without a violation that axe can find."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_MS, Demo

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(240)]

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
FAULTS = """async () => (await axe.run(document, { resultTypes: ['violations'] })).violations.flatMap(
    rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary}`))"""
THEMES: tuple[Literal["light", "dark"], ...] = ("dark", "light")
SITE = "/s/tan-tao"
PAGES = (
    *("", "/cameras", "/alerts", "/rules", "/devices", "/devices/new", "/more"),
    *("/settings", "/settings/members", "/settings/tokens", "/settings/account"),
)


def _faults(page: Page) -> list[str]:
    """What axe finds once the page stands, in both themes."""
    standing = page.get_by_role("heading", level=1).or_(page.get_by_role("dialog")).first
    expect(standing).to_be_attached(timeout=PATIENCE_MS)
    expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=PATIENCE_MS)
    page.evaluate(AXE.read_text())
    found: list[str] = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.wait_for_function(f"() => document.documentElement.dataset.mantineColorScheme === '{theme}'")
        found += [f"{page.url}, {theme}: {fault}" for fault in page.evaluate(FAULTS)]
    return found


def _follow(page: Page, demo: Demo, path: str, link: str) -> list[str]:
    """The faults of the first page that `link` leads to."""
    page.goto(demo.url + SITE + path)
    href = page.locator(f"main a[href*='{link}']").first.get_attribute("href", timeout=PATIENCE_MS)
    page.goto(f"{demo.url}{href}")
    return _faults(page)


@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_has_a_fault_that_axe_finds(page: Page, demo: Demo, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    faults: list[str] = []
    for path in PAGES:
        page.goto(demo.url + SITE + path)
        faults += _faults(page)
    faults += _follow(page, demo, "", "/series/")
    faults += _follow(page, demo, "/alerts", "/alerts/")
    faults += _follow(page, demo, "/devices", "/devices/")
    assert faults == []


def test_the_sign_in_has_none_either(browser: Browser, demo: Demo) -> None:
    page = browser.new_page(locale="vi-VN")
    page.goto(demo.url + "/sign-in")
    expect(page.locator("input[name=username]")).to_be_visible(timeout=PATIENCE_MS)
    assert _faults(page) == []
    page.close()
