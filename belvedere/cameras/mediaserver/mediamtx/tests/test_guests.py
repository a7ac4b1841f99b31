"""Who reads or publishes with a secret, and until when."""

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

    async def list_sessions(self, protocol: str) -> Collection[str]:
        return self.open if protocol == "rtsp" else ()

    async def kick_session(self, _protocol: str, session: str) -> None:
        self.open.discard(session)
        self.kicked.set()


@pytest.fixture
def sessions() -> Sessions:
    return Sessions()


@pytest.fixture
async def guests(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Guests]:
    monkeypatch.setattr(module, "SWEEP_SECONDS", 0.01)
    guests = Guests(sessions)
    yield guests
    await guests.stop()


async def test_a_token_opens_the_cameras_of_its_owner_only(guests: Guests, sessions: Sessions) -> None:
    assert await guests.admit("rtsp", "s1", "charlie", "gate", sessions.may_watch)
    assert not await guests.admit("rtsp", "s1", "charlie", "vault", sessions.may_watch)
    assert not await guests.admit("rtsp", "s1", "mallory", "gate", sessions.may_watch)
    assert not await guests.admit("rtsp", "s1", "", "gate", sessions.may_watch)


async def test_a_session_whose_token_is_revoked_is_ended_and_no_other(guests: Guests, sessions: Sessions) -> None:
    await guests.admit("rtsp", "s1", "charlie", "gate", sessions.may_watch)
    await guests.admit("rtsp", "s2", "alice", "gate", sessions.may_watch)
    sessions.tokens.discard("charlie")
    async with asyncio.timeout(10):
        await sessions.kicked.wait()
    assert sessions.open == {"s2"}
