"""A site of 3,000 devices and 30,000 series in a real browser: overview, search, a sensor, a year of it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from playwright.sync_api import Page

from bench.browser import address, measure_ms, signed_in
from bench.load import DAY_MS, Load
from bench.options import Options
from bench.report import Row
from bench.site import folder_of, send_over_http, site
from tests.live.server import SITE, House

DEVICES, METRICS = 3_000, 10
STEP_MS, BATCH = 60_000, 250
SEARCH_MS, YEAR_MS = 50.0, 300.0
ASKS = 10
PAGE_ROWS = 200
# A chart that waits for its points says so; its old line stays meanwhile.
_WATCH_CHART = """() => {
  const chart = document.querySelector('figure:has(.u-over)')
  window.chartDrawn = new Promise((done) => document.addEventListener('click', ({ timeStamp }) => {
    let waited = false
    new MutationObserver((_, observer) => {
      if (chart.dataset.loading !== undefined) waited = true
      else if (waited) {
        observer.disconnect()
        requestAnimationFrame(() => requestAnimationFrame((now) => done(now - timeStamp)))
      }
    }).observe(chart, { attributes: true, attributeFilter: ['data-loading'] })
  }, { capture: true, once: true }))
}"""


def _fill(house: House) -> None:
    """A value of every series, and a year of one."""
    values = {f"m{n}": float(n) for n in range(METRICS - 1)} | {"temperature": 4.0}
    messages = int(365 * DAY_MS) // STEP_MS // BATCH
    first = int(time.time() * 1000) - messages * BATCH * STEP_MS
    load = Load(house.server.mqtt_port, {"d0": house.secrets["d0"]}, folder_of(house))
    load.run(messages, window=20, batch=BATCH, metrics=1, step_ms=STEP_MS, first_ms=first)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda device: send_over_http(house, device, values), house.secrets))


def _ask(house: House, path: str) -> list[float]:
    def once() -> None:
        status, body, _ = house.api.raw("GET", path)
        assert status == 200, body[:300]

    once()  # names are read anew after a change of the registry
    return [measure_ms(once) for _ in range(ASKS)]


def _read_lists(house: House) -> list[Row]:
    """The whole lists, which programs may ask for, and the page of them that the dashboard asks for."""
    rows = []
    for name, path in (("series", f"/api/v1/sites/{SITE}/series"), ("devices", f"/api/v1/devices?site={SITE}")):
        _, body, _ = house.api.raw("GET", path)
        rows.append(Row(f"all of {name}", "ms", _ask(house, path), note=f"{len(body) / 1e6:.1f} MB"))
        page = f"{path}{'&' if '?' in path else '?'}limit={PAGE_ROWS}"
        rows.append(Row(f"{PAGE_ROWS} of {name}", "ms", _ask(house, page)))
    return rows


def _open(page: Page, url: str, there: str) -> None:
    page.goto(url)
    page.wait_for_selector(there)


def _find(page: Page) -> None:
    """By the field of the overview; typing waits a quarter of a second for the next letter."""
    page.locator("main input[type=search]").fill("d2999 temperature")
    page.wait_for_selector("main a[href*='/series/']")


def _open_year(page: Page) -> float:
    """From the click to the frame after the chart is drawn, by the page's own clock: without the driver's ways."""
    page.wait_for_selector(".u-over")
    page.wait_for_timeout(1_000)
    page.evaluate(_WATCH_CHART)
    with page.expect_response(lambda answer: "/history?" in answer.url) as answered:
        page.locator("[role=radiogroup] button").last.click()
    assert answered.value.ok
    return float(page.evaluate("window.chartDrawn"))


def run(options: Options) -> list[Row]:
    """Needs Chromium."""
    overviews, found, sensors, years = [], [], [], []
    with site(DEVICES) as house:
        _fill(house)
        series = house.api.get(f"sites/{SITE}/series?device=d0&metric=temperature")[0]["id"]
        searches = _ask(house, f"/api/v1/sites/{SITE}/series?q=device+29+m4&limit=60")
        lists = _read_lists(house)
        sensor = address(house, f"/series/{series}?range=24h")
        with signed_in(house) as page:
            for _ in range(options.runs + 1):
                overviews.append(measure_ms(lambda: _open(page, address(house), "main button[aria-expanded]")))
                found.append(measure_ms(lambda: _find(page)))
                sensors.append(measure_ms(lambda: _open(page, sensor, ".u-over")))
                years.append(_open_year(page))
    title = f"{DEVICES * METRICS:,} series"
    search, year = Row(f"{title}: series?q=", "ms", searches), Row(f"{title}: a year's chart, warm", "ms", years[1:])
    return [
        Row(f"{title}: overview opened", "ms", overviews[1:]),
        Row(f"{title}: found on the overview", "ms", found[1:]),
        *(replace(row, what=f"{title}: {row.what}") for row in lists),
        search.check_goal(f"< {SEARCH_MS:.0f} ms", search.median < SEARCH_MS),
        Row(f"{title}: sensor opened", "ms", sensors[1:]),
        year.check_goal(f"< {YEAR_MS:.0f} ms", year.median < YEAR_MS),
    ]
