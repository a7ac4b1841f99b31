"""Every page, in both themes and at both widths, without a violation that axe can find."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_MS, Demo, new_context, resize, settle

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(240)]

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
FAULTS = """async rules => (await axe.run(document, { resultTypes: ['violations'], ...rules })).violations.flatMap(
    rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary}`))"""
# A theme only changes colours, so the rules about other things are asked in one of them.
RULES: dict[str, dict[str, list[str]]] = {"light": {}, "dark": {"runOnly": ["color-contrast", "link-in-text-block"]}}
WIDTHS = (390, 1440)  # growing: a desk adds to what a phone shows
SITE = "/s/tan-tao"
PAGES = (
    *("", "/cameras", "/alerts", "/rules", "/devices", "/devices/new", "/more"),
    *("/settings", "/settings/members", "/settings/tokens", "/settings/account"),
)


@pytest.fixture
def page(page: Page) -> Page:
    """As somebody sees it who wants nothing to move."""
    page.emulate_media(reduced_motion="reduce")
    return page


def _faults(page: Page) -> list[str]:
    """What axe finds once the page stands."""
    settle(page)
    page.evaluate(AXE.read_text())
    found: list[str] = []
    for width in WIDTHS:
        resize(page, width)
        for theme, rules in RULES.items():
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            page.wait_for_function(f"() => document.documentElement.dataset.mantineColorScheme === '{theme}'")
            found += [f"{page.url}, {width} px, {theme}: {fault}" for fault in page.evaluate(FAULTS, rules)]
    return found


def _follow(page: Page, demo: Demo, path: str, link: str) -> list[str]:
    """The faults of the first page that `link` leads to."""
    page.goto(demo.url + SITE + path)
    href = page.locator(f"main a[href*='{link}']").first.get_attribute("href", timeout=PATIENCE_MS)
    resize(page, WIDTHS[0])
    page.goto(f"{demo.url}{href}")
    return _faults(page)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_a_fault_that_axe_finds(page: Page, demo: Demo, path: str) -> None:
    resize(page, WIDTHS[0])
    page.goto(demo.url + SITE + path)
    assert _faults(page) == []


@pytest.mark.parametrize(("path", "link"), [("", "/series/"), ("/alerts", "/alerts/"), ("/devices", "/devices/")])
def test_no_page_about_one_thing_has_a_fault_that_axe_finds(page: Page, demo: Demo, path: str, link: str) -> None:
    assert _follow(page, demo, path, link) == []


def test_the_sign_in_has_none_either(browser: Browser, demo: Demo) -> None:
    context = new_context(browser, width=WIDTHS[0], reduced_motion="reduce")
    page = context.new_page()
    page.goto(demo.url + "/sign-in")
    expect(page.locator("input[name=username]")).to_be_visible()
    assert _faults(page) == []
    context.close()
