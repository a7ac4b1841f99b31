"""A real browser in front of a benchmark's server: signing in, waiting, long tasks, frames while scrolling."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import FLAGS
from tests.chromium import CHROMIUM
from tests.live.server import PASSWORD, SITE, House

PATIENCE_MS = 120_000
GOAL_FPS = 55.0  # of 60: a frame may be missed
_SCROLL_SECONDS = 4
_WATCH = """
window.longTasks = []; window.failures = [];
new PerformanceObserver((list) => { for (const one of list.getEntries()) window.longTasks.push(one.duration) })
  .observe({ type: 'longtask', buffered: false });
window.addEventListener('error', (event) => window.failures.push(String(event.message)));
"""
_SCROLL = """
([selector, seconds]) => new Promise((done) => {
  const box = selector === '' ? document.scrollingElement : document.querySelector(selector);
  const gaps = []; let by = 30; let last = performance.now(); const end = last + seconds * 1000;
  const step = (now) => {
    gaps.push(now - last); last = now;
    const before = box.scrollTop; box.scrollTop += by;
    if (box.scrollTop === before) by = -by;
    if (now < end) requestAnimationFrame(step); else done(gaps.slice(1));
  };
  requestAnimationFrame(step);
})
"""


class Smoothness(NamedTuple):
    """Of a page that scrolls. longest_ms: between two frames.

    busy_ms: of the main thread a frame. A browser without a GPU draws on the processor beside it: that costs frames
    and is not counted here.
    """

    fps: float
    longest_ms: float
    busy_ms: float


@contextlib.contextmanager
def signed_in(house: House) -> Iterator[Page]:
    """Alice on a desk, on the overview of the site, in Vietnamese."""
    with sync_playwright() as playwright:
        browser: Any = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page: Page = browser.new_page(locale="vi-VN", viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        page.goto(house.server.url + "/")
        page.locator("input[name=username]").fill("alice")
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("button[type=submit]").click()
        page.wait_for_url("**/s/**")
        yield page
        browser.close()


def address(house: House, path: str = "") -> str:
    """Of a page of the site."""
    return f"{house.server.url}/s/{SITE}{path}"


def measure_ms(do: Callable[[], object]) -> float:
    """How long the call takes."""
    begun = time.perf_counter()
    do()
    return (time.perf_counter() - begun) * 1000


def watch_tasks(page: Page) -> None:
    """Note long tasks and errors of the page from now on."""
    page.evaluate(_WATCH)


def read_tasks(page: Page) -> list[float]:
    """The tasks of more than 50 ms since `watch_tasks`, in ms. Raises RuntimeError when the page failed meanwhile."""
    tasks, failures = page.evaluate("() => [window.longTasks, window.failures]")
    if failures:
        raise RuntimeError(f"the page failed: {failures[0]}")
    return [float(task) for task in tasks]


def measure_busy(page: Page, seconds: float) -> float:
    """The share of the time, in percent, in which the main thread works while nobody touches the page."""
    with _main_thread(page) as read:
        before = read()
        page.wait_for_timeout(seconds * 1000)
        after = read()
    return 100 * (after.worked - before.worked) / (after.now - before.now)


class _Clocks(NamedTuple):
    """Of a page's main thread, in seconds: how long it has worked so far, and what time it is."""

    worked: float
    now: float


@contextlib.contextmanager
def _main_thread(page: Page) -> Iterator[Callable[[], _Clocks]]:
    """A function that reads the clocks of the main thread."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def read() -> _Clocks:
        found = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
        return _Clocks(found["TaskDuration"], found["Timestamp"])

    yield read
    session.detach()


def scroll(page: Page, selector: str = "") -> Smoothness:
    """Down and up again, a part of a row each frame. selector: of the box that scrolls; the page without one."""
    with _main_thread(page) as read:
        before = read()
        gaps = page.evaluate(_SCROLL, [selector, _SCROLL_SECONDS])
        after = read()
    return Smoothness(1000 * len(gaps) / sum(gaps), max(gaps), 1000 * (after.worked - before.worked) / len(gaps))
