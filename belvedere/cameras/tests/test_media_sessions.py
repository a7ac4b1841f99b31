"""How long a session lasts: the media app in front of a media server that is a script."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError

from belvedere.cameras import sessions as sessions_module
from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.port import Refused
from belvedere.cameras.tests.media import House, code_of


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def swept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rights are looked at all the time."""
    monkeypatch.setattr(sessions_module, "SWEEP_SECONDS", 0.01)


async def until(wanted: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not wanted():
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    "change",
    [
        lambda house: house.known.clear(),
        lambda house: house.roles.clear(),
        lambda house: house.roles.update({"elsewhere": "owner"}) or house.roles.pop("farm"),
        lambda house: house.sites.update({"gate": "elsewhere"}),
        lambda house: house.sites.pop("gate"),
    ],
    ids=["signed out", "removed from the site", "a member elsewhere only", "camera moved", "camera switched off"],
)
async def test_a_session_ends_when_its_owner_may_not_watch_any_more(
    house: House, swept: None, change: Callable[[House], object]
) -> None:
    await house.ask("POST", "/media/gate/whep")
    looks = house.looks
    await until(lambda: house.looks > looks + 2)
    assert house.server.ended == []
    change(house)
    await until(lambda: house.server.ended == [("gate", "s1")])


async def test_the_sessions_of_others_go_on_when_one_may_not_watch_any_more(house: House, swept: None) -> None:
    house.known.add("bob")
    await house.ask("POST", "/media/gate/whep")
    house.server.session = "s2"
    await house.ask("POST", "/media/gate/whep", cookie="bob")
    house.sessions = ("s1", "s2")
    house.known.remove("charlie")
    await until(lambda: house.server.ended)
    looks = house.looks
    await until(lambda: house.looks > looks + 2)
    assert house.server.ended == [("gate", "s1")]


@pytest.mark.parametrize("trouble", ["the server is busy", "the rights are unknown"])
async def test_a_session_ends_all_the_same_when(trouble: str, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions_module, "SWEEP_SECONDS", 0.02)
    busy = trouble == "the server is busy"
    right: Any = house.server.end if busy else house.find
    looked = 0

    async def fail(*asked: Any) -> Any:
        nonlocal looked
        looked += 1
        if looked <= 3:
            raise Refused(refusals.SERVER_DOWN) if busy else OperationalError
        return await right(*asked)

    await house.ask("POST", "/media/gate/whep")
    target: object = house.server if busy else house
    monkeypatch.setattr(target, "end" if busy else "find", fail)
    house.known.clear()
    async with asyncio.timeout(30):
        while not house.server.ended:
            await asyncio.sleep(0.01)
    assert house.server.ended == [("gate", "s1")]


async def test_a_session_that_the_supervisor_has_not_seen_yet_is_not_forgotten(house: House, swept: None) -> None:
    house.sessions = ()
    await house.ask("POST", "/media/gate/whep")
    looks = house.looks
    await until(lambda: house.looks > looks + 2)
    house.known.clear()
    await until(lambda: house.server.ended)


async def test_a_session_that_has_ended_is_forgotten(
    house: House, swept: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions_module, "NEW_SESSION_SECONDS", 0.0)
    house.sessions = ()
    await house.ask("POST", "/media/gate/whep")
    await until(lambda: house.app.sessions._sweeper is not None and house.app.sessions._sweeper.done())
    assert house.server.ended == []
    assert house.app.sessions._grants == {}


async def test_a_session_that_its_viewer_ended_is_not_ended_again(house: House, swept: None) -> None:
    await house.ask("POST", "/media/gate/whep")
    assert (await house.ask("DELETE", "/media/gate/whep/s1"))[0] == 204
    house.server.ended.clear()
    await until(lambda: house.app.sessions._sweeper is not None and house.app.sessions._sweeper.done())
    assert house.server.ended == []
    await house.ask("POST", "/media/gate/whep")  # the sweep begins anew with the next session
    house.known.clear()
    await until(lambda: house.server.ended == [("gate", "s1")])


async def test_a_session_that_the_server_has_ended_by_itself_is_forgotten(house: House, swept: None) -> None:
    await house.ask("POST", "/media/gate/whep")
    house.server.refused = Refused(refusals.NO_SESSION)
    house.known.clear()
    await until(lambda: house.app.sessions._sweeper is not None and house.app.sessions._sweeper.done())
    assert house.app.sessions._grants == {}


async def test_a_session_of_the_sub_stream_ends_when_its_owner_may_not_watch_any_more(
    house: House, swept: None
) -> None:
    await house.ask("POST", "/media/gate/sub/whep", b"offer")
    house.roles = {}
    async with asyncio.timeout(10):
        while house.server.ended != [("gate", "s1")]:
            await asyncio.sleep(0.01)


async def test_a_viewer_who_may_see_other_cameras_of_the_site_only_is_cut_off(house: House, swept: None) -> None:
    await house.ask("POST", "/media/gate/whep")
    house.barred = frozenset({3})
    await until(lambda: house.server.ended == [("gate", "s1")])
    assert await code_of(house, "GET", "/media/gate/hls/index.m3u8") == (404, "not_found")
    assert await code_of(house, "GET", "/media/gate/rights") == (403, "forbidden")
