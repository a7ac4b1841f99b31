"""The overview in a real browser: how long 300 alerts in a second on 200 cards keep the page from answering."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Error, Page, sync_playwright

from bench.options import Options
from bench.report import Row, make_missing_row
from bench.site import send_over_http, site
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.live.server import PASSWORD, House

DEVICES, METRICS = 20, 10  # 200 cards
RULES_TWICE = 5  # metrics with two rules: 100 alerts more
ALERTS = DEVICES * (METRICS + RULES_TWICE)
CARDS = DEVICES * METRICS
LONGEST_TASK_MS = 100
PATIENCE_MS = 60_000
_WATCH = """
window.longTasks = []; window.failures = [];
new PerformanceObserver((list) => { for (const one of list.getEntries()) window.longTasks.push(one.duration) })
  .observe({ type: 'longtask', buffered: false });
window.addEventListener('error', (event) => window.failures.push(String(event.message)));
"""


def _sign_in(page: Page, house: House) -> None:
    page.goto(house.server.url + "/")
    page.locator("input[name=username]").fill("alice")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("button[type=submit]").click()
    page.wait_for_url("**/s/**", timeout=PATIENCE_MS)


def _wait_for_cards(page: Page, words: str, count: int) -> None:
    """Until so many cards say these words to a screen reader."""
    page.wait_for_function(
        """([words, count]) => [...document.querySelectorAll('a[href*="/series/"] > span:first-child')]
             .filter(({ textContent }) => textContent.includes(words)).length >= count""",
        arg=[words, count],
        timeout=PATIENCE_MS,
    )


def _send(house: House, value: float) -> None:
    for device in house.secrets:
        send_over_http(house, device, {f"m{n}": value for n in range(METRICS)})


def _measure_burst(house: House, page: Page) -> list[Row]:
    _send(house, 1.0)
    for metric in range(METRICS + RULES_TWICE):
        house.add_rule(f"m{metric % METRICS}")
    _sign_in(page, house)
    _wait_for_cards(page, ": 1", CARDS)
    page.wait_for_timeout(3_000)
    page.evaluate(_WATCH)
    before, begun = len(house.events()), time.monotonic()
    _send(house, 50.0)
    sent = time.monotonic() - begun
    _wait_for_cards(page, "nghiêm trọng", CARDS)
    drawn = time.monotonic() - begun
    page.wait_for_timeout(3_000)
    tasks, failures = page.evaluate("() => [window.longTasks, window.failures]")
    if failures:
        raise RuntimeError(f"the page failed: {failures[0]}")
    made = len(house.events()) - before
    note = f"{made} alerts, sent in {sent:.1f} s"
    longest = Row("longest task", "ms", [max(tasks, default=0.0)], note=note)
    return [
        longest.check_goal(f"<= {LONGEST_TASK_MS}", longest.median <= LONGEST_TASK_MS),
        Row("tasks of more than 50 ms", "", [float(len(tasks))]),
        Row("all of them together", "ms", [sum(tasks)]),
        Row("until every card shows its alert", "s", [drawn]),
    ]


def run(_options: Options) -> list[Row]:
    """One burst; needs Chromium."""
    title = f"{ALERTS} alerts on {CARDS} cards"
    if not CHROMIUM:
        return [make_missing_row(title, "needs Chromium (Debian package chromium)")]
    try:
        with site(DEVICES) as house, sync_playwright() as playwright:
            browser: Any = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            page = browser.new_page(locale="vi-VN", viewport={"width": 1440, "height": 900})
            rows = _measure_burst(house, page)
            browser.close()
            return [
                Row(f"{title}: {row.what}", row.unit, row.runs, goal=row.goal, holds=row.holds, note=row.note)
                for row in rows
            ]
    except Error as error:
        return [make_missing_row(title, f"{str(error)[:300]}")]
