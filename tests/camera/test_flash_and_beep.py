"""A flash and a beep of one moment are seen and heard together, by WebRTC (aiortc) and by HLS (ffmpeg)."""

from __future__ import annotations

import array
import asyncio
import contextlib
import io
import itertools
import re
import statistics
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import av
import pytest
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import RtcpSrPacket, RtpPacket

from belvedere.cameras.mediaserver.gateway.client import GatewayClient
from belvedere.cameras.mediaserver.port import CameraSource, Refused, Viewer
from tests.camera.conftest import ALLOW
from tests.camera.flash import EVERY_SECONDS, FlashingCamera
from tests.camera.quirks.test_quirks import read

pytestmark = [pytest.mark.camera, pytest.mark.timeout(120)]

CAMERAS: dict[str, Callable[[], FlashingCamera]] = {
    "sound that comes 0.4 s late": FlashingCamera,
    "a clock that begins elsewhere and is fast": lambda: FlashingCamera(origin=2**32 - 20_000, skew=0.002),
    "reports that come late": lambda: FlashingCamera(reports_late=2.0, sound_late=0.0),
}
WANTED = 3  # flashes, after the reports of both streams and the time that a jump takes
SETTLED_SECONDS = 4.0
APART_SECONDS = 0.1
LOUD, BRIGHT = 0.1, 128


@dataclass
class Seen:
    """When it flashed and beeped, on one clock, in seconds."""

    flashes: list[float] = field(default_factory=list)
    beeps: list[float] = field(default_factory=list)

    def apart(self) -> list[float]:
        """How much later than each flash the nearest beep is; of flashes between the first beep and the last."""
        half = EVERY_SECONDS / 2
        within = [at for at in self.flashes if self.beeps and self.beeps[0] - half < at < self.beeps[-1] + half]
        return [min((beep - at for beep in self.beeps), key=abs) for at in within]


def find_rises(samples: Iterable[tuple[float, bool]]) -> list[float]:
    """Return the times at which something begins that was away for a while. samples: time, and whether it is there."""
    rises: list[float] = []
    last_on: float | None = None
    for at, is_on in samples:
        if is_on and (last_on is None or at - last_on > EVERY_SECONDS / 3):
            rises.append(at)
        last_on = at if is_on else last_on
    return rises


