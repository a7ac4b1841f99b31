"""Every camera plays or says why not: all quirks in one gateway, seen by WebRTC (aiortc) and by HLS (ffmpeg)."""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import av
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from belvedere.cameras.mediaserver.gateway.client import GatewayClient
from belvedere.cameras.mediaserver.port import CameraSource, CameraStatus, Refused, Viewer
from tests.camera.conftest import ALLOW
from tests.camera.quirks import cameras
from tests.camera.quirks.camera import QuirkCamera

pytestmark = [pytest.mark.camera, pytest.mark.timeout(180)]

WANTED_PICTURES = 15
PATIENCE = 45.0
PLAYS: dict[str, Callable[[], QuirkCamera]] = {
    "no quirk": QuirkCamera,
    "PLAY on Content-Base": cameras.PlaysOnContentBase,
    "PLAY on the typed URL": cameras.PlaysOnTypedUrl,
    "a control URL with a slash": cameras.ControlWithSlash,
    "MD5-sess, and a cut at each challenge": cameras.Md5Session,
    "no rtpmap": cameras.NoRtpmap,
    "two rtpmaps, and MJPEG first": cameras.TwoRtpmaps,
    "another payload type": cameras.WrongPayloadType,
    "start codes in fragments": cameras.AnnexBInFragments,
    "garbage between packets": cameras.GarbageBetweenFrames,
    "two pictures of one time stamp": cameras.TwinTimeStamps,
    "a clock that stands still": cameras.StandingClock,
    "a clock that is set back": cameras.SlippingClock,
    "one picture a second": cameras.SlowPictures,
    "8 s to describe": cameras.SlowToDescribe,
    "a first key frame after 10 s": cameras.LateKeyFrame,
    "pauses of 9 s": cameras.PausesAndAnswers,
    "one key frame for ever": cameras.OneKeyFrame,
    "requests and a foreign source": cameras.AsksUs,
    "two sequence parameter sets": cameras.TwoSequences,
}
SAYS: dict[str, tuple[str, Callable[[], QuirkCamera]]] = {
    "only UDP": ("udp_only", lambda: cameras.Says("SETUP", "461 Unsupported Transport")),
    "all places taken": ("camera_full", lambda: cameras.Says("SETUP", "453 Not Enough Bandwidth")),
    "asleep": ("camera_not_ready", lambda: cameras.Says("DESCRIBE", "503 Service Unavailable")),
    "a web page's address": ("bad_redirect", lambda: cameras.Says("DESCRIBE", "302 Moved", "Location: http://c/")),
    "packets without a picture": ("no_picture", cameras.NonsenseAfterPlay),
}
PLAYS["a redirect without a host"] = lambda: cameras.Says("DESCRIBE", "302 Moved", "Location: /elsewhere")


@dataclass
class Seen:
    """What became of one camera. states: state and code in turn; hls: times in 90 kHz that ffmpeg's decoder gives."""

    camera: QuirkCamera
    pictures: set[int] = field(default_factory=set)
    states: list[tuple[str, str]] = field(default_factory=list)
    hls: list[int] = field(default_factory=list)
    status: CameraStatus = field(default_factory=CameraStatus)


async def watch_by_webrtc(server: GatewayClient, name: str, seen: Seen) -> None:
    """Count the different pictures that a WebRTC viewer decodes."""
    connection = RTCPeerConnection()
    try:
        connection.addTransceiver("video", direction="recvonly")
        await connection.setLocalDescription(await connection.createOffer())
        answer = await server.offer(name, connection.localDescription.sdp, Viewer(name, name))
        await connection.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
        track = connection.getReceivers()[0].track
        wanted = 3 if seen.camera.fps == 1 else WANTED_PICTURES
        while len(seen.pictures) < wanted:
            frame = await track.recv()
            assert isinstance(frame, av.VideoFrame)
            seen.pictures.add(hash(bytes(frame.planes[0])))
    except MediaStreamError:
        pass
    finally:
        await connection.close()


async def read(server: GatewayClient, camera: str, name: str) -> bytes:
    file = await server.file(camera, name, "", Viewer("hls", "hls"))
    async with contextlib.aclosing(file.body) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def watch_by_hls(server: GatewayClient, name: str, seen: Seen) -> None:
    """Decode what a player of HLS has after some segments."""
    if not seen.camera.makes_segments:
        return
    data, names = b"", list[str]()
    while len(names) < 3:
        with contextlib.suppress(Refused):
            lines = (await read(server, name, "video.m3u8")).decode().splitlines()
            data = data or await read(server, name, next(line for line in lines if "MAP" in line).split('"')[1])
            for segment in (line for line in lines if line.startswith("segment") and line not in names):
                data += await read(server, name, segment)
                names.append(segment)
        await asyncio.sleep(0.3)
    with av.open(io.BytesIO(data), "r") as container:
        seen.hls = [frame.pts for frame in container.decode(video=0) if frame.pts is not None]


