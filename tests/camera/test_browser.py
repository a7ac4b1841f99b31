"""What Chromium sees: the picture moves, under loss and after an absence too."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from belvedere.cameras.mediaserver.gateway.client import GatewayClient
from belvedere.cameras.mediaserver.gateway.control import Gateway, application
from belvedere.cameras.mediaserver.gateway.outputs.datagrams import Datagrams
from tests.camera.conftest import ALLOW, HLS_JS, Open, RtspCamera, Stage, staged, until_page

pytestmark = [pytest.mark.camera, pytest.mark.browser, pytest.mark.timeout(180)]
Make = Callable[..., RtspCamera]

MOVES = "facts().pictures > 20 && facts().width > 0"


class GatewayHere(GatewayClient):
    """The gateway in the test's own process, where the network under it can be made bad."""

    async def start(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="belvedere-gateway-")
        socket = Path(self._folder.name) / "socket"
        self._gateway = Gateway()
        self._runner = web.AppRunner(application(self._gateway), shutdown_timeout=0.5)
        await self._runner.setup()
        await web.UnixSite(self._runner, socket).start()
        self.connect(socket)

    async def stop(self) -> None:
        await self._gateway.stop()
        await super().stop()
        await self._runner.cleanup()


@pytest_asyncio.fixture(loop_scope="session")
async def stage_here() -> AsyncIterator[Stage]:
    async with staged(GatewayHere(ALLOW)) as stage:
        yield stage


@pytest.mark.parametrize("in_band", [True, False], ids=["parameter sets in the stream", "only in DESCRIBE"])
async def test_the_picture_moves_by_webrtc(rtsp_camera: Make, stage: Stage, open_page: Open, in_band: bool) -> None:
    await stage.show(rtsp_camera(username="admin", password="p@ss", in_band_parameter_sets=in_band))
    await stage.until_live()
    page = await open_page(stage)
    answer = await page.evaluate("whep('/media/gate/whep')")
    assert answer["status"] == 201
    assert answer["session"].startswith("/media/gate/whep/")
    await until_page(page, MOVES)
    assert (await stage.status()).viewers == 1
    assert await page.evaluate("fetch(session, {method: 'DELETE'}).then(answer => answer.status)") == 204
    await stage.until(lambda status: status.viewers == 0)


def _candidate(address: str) -> str:
    """JavaScript that names this address in the offer; the page sends its offer before it has candidates of its own."""
    return f"sdp => sdp + 'a=candidate:1 1 udp 2113937151 {address} 9 typ host\\r\\n'"


@pytest.mark.parametrize(
    ("candidates", "changed"),
    [
        ("an mDNS name", _candidate("6f2b7d4e-6a1c-4a43-9d0e-3f3a5a2f1b77.local")),
        ("none at all", "sdp => sdp"),
        ("a stranger", _candidate("192.0.2.66")),
    ],
)
async def test_the_picture_moves_whatever_candidates_the_offer_has(
    rtsp_camera: Make, stage: Stage, open_page: Open, candidates: str, changed: str
) -> None:
    await stage.show(rtsp_camera())
    await stage.until_live()
    page = await open_page(stage)
    assert (await page.evaluate(f"whep('/media/gate/whep', {changed})"))["status"] == 201, candidates
    await until_page(page, MOVES)


async def test_the_picture_moves_by_hls(rtsp_camera: Make, stage: Stage, open_page: Open) -> None:
    if not HLS_JS.exists():
        pytest.skip("needs hls.js: npm ci in web/")
    await stage.show(rtsp_camera())
    await stage.until_live()
    page = await open_page(stage)
    await page.evaluate("hls('/media/gate/hls/index.m3u8')")
    await until_page(page, "facts().pictures > 60")
    assert (await stage.status()).viewers == 1


@pytest.mark.parametrize("kind", ["aac", "pcma"])
async def test_the_sound_is_heard_by_webrtc_beside_the_picture(
    rtsp_camera: Make, stage: Stage, open_page: Open, kind: str
) -> None:
    await stage.show(rtsp_camera(audio=kind))
    await stage.until(lambda status: status.state == "live" and status.sound)
    page = await open_page(stage)
    await page.evaluate("whep('/media/gate/whep', undefined, ['video', 'audio'])")
    await until_page(page, MOVES)
    await page.evaluate("listen()")
    await until_page(page, "loudness() > 0.1")
    frames = (await page.evaluate("facts()"))["frames"]
    await until_page(page, f"facts().frames > {frames + 25} && loudness() > 0.1")


