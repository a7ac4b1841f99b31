"""What moves in the demo, without a violation that axe can find; pages that stand still: test_pages.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Demo
from tests.browser.looks import PHONE, axe_faults, settle, stand

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(240)]

SITE = "/s/tan-tao"


@pytest.mark.parametrize("path", ["", "/cameras"])
def test_no_page_with_cameras_has_a_fault_that_axe_finds_or_scrolls_sideways_on_a_phone(
    page: Page, demo: Demo, pictures: Path, path: str
) -> None:
    """At the width of a phone, then of a desk, which adds to it."""
    page.set_viewport_size({"width": PHONE, "height": 900})
    page.goto(demo.url + SITE + path)
    page.locator("video").first.wait_for()
    stand(page)
    assert axe_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    page.screenshot(path=pictures / f"phone{path.replace('/', '-') or '-overview'}.png")
    page.set_viewport_size({"width": 1440, "height": 900})
    settle(page)
    stand(page)
    assert axe_faults(page) == []
