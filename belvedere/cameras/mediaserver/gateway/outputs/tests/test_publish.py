"""What is published to another media server, as PyAV reads it there, and when."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from struct import unpack_from

import pytest

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.outputs.publish import PublishOutput
from belvedere.cameras.mediaserver.gateway.rtsp import sdp
from belvedere.cameras.mediaserver.gateway.rtsp.announce import make_tracks, write_description
from belvedere.cameras.mediaserver.gateway.rtsp.rtcp import parse_sender_report
from belvedere.cameras.mediaserver.gateway.rtsp.rtp import RtpStream
from belvedere.cameras.mediaserver.gateway.sound.frames import Depacketizer, Frame, write_packet
from belvedere.cameras.mediaserver.gateway.video import Video
from belvedere.cameras.mediaserver.publishing import Target

KEY, NEXT = b"\x65" + bytes(3000), b"\x41" + bytes(50)
AAC = {"mode": "AAC-hbr", "config": "1190"}


class Sink:
    """An RTSP server that takes what is published."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.packets: list[tuple[int, bytes]] = []
        self.connections: list[asyncio.StreamWriter] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                first = await reader.readexactly(1)
                if first == b"$":
                    channel, size = unpack_from(">BH", await reader.readexactly(3))
                    self.packets.append((channel, await reader.readexactly(size)))
                    continue
                head = (first + await reader.readuntil(b"\r\n\r\n")).decode()
                lines = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
                body = (await reader.readexactly(int(lines.get("Content-Length", "0")))).decode()
                self.requests.append(head + body)
                writer.write(f"RTSP/1.0 200 OK\r\nCSeq: {lines['CSeq']}\r\nSession: 7;timeout=60\r\n\r\n".encode())

    async def until(self, packets: int) -> None:
        async with asyncio.timeout(20):
            while len(self.packets) < packets:
                await asyncio.sleep(0.01)


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    sink = Sink()
    server = await asyncio.start_server(sink.serve, "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    yield sink
    for connection in sink.connections:
        connection.close()
    server.close()


@pytest.fixture
async def output(sink: Sink) -> AsyncIterator[PublishOutput]:
    output = PublishOutput("gate", lambda: Target("127.0.0.1", sink.port, "gateway", "secret"))
    yield output
    await output.stop()


def picture(ts: int, *, key: bool = False) -> AccessUnit:
    return AccessUnit([KEY if key else NEXT], ts, key, sets=[b"\x67\x42", b"\x68\xce"] if key else [])


def media(codec: str, rate: int, parameters: dict[str, str] | None = None) -> sdp.Media:
    return sdp.Media("audio", 97, codec, rate, "", parameters or {})


async def test_a_camera_is_announced_with_its_log_in_and_sent_from_a_key_frame_on(
    sink: Sink, output: PublishOutput
) -> None:
    output.begin("H264", None)
    await output.wait_until_published()
    assert [request.split(" ")[0] for request in sink.requests] == ["ANNOUNCE", "SETUP", "RECORD"]
    assert f"rtsp://127.0.0.1:{sink.port}/gate " in sink.requests[0]
    assert all("Authorization: Basic Z2F0ZXdheTpzZWNyZXQ=" in request for request in sink.requests)
    output.take(picture(1000), Video())
    output.take(picture(2000, key=True), Video())
    output.take(picture(3000), Video())
    await sink.until(4)
    stamps = [unpack_from(">I", packet, 4)[0] for _, packet in sink.packets]
    assert set(stamps) == {2000, 3000}
    numbers = [unpack_from(">H", packet, 2)[0] for _, packet in sink.packets]
    assert [(number - numbers[0]) & 0xFFFF for number in numbers] == list(range(len(numbers)))
    assert [packet[1] >> 7 for _, packet in sink.packets] == [*[0] * (len(numbers) - 2), 1, 1]


async def test_a_camera_that_comes_back_with_the_same_codecs_keeps_the_connection(
    sink: Sink, output: PublishOutput
) -> None:
    output.begin("H264", None)
    await output.wait_until_published()
    output.begin("H264", None)
    output.restart()
    output.take(picture(1000), Video())
    output.take(picture(2000, key=True), Video())
    await sink.until(3)
    assert len(sink.connections) == 1
    assert {unpack_from(">I", packet, 4)[0] for _, packet in sink.packets} == {2000}
    output.begin("H265", None)
    async with asyncio.timeout(20):
        while len(sink.connections) < 2:
            await asyncio.sleep(0.01)


async def test_a_server_that_was_away_gets_the_camera_again(sink: Sink, output: PublishOutput) -> None:
    output.begin("H264", None)
    await output.wait_until_published()
    sink.connections[0].close()
    async with asyncio.timeout(20):
        while len(sink.requests) < 6:
            await asyncio.sleep(0.01)
    await output.wait_until_published()
    output.take(picture(2000, key=True), Video())
    await sink.until(1)


async def test_sound_is_sent_beside_the_picture(sink: Sink, output: PublishOutput) -> None:
    output.begin("H264", media("PCMA", 8000))
    await output.wait_until_published()
    output.hear(Frame(b"\xd5" * 160, 0))
    await sink.until(1)
    assert sink.packets[0][0] == 2
    assert sink.packets[0][1][12:] == b"\xd5" * 160


def test_nobody_watches_until_the_other_server_says_so() -> None:
    output = PublishOutput("gate", lambda: None)
    assert output.count_viewers() == 0
    output.mark_watched()
    assert output.count_viewers() == 1


@pytest.mark.parametrize(
    ("sound", "mapping"),
    [
        (media("OPUS", 48000), "opus/48000/2"),
        (media("PCMU", 8000), "PCMU/8000"),
        (media("MPEG4-GENERIC", 48000, AAC), "mpeg4-generic/48000/2"),
    ],
)
def test_what_is_announced_is_read_as_the_camera_described_it(sound: sdp.Media, mapping: str) -> None:
    text = write_description(make_tracks("H264", sound))
    assert f"a=rtpmap:97 {mapping}\r\n" in text
    described = sdp.parse(text.encode(), "rtsp://127.0.0.1/gate")
    video, heard = described.choose_video(), described.choose_sound()
    assert video is not None
    assert heard is not None
    assert (video.codec, heard.codec, heard.clock_rate) == ("H264", sound.codec, sound.clock_rate)
    assert heard.parameters.get("config") == sound.parameters.get("config")


def test_aac_that_says_nothing_of_itself_is_left_out() -> None:
    assert len(make_tracks("H264", media("MPEG4-GENERIC", 48000))) == 1


def test_a_frame_of_aac_is_read_as_it_was_written() -> None:
    stream = RtpStream(2, 97, 48000)
    packet = stream.pack([write_packet(b"frame")], 4096)[4:]
    assert [frame.data for frame in Depacketizer("MPEG4-GENERIC", 97).feed(packet)] == [b"frame"]


def test_a_report_says_where_the_stream_is_now() -> None:
    stream = RtpStream(0, 96, 90_000)
    stream.pack([b"x"], 0xFFFFFFFF)
    report = stream.report(0x100000000 / 90_000 + 2.0, 1_800_000_000.5)
    assert report[:2] == b"$\x01"
    read = parse_sender_report(report[4:])
    assert read is not None
    assert (read.rtp, read.ntp / (1 << 32)) == (180_000, 1_800_000_000.5 + 2_208_988_800)
