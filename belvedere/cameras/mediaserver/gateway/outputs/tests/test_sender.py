"""What is sent to a viewer: whole pictures, numbered, sent again where they get lost; and both tracks on one clock."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from aiortc import RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc.rtp import RtcpSrPacket
from hypothesis import given
from hypothesis import strategies as st

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.h264.rtp import Depacketizer, packetize
from belvedere.cameras.mediaserver.gateway.h264.tests.test_h264 import rtp
from belvedere.cameras.mediaserver.gateway.outputs.datagrams import MAX_SEGMENTS, Datagrams, split_runs
from belvedere.cameras.mediaserver.gateway.outputs.moments import Moments
from belvedere.cameras.mediaserver.gateway.outputs.picture import Picture
from belvedere.cameras.mediaserver.gateway.outputs.tests.test_listeners import media, offer_of
from belvedere.cameras.mediaserver.gateway.outputs.whep import WhepOutput
from belvedere.cameras.mediaserver.gateway.sound.frames import Frame
from belvedere.cameras.mediaserver.gateway.video import Video

BIG = b"\x65" + bytes(range(1, 251)) * 40


class Viewer:
    """An aiortc peer that notes what comes, and answers as it does."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection()
        self.packets: dict[str, list[Any]] = {"video": [], "audio": []}
        self.reports: dict[str, RtcpSrPacket] = {}

    async def open(self, whep: WhepOutput) -> None:
        _session, answer = await whep.open(await offer_of(self.connection))
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))


@pytest.fixture
async def viewer(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Viewer]:
    made = Viewer()
    hear_rtp, hear_rtcp = RTCRtpReceiver._handle_rtp_packet, RTCRtpReceiver._handle_rtcp_packet

    async def note_rtp(self: RTCRtpReceiver, packet: Any, arrival_time_ms: int) -> None:
        made.packets[self.track.kind].append(packet)
        await hear_rtp(self, packet, arrival_time_ms)

    async def note_rtcp(self: RTCRtpReceiver, packet: Any) -> None:
        if isinstance(packet, RtcpSrPacket):
            made.reports[self.track.kind] = packet
        await hear_rtcp(self, packet)

    monkeypatch.setattr(RTCRtpReceiver, "_handle_rtp_packet", note_rtp)
    monkeypatch.setattr(RTCRtpReceiver, "_handle_rtcp_packet", note_rtcp)
    yield made
    await made.connection.close()


async def play(whep: WhepOutput) -> None:
    """Fifty moments a second, each with a picture and a sound that hold its number."""
    for number in itertools.count():
        whep.take(
            AccessUnit([b"\x65" + number.to_bytes(4, "big") + bytes(3000)], 900_000 + number * 1800, True), Video()
        )
        whep.hear(Frame(number.to_bytes(4, "big") * 40, 80_000 + number * 160))
        await asyncio.sleep(0.02)


def moment_of(viewer: Viewer, kind: str, rate: int) -> float:
    """When the moment of number 0 was, by the reports of this track."""
    packet = next(p for p in viewer.packets[kind] if kind == "audio" or p.payload[1] & 0x80)
    number = int.from_bytes(packet.payload[:4] if kind == "audio" else packet.payload[2:6], "big")
    told = viewer.reports[kind].sender_info
    assert told.packet_count > 0
    step = (packet.timestamp - told.rtp_timestamp + 2**31) % 2**32 - 2**31
    return float(told.ntp_timestamp / 2**32 + step / rate - number / 50)


