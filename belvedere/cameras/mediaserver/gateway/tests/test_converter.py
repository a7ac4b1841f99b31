"""A smaller picture made of the main stream: while somebody watches, and never in the way of that one."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from belvedere.cameras.mediaserver.flv import Frame, Parameters, read_flv
from belvedere.cameras.mediaserver.gateway import control, converter, on_demand, pull
from belvedere.cameras.mediaserver.gateway.camera import Camera
from belvedere.cameras.mediaserver.gateway.client import GatewayClient
from belvedere.cameras.mediaserver.gateway.control import Gateway
from belvedere.cameras.mediaserver.gateway.converter import Conversion, Converters
from belvedere.cameras.mediaserver.gateway.ffmpeg import build_command, choose_height, find_ffmpeg
from belvedere.cameras.mediaserver.gateway.h265.tests.clips import FPS, clip, copied
from belvedere.cameras.mediaserver.gateway.on_demand import OnDemand
from belvedere.cameras.mediaserver.gateway.outputs import hls
from belvedere.cameras.mediaserver.gateway.outputs.feed import Feed
from belvedere.cameras.mediaserver.gateway.outputs.places import Places
from belvedere.cameras.mediaserver.gateway.rtsp.client import Offer
from belvedere.cameras.mediaserver.gateway.rtsp.sdp import Media
from belvedere.cameras.mediaserver.gateway.tests.scripted_camera import HERE
from belvedere.cameras.mediaserver.port import SUB, CameraSource, Refused, Viewer
from tests.contract.rtsp import camera

needs_ffmpeg = pytest.mark.skipif(not find_ffmpeg(), reason="needs ffmpeg")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_demand, "HOLD_SECONDS", 0.05)
    monkeypatch.setattr(on_demand, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(hls, "WATCHING_SECONDS", 0.05)


async def until(wanted: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not wanted():
            await asyncio.sleep(0.02)


def children(pid: int) -> list[int]:
    """The programs that this process has started."""
    tasks = [f"task/{each.name}/children" for each in Path(f"/proc/{pid}/task").glob("*")]
    return [int(each) for task in tasks for each in read_process(pid, task).split()]


def converting(pid: int) -> list[int]:
    """Those of them that convert."""
    return [each for each in children(pid) if b"ffmpeg" in read_process(each, "cmdline").split(b"\0")[0]]


def read_process(pid: int, name: str) -> bytes:
    """One of its files; empty where it has ended."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def is_gone(pid: int) -> bool:
    stat = read_process(pid, "stat")
    return not stat or stat.rpartition(b")")[2].split()[0] == b"Z"


@asynccontextmanager
async def made(url: str, converters: Converters) -> AsyncIterator[tuple[Camera, OnDemand]]:
    """A main stream, and a smaller one that is made of it."""
    main = Camera(CameraSource("gate", url), HERE, Places())
    main.start()
    source = CameraSource("gate", url, make_sub=True)
    sub = OnDemand(
        source, HERE, Places(), make_pull=lambda receiver: Conversion("gate", main.add_output, converters, receiver)
    )
    try:
        yield main, sub
    finally:
        await sub.stop()
        await main.stop()


@needs_ffmpeg
async def test_it_is_made_while_somebody_watches_and_the_camera_has_one_connection() -> None:
    async with camera() as source, made(source.url, Converters(1)) as (main, sub):
        assert not converting(os.getpid())
        playlist, _ = await sub.file("video.m3u8", "charlie")
        assert b"#EXTINF" in playlist
        assert (sub.status().state, sub.status().codec, sub.status().b_frames) == ("live", "H264", False)
        assert len(converting(os.getpid())) == 1
        await until(lambda: sub.status().state == "idle")
        await until(lambda: not converting(os.getpid()))
        assert (main.status().state, source.connections) == ("live", 1)


@needs_ffmpeg
async def test_a_program_that_dies_is_started_again_and_the_main_stream_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pull, "retry_seconds", lambda *_, **__: 0.05)
    monkeypatch.setattr(on_demand, "HOLD_SECONDS", 3600)
    async with camera() as source, made(source.url, Converters(1)) as (main, sub):
        await sub.file("video.m3u8", "charlie")
        (program,) = converting(os.getpid())
        os.kill(program, signal.SIGKILL)
        await until(lambda: sub.status().state == "connecting")
        assert sub.status().code == "converter_failed"
        assert main.status().state == "live"
        await until(lambda: sub.status().state == "live")
        assert converting(os.getpid()) != [program]
        assert source.connections == 1


