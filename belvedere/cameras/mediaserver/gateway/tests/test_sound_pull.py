"""Sound is set up beside the video, in one connection, and is never a reason to have no picture."""

from __future__ import annotations

import asyncio
from struct import pack

import pytest

from belvedere.cameras.mediaserver.gateway.tests.scripted_camera import (
    ScriptedCamera,
    pulled,
    script_url,
    scripted,
    until,
)

VIDEO = "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:v\r\n"
BODY = VIDEO + "m=audio 0 RTP/AVP 8\r\na=control:a\r\n"


class Script:
    """A camera whose answer to SETUP of the sound is given."""

    def __init__(self, sound: str, body: str = BODY) -> None:
        self.sound = sound
        self.body = body

    def answer(self, method: str, url: str) -> str:
        if method == "DESCRIBE":
            return f"RTSP/1.0 200 OK\r\nContent-Length: {len(self.body)}\r\n\r\n{self.body}"
        if method == "SETUP" and url.endswith("/a"):
            return self.sound
        if method == "SETUP":
            transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"
            return f"RTSP/1.0 200 OK\r\n{transport}\r\nSession: 7;timeout=60\r\n\r\n"
        return "RTSP/1.0 200 OK\r\n\r\n"


def says(script: ScriptedCamera, method: str) -> list[str]:
    return [head for head in script.requests if head.startswith(method + " ")]


def send(script: ScriptedCamera, channel: int) -> None:
    packet = pack(">BBHII", 0x80, 8, 1, 160, 9) + b"sound"
    script.writer.write(b"$" + bytes((channel,)) + pack(">H", len(packet)) + packet)


@pytest.mark.parametrize(
    ("transport", "channel"),
    [("RTP/AVP/TCP;unicast;interleaved=2-3", 2), ("RTP/AVP/TCP;unicast;interleaved=6-7", 6), ("RTP/AVP/TCP", 2)],
)
async def test_sound_is_heard_on_the_channel_that_the_camera_gives_it(transport: str, channel: int) -> None:
    camera_says = Script(f"RTSP/1.0 200 OK\r\nTransport: {transport}\r\nSession: 7\r\n\r\n")
    async with scripted(camera_says.answer) as script, pulled(script_url(script)) as camera:
        await until(camera, lambda _: bool(says(script, "PLAY")))
        video, sound = says(script, "SETUP")
        assert ("interleaved=0-1" in video, "interleaved=2-3" in sound, "Session: 7" in sound) == (True, True, True)
        assert not camera.status().sound
        send(script, channel)
        assert (await until(camera, lambda status: status.sound)).audio == "PCMA"
        assert script.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        "RTSP/1.0 461 Unsupported Transport\r\n\r\n",
        "RTSP/1.0 404 Not Found\r\n\r\n",
        "RTSP/1.0 200 OK\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n",  # the video's own
    ],
)
async def test_a_camera_that_does_not_let_its_sound_be_set_up_is_played_without(answer: str) -> None:
    async with scripted(Script(answer).answer) as script, pulled(script_url(script)) as camera:
        await until(camera, lambda _: bool(says(script, "PLAY")))
        send(script, 2)
        send(script, 0)
        status = camera.status()
        assert (status.state, status.code, status.sound) == ("connecting", "", False)


async def test_a_camera_without_sound_is_asked_for_none() -> None:
    script_of = Script("", VIDEO + "m=audio 0 RTP/AVP 98\r\na=rtpmap:98 L16/44100\r\na=control:a\r\n")
    async with scripted(script_of.answer) as script, pulled(script_url(script)) as camera:
        await until(camera, lambda _: bool(says(script, "PLAY")))
        assert len(says(script, "SETUP")) == 1
        assert (camera.status().audio, camera.status().sound) == ("L16", False)


async def test_the_reports_of_both_streams_reach_the_clock_of_the_sound() -> None:
    camera_says = Script("RTSP/1.0 200 OK\r\nTransport: RTP/AVP/TCP;interleaved=2-3\r\nSession: 7\r\n\r\n")
    async with scripted(camera_says.answer) as script, pulled(script_url(script)) as camera:
        await until(camera, lambda _: bool(says(script, "PLAY")))
        send(script, 0)
        send(script, 2)
        for channel, ssrc in ((1, 9), (3, 9), (3, 10)):  # the last is of another source
            report = pack(">BBHIQIII", 0x80, 200, 6, ssrc, 5 << 32, channel, 0, 0)
            script.writer.write(b"$" + bytes((channel,)) + pack(">H", len(report)) + report)
        send(script, 2)
        async with asyncio.timeout(20):
            while len(camera._sound_clock._reports) < 2:
                await asyncio.sleep(0.01)
        reports = camera._sound_clock._reports
        assert {kind: (report.ssrc, report.rtp) for kind, report in reports.items()} == {
            "video": (9, 1),
            "audio": (9, 3),
        }
