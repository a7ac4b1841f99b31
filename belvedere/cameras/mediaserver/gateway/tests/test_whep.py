"""Offers that are none: a refusal, and nothing left of the session."""

from __future__ import annotations

import pytest
from aiortc import RTCPeerConnection

from belvedere.cameras.mediaserver.gateway.whep import RefusedError, Whep


@pytest.fixture
async def offer() -> list[str]:
    """The lines of a good one."""
    connection = RTCPeerConnection()
    connection.addTransceiver("video", direction="recvonly")
    await connection.setLocalDescription(await connection.createOffer())
    lines = connection.localDescription.sdp.splitlines()
    await connection.close()
    return lines


async def opens(whep: Whep, lines: list[str]) -> bool:
    try:
        session, _answer = await whep.open("\r\n".join(lines) + "\r\n")
    except RefusedError:
        return False
    return await whep.close(session)


async def test_an_offer_with_a_line_missing_or_cut_is_taken_or_refused_and_no_more(offer: list[str]) -> None:
    whep = Whep()
    assert await opens(whep, offer)
    cut = [[*offer[:i], line[: len(line) // 2], *offer[i + 1 :]] for i, line in enumerate(offer)]
    missing = [offer[:i] + offer[i + 1 :] for i in range(len(offer))]
    taken = [await opens(whep, lines) for lines in cut + missing]
    assert not all(taken)
    assert len(whep) == 0
