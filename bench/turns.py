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


class _Turns:
    """Viewers of the gateway and of MediaMTX, one after the other, in each round."""

    def __init__(self, browser: BrowserContext, ours: int, peer: MediaMtx, options: Options) -> None:
        self._browser = browser
        self._ours = ours
        self._peer = peer
        self._rounds = max(1, options.runs // 2)
        self._seconds = options.video_seconds

    async def watch_webrtc(self, names: list[str], viewers: int) -> tuple[list[Seen], list[Seen]]:
        """Return what both saw; viewers are spread over the cameras."""
        watched = [names[n % len(names)] for n in range(viewers)]
        ours = [f"whep('/media/{name}/whep')" for name in watched]
        return await self._take(ours, [f"whep('{self._peer.whep(name)}')" for name in watched])

    async def watch_hls(self, name: str) -> tuple[list[Seen], list[Seen]]:
        """Return what one viewer of low-latency HLS saw."""
        return await self._take([f"hls('/media/{name}/hls/index.m3u8')"], [f"hls('{self._peer.hls(name)}')"])

    async def _take(self, ours: list[str], theirs: list[str]) -> tuple[list[Seen], list[Seen]]:
        seen: tuple[list[Seen], list[Seen]] = ([], [])
        for _ in range(self._rounds):
            for who, (starts, pid) in enumerate(((ours, self._ours), (theirs, self._peer.pid))):
                seen[who].append(await open_viewers(self._browser, starts, pid, self._seconds))
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
    for count in COUNTS:
        with _run_cameras(count) as cameras, tempfile.TemporaryDirectory() as folder:
            urls = {name: camera.url for name, camera in cameras.items()}
            stage.ids = set(urls)
            await stage.server.apply([CameraSource(name, url) for name, url in urls.items()])
            try:
                with mediamtx(urls, Path(folder)) as peer:
                    await stage.until_all_live()
                    turns = _Turns(browser, ours, peer, options)
                    for busy in (False, True):
                        with _keep_busy(2 if busy else 0):
                            for viewers in COUNTS:
                                seen = await turns.watch_webrtc([*urls], viewers)
                                rows += _make_rows(count, viewers, busy, *seen)
                            if count == 1:
                                rows.append(_make_hls_row(busy, *await turns.watch_hls(*urls)))
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
        _make_first_row(what, busy, *figures["first"]),
    ]
    cost = Row(f"{what}: relay", "% of a core", cpu, LABEL, their_cpu)
    cheap = sum(cpu) <= 1.3 * sum(their_cpu)
    return [*rows, cost.check_goal("<= 1.3 x", cheap) if viewers > 1 else cost]


def _make_first_row(what: str, busy: bool, ours: list[float], theirs: list[float]) -> Row:
    """How long the last of the viewers waited."""
    row = Row(f"{what}: first picture", "ms", ours, LABEL, theirs)
    return row if busy else row.check_goal("<= 700 ms in every turn", all(0 <= each <= 700 for each in ours))


def _make_hls_row(busy: bool, ours: list[Seen], theirs: list[Seen]) -> Row:
    own, other = ([each.percentile(0.5) for each in seen] for seen in (ours, theirs))
    row = Row(f"{'busy' if busy else 'quiet'}, LL-HLS: age p50", "ms", own, LABEL, other)
    in_time = all(0 <= mine <= 1.2 * their for mine, their in zip(own, other, strict=True))
    if busy:
        return row.check_goal("<= 1.2 x in every turn", in_time)
    return row.check_goal("<= 900 ms, <= 1.2 x in every turn", in_time and all(mine <= 900 for mine in own))
