"""The quirks. Each names the public reports that it is made from."""

from __future__ import annotations

import asyncio
import hashlib
import random
from typing import Any

from tests.camera.quirks.camera import (
    FPS,
    Clip,
    Connection,
    Picture,
    QuirkCamera,
    Request,
    clip,
    digest_fields,
    fragment,
)

START_CODE = b"\0\0\0\1"


class PlaysOnContentBase(QuirkCamera):
    """RFC 2326 §C.1.1: AxisCommunications/media-stream-library-js#306, bluenviron/gortsplib#632."""

    path = "/stream?odata=36341a1d"

    def describe_headers(self, _url: str) -> list[str]:
        return [f"Content-Base: rtsp://{self.host}/stream/"]

    async def request(self, connection: Connection, request: Request) -> bool:
        if request.method in ("PLAY", "TEARDOWN") and request.url.rstrip("/") != f"rtsp://{self.host}/stream":
            connection.answer(request, "404 Not Found")
            return True
        return await super().request(connection, request)


class PlaysOnTypedUrl(QuirkCamera):
    """The opposite, against the standard: only the URL that was typed is known."""

    async def request(self, connection: Connection, request: Request) -> bool:
        if request.method == "PLAY" and request.url != self.url:
            connection.answer(request, "454 Session Not Found")
            return True
        return await super().request(connection, request)


class ControlWithSlash(QuirkCamera):
    """`a=control:/trackID=1` below the stream's path; gortsplib and ffmpeg append it too."""

    def description(self) -> str:
        return super().description().replace("a=control:trackID", "a=control:/trackID")

    async def request(self, connection: Connection, request: Request) -> bool:
        if request.method == "SETUP" and request.url != f"rtsp://{self.host}/stream1/trackID=1":
            connection.answer(request, "404 Not Found")
            return True
        return await super().request(connection, request)


class Md5Session(QuirkCamera):
    """algorithm=MD5-sess: AlexxIT/go2rtc#2451. It closes the connection with each challenge: scottlamb/retina#45."""

    username, password = "admin", "secret"

    async def request(self, connection: Connection, request: Request) -> bool:
        if request.method == "OPTIONS" or self._is_admitted(request):
            return await super().request(connection, request)
        challenge = 'WWW-Authenticate: Digest realm="c", nonce="n0", algorithm=MD5-sess, qop="auth"'
        connection.answer(request, "401 Unauthorized", [challenge])
        await connection.writer.drain()
        return False

    def _is_admitted(self, request: Request) -> bool:
        fields = digest_fields(request)
        secret = _md5(f"{_md5('admin:c:secret')}:n0:{fields.get('cnonce')}")
        action = _md5(f"{request.method}:{fields.get('uri')}")
        expected = _md5(f"{secret}:n0:{fields.get('nc')}:{fields.get('cnonce')}:auth:{action}")
        return fields.get("response") == expected


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class NoRtpmap(QuirkCamera):
    """A description that does not name its codec: AlexxIT/go2rtc#1435."""

    def media(self) -> list[str]:
        return ["m=video 0 RTP/AVP 96", "a=control:trackID=1"]


class TwoRtpmaps(QuirkCamera):
    """A second mapping for a type that never comes, and MJPEG before H.264."""

    def media(self) -> list[str]:
        jpeg = ["m=video 0 RTP/AVP 26", "a=control:trackID=0"]
        return [*jpeg, *super().media(), "a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96"]


class WrongPayloadType(QuirkCamera):
    """Another payload type than the description's: AlexxIT/go2rtc#1435."""

    def packet(self, connection: Connection, payload: bytes, marker: bool, stamp: int, **_changes: Any) -> None:
        super().packet(connection, payload, marker, stamp, payload_type=97)


class AnnexBInFragments(QuirkCamera):
    """Start codes inside one fragmented unit (V380, Ezviz): scottlamb/retina#68, #108, bluenviron/gortsplib#199."""

    def send(self, connection: Connection, picture: Picture, stamp: int, number: int) -> None:
        if picture.key:
            data = START_CODE.join([*self.clip.sets, *picture.nals])
            self.send_payloads(connection, fragment(data), stamp)
        else:
            super().send(connection, picture, stamp, number)


class GarbageBetweenFrames(QuirkCamera):
    """90 bytes of rubbish between two packets (Axis, Canon): bluenviron/gortsplib#653, AlexxIT/go2rtc#231, #236."""

    def send(self, connection: Connection, picture: Picture, stamp: int, number: int) -> None:
        super().send(connection, picture, stamp, number)
        if number % FPS == FPS - 1:
            letters = [byte for byte in range(1, 250) if byte not in b"$R\r\n"]
            connection.writer.write(bytes(random.Random(number).choices(letters, k=90)))


