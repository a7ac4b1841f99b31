"""The overview follows what happens without being loaded again, as a screen on the wall needs it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator

import pytest
from paho.mqtt import publish
from playwright.sync_api import Browser, Locator, Page, expect

from belvedere.domain.times import now_ms
from tests.browser.conftest import opened
from tests.browser.looks import settle
from tests.live.server import PROGRAM, SITE, House, Server, set_up

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(240)]

HOUR_MS = 3_600_000
# Texts and icons of a tile that reach over its edge or are cut off.
CUT = """tile => [...tile.querySelectorAll('b, span, svg')].filter(part => {
    if (part.closest('.vh')) return false
    const inner = part.getBoundingClientRect(), outer = tile.getBoundingClientRect()
    return inner.width > 0 && (inner.top < outer.top || inner.bottom > outer.bottom + 1
        || inner.left < outer.left || inner.right > outer.right + 1)
}).map(part => part.textContent)"""


def send_and_leave(house: House, device: str, **values: float) -> None:
    """As a job does that runs now and then: connect, publish, disconnect."""
    publish.single(
        f"belvedere/v1/{device}/readings",
        json.dumps(values),
        qos=1,
        hostname="127.0.0.1",
        port=house.server.mqtt_port,
        client_id=device,
        auth={"username": device, "password": house.secrets[device]},
    )


@pytest.fixture(scope="module")
def cold_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Two devices in one room: d0 has just sent and left, d1 did an hour ago."""
    with Server(tmp_path_factory.mktemp("overview") / "data") as server:
        house = set_up(server, devices=2)
        for device in ("d0", "d1"):
            house.api.patch(f"devices/{device}", {"zone": "Kho lạnh 1"})
        house.ingest("d1", (now_ms() - HOUR_MS, {"temperature": 3.1}))
        camera = {
            "site": SITE,
            "id": "gate",
            "name": "Cổng chính phía đường",
            "source": {"url": "rtsp://gate.invalid/1"},
        }
        house.api.post("cameras", camera)
        send_and_leave(house, "d0", temperature=4.2)
        yield house


@pytest.fixture
def wall(browser: Browser, cold_store: House) -> Iterator[Page]:
    """The overview, with a mark in the page that a reload would wipe out."""
    with opened(browser, cold_store) as page:
        page.evaluate("window.mark = 'the same page'")
        yield page
        assert page.evaluate("window.mark") == "the same page"


def card(page: Page, name: str) -> Locator:
    """The card whose sentence for a screen reader begins so."""
    return page.get_by_role("main").get_by_role("link", name=re.compile(f"^{name}"))


def test_values_names_and_new_series_come_without_a_reload_and_age_alone_makes_old(
    wall: Page, cold_store: House
) -> None:
    once, old = card(wall, "Device d0 · Nhiệt độ, Kho lạnh 1"), card(wall, "Device d1 · Nhiệt độ, Kho lạnh 1")
    expect(once).to_have_accessible_name(re.compile(r": 4,2\s°C, đo lúc [0-9:]{8}, mới$"))
    expect(old).to_have_accessible_name(re.compile(r": 3,1\s°C, .*cũ$"))

    send_and_leave(cold_store, "d1", temperature=3.4)
    expect(old).to_have_accessible_name(re.compile(r": 3,4\s°C, đo lúc [0-9:]{8}, mới$"))

    cold_store.api.patch("devices/d1", {"name": "Dàn phải"})
    expect(card(wall, "Dàn phải · Nhiệt độ, Kho lạnh 1: 3,4 °C")).to_be_visible()
    send_and_leave(cold_store, "d0", humidity=81)
    expect(card(wall, "Độ ẩm, Kho lạnh 1: 81")).to_be_visible()


def test_what_is_small_is_shown_and_what_was_sent_late_makes_no_clock_slow(wall: Page, cold_store: House) -> None:
    send_and_leave(cold_store, "d0", leak_rate=0.0012)
    expect(card(wall, "Leak rate, Kho lạnh 1: 0,0012")).to_be_visible()
    cold_store.ingest("d1", (now_ms() - HOUR_MS // 3, {"temperature": 3.3}))

    main = wall.get_by_role("main")
    main.get_by_role("link", name=re.compile("^(Device d1|Dàn phải) · Nhiệt độ")).click()
    wall.wait_for_url("**/series/*")
    clock = main.locator("dt", has_text=re.compile("^Giờ thiết bị")).locator("+ dd")
    expect(clock).to_be_visible()
    told = clock.inner_text()
    navigation = wall.get_by_role("navigation", name="Chính")
    navigation.get_by_role("link", name="Thiết bị").first.click()
    device = main.get_by_role("link", name=re.compile("^(Device d1|Dàn phải)"))
    expect(device).to_be_visible()
    expect(main).not_to_contain_text("giờ thiết bị chậm")
    device.click()
    expect(clock).to_have_text(told)


def test_a_camera_that_cannot_be_reached_says_so_within_its_tile(wall: Page) -> None:
    tile = wall.get_by_role("button", name=re.compile("^Cổng chính phía đường"))
    for width in (1440, 390):
        wall.set_viewport_size({"width": width, "height": 900})
        expect(tile).to_contain_text("thử lại sau")
        settle(wall)
        assert tile.evaluate(CUT) == []


def raise_alert_of_camera(house: House) -> None:
    """As the supervisor does, which gives whoever has just added a camera five minutes."""
    code = (
        "import asyncio; from belvedere.alerts.cameras import CameraAlerts;"
        "from belvedere.cameras.selectors import wanted_cameras; [camera] = wanted_cameras();"
        f"asyncio.run(CameraAlerts().camera_offline(camera, {now_ms()}, 'unreachable', 'No answer.'))"
    )
    subprocess.run([PROGRAM, "manage", "shell", "-c", code], env=house.server.settings, timeout=60, check=True)


def test_the_alert_of_a_camera_that_never_connected_says_so_in_its_title(wall: Page, cold_store: House) -> None:
    raise_alert_of_camera(cold_store)
    title = "Camera Cổng chính phía đường: chưa kết nối được"
    row = wall.get_by_role("log").get_by_role("link", name=re.compile(re.escape(title)))
    row.click()
    expect(wall.get_by_role("heading", name=title, exact=True)).to_be_visible()
    title = "Camera Cổng chính phía đường: not connected yet"
    wall.get_by_role("button", name="Switch to English").click()
    expect(wall.get_by_role("log").get_by_role("link", name=re.compile(re.escape(title)))).to_be_visible()
    expect(wall.get_by_role("heading", name=title, exact=True)).to_be_visible()
