"""The gateway's process against a real RTSP camera."""

from __future__ import annotations

import asyncio
import io
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import httpx
import pytest

from belvedere.cameras.mediaserver.gateway.client import GatewayClient
from tests.camera.conftest import ALLOW, RtspCamera, Stage

pytestmark = pytest.mark.camera
Make = Callable[..., RtspCamera]


def about_process(pid: int | None, name: str) -> bytes:
    return Path(f"/proc/{pid}/{name}").read_bytes()


def runs(pid: int) -> bool:
    try:
        return b"Z (zombie)" not in about_process(pid, "status")
    except OSError:
        return False


async def get(stage: Stage, path: str) -> httpx.Response:
    async with httpx.AsyncClient(timeout=60) as client:
        return await client.get(f"{stage.url}/media/gate/{path}")


async def offer(stage: Stage, **headers: str) -> httpx.Response:
    sdp = "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 H264/90000\r\n"
    async with httpx.AsyncClient(timeout=60) as client:
        sent = {"Content-Type": "application/sdp", "Origin": stage.url} | headers
        return await client.post(f"{stage.url}/media/gate/whep", content=sdp, headers=sent)


async def play(stage: Stage, segments: int = 3) -> list[int]:
    """Presentation times in 90 kHz of what an HLS client has after a while."""
    names: list[str] = []
    data, init = b"", ""
    deadline = time.monotonic() + 90
    while len(names) < segments and time.monotonic() < deadline:
        playlist = await get(stage, "hls/video.m3u8")
        lines = playlist.text.splitlines() if playlist.status_code == 200 else []
        init = next((line.split('"')[1] for line in lines if line.startswith("#EXT-X-MAP")), "")
        for name in (line for line in lines if line.startswith("segment")):
            if name not in names:
                names.append(name)
                data += (await get(stage, "hls/" + name)).content
        await asyncio.sleep(0.3)
    head = (await get(stage, "hls/" + init)).content
    with av.open(io.BytesIO(head + data), "r") as container:
        return [frame.pts for frame in container.decode(video=0) if frame.pts is not None]


async def test_a_camera_with_digest_log_in_is_probed_and_cut_into_segments(rtsp_camera: Make, stage: Stage) -> None:
    await stage.show(rtsp_camera(username="admin", password="@:/%", audio="pcma"))
    status = await stage.until_live()
    assert (status.codec, status.width, status.height, status.b_frames) == ("H264", 640, 360, False)
    assert status.audio == "PCMA"
    await stage.until(lambda status: status.sound)
    times = await play(stage)
    assert len(times) >= 60
    assert times == sorted(times)
    assert (await stage.status()).key_frame_seconds == pytest.approx(1.0, abs=0.3)
    master = await get(stage, "hls/index.m3u8")
    assert 'CODECS="avc1.' in master.text
    assert (await get(stage, "hls/segment-9999.m4s")).json()["code"] == "no_file"


async def test_parameter_sets_that_only_describe_tells_are_enough(rtsp_camera: Make, stage: Stage) -> None:
    await stage.show(rtsp_camera(in_band_parameter_sets=False))
    await stage.until_live()
    assert len(await play(stage, 2)) >= 40


async def test_b_frames_play_by_hls_and_are_refused_by_webrtc(rtsp_camera: Make, stage: Stage) -> None:
    await stage.show(rtsp_camera(b_frames=2, profile="main"))
    assert (await stage.until_live()).b_frames is True
    refusal = await offer(stage)
    assert (refusal.status_code, refusal.json()["code"]) == (409, "b_frames")
    times = await play(stage)
    steps = {b - a for a, b in itertools.pairwise(times)}
    assert len(times) >= 60
    assert max(steps) < 2 * 3600


async def test_h265_is_refused_to_a_viewer_who_does_not_offer_it_and_played_by_hls(
    rtsp_camera: Make, stage: Stage
) -> None:
    await stage.show(rtsp_camera(codec="h265"))
    status = await stage.until_live()
    assert (status.codec, status.width, status.height, status.b_frames) == ("H265", 640, 360, False)
    refusal = await offer(stage)
    assert (refusal.status_code, refusal.json()["code"]) == (409, "h265")
    assert refusal.headers["content-type"] == "application/problem+json"
    assert "Watch its substream instead" in refusal.json()["detail"]
    times = await play(stage)
    assert len(times) >= 60
    assert times == sorted(times)
    assert 'CODECS="hvc1.1.6.L' in (await get(stage, "hls/index.m3u8")).text