def is_bright(frame: av.VideoFrame) -> bool:
    return bytes(frame.planes[0])[frame.planes[0].line_size * frame.height // 2] > BRIGHT


def read_wave(frame: av.AudioFrame) -> array.array[Any]:
    """One channel."""
    wave = array.array("f" if frame.format.name.startswith("flt") else "h", bytes(frame.planes[0]))
    return wave[: frame.samples * (1 if frame.format.is_planar else len(frame.layout.channels))]


# By HLS


async def load(server: GatewayClient, camera: str, playlist: str, known: dict[str, bytes]) -> int:
    """Fetch what is new in a playlist; how many segments there are."""
    with contextlib.suppress(Refused):
        text = (await read(server, camera, playlist)).decode()
        for name in re.findall(r'URI="(.+mp4)"|^(\S+m4s)$', text, re.MULTILINE):
            found = name[0] or name[1]
            if found not in known:
                known[found] = await read(server, camera, found)
    return sum(name.endswith("m4s") for name in known)


async def watch_by_hls(server: GatewayClient, camera: str) -> Seen:
    files: dict[str, dict[str, bytes]] = {"video.m3u8": {}, "sound.m3u8": {}}
    while min([await load(server, camera, name, known) for name, known in files.items()]) < 4 + EVERY_SECONDS * WANTED:
        await asyncio.sleep(0.4)
    seen = Seen()
    with av.open(io.BytesIO(b"".join(files["video.m3u8"].values())), "r") as container:
        pictures = [(frame.time or 0.0, is_bright(frame)) for frame in container.decode(video=0)]
    began = pictures[0][0]
    seen.flashes = [at for at in find_rises(pictures) if at > began + SETTLED_SECONDS]
    with av.open(io.BytesIO(b"".join(files["sound.m3u8"].values())), "r") as container:
        waves = [(frame.time or 0.0, frame.sample_rate, read_wave(frame)) for frame in container.decode(audio=0)]
    samples = ((at + n / rate, abs(value) > LOUD) for at, rate, wave in waves for n, value in enumerate(wave))
    seen.beeps = [at for at in find_rises(samples) if at > began + SETTLED_SECONDS]
    return seen


# By WebRTC


class Clock:
    """What a receiver of aiortc knows of the sender's clock: its first time stamp, and its newest report."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self.first: int | None = None
        self.report: RtcpSrPacket | None = None

    def tell(self, pts: int) -> float | None:
        """Return the moment that a frame is of."""
        if self.report is None or self.first is None:
            return None
        told = self.report.sender_info
        step = (self.first + pts - told.rtp_timestamp + 2**31) % 2**32 - 2**31
        return told.ntp_timestamp / 2**32 + step / self._rate


Clocks = dict[RTCRtpReceiver, Clock]


@pytest.fixture(scope="module")
def clocks() -> Iterable[Clocks]:
    """The clocks of all receivers."""
    known: Clocks = {}
    with pytest.MonkeyPatch.context() as patch:
        hear_rtp, hear_rtcp = RTCRtpReceiver._handle_rtp_packet, RTCRtpReceiver._handle_rtcp_packet

        async def note_rtp(self: RTCRtpReceiver, packet: RtpPacket, arrival_time_ms: int) -> None:
            if self in known and known[self].first is None:
                known[self].first = packet.timestamp
            await hear_rtp(self, packet, arrival_time_ms)

        async def note_rtcp(self: RTCRtpReceiver, packet: Any) -> None:
            if self in known and isinstance(packet, RtcpSrPacket):
                known[self].report = packet
            await hear_rtcp(self, packet)

        patch.setattr(RTCRtpReceiver, "_handle_rtp_packet", note_rtp)
        patch.setattr(RTCRtpReceiver, "_handle_rtcp_packet", note_rtcp)
        yield known


async def receive(track: MediaStreamTrack, clock: Clock, found: list[float], seen: Seen) -> None:
    """Note when what is wanted begins."""
    samples: list[tuple[float, bool]] = []
    with contextlib.suppress(MediaStreamError):
        while len(seen.apart()) < WANTED:
            frame = await track.recv()
            at = clock.tell(frame.pts or 0)
            if at is None:
                continue
            if isinstance(frame, av.VideoFrame):
                samples.append((at, is_bright(frame)))
            elif isinstance(frame, av.AudioFrame):
                wave, channels = read_wave(frame), len(frame.layout.channels)
                limit = LOUD * 32_768
                samples += [(at + n / channels / frame.sample_rate, abs(value) > limit) for n, value in enumerate(wave)]
            began = samples[0][0]
            found[:] = [rise for rise in find_rises(samples) if rise > began + SETTLED_SECONDS]


async def watch_by_webrtc(server: GatewayClient, camera: str, clocks: Clocks) -> Seen:
    seen, connection = Seen(), RTCPeerConnection()
    connection.addTransceiver("video", direction="recvonly")
    connection.addTransceiver("audio", direction="recvonly")
    pictures, sound = connection.getReceivers()
    clocks[pictures], clocks[sound] = Clock(90_000), Clock(8_000)
    try:
        await connection.setLocalDescription(await connection.createOffer())
        answer = await server.offer(camera, connection.localDescription.sdp, Viewer(camera, camera))
        await connection.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
        await asyncio.gather(
            receive(pictures.track, clocks[pictures], seen.flashes, seen),
            receive(sound.track, clocks[sound], seen.beeps, seen),
        )
    finally:
        await connection.close()
    return seen


@contextlib.asynccontextmanager
async def gateway() -> AsyncIterator[GatewayClient]:
    """With all cameras, each live and heard."""
    async with contextlib.AsyncExitStack() as stack:
        sources = []
        for name, make in CAMERAS.items():
            camera = make()
            listening = await asyncio.start_server(camera.serve, "127.0.0.1", 0)
            stack.callback(listening.close)
            camera.port = listening.sockets[0].getsockname()[1]
            sources.append(CameraSource(name, camera.url))
        server = GatewayClient(ALLOW)
        await server.start()
        stack.push_async_callback(server.stop)
        await server.apply(sources)
        while not all(each.state == "live" and each.sound for each in (await server.statuses()).values()):
            await asyncio.sleep(0.1)
        yield server


async def watch_all(clocks: Clocks) -> dict[tuple[str, str], Seen]:
    async with gateway() as server, asyncio.timeout(100):
        webrtc = [watch_by_webrtc(server, name, clocks) for name in CAMERAS]
        hls = [watch_by_hls(server, name) for name in CAMERAS]
        ways = itertools.product(("WebRTC", "HLS"), CAMERAS)
        return dict(zip(ways, await asyncio.gather(*webrtc, *hls), strict=True))


@pytest.fixture(scope="module")
def seen(clocks: Clocks) -> dict[tuple[str, str], Seen]:
    """All cameras by all ways, watched once."""
    return asyncio.run(watch_all(clocks))


@pytest.mark.parametrize("way", ["WebRTC", "HLS"])
@pytest.mark.parametrize("camera", CAMERAS)
def test_flash_and_beep_are_a_tenth_of_a_second_apart_at_most(
    seen: dict[tuple[str, str], Seen], camera: str, way: str
) -> None:
    each = seen[way, camera]
    apart = each.apart()
    assert len(apart) >= WANTED - 1, each
    # The median: a busy machine loses a beep or the beginning of one here, and a wrong clock moves all of them.
    assert statistics.median(map(abs, apart)) <= APART_SECONDS, (apart, each)
