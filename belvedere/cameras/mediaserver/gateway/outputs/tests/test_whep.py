"""WebRTC sessions: offers that are none, addresses that an offer names, browsers that vanish."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import aioice.ice
import pytest
from aiortc import RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.outputs import whep as whep_module
from belvedere.cameras.mediaserver.gateway.outputs.aiortc_private import SEND_TIME
from belvedere.cameras.mediaserver.gateway.outputs.picture import Picture
from belvedere.cameras.mediaserver.gateway.outputs.places import Places
from belvedere.cameras.mediaserver.gateway.outputs.whep import WhepOutput
from belvedere.cameras.mediaserver.gateway.video import Video
from belvedere.cameras.mediaserver.offers import MAX_SECTIONS
from belvedere.cameras.mediaserver.port import Refused


class Browser:
    """One that wants a picture."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection()
        self.offer: list[str] = []

    async def make_offer(self) -> list[str]:
        """Its lines."""
        self.connection.addTransceiver("video", direction="recvonly")
        await self.connection.setLocalDescription(await self.connection.createOffer())
        self.offer = self.connection.localDescription.sdp.splitlines()
        return self.offer

    async def take(self, answer: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))

    def vanish(self) -> None:
        """As if its machine lost its power: no good-bye, no answer any more."""
        (transceiver,) = self.connection.getTransceivers()
        for protocol in transceiver.receiver.transport.transport._connection._protocols:
            protocol.transport.abort()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    browser = Browser()
    yield browser
    await browser.connection.close()


@pytest.fixture
async def offer(browser: Browser) -> list[str]:
    """The lines of a good one."""
    return await browser.make_offer()


def joined(lines: list[str]) -> str:
    return "\r\n".join(lines) + "\r\n"


async def opens(whep: WhepOutput, lines: list[str]) -> bool:
    try:
        session, _answer = await whep.open(joined(lines))
    except Refused:
        return False
    return await whep.close(session)


