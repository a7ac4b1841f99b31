"""The pages in a real browser: 200 fresh cards, 300 alerts in a second on them, 1,000 open alerts, 30,000 series."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterable, Iterator

from playwright.sync_api import Error, Page

from bench import large_page
from bench.browser import (
    GOAL_FPS,
    PATIENCE_MS,
    Smoothness,
    address,
    measure_busy,
    measure_ms,
    read_tasks,
    scroll,
    signed_in,
    watch_tasks,
)
from bench.options import Options
from bench.report import Row, make_missing_row
from bench.site import send_over_http, site
from tests.chromium import CHROMIUM
from tests.live.server import House

DEVICES, METRICS = 20, 10  # 200 cards
CARDS = DEVICES * METRICS
RULES = METRICS + 5  # 300 alerts
ALERTS = DEVICES * RULES
MANY_RULES = 50  # 1,000 alerts
MANY = DEVICES * MANY_RULES
LONGEST_TASK_MS = 100
FEED_SECONDS = 2.0
BUSY_SECONDS = 10.0


def _wait_for_cards(page: Page, words: str) -> None:
    """Until all cards say these words to a screen reader."""
    page.wait_for_function(
        """([words, count]) => [...document.querySelectorAll('a[href*="/series/"] > span:first-child')]
             .filter(({ textContent }) => textContent.includes(words)).length >= count""",
        arg=[words, CARDS],
        timeout=PATIENCE_MS,
    )


def _send(house: House, value: float) -> None:
    for device in house.secrets:
        send_over_http(house, device, {f"m{n}": value for n in range(METRICS)})


@contextlib.contextmanager
def _fed(house: House) -> Iterator[None]:
    """Meanwhile every card gets a value every 2 s: each is fresh, and its age counts seconds."""
    ended = threading.Event()

    def feed() -> None:
        turn = 0
        while not ended.wait(FEED_SECONDS):
            turn = (turn + 1) % 10
            _send(house, 1 + turn / 10)

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _measure_fresh(house: House, page: Page, runs: int) -> list[Row]:
    _send(house, 1.0)
    page.reload()
    _wait_for_cards(page, ": 1")
    frames, longest, busy = [], [], []
    with _fed(house):
        for _ in range(runs):
            watch_tasks(page)
            busy.append(measure_busy(page, BUSY_SECONDS))
            frames.append(scroll(page))
            longest.append(max(read_tasks(page), default=0.0))
    task = Row(f"{CARDS} fresh cards: longest task", "ms", longest)
    return [
        _row_of_frames(f"{CARDS} fresh cards: scrolling", frames),
        task.check_goal(f"<= {LONGEST_TASK_MS}", task.median <= LONGEST_TASK_MS),
        Row(
            f"{CARDS} fresh cards: main thread busy",
            "%",
            busy,
            note=f"nobody touches the page for {BUSY_SECONDS:.0f} s",
        ),
    ]


class Burst:
    """One burst after another, each measured."""

    def __init__(self, house: House, page: Page) -> None:
        self._house = house
        self._page = page
        self.tasks: list[list[float]] = []
        self.drawn: list[float] = []

    def run(self) -> None:
        """All cards calm, then all in alarm."""
        page = self._page
        _send(self._house, 1.0)
        _wait_for_cards(page, ": 1")
        page.wait_for_function(
            """() => [...document.querySelectorAll('a[href*="/series/"] > span:first-child')]
                 .every(({ textContent }) => !textContent.includes('nghiêm trọng'))""",
            timeout=PATIENCE_MS,
        )
        page.wait_for_timeout(3_000)
        watch_tasks(page)
        begun = time.monotonic()
        _send(self._house, 50.0)
        _wait_for_cards(page, "nghiêm trọng")
        self.drawn.append(time.monotonic() - begun)
        page.wait_for_timeout(3_000)
        self.tasks.append(read_tasks(page))

    def rows(self) -> list[Row]:
        """What the bursts were like."""
        longest = Row("longest task", "ms", [max(tasks, default=0.0) for tasks in self.tasks])
        return [
            longest.check_goal(f"<= {LONGEST_TASK_MS}", longest.median <= LONGEST_TASK_MS),
            Row("tasks of more than 50 ms", "", [float(len(tasks)) for tasks in self.tasks]),
            Row("all of them together", "ms", [sum(tasks) for tasks in self.tasks]),
            Row("until every card shows its alert", "s", self.drawn),
        ]


def _named(title: str, rows: Iterable[Row]) -> list[Row]:
    return [
        Row(f"{title}: {row.what}", row.unit, row.runs, goal=row.goal, holds=row.holds, note=row.note) for row in rows
    ]


def _row_of_frames(what: str, found: list[Smoothness]) -> Row:
    row = Row(what, "fps", [one.fps for one in found])
    longest = max(one.longest_ms for one in found)
    busy = sorted(one.busy_ms for one in found)[len(found) // 2]
    note = f"longest {longest:.0f} ms between frames; main thread {busy:.1f} ms of the 16.7 a frame has"
    return row.check_goal(f">= {GOAL_FPS:.0f}", row.median >= GOAL_FPS, note)


def _measure_burst(house: House, page: Page, runs: int) -> list[Row]:
    for rule in range(RULES):
        house.add_rule(f"m{rule % METRICS}")
    page.reload()
    _send(house, 1.0)
    _wait_for_cards(page, ": 1")
    frames = [scroll(page) for _ in range(runs)]
    burst = Burst(house, page)
    for _ in range(runs):
        burst.run()
    return [
        _row_of_frames(f"{CARDS} cards: scrolling", frames),
        *_named(f"{ALERTS} alerts on {CARDS} cards", burst.rows()),
    ]


def _measure_many(house: House, page: Page, runs: int) -> list[Row]:
    """The values are high since the burst: each new rule raises at once."""
    for rule in range(RULES, MANY_RULES):
        house.add_rule(f"m{rule % METRICS}")
    opened, ends, frames = [], [], []
    last = f'[role="log"] li[aria-posinset="{MANY}"] a:focus'

    def open_list() -> None:
        page.goto(address(house, "/alerts?state=open"))
        page.wait_for_selector(f'[role="log"] li[aria-setsize="{MANY}"] a')

    def jump() -> None:
        page.keyboard.press("End")
        page.wait_for_selector(last)

    for _ in range(runs):
        opened.append(measure_ms(open_list))
        frames.append(scroll(page, '[role="log"]'))
        page.locator('[role="log"] a').first.focus()
        ends.append(measure_ms(jump))
    return [
        Row(f"{MANY:,} open alerts: page opened", "ms", opened),
        _row_of_frames(f"{MANY:,} open alerts: scrolling", frames),
        Row(f"{MANY:,} open alerts: End to the last", "ms", ends),
    ]


def run(options: Options) -> list[Row]:
    """Needs Chromium."""
    if not CHROMIUM:
        return [make_missing_row("the pages", "needs Chromium (Debian package chromium)")]
    rows: list[Row] = []
    try:
        with site(DEVICES) as house, signed_in(house) as page:
            rows += _measure_fresh(house, page, options.runs)
            rows += _measure_burst(house, page, options.runs)
            rows += _measure_many(house, page, options.runs)
        rows += large_page.run(options)
    except Error as error:
        rows.append(make_missing_row("the pages", f"{str(error)[:300]}"))
    return rows
