"""A camera that flashes and beeps at the same moments, with clocks of its own for picture and sound."""

from __future__ import annotations

import array
import asyncio
import math
from collections.abc import Iterator
from functools import cache
from struct import pack

import av

from belvedere.cameras.mediaserver.gateway.tests.clips import encode, fill
from tests.camera.quirks.camera import (
    HEIGHT,
    WIDTH,
    Clip,
    Connection,
    Picture,
    QuirkCamera,
    Request,
    fragment,
    make_clip,
)

RATE, SAMPLES = 8_000, 160
EVERY_SECONDS, FLASH_SECONDS = 1.5, 0.2
NTP_ORIGIN = 3_900_000_000


@cache
def dark_and_bright() -> Clip:
    """Two pictures, each a key frame."""
    options = {"profile": "baseline", "tune": "zerolatency", "x264-params": "keyint=1:sliced-threads=0"}
    size = WIDTH, HEIGHT
    return make_clip(encode("libx264", options, pictures=2, fps=25, size=size, paint=paint_dark_and_bright))


def paint_dark_and_bright(frame: av.VideoFrame, number: int) -> None:
    """Without colour."""
    fill(frame, (16, 235)[number], 128, 128)


@cache
def quiet_and_loud() -> list[bytes]:
    """Two frames of the A-law."""
    encoder = av.CodecContext.create("pcm_alaw", "w")
    encoder.sample_rate, encoder.layout, encoder.format = RATE, "mono", "s16"
    made = []
    for loudness in (0, 16_000):
        frame = av.AudioFrame("s16", "mono", SAMPLES)
        frame.sample_rate = RATE
        wave = [round(loudness * math.sin(2 * math.pi * 1000 * n / RATE)) for n in range(SAMPLES)]
        frame.planes[0].update(array.array("h", wave).tobytes())
        made += [bytes(packet) for packet in encoder.encode(frame)]
    return made


def is_on(moment: float) -> bool:
    """Whether it flashes and beeps. moment: seconds since it began."""
    return moment % EVERY_SECONDS >= EVERY_SECONDS - FLASH_SECONDS


class FlashingCamera(QuirkCamera):
    """Sends its sound sound_late seconds after the picture of the same moment.

    skew: how much faster than told the clock of the sound runs. reports_late: how long after the moment that they speak
    of the reports are sent.
    """

    fps = 25

    def __init__(self, sound_late: float = 0.4, skew: float = 0.0, reports_late: float = 0.0, origin: int = 0) -> None:
        super().__init__(dark_and_bright())
        self._sound_late = sound_late
        self._skew = skew
        self._reports_late = reports_late
        self._origin = origin

    def media(self) -> list[str]:
        return [*super().media(), "m=audio 0 RTP/AVP 8", "a=control:trackID=2"]

    async def request(self, connection: Connection, request: Request) -> bool:
        if request.method == "SETUP" and request.url.endswith("trackID=2"):
            transport = "Transport: RTP/AVP/TCP;unicast;interleaved=2-3"
            connection.answer(request, headers=["Session: 12345678;timeout=60", transport])
            return True
        return await super().request(connection, request)

    async def play(self, connection: Connection) -> None:
        began = asyncio.get_running_loop().time()
        pending = sorted(
            (at, moment, kind) for kind in ("picture", "sound", "report") for at, moment in self.plan(kind)
        )
        for number, (at, moment, kind) in enumerate(pending):
            await asyncio.sleep(max(0.0, began + at - asyncio.get_running_loop().time()))
            await connection.writer.drain()
            if kind == "picture":
                self.send(connection, self.clip.pictures[is_on(moment)], self.picture_stamp(moment), number)
            elif kind == "sound":
                head = pack(">BBHII", 0x80, 0x88, number & 0xFFFF, self.sound_stamp(moment), 2)
                self.interleave(connection, 2, head + quiet_and_loud()[is_on(moment)])
            else:
                self.interleave(connection, 1, self.report(1, moment, self.picture_stamp(moment)))
                self.interleave(connection, 3, self.report(2, moment, self.sound_stamp(moment)))

    def plan(self, kind: str) -> Iterator[tuple[float, float]]:
        """Yield when it is sent, and of which moment it is, for a minute."""
        step = {"picture": 1 / self.fps, "sound": SAMPLES / (RATE * (1 + self._skew)), "report": 1.0}[kind]
        late = {"picture": 0.0, "sound": self._sound_late, "report": self._reports_late}[kind]
        for number in range(round(60 / step)):
            yield number * step + late, number * step

    def picture_stamp(self, moment: float) -> int:
        return (90_000 + round(moment * 90_000)) & 0xFFFFFFFF

    def sound_stamp(self, moment: float) -> int:
        return (self._origin + round(moment * RATE * (1 + self._skew))) & 0xFFFFFFFF

    def send(self, connection: Connection, picture: Picture, stamp: int, _number: int) -> None:
        payloads = [payload for nal in [*self.clip.sets, *picture.nals] for payload in fragment(nal)]
        self.send_payloads(connection, payloads, stamp)

    def report(self, ssrc: int, moment: float, stamp: int) -> bytes:
        """A sender report that says which stamp the moment has."""
        return pack(">BBHIQIII", 0x80, 200, 6, ssrc, round((NTP_ORIGIN + moment) * 2**32), stamp, 0, 0)

    def interleave(self, connection: Connection, channel: int, data: bytes) -> None:
        """Send a packet of any channel."""
        connection.writer.write(bytes((0x24, channel)) + pack(">H", len(data)) + data)