async def until(wanted: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not wanted():
            await asyncio.sleep(0.01)


async def test_an_offer_with_a_line_missing_or_cut_is_taken_or_refused_and_no_more(offer: list[str]) -> None:
    whep = WhepOutput()
    assert await opens(whep, offer)
    cut = [[*offer[:i], line[: len(line) // 2], *offer[i + 1 :]] for i, line in enumerate(offer)]
    missing = [offer[:i] + offer[i + 1 :] for i in range(len(offer))]
    taken = [await opens(whep, lines) for lines in cut + missing]
    assert not all(taken)
    assert whep.count_viewers() == 0


async def test_what_was_left_out_is_counted_also_of_viewers_who_have_gone(offer: list[str]) -> None:
    whep = WhepOutput()
    first, _ = await whep.open(joined(offer))
    whep._sessions[first].track.dropped = 7
    await whep.close(first)
    second, _ = await whep.open(joined(offer))
    whep._sessions[second].track.dropped = 2
    assert whep.count_dropped() == 9
    await whep.stop()


@pytest.mark.parametrize("separator", ["\r\n", "\x0b", "\u2028"])
async def test_an_offer_of_many_sections_gets_no_sockets_for_them(offer: list[str], separator: str) -> None:
    begin = next(i for i, line in enumerate(offer) if line.startswith("m="))
    sections = separator.join(offer[begin:] * (MAX_SECTIONS + 1))
    with pytest.raises(Refused) as caught:
        await WhepOutput().open(joined(offer[:begin]) + sections + "\r\n")
    assert caught.value.refusal.code == "bad_offer"


def addresses_known(whep: WhepOutput) -> list[Any]:
    """Everything that the server's side may send to."""
    (session,) = whep._sessions.values()
    (sender,) = session.connection.getSenders()
    return list(sender.transport.transport._connection._remote_candidates)


@pytest.mark.parametrize("own", ["with the browser's own candidates", "without", "with a hidden name"])
async def test_a_browser_connects_and_nobody_else_is_called(browser: Browser, offer: list[str], own: str) -> None:
    """The traps stand for machines of the server's network: a printer, its own loopback."""
    whep = WhepOutput()
    begin = next(i for i, line in enumerate(offer) if line.startswith("a=candidate"))
    kept = [line for line in offer if own.endswith("own candidates") or not line.startswith("a=candidate")]
    if own == "with a hidden name":
        kept.insert(begin, "a=candidate:9 1 udp 2113937151 0b5c8a4e-aaaa-4bbb-8ccc-123456789abc.local 50000 typ host")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trap:
        trap.setblocking(False)
        trap.bind(("0.0.0.0", 0))
        port = trap.getsockname()[1]
        here = offer[begin].split()[4]
        for host in ("127.0.0.1", here):
            kept.insert(begin, f"a=candidate:7 1 udp 2113937151 {host} {port} typ host")
        session, answer = await whep.open(joined(kept))
        await browser.take(answer)
        await until(lambda: browser.connection.connectionState == "connected")
        await until(lambda: whep._sessions[session].connection.connectionState == "connected")
        assert {candidate.type for candidate in addresses_known(whep)} == {"prflx"}
        with pytest.raises(BlockingIOError):
            trap.recv(1)
    await whep.stop()


async def test_the_picture_comes_to_the_browser_as_the_camera_sent_it(
    browser: Browser, offer: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    payloads: list[bytes] = []

    async def note(_receiver: object, packet: Any, **_: object) -> None:
        payloads.append(packet.payload)

    monkeypatch.setattr(RTCRtpReceiver, "_handle_rtp_packet", note)
    whep = WhepOutput()
    _session, answer = await whep.open(joined(offer))
    assert "H264/90000" in answer
    assert "VP8" not in answer
    await browser.take(answer)
    unit = AccessUnit([b"\x65" + bytes(range(250)) * 12], 900_000, True)
    async with asyncio.timeout(60):
        while not set(Picture(unit).payloads) <= set(payloads):
            whep.take(unit, Video())
            await asyncio.sleep(0.02)
    await whep.stop()


async def test_a_session_whose_browser_vanished_ends_and_gives_its_place_back(
    browser: Browser, offer: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aioice.ice, "CONSENT_INTERVAL", 0.02)
    monkeypatch.setattr(aioice.ice, "CONSENT_FAILURES", 2)
    places = Places()
    whep = WhepOutput("gate", places)
    session, answer = await whep.open(joined(offer), "charlie", "192.168.1.20")
    await browser.take(answer)
    await until(lambda: whep._sessions[session].connection.connectionState == "connected")
    browser.vanish()
    await until(lambda: whep.count_viewers() == 0)
    assert places._taken == {}


async def test_a_session_to_which_nobody_comes_ends_and_gives_its_place_back(
    offer: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whep_module, "CONNECT_SECONDS", 0.02)
    places = Places()
    whep = WhepOutput("gate", places)
    await whep.open(joined(offer), "charlie", "192.168.1.20")
    await until(lambda: whep.count_viewers() == 0)
    assert places._taken == {}


async def test_a_session_that_is_connected_outlives_the_time_for_connecting(
    browser: Browser, offer: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whep = WhepOutput()
    session, answer = await whep.open(joined(offer))
    await browser.take(answer)
    await until(lambda: whep._sessions[session].connection.connectionState == "connected")
    reaper = whep._sessions[session].reaper
    assert reaper is not None
    assert reaper.cancelled()
    await whep.stop()


async def test_a_refused_offer_and_a_closed_session_give_their_places_back(offer: list[str]) -> None:
    places = Places()
    whep = WhepOutput("gate", places)
    assert await opens(whep, offer)
    assert not await opens(whep, ["m=video 9 UDP" if line.startswith("m=") else line for line in offer])
    assert places._taken == {}


async def test_an_account_that_has_its_share_is_told_so(offer: list[str]) -> None:
    places = Places()
    whep = WhepOutput("gate", places)
    refused = ""
    for _ in range(17):
        try:
            await whep.open(joined(offer), "mallory", "192.168.1.66")
        except Refused as error:
            refused = error.refusal.code
    assert (whep.count_viewers(), refused) == (16, "too_many_of_yours")
    await whep.open(joined(offer), "charlie", "192.168.1.66")
    await whep.stop()
    assert places._taken == {}


async def test_no_estimates_of_the_rate_are_agreed_on_nor_the_times_that_they_need(offer: list[str]) -> None:
    whep, lines = WhepOutput(), list(offer)
    types = [line.split(":")[1].split(" ")[0] for line in lines if line.startswith("a=rtpmap:") and "H264" in line]
    lines += [f"a=rtcp-fb:{each} goog-remb" for each in types] + [f"a=extmap:9 {SEND_TIME}"]
    _, answer = await whep.open(joined(lines))
    assert types
    assert "goog-remb" not in answer
    assert SEND_TIME not in answer
    assert "nack pli" in answer
    await whep.stop()
