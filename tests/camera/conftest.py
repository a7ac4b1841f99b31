"""A real RTSP camera (GStreamer), the gateway, the media app in front of it, and a real browser."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, Page, async_playwright

from belvedere.accounts.models import Role
from belvedere.accounts.rights import Rights
from belvedere.cameras.media import MediaApp
from belvedere.cameras.mediaserver.gateway.client import GatewayClient
from belvedere.cameras.mediaserver.port import CameraSource, CameraStatus
from belvedere.cameras.selectors import WantedCamera
from tests.chromium import HEADLESS_CHROMIUM

HERE = Path(__file__).parent
HLS_JS = HERE.parents[1] / "web" / "node_modules" / "hls.js" / "dist" / "hls.min.js"
PYTHON = "/usr/bin/python3"
ALLOW = [ipaddress.ip_network("127.0.0.1/32")]
PATIENCE = 60.0  # on a busy machine; a quiet one needs some seconds
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for all tests of this folder, in which they share the browser."""
    for item in items:
        if item.path.is_relative_to(HERE) and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


class RtspCamera:
    """The server as a process; commands go to its standard input."""

    def __init__(self, options: dict[str, Any]) -> None:
        command = [PYTHON, str(HERE / "rtsp_server.py"), json.dumps(options)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.options = options
        self.port = int(self._read()["port"])

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/stream1"

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline() or "{}")
        return answer

    def tell(self, command: str) -> None:
        """cut, back"""
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()

    def counts(self) -> dict[str, Any]:
        self.tell("count")
        return self._read()

    def connections(self) -> int:
        return int(self.counts()["connections"])

    def stop(self) -> None:
        with self._process:  # closes its pipes
            self._process.kill()


def _has_gstreamer() -> bool:
    test = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    if not Path(PYTHON).exists():
        return False
    return subprocess.run([PYTHON, "-c", test], capture_output=True, timeout=30, check=False).returncode == 0


HAS_GSTREAMER = _has_gstreamer()


@pytest.fixture
def rtsp_camera() -> Iterator[Callable[..., RtspCamera]]:
    """Makes cameras; all are gone after the test."""
    if not HAS_GSTREAMER:
        pytest.skip("needs python3-gi and gir1.2-gst-rtsp-server-1.0 with gstreamer1.0-plugins-{base,good,bad,ugly}")
    cameras: list[RtspCamera] = []

    def make(**options: Any) -> RtspCamera:
        cameras.append(RtspCamera(options))
        return cameras[-1]

    yield make
    for camera in cameras:
        camera.stop()


class Stage:
    """One camera in one gateway, and a web server that hands it to whoever asks, as Charlie of the farm.

    It stands where the supervisor stands: `server`, `wanted`, `status_of`.
    """

    def __init__(self, server: GatewayClient) -> None:
        self.server = server
        self.rights: Rights | None = Rights(3, "charlie", {"farm": Role.VIEWER}, {"farm": 1})
        self.url = ""
        self.ids = {"gate"}
        self._status = CameraStatus()

    def wanted(self, camera_id: str) -> WantedCamera | None:
        return WantedCamera(camera_id, camera_id, 1, "farm", None) if camera_id in self.ids else None

    async def catch_up(self) -> None:
        pass

    def status_of(self, _camera_id: str) -> CameraStatus:
        return self._status

    def peek(self, _headers: Iterable[tuple[bytes, bytes]]) -> Rights | None:
        return self.rights

    async def find(self, _headers: Iterable[tuple[bytes, bytes]]) -> Any:
        return self.rights

    async def show(self, camera: RtspCamera, **changes: str) -> None:
        credentials = {name: camera.options.get(name, "") for name in ("username", "password")}
        await self.server.apply([CameraSource("gate", camera.url, **(credentials | changes))])

    async def status(self) -> CameraStatus:
        self._status = (await self.server.statuses())["gate"]
        return self._status

    async def until(self, wanted: Callable[[CameraStatus], bool], seconds: float = PATIENCE) -> CameraStatus:
        deadline = asyncio.get_running_loop().time() + seconds
        while not wanted(await self.status()):
            assert asyncio.get_running_loop().time() < deadline, f"still {self._status}"
            await asyncio.sleep(0.05)
        return self._status

    async def until_all_live(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while {status.state for status in (await self.server.statuses()).values()} != {"live"}:
                await asyncio.sleep(0.05)

    async def until_live(self) -> CameraStatus:
        return await self.until(lambda status: status.state == "live")


@contextlib.asynccontextmanager
async def serving(stage: Stage) -> AsyncIterator[None]:
    """The test page and /media on a free port."""
    media = MediaApp(stage, stage)

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["path"].startswith("/media/"):
            await media(scope, receive, send)
            return
        file = HERE / "page.html" if scope["path"] == "/" else HLS_JS
        body = file.read_bytes() if file.exists() else b""
        kind = b"text/html" if scope["path"] == "/" else b"text/javascript"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
        await send({"type": "http.response.body", "body": body})

    config = uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", log_level="warning")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    stage.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield
    server.should_exit = server.force_exit = True
    await task


@contextlib.asynccontextmanager
async def staged(server: GatewayClient) -> AsyncIterator[Stage]:
    """A stage around this media server."""
    stage = Stage(server)
    await server.start()
    try:
        async with serving(stage):
            yield stage
    finally:
        await server.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def gateway() -> AsyncIterator[GatewayClient]:
    """One for all tests, which begin and end without a camera in it."""
    gateway = GatewayClient(ALLOW)
    yield gateway
    await gateway.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def stage(gateway: GatewayClient) -> AsyncIterator[Stage]:
    """Around the one gateway, which is started where it does not run."""
    await gateway.start()
    stage = Stage(gateway)
    async with serving(stage):
        yield stage
    if gateway.pid is not None:
        await gateway.apply([])


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One for all tests: to start it costs as much as most of them."""
    if not HEADLESS_CHROMIUM:
        pytest.skip("needs Chromium: apt-get install chromium-headless-shell")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=HEADLESS_CHROMIUM,
            args=BROWSER_ARGUMENTS,
        )
        yield browser
        await browser.close()


Open = Callable[[Stage], Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser) -> AsyncIterator[Open]:
    """The test page of a stage, in a window of its own, which is closed after the test."""
    opened: list[Page] = []

    async def open_page(stage: Stage) -> Page:
        opened.append(await browser.new_page())
        await opened[-1].goto(stage.url + "/")
        return opened[-1]

    yield open_page
    for page in opened:
        await page.context.close()


async def until_page(page: Page, expression: str, seconds: float = PATIENCE) -> Any:
    """Waits until the page says yes; its facts are in the failure."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not (answer := await page.evaluate(expression)):
        facts = await page.evaluate("facts()")
        assert asyncio.get_running_loop().time() < deadline, f"{expression}: {facts}"
        await asyncio.sleep(0.1)
    return answer
