"""Glass to glass: a camera draws the clock, Chromium reads it. WebRTC beside a bare PyAV relay, and HLS."""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Page, async_playwright

from belvedere.cameras.mediaserver.gateway.client import GatewayClient
from bench.options import Options
from bench.report import Row, make_missing_row
from tests.camera.conftest import ALLOW, BROWSER_ARGUMENTS, HAS_GSTREAMER, HLS_JS, RtspCamera, staged
from tests.chromium import CHROMIUM

CAMERA = {"clock": True, "width": 1280, "height": 720, "bitrate_kbit": 2500, "key_frame_seconds": 1.0}
SETTLE_SECONDS = 3.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Seen:
    """What all viewers of one measurement saw; cpu: percent of a core of the relay meanwhile."""

    ages: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)
    cpu: float = 0.0

    def percentile(self, share: float) -> float:
        """Of the pictures' ages, in ms; -1 where no picture came."""
        return sorted(self.ages)[int(len(self.ages) * share)] if self.ages else -1.0


def _read_cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _read_resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def _measure_cpu(pid: int, seconds: float) -> float:
    before, at = _read_cpu_seconds(pid), time.monotonic()
    await asyncio.sleep(seconds)
    return (_read_cpu_seconds(pid) - before) / (time.monotonic() - at) * 100


async def open_viewers(browser: BrowserContext, starts: Sequence[str], pid: int, seconds: float) -> Seen:
    """A page for each start, opened one after the other, all measured over the same seconds. pid: of the relay."""
    pages: list[Page] = []
    seen = Seen()
    for start in starts:
        page = await browser.new_page()
        await page.goto("/?clock")
        answer = await page.evaluate(start)
        if answer and answer["status"] != 201:
            raise RuntimeError(f"{start}: {answer}")
        pages.append(page)
        await asyncio.sleep(1)
    await asyncio.sleep(SETTLE_SECONDS)
    for page in pages:
        await page.evaluate("seen.ages = []; seen.longestGap = 0")
    seen.cpu = await _measure_cpu(pid, seconds)
    for page in pages:
        facts: dict[str, Any] = await page.evaluate("ages()")
        seen.ages += facts["ages"]
        seen.first.append(facts["first"] or -1.0)
        seen.gaps.append(facts["gap"])
        await page.close()
    return seen


@contextlib.asynccontextmanager
async def _run_pyav_relay(url: str) -> AsyncIterator[tuple[int, str]]:
    """Its process id and address."""
    command = [sys.executable, "-m", "bench.pyav_relay", url]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        port = int(await process.stdout.readline())
        await asyncio.sleep(2)
        yield process.pid, f"http://127.0.0.1:{port}/whep"
    finally:
        process.kill()
        await process.wait()


async def _measure(seconds: float) -> list[Row]:
    camera = RtspCamera(CAMERA)
    try:
        async with async_playwright() as playwright, staged(GatewayClient(ALLOW)) as stage:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_ARGUMENTS)
            context = await browser.new_context(base_url=stage.url, viewport={"width": 640, "height": 360})
            await stage.show(camera)
            await stage.until_live()
            pid = stage.server.pid
            assert pid is not None
            idle = await _measure_cpu(pid, 5)
            rows: list[Row] = []
            for viewers in (1, 4):
                ours = await open_viewers(context, ["whep('/media/gate/whep')"] * viewers, pid, seconds)
                async with _run_pyav_relay(camera.url) as (peer_pid, url):
                    peer = await open_viewers(context, [f"whep('{url}')"] * viewers, peer_pid, seconds)
                rows += _make_webrtc_rows(viewers, ours, peer, idle)
            hls = await open_viewers(context, ["hls('/media/gate/hls/index.m3u8')"], pid, 2 * seconds)
            plain = await open_viewers(context, ["hls('/media/gate/hls/index.m3u8?parts=no')"], pid, 2 * seconds)
            rows += [*_make_hls_rows(hls, plain), _make_memory_row(_read_resident_mb(pid))]
            await browser.close()
            return rows
    finally:
        camera.stop()


def _measure_viewers(count: int) -> str:
    return f"WebRTC, {count} viewer{'s' * (count > 1)}"


def _make_webrtc_rows(viewers: int, ours: Seen, peer: Seen, idle: float) -> list[Row]:
    what, beside = _measure_viewers(viewers), "bare PyAV relay"
    p95 = ours.percentile(0.95)
    rows = [
        Row(f"{what}: age p50", "ms", [ours.percentile(0.5)], beside, [peer.percentile(0.5)]),
        Row(f"{what}: age p95", "ms", [p95], beside, [peer.percentile(0.95)]).check_goal("<= 150 ms", 0 <= p95 <= 150),
        Row(f"{what}: relay", "% of a core", [ours.cpu], beside, [peer.cpu]),
    ]
    if viewers == 1:
        first = statistics.median(ours.first)
        row = Row(f"{what}: first picture", "ms", ours.first, beside, peer.first)
        rows += [
            row.check_goal("<= 1,500 ms", 0 <= first <= 1500),
            Row("camera without viewers", "% of a core", [idle]),
        ]
        rows[2] = rows[2].check_goal("<= 6 % of a core", ours.cpu <= 6)
    return rows


def _make_hls_rows(hls: Seen, plain: Seen) -> list[Row]:
    """plain: without parts. Players begin two segments of 1 s behind the newest, and ask for that once a second."""
    age, plain_age = hls.percentile(0.5), plain.percentile(0.5)
    return [
        Row("LL-HLS: age p50", "ms", [age]).check_goal("<= 900 ms", 0 <= age <= 900),
        Row("LL-HLS: longest standstill", "ms", hls.gaps).check_goal("< 1,000 ms", max(hls.gaps) < 1000),
        Row("plain HLS: age p50", "ms", [plain_age]).check_goal("<= 3,000 ms", 0 <= plain_age <= 3000),
    ]


def _make_memory_row(resident: float) -> Row:
    return Row("gateway, resident", "MB", [resident]).check_goal("<= 120 MB", resident <= 120)


def measure(options: Options) -> list[Row]:
    """One camera, 720p at 25 pictures a second."""
    if not HAS_GSTREAMER or not CHROMIUM or not HLS_JS.exists():
        return [make_missing_row("video", "needs GStreamer's RTSP server, Chromium and hls.js (make setup)")]
    return asyncio.run(_measure(1.5 * options.video_seconds))
