"""The demo in child processes, and a real Chromium in front of it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, ViewportSize, expect, sync_playwright

from belvedere.simulator.api import Api
from tests.browser.seed import Seed, seed
from tests.chromium import HEADLESS_CHROMIUM
from tests.live.server import PASSWORD, PROFILE, PROGRAM, SITE, House, Server, set_up

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    # Pages of one person share a process: a new one costs a third of what a page does.
    "--renderer-process-limit=1",
)
# Two cores run the server, two encoders and a browser that decodes by software.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


def _turn(item: pytest.Item) -> int:
    if item.path.name == "test_demo.py":
        return 0
    return 1 if "demo" in getattr(item, "fixturenames", ()) else 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """test_demo.py first, because the demo's first alert is open for two minutes only; then what else uses the demo.

    After that it ends: its encoders would take a seventh of a core from all other tests.
    """
    items.sort(key=_turn)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    if nextitem is None or _turn(nextitem) == 2:
        while _endings:
            _endings.pop()()


@dataclass(frozen=True)
class Demo:
    """A running demo and how to sign in. began: monotonic seconds when it was ready."""

    url: str
    username: str
    password: str
    began: float


# A day of history instead of a week, which is most of what a demo computes as it starts. That it sends a week, and how:
# belvedere/simulator/tests.
SHORT_HISTORY = """
from belvedere.simulator import history
plan_stretches = history.plan_stretches
history.plan_stretches = lambda days: plan_stretches(min(days, 1))
"""
_endings: list[Callable[[], None]] = []  # of the demo that runs


def _start(folder: Path, command: list[str], *, out: Path) -> subprocess.Popen[bytes]:
    """Start a program that takes the short history, and end it after the last test that uses the demo."""
    (folder / "sitecustomize.py").write_text(SHORT_HISTORY)
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    with out.open("wb") as written, (folder / "log").open("wb") as log:
        started = subprocess.Popen(command, stdout=written, stderr=log, start_new_session=True, env=environment)

    def end() -> None:
        started.terminate()
        try:
            started.wait(30)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGKILL)

    _endings.append(end)
    return started


def _demo_of_its_own(folder: Path) -> tuple[subprocess.Popen[bytes], Path]:
    """`belvedere demo`; gives it, and the file that will say how to sign in."""
    ready = folder / "ready.json"
    command = [str(PROGRAM), "demo", "--port", "0", "--mqtt-port", "0", "--ready-file", str(ready)]
    return _start(folder, command, out=folder / "printed"), ready


def _demo_on_the_cluster(folder: Path) -> tuple[subprocess.Popen[bytes], Path]:
    """The same devices and cameras, played to a cluster."""
    server = Server(folder / "data", environment={"BELVEDERE_CAMERA_ALLOW": "127.0.0.1/32"}).start()
    _endings.append(server.close)
    code = folder / "setup-token"
    code.write_text(server.setup_token())
    command = [sys.executable, "-m", "belvedere.simulator.demo", "--url", server.url]
    command += ["--mqtt-port", str(server.mqtt_port), "--setup-token-file", str(code)]
    told = folder / "told"
    return _start(folder, command, out=told), told


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """It ends after the last test that uses it."""
    folder = tmp_path_factory.mktemp("demo")
    process, told = _demo_on_the_cluster(folder) if PROFILE == "cluster" else _demo_of_its_own(folder)
    end = time.monotonic() + 60
    while not told.exists() or "password" not in (line := told.read_text().partition("\n")[0]):
        assert process.poll() is None, (folder / "log").read_text()[-1500:]
        assert time.monotonic() < end, (folder / "log").read_text()[-1500:]
        time.sleep(0.05)
    how = json.loads(line)
    return Demo(how["url"].rstrip("/"), how["username"], how["password"], time.monotonic())


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not HEADLESS_CHROMIUM:
        pytest.skip("needs Chromium (Debian package chromium-headless-shell)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=HEADLESS_CHROMIUM, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go."""
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="session")
def signed_in(browser: Browser, demo: Demo) -> Iterator[BrowserContext]:
    """A context that signed in once, in Vietnamese, on a desk."""
    context = new_context(browser)
    let_in(context, demo.url, demo.username, demo.password)
    yield context
    context.close()