class TwinTimeStamps(QuirkCamera):
    """Two pictures with one time stamp now and then: bluenviron/mediamtx#6255, themactep/thingino-firmware#640."""

    def time_stamp(self, number: int) -> int:
        return super().time_stamp(number - (number % 20 == 10))


class StandingClock(QuirkCamera):
    """The time stamp never changes: AlexxIT/go2rtc#1435."""

    def time_stamp(self, _number: int) -> int:
        return 0


class SlippingClock(QuirkCamera):
    """Set back by a picture and a half again and again, and an SPS that may reorder: blakeblackshear/frigate#2603."""

    def __init__(self) -> None:
        super().__init__(clip(profile="main"))

    def time_stamp(self, number: int) -> int:
        return super().time_stamp(number) - number // (2 * FPS) * 11_250


class SlowPictures(QuirkCamera):
    """One picture a second, of a profile that may reorder: Motion-Project/motion#1104."""

    fps = 1

    def __init__(self) -> None:
        super().__init__(clip(profile="main", key_frame_pictures=2))


class SlowToDescribe(QuirkCamera):
    """8 s for the answer to DESCRIBE: deepch/RTSPtoWeb#315, AlexxIT/go2rtc#1373."""

    async def request(self, connection: Connection, request: Request) -> bool:
        if request.method == "DESCRIBE":
            await asyncio.sleep(8)
        return await super().request(connection, request)


class LateKeyFrame(QuirkCamera):
    """10 s from PLAY to the first key frame: borexola/neolink.net#58 and cameras with a smart codec."""

    async def play(self, connection: Connection) -> None:
        deltas = [picture for picture in self.clip.pictures if not picture.key]
        for number in range(10 * FPS):
            self.send(connection, deltas[number % len(deltas)], self.time_stamp(number), number)
            await asyncio.sleep(1 / FPS)
        await super().play(connection)


class PausesAndAnswers(QuirkCamera):
    """Nothing for 9 s after each 2 s of pictures, but it answers."""

    async def play(self, connection: Connection) -> None:
        number = 0
        while True:
            picture = self.clip.pictures[number % len(self.clip.pictures)]
            self.send(connection, picture, self.time_stamp(number + number // (2 * FPS) * 9 * FPS), number)
            number += 1
            await asyncio.sleep(9 if number % (2 * FPS) == 0 else 1 / FPS)


class AsksUs(QuirkCamera):
    """Sends requests of its own between the packets, and packets of a source that is not the stream."""

    def send(self, connection: Connection, picture: Picture, stamp: int, number: int) -> None:
        super().send(connection, picture, stamp, number)
        if number % FPS == 5:
            ask = f"OPTIONS rtsp://client RTSP/1.0\r\nCSeq: {number}\r\n\r\n"
            connection.writer.write(ask.encode())
            sequence = connection.sequence
            self.packet(connection, b"\x41\xe0" + bytes(20), True, stamp + 99_000, ssrc=77)
            connection.sequence = sequence


class TwoSequences(QuirkCamera):
    """A second SPS and its PPS with other numbers in front of each key frame, which nothing uses."""

    def __init__(self) -> None:
        film = clip()
        sps, pps = (next(nal for nal in film.sets if nal[0] & 0x1F == kind) for kind in (7, 8))
        bits = "".join(f"{byte:08b}" for byte in sps[4:].replace(b"\0\0\3", b"\0\0"))
        super().__init__(
            Clip(film.pictures, [pps[:1] + b"\x4a" + pps[1:], sps[:4] + _pack("010" + bits[1:]), *film.sets])
        )


def _pack(bits: str) -> bytes:
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))


class OneKeyFrame(QuirkCamera):
    """One key frame and never another: who comes later is shown what has come since."""

    makes_segments = False

    def send(self, connection: Connection, picture: Picture, stamp: int, number: int) -> None:
        if number == 0:
            super().send(connection, picture, stamp, number)
        else:
            deltas = [each for each in self.clip.pictures if not each.key]
            super().send(connection, deltas[number % len(deltas)], stamp, number)


class NonsenseAfterPlay(QuirkCamera):
    """Packets come, and no picture can be made of them."""

    def send(self, connection: Connection, _picture: Picture, stamp: int, _number: int) -> None:
        self.packet(connection, bytes((0x7F, 1, 2, 3)), False, stamp)


class Says(QuirkCamera):
    """Answers a method with a status."""

    def __init__(self, method: str, status: str, *headers: str) -> None:
        super().__init__()
        self._method, self._status, self._headers = method, status, headers

    async def request(self, connection: Connection, request: Request) -> bool:
        if request.method == self._method and "/elsewhere" not in request.url:
            connection.answer(request, self._status, self._headers)
            return True
        return await super().request(connection, request)
