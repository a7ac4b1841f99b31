"""`belvedere demo` in a child process, and a real Chromium in front of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from tests.browser.seed import Seed, owner, seed
from tests.live.server import PASSWORD, PROGRAM, House

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
)
# Two cores run the server, two encoders and a browser that decodes by software.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


# The demo's first alert is open for two minutes only; what axe finds is asked before a test has chosen a theme.
FIRST = ("test_accessibility.py", "test_demo.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run these files first, in this order."""
    items.sort(key=lambda item: FIRST.index(item.path.name) if item.path.name in FIRST else len(FIRST))


@dataclass(frozen=True)
class Demo:
    """A running demo and how to sign in. began: monotonic seconds when it was ready."""

    url: str
    username: str
    password: str
    began: float


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    ready = folder / "ready.json"
    command = [str(PROGRAM), "demo", "--port", "0", "--mqtt-port", "0", "--ready-file", str(ready)]
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True, env={**os.environ})
    try:
        end = time.monotonic() + 60
        while not ready.exists() or "password" not in (told := json.loads(ready.read_text() or "{}")):
            assert process.poll() is None, log.read_text()[-1500:]
            assert time.monotonic() < end, log.read_text()[-1500:]
            time.sleep(0.05)
        yield Demo(told["url"].rstrip("/"), told["username"], told["password"], time.monotonic())
        process.terminate()
        process.wait(15)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("needs Chromium (Debian package chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go."""
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="session")
def signed_in(browser: Browser, demo: Demo) -> Iterator[BrowserContext]:
    """A context that signed in once, in Vietnamese, on a desk."""
    context = browser.new_context(locale="vi-VN", viewport={"width": 1440, "height": 900}, color_scheme="light")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    sign_in(page, demo)
    page.close()
    yield context
    context.close()


def sign_in(page: Page, demo: Demo) -> None:
    """Through the form, as a person does."""
    page.goto(demo.url + "/")
    page.locator("input[name=username]").fill(demo.username)
    page.locator("input[name=password]").fill(demo.password)
    page.locator("button[type=submit]").click()
    page.wait_for_url("**/s/**", timeout=PATIENCE_MS)


@contextmanager
def opened(
    browser: Browser, house: House, who: str = "alice", *, language: str = "vi-VN", width: int = 1440
) -> Iterator[Page]:
    """Somebody in a browser of their own, signed in, on the overview. They live in another zone than the site."""
    size = ViewportSize(width=width, height=900)
    context = browser.new_context(locale=language, viewport=size, color_scheme="light", timezone_id="America/New_York")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    sign_in(page, Demo(house.server.url, who, PASSWORD, 0))
    if language.startswith("en"):
        page.get_by_role("button", name="Switch to English").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
    yield page
    context.close()
    assert errors == []


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
def seeded(demo: Demo) -> Seed:
    """A site of long names beside the demo's."""
    return seed(owner(demo.url, demo.username, demo.password))