async def test_both_tracks_are_on_one_clock_and_lost_packets_come_again(
    viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers, lost = itertools.count(), dict[int, int]()
    send = Datagrams.send

    def lossy(self: Datagrams, packets: Sequence[bytes], address: tuple[str, int]) -> None:
        dropped = [packet for packet in packets if len(packet) > 300 and next(numbers) % 10 == 4]
        lost.update({int.from_bytes(packet[2:4], "big"): packet[1] >> 7 for packet in dropped})
        send(self, [packet for packet in packets if packet not in dropped], address)

    monkeypatch.setattr(Datagrams, "send", lossy)
    whep = WhepOutput()
    whep.begin_sound(media("PCMA", 8000))
    await viewer.open(whep)
    playing = asyncio.create_task(play(whep))
    again: list[Any] = []
    async with asyncio.timeout(60):
        while len(viewer.reports) < 2 or {packet.marker for packet in again} != {0, 1}:
            await asyncio.sleep(0.05)
            again = [packet for packet in viewer.packets["video"] if packet.sequence_number in lost]
    playing.cancel()
    await whep.stop()
    assert moment_of(viewer, "video", 90_000) == pytest.approx(moment_of(viewer, "audio", 8_000), abs=0.001)
    assert [packet.marker for packet in again] == [lost[packet.sequence_number] for packet in again]
    first = viewer.packets["video"][0]
    assert (again[0].extensions.mid, again[0].ssrc) == (first.extensions.mid, first.ssrc) == ("0", first.ssrc)
    assert viewer.packets["audio"][0].extensions.mid == "1"


def test_moments_of_one_place_are_equal_in_every_rate() -> None:
    moments = Moments()
    first = moments.tell(900_000, 90_000)
    assert (moments.tell(80_000, 8_000) - first) / 2**32 == pytest.approx(0, abs=1e-5)
    assert (moments.tell(528_000, 48_000) - first) / 2**32 == pytest.approx(1, abs=1e-5)


@given(st.lists(st.integers(1, 4), max_size=3 * MAX_SEGMENTS))
def test_a_call_sends_packets_of_one_size_of_which_the_last_may_be_shorter(sizes: list[int]) -> None:
    packets = [bytes([number % 256]) * size for number, size in enumerate(sizes)]
    runs = list(split_runs(packets))
    assert [packet for run in runs for packet in run] == packets
    for run in runs:
        assert 0 < len(run) <= MAX_SEGMENTS
        assert {len(packet) for packet in run[:-1]} <= {len(run[0])}
        assert len(run[-1]) <= len(run[0])


class Refusing:
    """A socket whose system cannot do it."""

    def __init__(self, error: OSError) -> None:
        self.error = error
        self.closed = False

    def sendmsg(self, *_: object) -> int:
        raise self.error

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("error", "closed"), [(None, False), (OSError(5, "EIO"), True), (BlockingIOError(), False)], ids=str
)
async def test_datagrams_come_each_by_itself_whether_or_not_the_system_takes_many(
    error: OSError | None, closed: bool
) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
        there.bind(("127.0.0.1", 0))
        there.setblocking(False)
        datagrams = Datagrams(transport)
        if error is not None:
            datagrams.close()
            refusing = Refusing(error)
            datagrams._socket = refusing  # type: ignore[assignment]  # has what is called
        sent = [b"a" * 1200, b"b" * 1200, b"c" * 700, b"d" * 1200, b"e" * 40]
        datagrams.send(sent, there.getsockname())
        received = [await asyncio.wait_for(loop.sock_recv(there, 2000), 20) for _ in sent]
        assert received == sent
        if error is not None:
            assert refusing.closed is closed
        datagrams.close()
    transport.close()


def test_a_picture_is_cut_into_payloads_without_a_loss() -> None:
    sets = [b"\x67" + bytes(20), b"\x68" + bytes(4)]
    picture = Picture(AccessUnit([BIG, b"\x65" + bytes(30), b"\x65end"], 900_000, True, sets=sets))
    depacketizer = Depacketizer(96)
    payloads = picture.payloads
    assert max(map(len, payloads)) <= 1300
    assert payloads[0][0] & 0x1F == 24  # STAP-A: the parameter sets travel together
    units = []
    for number, payload in enumerate(payloads):
        units += depacketizer.feed(rtp(number, 900_000, payload, marker=number == len(payloads) - 1))
    assert [unit.nals for unit in units] == [[*sets, BIG, b"\x65" + bytes(30), b"\x65end"]]


@given(st.lists(st.binary(min_size=1, max_size=4000), max_size=6))
def test_payloads_of_any_picture_fit_and_hold_all_of_it(nals: list[bytes]) -> None:
    payloads = packetize(nals)
    assert all(len(payload) <= 1300 for payload in payloads)
    assert sum(map(len, payloads)) >= sum(map(len, nals))