async def follow_states(server: GatewayClient, seen: dict[str, Seen]) -> None:
    while True:
        for name, status in (await server.statuses()).items():
            states = seen[name].states
            seen[name].status = status
            if not states or states[-1] != (status.state, status.code):
                states.append((status.state, status.code))
        await asyncio.sleep(0.2)


async def until_live(seen: Seen) -> None:
    while not seen.states or seen.states[-1][0] != "live":
        await asyncio.sleep(0.1)


async def until_said(seen: Seen) -> None:
    while not seen.states or seen.states[-1][0] != "offline":
        await asyncio.sleep(0.1)


async def watch(server: GatewayClient, name: str, seen: Seen) -> None:
    """One camera, until enough was seen of it, or its time is over."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            if name in SAYS:
                await until_said(seen)
                return
            await until_live(seen)
            await asyncio.gather(watch_by_webrtc(server, name, seen), watch_by_hls(server, name, seen))


@contextlib.asynccontextmanager
async def all_cameras() -> AsyncIterator[dict[str, Seen]]:
    """Each on a port of its own."""
    made = {name: make() for name, make in PLAYS.items()} | {name: make() for name, (_, make) in SAYS.items()}
    async with contextlib.AsyncExitStack() as stack:
        for camera in made.values():
            server = await asyncio.start_server(camera.serve, "127.0.0.1", 0)
            stack.callback(server.close)
            camera.port = server.sockets[0].getsockname()[1]
        yield {name: Seen(camera) for name, camera in made.items()}


async def watch_all() -> dict[str, Seen]:
    async with all_cameras() as seen:
        server = GatewayClient(ALLOW)
        await server.start()
        try:
            sources = [
                CameraSource(name, each.camera.url, each.camera.username, each.camera.password)
                for name, each in seen.items()
            ]
            await server.apply(sources)
            states = asyncio.create_task(follow_states(server, seen))
            await asyncio.gather(*(watch(server, name, each) for name, each in seen.items()))
            states.cancel()
        finally:
            await server.stop()
    return seen


@pytest.fixture(scope="module")
def seen() -> dict[str, Seen]:
    """All cameras, watched once."""
    return asyncio.run(watch_all())


@pytest.mark.parametrize("name", PLAYS)
def test_the_camera_plays_by_webrtc_and_hls(seen: dict[str, Seen], name: str) -> None:
    each = seen[name]
    wanted = 3 if each.camera.fps == 1 else WANTED_PICTURES
    assert len(each.pictures) >= wanted, each.states
    assert len(each.hls) >= wanted or not each.camera.makes_segments
    assert all(b > a for a, b in itertools.pairwise(each.hls))


@pytest.mark.parametrize("name", PLAYS)
def test_a_camera_that_plays_is_never_said_to_be_away(seen: dict[str, Seen], name: str) -> None:
    assert "offline" not in {state for state, _ in seen[name].states}
    wanted = 2 if "cut" in name or "redirect" in name else 1
    # Once more where the machine was too busy to let a camera speak; one that its quirk cuts off is cut off each time.
    assert wanted <= seen[name].camera.connections <= wanted + 1
    assert seen[name].status.b_frames is False


@pytest.mark.parametrize("name", SAYS)
def test_the_camera_says_why_it_shows_no_picture(seen: dict[str, Seen], name: str) -> None:
    assert seen[name].states[-1] == ("offline", SAYS[name][0])
    assert "live" not in {state for state, _ in seen[name].states}


def test_receiver_reports_reach_the_camera(seen: dict[str, Seen]) -> None:
    reports = seen["no quirk"].camera.reports
    assert reports
    assert all(report[1] == 201 for report in reports)
    assert int.from_bytes(reports[-1][8:12], "big") == 1  # the source that is sent


def test_requests_of_the_camera_are_answered_by_their_number(seen: dict[str, Seen]) -> None:
    answers = seen["requests and a foreign source"].camera.answers
    assert answers[0].startswith(b"RTSP/1.0 200 OK\r\nCSeq: 5\r\n")
