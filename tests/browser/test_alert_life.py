"""One alert from its raising to its end, read in both languages at each moment of its life."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from belvedere.domain.times import now_ms
from tests.browser.conftest import go, opened
from tests.live.server import SITE, House, Server, set_up

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def cold_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A cabinet with a limit of 8 °C, and Bob, who operates."""
    with Server(tmp_path_factory.mktemp("life") / "data") as server:
        house = set_up(server)
        house.add_member("bob", "operator")
        house.add_rule(kind="above", level=8)
        house.ingest("d0", (now_ms(), {"temperature": 4.0}))
        house.api.patch(f"series/{house.series_of('d0')['temperature']}", {"name": "Tủ 1"})
        yield house


@pytest.fixture(scope="module")
def vietnamese(browser: Browser, cold_room: House) -> Iterator[Page]:
    """Alice, wherever the test before has left her."""
    with opened(browser, cold_room) as page:
        yield page


@pytest.fixture(scope="module")
def english(browser: Browser, cold_room: House) -> Iterator[Page]:
    """Bob, wherever the test before has left him."""
    with opened(browser, cold_room, "bob", language="en-GB") as page:
        yield page


def says(page: Page, sentence: str) -> None:
    """In its main part; AT stands for a time of day, a space for any."""
    pattern = sentence.replace("AT", r"\d\d:\d\d:\d\d").replace(" ", r"\s")
    expect(page.get_by_role("main")).to_contain_text(re.compile(pattern))


# The heights of a row of the list while its alert grows older.
HEIGHTS = """row => ['1 giây', '59 giây', '10 phút', '59 phút 59 giây', '23 giờ 59 phút'].map(words => {
    row.querySelector('[class*=since]').textContent = `đã báo ${words}`
    return row.getBoundingClientRect().height
})"""


def test_an_alert_says_what_is_true_at_each_moment_of_its_life(
    vietnamese: Page, english: Page, cold_room: House
) -> None:
    def measure(temperature: float) -> None:
        cold_room.ingest("d0", (now_ms(), {"temperature": temperature}))

    go(vietnamese, f"{cold_room.server.url}/s/{SITE}")
    measure(8.3)
    row = vietnamese.get_by_role("log").get_by_role("link").first
    expect(row).to_contain_text("đã báo")
    assert len(set(row.evaluate(HEIGHTS))) == 1
    row.click()
    vietnamese.wait_for_url("**/alerts/*")
    go(english, vietnamese.url)
    says(vietnamese, r"Báo lúc AT: Tủ 1 8,3 °C, trên 8 °C\. Bây giờ 8,3 °C\.")
    says(english, r"Raised at AT: Tủ 1 8\.3 °C, above 8 °C\. Now 8\.3 °C\.")

    measure(9.2)
    says(vietnamese, r"Báo lúc AT: Tủ 1 8,3 °C, trên 8 °C\. Bây giờ 9,2 °C\.")
    english.get_by_role("button", name="Acknowledge", exact=True).click()
    says(vietnamese, r"Bob đã nhận lúc \d\d:\d\d\.")
    vietnamese.get_by_role("group", name="Tạm im cảnh báo này").get_by_role("button", name="30 phút").click()
    says(english, r"Silenced until \d\d:\d\d")

    measure(4.0)
    says(vietnamese, r"Đã trên 8 °C từ AT đến AT, cao nhất 9,2 °C lúc AT, về 4,0 °C\.")
    says(english, r"Was above 8 °C from AT to AT, highest 9\.2 °C at AT, back to 4\.0 °C\.")
    expect(vietnamese.get_by_role("main")).not_to_contain_text("Bây giờ")

    measure(8.6)
    says(vietnamese, r"Bây giờ 8,6 °C\..*Tái diễn 1 lần\.")
    says(english, r"Now 8\.6 °C\..*Came back 1 time\.")
    measure(3.0)
    says(vietnamese, r"Đã trên 8 °C 2 lần từ AT đến AT, tổng .*, cao nhất 9,2 °C lúc AT, về 3,0 °C\.")
    says(english, r"Was above 8 °C 2 times between AT and AT, .* in all, highest 9\.2 °C at AT, back to 3\.0 °C\.")


def test_what_an_alert_waited_for_is_no_time_of_the_line(browser: Browser, vietnamese: Page, cold_room: House) -> None:
    """The first reading of a device was measured 20 minutes ago: so old is its alert, and not the way it came."""
    with vietnamese.expect_websocket() as socket:
        vietnamese.goto(f"{cold_room.server.url}/s/{SITE}")
    socket.value.wait_for_event("framereceived")  # what is raised from now on comes by it
    chip = vietnamese.get_by_role("complementary", name="Cảnh báo").locator("header .chip b")
    expect(chip).to_have_text("chưa đo")
    cold_room.add_device("d1")
    cold_room.ingest("d1", (now_ms() - 20 * 60_000, {"temperature": 9.0}))
    row = vietnamese.get_by_role("log").get_by_role("link", name=re.compile("Device d1"))
    expect(row).to_contain_text(re.compile(r"đã báo 20\sphút"))
    expect(chip).to_have_text(re.compile(r"^(\d+\sms|\d?\d,\d\d\sgiây)$"))
    with opened(browser, cold_room, "bob", language="en-GB") as page:
        expect(page.get_by_role("log").get_by_role("link", name=re.compile("Device d1"))).to_be_visible()
        chip = page.get_by_role("complementary", name="Alerts").locator("header .chip b")
        expect(chip).to_have_text("not measured")


def test_a_ready_rule_and_its_alert_are_named_in_the_language_of_whoever_reads(
    vietnamese: Page, english: Page, cold_room: House
) -> None:
    [rule] = [one for one in cold_room.api.get(f"rules?site={SITE}") if one["template"] == "water_leak"]
    cold_room.api.patch(f"rules/{rule['id']}", {"enabled": True})
    cold_room.ingest("d0", (now_ms(), {"water_leak": 1}))
    for page, name in ((vietnamese, "Rò nước"), (english, "Water leak")):
        go(page, f"{cold_room.server.url}/s/{SITE}")
        row = page.get_by_role("log").get_by_role("link", name=re.compile(f"^[^:]*{name}"))
        row.click()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        go(page, f"{cold_room.server.url}/s/{SITE}/rules/{rule['id']}")
        expect(page.get_by_role("heading", level=2, name=name)).to_be_visible()