def new_context(browser: Browser, *, language: str = "vi-VN", width: int = 1440, **options: Any) -> BrowserContext:
    """A browser of its own.

    Without the service worker, which a new browser takes longer to install than a test takes: test_offline.py has it.
    """
    options = {"service_workers": "block", "color_scheme": "light", **options}
    context = browser.new_context(locale=language, viewport=ViewportSize(width=width, height=900), **options)
    context.set_default_timeout(PATIENCE_MS)
    return context


def sign_in(page: Page, demo: Demo) -> None:
    """Through the form, as a person does."""
    page.goto(demo.url + "/")
    page.locator("input[name=username]").fill(demo.username)
    page.locator("input[name=password]").fill(demo.password)
    page.locator("button[type=submit]").click()
    page.wait_for_url("**/s/**", timeout=PATIENCE_MS)


def let_in(context: BrowserContext, url: str, username: str, password: str = PASSWORD) -> None:
    """Signed in without the form, which is another page to load."""
    api = Api(url)
    api.post("session", {"username": username, "password": password})
    context.add_cookies([{"name": each.name, "value": str(each.value), "url": url} for each in api.cookies])


GO = "place => { history.pushState({}, '', place); dispatchEvent(new PopStateEvent('popstate')) }"


def go(page: Page, place: str) -> None:
    """To another page of the same site as a link leads there: to load it all again costs ten times as much.

    By way of a page that there is not, so that nothing of the last one is left.
    """
    site = "/".join(re.split("[/?]", place)[:5])
    if not page.url.startswith(site):
        page.goto(place)
        settle(page)
        return
    page.evaluate(GO, site + "/nowhere")
    expect(page.locator("main a[href='/']")).to_be_attached()
    page.evaluate(GO, place)
    expect(page.locator("main a[href='/']")).not_to_be_attached()
    settle(page)


@contextmanager
def opened(
    browser: Browser, house: House, who: str = "alice", *, at: str = "", language: str = "vi-VN", width: int = 1440
) -> Iterator[Page]:
    """Somebody in a browser of their own, signed in, at a page of the site; they live in another zone than the site.

    at: the page's address within the site; without it the overview.
    """
    context = new_context(browser, language=language, width=width, timezone_id="America/New_York")
    let_in(context, house.server.url, who)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{house.server.url}/s/{SITE}{at}")
    if language.startswith("en"):
        page.get_by_role("button", name="Switch to English").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
    yield page
    context.close()
    assert errors == []


def settle(page: Page) -> None:
    """Wait until a page stands: it has a heading or a dialog, and nothing of it is still loading."""
    standing = page.get_by_role("heading", level=1).or_(page.get_by_role("dialog")).first
    expect(standing).to_be_attached()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


@pytest.fixture
def page(signed_in: BrowserContext) -> Iterator[Page]:
    """A fresh page of the signed-in person; errors of the page fail the test."""
    page = signed_in.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert errors == []


@pytest.fixture(scope="session")
def gate_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server that may connect to cameras of this machine; each module adds its own, and removes them."""
    environment = {"BELVEDERE_CAMERA_ALLOW": "127.0.0.1/32"}
    with Server(tmp_path_factory.mktemp("gate") / "data", environment=environment) as server:
        yield set_up(server)


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seed]:
    """A server of its own with a site of long names and an empty one. Alice owns both, Charlie views the first."""
    with Server(tmp_path_factory.mktemp("seeded") / "data") as server:
        yield seed(set_up(server, devices=0))


@pytest.fixture(scope="session")
def alices(browser: Browser, seeded: Seed) -> Iterator[BrowserContext]:
    """Alice's browser there, signed in, in Vietnamese, on a desk."""
    context = new_context(browser)
    let_in(context, seeded.url, "alice")
    yield context
    context.close()


@pytest.fixture(scope="session")
def alices_page(alices: BrowserContext) -> Page:
    page = alices.new_page()
    # A form that is not saved asks before the page is left.
    page.on("dialog", lambda dialog: dialog.accept())
    return page


@pytest.fixture
def her_page(alices_page: Page) -> Iterator[Page]:
    """Alice's page, wherever the test before has left it; its errors fail the test."""
    errors: list[str] = []

    def note(error: Error) -> None:
        errors.append(str(error))

    alices_page.on("pageerror", note)
    yield alices_page
    alices_page.remove_listener("pageerror", note)
    alices_page.unroute_all()
    alices_page.set_viewport_size({"width": 1440, "height": 900})
    assert errors == []