@needs_ffmpeg
async def test_a_program_that_hangs_is_ended_and_another_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull, "retry_seconds", lambda *_, **__: 0.05)
    monkeypatch.setattr(on_demand, "HOLD_SECONDS", 3600)
    async with camera() as source, made(source.url, Converters(1)) as (main, sub):
        monkeypatch.setattr(converter, "STUCK_SECONDS", 3)
        await sub.file("video.m3u8", "charlie")
        (program,) = converting(os.getpid())
        os.kill(program, signal.SIGSTOP)
        await until(lambda: sub.status().code == "converter_failed")
        monkeypatch.setattr(converter, "STUCK_SECONDS", 60)
        assert is_gone(program)
        await until(lambda: sub.status().state == "live")
        assert main.status().state == "live"


async def test_no_more_are_made_than_there_are_places_and_who_has_none_is_told() -> None:
    converters = Converters(1)
    async with camera() as source, made(source.url, converters) as (main, sub):
        with converters.take():
            with pytest.raises(Refused) as caught:
                await sub.file("video.m3u8", "charlie")
            assert "processor cores" in caught.value.refusal.sentence
            assert sub.status().code == "converters_busy"
            assert not converting(os.getpid())
            assert main.status().state == "live"


async def test_without_ffmpeg_the_status_says_so_and_there_is_no_sub_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "find_ffmpeg", lambda: "")
    gateway = Gateway()
    async with camera() as source:
        try:
            await gateway.apply({"gate": CameraSource("gate", source.url, make_sub=True)}, HERE, None)
            status = gateway.status("gate")
            assert status.sub is not None
            assert (status.sub.state, status.sub.code) == ("offline", "no_converter")
            assert {stream.source for stream in GatewayClient([]).streams(status)} == {"main"}
        finally:
            await gateway.stop()


@needs_ffmpeg
async def test_none_is_left_when_the_gateway_is_killed() -> None:
    server = GatewayClient([ipaddress.ip_network("127.0.0.1/32")])
    async with camera() as source:
        await server.start()
        try:
            await server.apply([CameraSource("gate", source.url, make_sub=True)])
            file = await server.file("gate", "video.m3u8", "", Viewer("charlie"), SUB)
            assert b"#EXTINF" in b"".join([chunk async for chunk in file.body])
            assert server.pid is not None
            (program,) = converting(server.pid)
            os.kill(server.pid, signal.SIGKILL)
            await until(lambda: is_gone(program))
        finally:
            await server.stop()


@needs_ffmpeg
@pytest.mark.parametrize("b_frames", [0, 2])
async def test_h265_with_b_frames_becomes_h264_without_and_loses_no_picture(b_frames: int) -> None:
    main, feed = Camera(CameraSource("gate", "rtsp://192.168.1.20/"), HERE), Feed()
    main.add_output(feed)
    main.begin(Offer(Media("video", 96, "H265", 90_000, "rtsp://192.168.1.20/track1"), ""))
    fed: list[int] = []
    for unit in clip(b_frames):
        camera_unit = copied(unit)
        main.take(camera_unit)
        fed += [camera_unit.ts] if feed.begun.is_set() else []
    async with converter.run_program(build_command(find_ffmpeg(), feed.height)) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        feed.connect(process.stdin)
        process.stdin.write_eof()
        async with asyncio.timeout(60):
            found = [each async for each in read_flv(process.stdout)]
    assert isinstance(found[0], Parameters)
    times = [each.time_ms for each in found if isinstance(each, Frame)]
    assert len(times) == len(fed) >= 2 * FPS
    assert [time - times[0] for time in times] == pytest.approx([(ts - min(fed)) / 90 for ts in sorted(fed)], abs=2)
    await main.stop()


@pytest.mark.parametrize(
    ("height", "smaller"), [(2160, 720), (1440, 720), (1080, 360), (720, 360), (480, 360), (241, 240), (96, 96)]
)
def test_it_is_half_as_high_at_most_and_never_higher(height: int, smaller: int) -> None:
    assert choose_height(height) == smaller


def test_a_camera_that_another_server_pulls_has_none_made() -> None:
    assert CameraSource("gate", "rtsp://x/1", make_sub=True).has_sub
    assert not CameraSource("gate", "rtsp://x/1", way="server_pull", make_sub=True).has_sub