@pytest.mark.parametrize("kind", ["aac", "opus", "pcma"])
async def test_the_sound_is_heard_by_hls_beside_the_picture(
    rtsp_camera: Make, stage: Stage, open_page: Open, kind: str
) -> None:
    if not HLS_JS.exists():
        pytest.skip("needs hls.js: npm ci in web/")
    await stage.show(rtsp_camera(audio=kind))
    await stage.until(lambda status: status.state == "live" and status.sound)
    page = await open_page(stage)
    await page.evaluate("hls('/media/gate/hls/index.m3u8')")
    await until_page(page, "facts().pictures > 30 && video.webkitAudioDecodedByteCount > 0")
    await page.evaluate("listen()")
    await until_page(page, "loudness() > 0.1")
    frames = (await page.evaluate("facts()"))["frames"]
    await until_page(page, f"facts().frames > {frames + 25} && loudness() > 0.1")


async def test_b_frames_move_by_hls(rtsp_camera: Make, stage: Stage, open_page: Open) -> None:
    if not HLS_JS.exists():
        pytest.skip("needs hls.js: npm ci in web/")
    await stage.show(rtsp_camera(b_frames=2, profile="main"))
    await stage.until_live()
    page = await open_page(stage)
    assert (await page.evaluate("whep('/media/gate/whep')"))["problem"]["code"] == "b_frames"
    await page.evaluate("hls('/media/gate/hls/index.m3u8')")
    await until_page(page, "facts().pictures > 60")


async def test_a_camera_that_is_away_for_6_s_is_back_on_the_same_connection(
    rtsp_camera: Make, stage: Stage, open_page: Open
) -> None:
    camera = rtsp_camera()
    await stage.show(camera)
    await stage.until_live()
    page = await open_page(stage)
    session = (await page.evaluate("whep('/media/gate/whep')"))["session"]
    await until_page(page, MOVES)
    camera.tell("cut")
    await asyncio.sleep(6)
    frames = await page.evaluate("facts().frames")
    camera.tell("back")
    await until_page(page, f"facts().frames > {frames + 5}")
    assert (await stage.status()).sessions == (session.rpartition("/")[2],)
    assert (await page.evaluate("facts()"))["states"][-1] == "connected"


STILL_NOISE = (
    "videotestsrc num-buffers=1 pattern=snow ! video/x-raw,width=640,height=360 ! imagefreeze is-live=true "
    "! video/x-raw,framerate=25/1 ! videoconvert"
)


async def test_key_frames_of_400_kilobytes_come_through_2_percent_loss(
    rtsp_camera: Make, stage_here: Stage, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the longer memory of sent packets not one key frame is ever whole."""
    dice = random.Random(7)
    send = Datagrams.send

    def lossy(self: Datagrams, packets: Sequence[bytes], address: tuple[str, int]) -> None:
        send(self, [packet for packet in packets if dice.random() >= 0.02], address)

    monkeypatch.setattr(Datagrams, "send", lossy)
    await stage_here.show(rtsp_camera(source=STILL_NOISE, quantizer=8, key_frame_seconds=1))
    await stage_here.until_live()
    segment = stage_here.server._gateway._cameras["gate"].hls.segmenter  # type: ignore[attr-defined]  # the gateway is here
    page = await open_page(stage_here)
    await page.evaluate("whep('/media/gate/whep')")
    await until_page(page, "stats().then(s => s.keys >= 5)", 60)
    stats = await page.evaluate("stats()")
    assert stats["nacks"] > 0
    assert stats["decoded"] > 50
    # Between two key frames the picture does not change: a segment cut there is small.
    assert max(part.size for part in segment.segments) > 300_000


async def test_a_session_whose_owner_lost_the_right_ends_within_5_s(
    rtsp_camera: Make, stage: Stage, open_page: Open
) -> None:
    await stage.show(rtsp_camera())
    await stage.until_live()
    page = await open_page(stage)
    await page.evaluate("whep('/media/gate/whep')")
    await until_page(page, MOVES)
    stage.rights = None
    await stage.until(lambda status: status.viewers == 0)


async def test_a_closed_tab_leaves_no_viewer(rtsp_camera: Make, stage: Stage, open_page: Open) -> None:
    # A small camera: half a minute passes until a viewer who says nothing counts as gone.
    await stage.show(rtsp_camera(width=320, height=180, fps=10))
    await stage.until_live()
    page = await open_page(stage)
    await page.evaluate("whep('/media/gate/whep')")
    await until_page(page, MOVES)
    await page.close()
    await stage.until(lambda status: status.viewers == 0, seconds=60)