async def test_a_wrong_password_is_offline_with_its_reason_and_without_a_storm(rtsp_camera: Make, stage: Stage) -> None:
    camera = rtsp_camera(username="admin", password="right")
    await stage.show(camera, password="s3cret-wrong")
    status = await stage.until(lambda status: status.state == "offline")
    assert status.code == "bad_login"
    await asyncio.sleep(4)
    assert camera.connections() == 1
    answer = await offer(stage)
    assert (answer.status_code, answer.json()["code"]) == (503, "camera_offline")
    assert "s3cret" not in answer.text
    await stage.show(camera)
    await stage.until_live()


async def test_one_pull_feeds_everybody(rtsp_camera: Make, stage: Stage) -> None:
    camera = rtsp_camera()
    await stage.show(camera)
    await stage.until_live()
    await asyncio.gather(*(play(stage, 1) for _ in range(3)))
    assert camera.connections() == 1


def newest_segment(playlist: str) -> str:
    """Its name. Parts and the hint at the next one stand in tags."""
    return [line for line in playlist.splitlines() if line and not line.startswith("#")][-1]


async def test_a_playlist_that_is_asked_ahead_comes_with_its_segment(rtsp_camera: Make, stage: Stage) -> None:
    await stage.show(rtsp_camera())
    await stage.until_live()
    await play(stage, 1)
    for _ in range(3):
        newest = newest_segment((await get(stage, "hls/video.m3u8")).text)
        number = int(newest.removesuffix(".m4s").rpartition("-")[2])
        ahead = await get(stage, f"hls/video.m3u8?_HLS_msn={number + 1}")
        assert newest_segment(ahead.text) != newest
        assert ahead.headers["cache-control"] == "no-store"
        assert "immutable" in (await get(stage, "hls/" + newest)).headers["cache-control"]
    assert (await get(stage, "hls/video.m3u8?_HLS_msn=99999")).status_code == 200  # of a gateway that has died


async def test_hls_goes_on_after_a_cut_with_a_discontinuity(rtsp_camera: Make, stage: Stage) -> None:
    camera = rtsp_camera()
    await stage.show(camera)
    await stage.until_live()
    await play(stage, 2)
    camera.tell("cut")
    status = await stage.until(lambda status: status.state != "live")
    assert status.code in ("connection_cut", "connection_refused", "silent")
    camera.tell("back")
    await stage.until_live()
    deadline = time.monotonic() + 30
    while "#EXT-X-DISCONTINUITY\n" not in (await get(stage, "hls/video.m3u8")).text:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)


async def test_stop_leaves_no_process(rtsp_camera: Make, stage: Stage) -> None:
    await stage.show(rtsp_camera())
    await stage.until_live()
    pid = stage.server.pid
    assert pid is not None
    await stage.server.stop()
    assert not runs(pid)


async def test_a_stop_that_is_cut_short_is_finished_by_the_next() -> None:
    client = GatewayClient(ALLOW)
    await client.start()
    pid = client.pid
    assert pid is not None
    stopping = asyncio.create_task(client.stop())
    await asyncio.sleep(0.01)  # SIGTERM is sent, the process still cleans up
    stopping.cancel()
    await asyncio.gather(stopping, return_exceptions=True)
    await client.stop()
    assert not runs(pid)
    assert client.pid is None


async def test_no_secret_is_on_a_command_line_or_in_the_environment(rtsp_camera: Make, stage: Stage) -> None:
    await stage.show(rtsp_camera(username="admin", password="s3cret-word"))
    await stage.until_live()
    for name in ("cmdline", "environ"):
        assert b"s3cret-word" not in about_process(stage.server.pid, name)


async def test_memory_stays_below_120_megabytes(rtsp_camera: Make, stage: Stage) -> None:
    await stage.server.stop()
    await stage.server.start()
    await stage.show(rtsp_camera())
    await stage.until_live()
    await play(stage, 3)
    status = about_process(stage.server.pid, "status").decode()
    resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    assert resident < 120 * 1024


PARENT = """
import asyncio, sys
from belvedere.cameras.mediaserver.gateway.client import GatewayClient
async def main():
    client = GatewayClient()
    await client.start()
    print(client.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


def test_the_gateway_dies_with_its_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        os.kill(parent.pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while runs(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)
