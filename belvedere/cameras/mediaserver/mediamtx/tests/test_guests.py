"""Who reads by RTSP, and until when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection

import pytest

from belvedere.cameras.mediaserver.mediamtx import guests as module
from belvedere.cameras.mediaserver.mediamtx.guests import Guests


class Sessions:
    """MediaMTX, with two sessions. tokens: those that are still good."""

    def __init__(self) -> None:
        self.open = {"s1", "s2"}
        self.tokens = {"charlie", "alice"}
        self.kicked = asyncio.Event()

    async def may_watch(self, token: str, camera: str) -> bool:
        return token in self.tokens and camera == "gate"

    async def list_rtsp_sessions(self) -> Collection[str]:
        return self.open

    async def kick_rtsp_session(self, session: str) -> None:
        self.open.discard(session)
        self.kicked.set()


@pytest.fixture
def sessions() -> Sessions:
    return Sessions()


@pytest.fixture
async def guests(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Guests]:
    monkeypatch.setattr(module, "SWEEP_SECONDS", 0.01)
    guests = Guests(sessions.may_watch, sessions)
    yield guests
    await guests.stop()


async def test_a_token_opens_the_cameras_of_its_owner_only(guests: Guests) -> None:
    assert await guests.admit("s1", "charlie", "gate")
    assert not await guests.admit("s1", "charlie", "vault")
    assert not await guests.admit("s1", "mallory", "gate")
    assert not await guests.admit("s1", "", "gate")


async def test_a_session_whose_token_is_revoked_is_ended_and_no_other(guests: Guests, sessions: Sessions) -> None:
    await guests.admit("s1", "charlie", "gate")
    await guests.admit("s2", "alice", "gate")
    sessions.tokens.discard("charlie")
    async with asyncio.timeout(10):
        await sessions.kicked.wait()
    assert sessions.open == {"s2"}
