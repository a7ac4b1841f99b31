"""The newest key frame as JPEG: decoded when somebody asks, at most once a second, and one at a time of all cameras."""

from __future__ import annotations

import asyncio
import time
from fractions import Fraction

import av
from av.video.codeccontext import VideoCodecContext

from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.video import Video
from belvedere.cameras.mediaserver.port import Refused

LEAST_SECONDS = 1.0
MAX_PIXELS = 40_000_000  # 8K; an SPS may say more than seven times that
KEY_FRAME_SECONDS = 10.0  # that are waited for the first
JPEG_TYPE = "image/jpeg"
_DECODERS = {"H264": "h264", "H265": "hevc"}
_START_CODE = b"\x00\x00\x00\x01"
_one_at_a_time = asyncio.Lock()


class SnapshotOutput:
    """Implements Output."""

    def __init__(self) -> None:
        self._unit: AccessUnit | None = None
        self._codec = ""
        self._pixels = 0
        self._came = asyncio.Event()
        self._shown: AccessUnit | None = None
        self._jpeg = b""
        self._decoded_at = -LEAST_SECONDS

    def restart(self) -> None:
        """See Output. A picture from before the camera was away is none of the present."""
        self._unit = None
        self._came.clear()

    def take(self, unit: AccessUnit, video: Video) -> None:
        """See Output."""
        if not unit.key or video.parameters is None:
            return
        self._unit, self._codec = unit, video.codec.name
        self._pixels = video.parameters.width * video.parameters.height
        self._came.set()

    def count_viewers(self) -> int:
        """See Output. Nobody who asks for one picture watches."""
        return 0

    async def stop(self) -> None:
        """See Output."""

    async def make(self) -> bytes:
        """Return the newest key frame as JPEG. Raises Refused."""
        try:
            async with asyncio.timeout(KEY_FRAME_SECONDS):
                await self._came.wait()
        except TimeoutError as error:
            raise Refused(refusals.NOT_READY) from error
        async with _one_at_a_time:
            unit = self._unit
            if unit is None or self._pixels > MAX_PIXELS:
                raise Refused(refusals.NOT_READY, "no key frame, or a picture larger than any screen")
            now = time.monotonic()
            if unit is self._shown or (self._jpeg and now - self._decoded_at < LEAST_SECONDS):
                return self._jpeg
            self._decoded_at = now
            try:
                self._jpeg = await asyncio.to_thread(decode, self._codec, [*unit.sets, *unit.nals])
            except (av.FFmpegError, ValueError) as error:
                raise Refused(refusals.NOT_READY, f"the key frame cannot be decoded: {error}") from error
            self._shown = unit
            return self._jpeg


def decode(codec: str, nals: list[bytes]) -> bytes:
    """Return one picture as JPEG. Blocks. Raises av.FFmpegError, and ValueError where there is none."""
    decoder = av.CodecContext.create(_DECODERS[codec], "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.thread_count = 1
    packet = av.Packet(b"".join(_START_CODE + nal for nal in nals))
    frames = [*decoder.decode(packet), *decoder.decode(None)]
    if not frames:
        raise ValueError("no picture in it")
    frame = frames[0]
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"qmin": "3", "qmax": "3"}
    picture = frame.reformat(format="yuvj420p", dst_color_range="JPEG")
    picture.pts = 0
    return b"".join(bytes(each) for each in [*encoder.encode(picture), *encoder.encode(None)])
