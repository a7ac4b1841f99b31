"""The gateway and MediaMTX in turns: the same cameras, the same browser, one right after the other, quiet and busy."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from playwright.async_api import BrowserContext, async_playwright

from belvedere.cameras.mediaserver.gateway.client import GatewayClient
from belvedere.cameras.mediaserver.port import CameraSource
from bench.glass import CAMERA, Seen, open_viewers
from bench.options import Options
from bench.peers import MediaMtx, PeerMissing, mediamtx
from bench.report import Row, make_missing_row
from tests.camera.conftest import ALLOW, BROWSER_ARGUMENTS, HAS_GSTREAMER, RtspCamera, Stage, staged
from tests.chromium import CHROMIUM

LABEL = "MediaMTX"
SECONDS = 8.0
COUNTS = (1, 4)  # of cameras, and of viewers
SMALL = {"width": 640, "height": 360, "bitrate_kbit": 800}  # where there are four: two cores encode and decode them
BURN = "while True: pass"


@contextlib.contextmanager
def _keep_busy(programs: int) -> Iterator[None]:
    """Programs that take all the time that they are given."""
    burning = [subprocess.Popen([sys.executable, "-c", BURN]) for _ in range(programs)]
    try:
        yield
    finally:
        for process in burning:
            process.kill()
            process.wait()


@contextlib.contextmanager
def _run_cameras(count: int) -> Iterator[dict[str, RtspCamera]]:
    options = CAMERA | (SMALL if count > 1 else {})
    cameras = {f"gate{n}": RtspCamera(dict(options)) for n in range(count)}
    try:
        yield cameras
    finally:
        for camera in cameras.values():
            camera.stop()


async def _take_turns(
    browser: BrowserContext, ours: int, names: list[str], peer: MediaMtx, viewers: int, rounds: int
) -> tuple[list[Seen], list[Seen]]:
    """What viewers of the gateway and of MediaMTX saw, in each round; they are spread over the cameras."""
    seen: tuple[list[Seen], list[Seen]] = ([], [])
    watched = [names[n % len(names)] for n in range(viewers)]
    for turn in range(2 * rounds):
        theirs = turn % 2
        urls = [peer.whep(name) if theirs else f"/media/{name}/whep" for name in watched]
        starts = [f"whep('{url}')" for url in urls]
        seen[theirs].append(await open_viewers(browser, starts, peer.pid if theirs else ours, SECONDS))
    return seen


def measure(options: Options) -> list[Row]:
    """1 and 4 cameras, 1 and 4 viewers, quiet and busy."""
    if not HAS_GSTREAMER or not CHROMIUM:
        return [make_missing_row(f"in turns with {LABEL}", "needs GStreamer's RTSP server and Chromium")]
    return asyncio.run(_measure(options))


async def _measure(options: Options) -> list[Row]:
    async with async_playwright() as playwright, staged(GatewayClient(ALLOW)) as stage:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_ARGUMENTS)
        context = await browser.new_context(base_url=stage.url, viewport={"width": 640, "height": 360})
        try:
            return await _measure_turns(context, stage, options)
        finally:
            await browser.close()


async def _measure_turns(browser: BrowserContext, stage: Stage, options: Options) -> list[Row]:
    rows: list[Row] = []
    ours = stage.server.pid
    assert ours is not None
    rounds = max(2, options.runs // 2)
    for count in COUNTS:
        with _run_cameras(count) as cameras, tempfile.TemporaryDirectory() as folder:
            urls = {name: camera.url for name, camera in cameras.items()}
            stage.ids = set(urls)
            await stage.server.apply([CameraSource(name, url) for name, url in urls.items()])
            try:
                with mediamtx(urls, Path(folder)) as peer:
                    await stage.until_all_live()
                    for busy in (0, 2):
                        with _keep_busy(busy):
                            for viewers in COUNTS:
                                seen = await _take_turns(browser, ours, [*urls], peer, viewers, rounds)
                                rows += _make_rows(count, viewers, bool(busy), *seen)
            except PeerMissing as error:
                return [make_missing_row(f"in turns with {LABEL}", str(error))]
    return rows


def _make_rows(cameras: int, viewers: int, busy: bool, ours: list[Seen], theirs: list[Seen]) -> list[Row]:
    what = f"{'busy' if busy else 'quiet'}, {cameras} cam., {viewers} view."
    figures: dict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for mine, seen in enumerate((ours, theirs)):
        for each in seen:
            figures["p50"][mine].append(each.percentile(0.5))
            figures["p95"][mine].append(each.percentile(0.95))
            figures["first"][mine].append(max(each.first))
            figures["cpu"][mine].append(each.cpu)
    (p95, their_p95), (cpu, their_cpu) = figures["p95"], figures["cpu"]
    limit = 1.5 if busy else 1.1
    in_time = all(0 <= own <= limit * other for own, other in zip(p95, their_p95, strict=True))
    rows = [
        Row(f"{what}: age p50", "ms", figures["p50"][0], LABEL, figures["p50"][1]),
        Row(f"{what}: age p95", "ms", p95, LABEL, their_p95).check_goal(f"<= {limit} x in every turn", in_time),
        Row(f"{what}: first picture", "ms", figures["first"][0], LABEL, figures["first"][1]),
    ]
    cost = Row(f"{what}: relay", "% of a core", cpu, LABEL, their_cpu)
    cheap = sum(cpu) <= 1.3 * sum(their_cpu)
    return [*rows, cost.check_goal("<= 1.3 x", cheap) if viewers > 1 else cost]
