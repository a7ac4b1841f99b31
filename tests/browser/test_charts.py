"""A sensor's page tells the truth at every zoom: a single reading beyond the limit is seen and counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from belvedere.domain.times import now_ms
from tests.browser.conftest import go, opened
from tests.live.server import SITE, House, Server, set_up

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(300)]

STEP_MS = 30_000
HOUR = 3_600_000 // STEP_MS  # readings of one
READINGS = 2 * 24 * HOUR
PEAK_AT = READINGS - 6 * HOUR  # six hours ago
BATCH = 960

# The longest upright run of the colour of alarm in the right half, where no label stands.
RUN = """canvas => {
    const probe = document.createElement('i')
    probe.style.color = 'var(--bv-crit)'
    document.body.append(probe)
    const [r, g, b] = getComputedStyle(probe).color.match(/\\d+/g).map(Number)
    probe.remove()
    const { width, height } = canvas
    const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data
    let longest = 0
    for (let x = width >> 1; x < width; x++) {
        let run = 0
        for (let y = 0; y < height; y++) {
            const i = 4 * (y * width + x)
            const near = [r, g, b].every((part, n) => Math.abs(pixels[i + n] - part) < 40)
            run = near ? run + 1 : 0
            longest = Math.max(longest, run)
        }
    }
    return longest
}"""


@pytest.fixture(scope="module")
def cold_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Two days of a reading each half minute at 4 to 5 degrees, one at 9.2, and a limit of 8."""
    with Server(tmp_path_factory.mktemp("charts") / "data") as server:
        house = set_up(server)
        began = now_ms() - READINGS * STEP_MS
        rows = [
            (began + i * STEP_MS, {"temperature": 9.2 if i == PEAK_AT else 4 + i % 10 / 10}) for i in range(READINGS)
        ]
        for at in range(0, READINGS, BATCH):
            house.ingest("d0", *rows[at : at + BATCH])
        house.add_rule(kind="above", level=8, clear=7, for_seconds=0)
        yield house


@pytest.fixture(scope="module")
def alice(browser: Browser, cold_room: House) -> Iterator[Page]:
    """Alice, signed in, in Vietnamese; in New York, while the site is in Vietnam."""
    with opened(browser, cold_room) as page:
        yield page


def test_one_reading_beyond_the_limit_is_seen_at_every_zoom_and_told_by_the_same_figure(
    alice: Page, cold_room: House
) -> None:
    chart = f"{cold_room.server.url}/s/{SITE}/series/{cold_room.series_of('d0')['temperature']}"
    told = set()
    for days in ("24h", "7d", "30d"):
        go(alice, f"{chart}?range={days}")
        picture = alice.get_by_role("img", name="có lúc trên 8 °C")
        expect(picture).to_be_visible()
        canvas = picture.locator("canvas")
        expect(canvas).to_be_visible()
        alice.wait_for_function(f"canvas => ({RUN})(canvas) >= 20", arg=canvas.element_handle())
        figures = alice.get_by_label("Số liệu")
        expect(figures).to_contain_text("Trên 8 °C")
        expect(figures).to_contain_text("9,2 °C")
        told.add(figures.locator("dt", has_text="Trên 8 °C").locator("+ dd").inner_text())
    assert told == {"30\N{NO-BREAK SPACE}giây"}


def test_what_is_before_the_first_reading_is_empty_with_words_and_the_range_ends_now(
    alice: Page, cold_room: House
) -> None:
    chart = f"{cold_room.server.url}/s/{SITE}/series/{cold_room.series_of('d0')['temperature']}"
    go(alice, f"{chart}?range=7d")
    picture = alice.get_by_role("img", name="chưa có dữ liệu trước")
    expect(picture).to_be_visible()
    assert "mất dữ liệu" not in (picture.get_attribute("aria-label") or "")
    expect(alice.get_by_label("Số liệu")).to_contain_text(re.compile(r"(99,9|100)\s%"))


def test_a_drag_zooms_and_the_browsers_back_undoes_it(alice: Page, cold_room: House, pictures: Path) -> None:
    chart = f"{cold_room.server.url}/s/{SITE}/series/{cold_room.series_of('d0')['temperature']}"
    alice.goto(f"{chart}?range=24h")
    over = alice.locator(".u-over")
    expect(over).to_be_visible()
    box = over.bounding_box()
    assert box
    alice.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 80)
    alice.mouse.down()
    alice.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 90, steps=5)
    alice.mouse.up()
    alice.wait_for_url("**from=*to=*")
    zoomed = alice.url
    alice.mouse.wheel(0, -240)
    alice.wait_for_url(lambda url: "from=" in url and url != zoomed)
    alice.screenshot(path=pictures / "zoomed.png")
    alice.go_back()
    alice.wait_for_url(zoomed)
    alice.get_by_role("button", name="Lùi lại").click()
    alice.wait_for_url("**range=24h")


def figures_of(page: Page) -> dict[str, str]:
    """What the panel says, by its words."""
    figures = page.get_by_label("Số liệu")
    expect(figures.locator("[aria-busy=false]")).to_be_visible()
    words, values = figures.locator("dt").all_inner_texts(), figures.locator("dd").all_inner_texts()
    shown = dict(zip(words, values, strict=True))
    return {plain(name): plain(value) for name, value in shown.items()}


def plain(words: str) -> str:
    """A value and its unit are held together by a space of their own."""
    return words.replace("\N{NO-BREAK SPACE}", " ")


def test_the_figures_of_each_range_are_those_of_the_api_and_its_days_those_of_the_site(
    alice: Page, cold_room: House
) -> None:
    chart = f"{cold_room.server.url}/s/{SITE}/series/{cold_room.series_of('d0')['temperature']}"
    end = now_ms()
    ranges = ["range=1h", "range=24h", "range=7d", "range=1y", f"from={end - 7 * 3_600_000}&to={end - 5 * 3_600_000}"]
    alice.goto(chart)  # no answer of before is kept
    for asked in ranges:
        with alice.expect_response(lambda answer: "above=8" in answer.url) as got:
            go(alice, f"{chart}?{asked}")
        told = figures_of(alice)
        api = cold_room.api.get(got.value.url.partition("/api/v1/")[2])
        assert re.sub(r"\D", "", told["Số đo"]) == str(api["count"])
        assert told["Cao nhất"].startswith(f"{api['max']['value']:.1f} °C".replace(".", ","))
        assert told["Thấp nhất"].startswith(f"{api['min']['value']:.1f} °C".replace(".", ","))
        beyond = api["beyond"]["time_ms"]
        assert beyond["low"] == beyond["high"]
        assert told["Trên 8 °C"] == f"{beyond['low'] // 1000} giây"
    go(alice, f"{chart}?range=7d")
    with alice.expect_response(lambda answer: "by=day" in answer.url) as got:
        alice.get_by_role("heading", name="Theo ngày").click()
    table = alice.locator("details").filter(has_text="Theo ngày")
    rows = table.get_by_role("row").filter(has=alice.get_by_role("rowheader"))
    expect(rows.first).to_be_visible()
    days = [
        (row.get_by_role("rowheader").inner_text(), re.sub(r"\D", "", row.get_by_role("cell").nth(5).inner_text()))
        for row in rows.all()
    ]
    expected = [
        ("/".join(reversed(day["date"].split("-"))), str(day["count"])) for day in reversed(got.value.json()["days"])
    ]
    assert days == expected
