"""What moves in the demo, without a violation that axe can find; pages that stand still: test_pages.py."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import PATIENCE_MS, Demo, go
from tests.browser.looks import PHONE, axe_faults, settle, stand

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(240)]

SITE = "/s/tan-tao"


def _faults(page: Page) -> list[str]:
    """At the width of a phone, then of a desk, which adds to it."""
    found: list[str] = []
    for width in (PHONE, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        settle(page)
        found += [f"{page.url}, {width} px, {fault}" for fault in axe_faults(page)]
    return found


@pytest.mark.parametrize("path", ["", "/cameras"])
def test_no_page_with_cameras_has_a_fault_that_axe_finds(page: Page, demo: Demo, path: str) -> None:
    page.goto(demo.url + SITE + path)
    page.locator("video").first.wait_for()
    stand(page)
    assert _faults(page) == []


@pytest.mark.parametrize(("path", "link"), [("", "/series/"), ("/alerts", "/alerts/")])
def test_no_page_about_one_thing_has_a_fault_that_axe_finds(page: Page, demo: Demo, path: str, link: str) -> None:
    page.goto(demo.url + SITE + path)
    go(page, demo.url + str(page.locator(f"main a[href*='{link}']").first.get_attribute("href", timeout=PATIENCE_MS)))
    stand(page)
    assert _faults(page) == []
