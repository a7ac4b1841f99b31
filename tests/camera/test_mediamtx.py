"""What Chromium sees through a real MediaMTX, where BELVEDERE_MEDIAMTX or PATH has one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import cast

import pytest
import pytest_asyncio

from belvedere.cameras.mediaserver.gateway.client import GatewayClient
from belvedere.cameras.mediaserver.mediamtx.client import MediaMtxClient
from belvedere.cameras.mediaserver.mediamtx.own import OwnMediaMtx
from belvedere.cameras.mediaserver.mediamtx.process import find_program
from tests.camera.conftest import ALLOW, HLS_JS, Open, RtspCamera, Stage, staged, until_page
from tests.contract.mediamtx.real import find_real_program

pytestmark = [pytest.mark.live, pytest.mark.camera, pytest.mark.browser, pytest.mark.timeout(180)]
Make = Callable[..., RtspCamera]

MOVES = "facts().pictures > 20 && facts().width > 0"


@pytest_asyncio.fixture(loop_scope="session")
async def stage() -> AsyncIterator[Stage]:
    program, version = find_program(find_real_program())
    place = OwnMediaMtx(program, version, "127.0.0.1:0", "127.0.0.1:0")
    client = cast("GatewayClient", MediaMtxClient(GatewayClient(ALLOW), place))  # what is asked here both have
    async with staged(client) as stage:
        yield stage


async def test_the_picture_moves_by_webrtc_until_its_viewer_may_not_watch_any_more(
    rtsp_camera: Make, stage: Stage, open_page: Open
) -> None:
    await stage.show(rtsp_camera(username="admin", password="p@ss"))
    await stage.until_live()
    page = await open_page(stage)
    answer = await page.evaluate("whep('/media/gate/whep')")
    assert answer["status"] == 201
    await until_page(page, MOVES)
    assert (await stage.status()).viewers == 1
    stage.rights = None
    await until_page(page, "['failed', 'closed', 'disconnected'].includes(seen.states.at(-1))")
    await stage.until(lambda status: status.viewers == 0)


async def test_the_picture_moves_by_hls_until_its_viewer_may_not_watch_any_more(
    rtsp_camera: Make, stage: Stage, open_page: Open
) -> None:
    if not HLS_JS.exists():
        pytest.skip("needs hls.js: make setup")
    await stage.show(rtsp_camera())
    await stage.until_live()
    page = await open_page(stage)
    await page.evaluate("hls('/media/gate/hls/index.m3u8')")
    await until_page(page, MOVES)
    stage.rights = None
    assert await page.evaluate("fetch('/media/gate/hls/index.m3u8').then(answer => answer.status)") == 401


async def test_viewers_stay_while_the_camera_is_away(rtsp_camera: Make, stage: Stage, open_page: Open) -> None:
    camera = rtsp_camera()
    await stage.show(camera)
    await stage.until_live()
    page = await open_page(stage)
    await page.evaluate("whep('/media/gate/whep')")
    await until_page(page, MOVES)
    camera.tell("cut")
    await stage.until(lambda status: status.state != "live")
    camera.tell("back")
    await stage.until_live()
    await page.evaluate("seen.pictures.clear()")
    await until_page(page, MOVES)
    assert await page.evaluate("seen.states") == ["connecting", "connected"]
