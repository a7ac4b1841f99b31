"""Who gets a picture: the media app in front of a media server that is a script."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError

from belvedere.accounts.rights import MISSING
from belvedere.cameras import sessions as sessions_module
from belvedere.cameras.media import MAX_OFFER_BYTES, MediaApp
from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.port import (
    MAIN,
    Answer,
    CameraSource,
    CameraStatus,
    Capabilities,
    MediaFile,
    Refused,
    Stream,
    Viewer,
)
from belvedere.cameras.selectors import WantedCamera

PAGE = "http://localhost:8000"


class ScriptedServer:
    """A media server that says what it was asked."""

    capabilities = Capabilities(whep=True, hls=True)

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.viewers: list[Viewer] = []
        self.ended: list[tuple[str, str]] = []
        self.refused: Refused | None = None
        self.session = "s1"
        self.breaks_off = False

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def apply(self, cameras: Sequence[CameraSource]) -> None: ...
    async def statuses(self) -> Mapping[str, CameraStatus]:
        return {}

    def streams(self, camera: CameraStatus) -> Sequence[Stream]:
        return ()

    def _answer(self, *asked: str) -> None:
        if self.refused is not None:
            raise self.refused
        self.asked.append(asked)

    async def offer(self, camera: str, sdp: str, viewer: Viewer, source: str = MAIN) -> Answer:
        self._answer("offer", camera, sdp, *([] if source == MAIN else [source]))
        self.viewers.append(viewer)
        return Answer(self.session, "answer")

    async def trickle(self, camera: str, session: str, fragment: str) -> None:
        self._answer("trickle", camera, session, fragment)

    async def end(self, camera: str, session: str) -> None:
        if self.refused is not None:
            raise self.refused
        self.ended.append((camera, session))

    async def file(self, camera: str, name: str, query: str, viewer: Viewer, source: str = MAIN) -> MediaFile:
        self._answer("file", camera, name, query, *([] if source == MAIN else [source]))
        self.viewers.append(viewer)

        async def body() -> AsyncGenerator[bytes, None]:
            yield b"file"
            if self.breaks_off:
                raise Refused(refusals.SERVER_DOWN, "broke off")

        return MediaFile("video/mp4", "no-store", None if self.breaks_off else 4, body())


class IncompleteError(Exception):
    """The answer has no end."""


class House:
    """Two cameras at two sites; Charlie of the farm asks with the cookie `charlie`."""

    def __init__(self) -> None:
        self.server = ScriptedServer()
        self.known = {"charlie"}
        self.roles = {"farm": "viewer"}
        self.sites = {"gate": "farm", "vault": "elsewhere"}
        self.barred: frozenset[int] = frozenset()
        self.looks = 0
        self.sessions: tuple[str, ...] = ("s1",)
        self.app = MediaApp(self, self)

    def peek(self, headers: Iterable[tuple[bytes, bytes]]) -> Any:
        return MISSING

    async def find(self, headers: Iterable[tuple[bytes, bytes]]) -> Any:
        self.looks += 1
        sent = dict(headers)
        who = (sent.get(b"cookie") or sent.get(b"authorization", b"").removeprefix(b"Bearer ")).decode()
        charlie = SimpleNamespace(user_id=3, roles=self.roles, read_only=False)
        return charlie if who in self.known else None

    def wanted(self, camera_id: str) -> WantedCamera | None:
        site = self.sites.get(camera_id)
        return WantedCamera(camera_id, camera_id, 1, site, None, barred=self.barred) if site else None

    def status_of(self, _camera_id: str) -> CameraStatus:
        return CameraStatus(state="live", sessions=self.sessions)

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers, body; a header named "" is left out."""
        sent = {"host": "localhost:8000", "cookie": "charlie", "origin": PAGE} | headers
        raw = [(name.encode(), value.encode()) for name, value in sent.items() if value]
        path, _, query = path.partition("?")
        scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": raw}
        scope["client"] = ("192.168.1.50", 50_000)
        got: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            got.append(message)

        await self.app(scope, receive, send)
        if got[-1].get("more_body"):
            raise IncompleteError
        answered = {name.decode(): value.decode() for name, value in got[0]["headers"]}
        return got[0]["status"], answered, b"".join(message.get("body", b"") for message in got[1:])


@pytest.fixture
def house() -> House:
    return House()


async def code_of(house: House, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
    status, sent, data = await house.ask(method, path, body, **headers)
    assert sent["content-type"] == "application/problem+json"
    return status, json.loads(data)["code"]


async def test_an_offer_is_passed_on_and_the_session_is_at_our_own_origin(house: House) -> None:
    status, headers, body = await house.ask("POST", "/media/gate/whep", b"offer")
    assert (status, body, headers["location"]) == (201, b"answer", "/media/gate/whep/s1")
    assert house.server.asked == [("offer", "gate", "offer")]
    assert house.server.viewers == [Viewer("3", "192.168.1.50")]


async def test_further_candidates_are_passed_on(house: House) -> None:
    status, _, body = await house.ask("PATCH", "/media/gate/whep/s1", b"a=candidate:1")
    assert (status, body, house.server.asked) == (204, b"", [("trickle", "gate", "s1", "a=candidate:1")])


async def test_a_file_comes_with_its_type_and_is_kept_as_long_as_the_server_says(house: House) -> None:
    status, headers, body = await house.ask("GET", "/media/gate/hls/segment-1.m4s")
    assert (status, body, headers["content-type"], headers["content-length"]) == (200, b"file", "video/mp4", "4")
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "headers", "expected"),
    [
        ("POST", "/media/gate/whep", {"cookie": "mallory"}, (401, "not_authenticated")),
        ("GET", "/media/gate/hls/index.m3u8", {"cookie": ""}, (401, "not_authenticated")),
        ("POST", "/media/vault/whep", {}, (404, "not_found")),
        ("GET", "/media/vault/hls/index.m3u8", {}, (404, "not_found")),
        ("GET", "/media/nothing/hls/index.m3u8", {}, (404, "not_found")),
        ("GET", "/media/gate/hls/../../status", {}, (404, "not_found")),
        ("GET", "/media/gate/whep", {}, (405, "method_not_allowed")),
        ("PUT", "/media/gate/hls/index.m3u8", {}, (405, "method_not_allowed")),
        ("POST", "/media/gate/whep", {"origin": "http://evil.example"}, (403, "bad_origin")),
        ("POST", "/media/gate/whep", {"origin": ""}, (403, "bad_origin")),
        ("POST", "/media/gate/whep", {"origin": "null"}, (403, "bad_origin")),
        ("DELETE", "/media/gate/whep/s1", {"origin": "http://evil.example"}, (403, "bad_origin")),
        ("POST", "/media/gate/whep", {"origin": "http://evil", "host": "evil"}, (403, "bad_origin")),
    ],
)
async def test_who_may_not_is_told_why_and_the_server_is_not_asked(
    house: House, method: str, path: str, headers: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert await code_of(house, method, path, **headers) == expected
    assert house.server.asked == []


async def test_a_program_with_a_token_needs_no_origin(house: House) -> None:
    status, *_ = await house.ask("POST", "/media/gate/whep", cookie="", origin="", authorization="Bearer charlie")
    assert status == 201


async def test_a_refusal_keeps_its_code(house: House) -> None:
    house.server.refused = Refused(refusals.H265)
    assert await code_of(house, "POST", "/media/gate/whep") == (409, "h265")


async def test_a_server_that_is_down_says_when_to_come_back(house: House) -> None:
    house.server.refused = Refused(refusals.SERVER_DOWN, "it does not answer")
    status, headers, _ = await house.ask("GET", "/media/gate/hls/index.m3u8")
    assert (status, headers["retry-after"]) == (503, "2")


async def test_an_offer_without_end_is_cut_off(house: House) -> None:
    assert await code_of(house, "POST", "/media/gate/whep", b"x" * (MAX_OFFER_BYTES + 1)) == (413, "too_large")


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


async def test_a_viewer_who_may_see_other_cameras_of_the_site_only_is_cut_off(house: House, swept: None) -> None:
    await house.ask("POST", "/media/gate/whep")
    house.barred = frozenset({3})
    await until(lambda: house.server.ended == [("gate", "s1")])
    assert await code_of(house, "GET", "/media/gate/hls/index.m3u8") == (404, "not_found")
    assert await code_of(house, "GET", "/media/gate/rights") == (403, "forbidden")


async def test_a_body_that_breaks_off_is_not_ended_as_if_it_were_whole(house: House) -> None:
    house.server.breaks_off = True
    with pytest.raises(IncompleteError):
        await house.ask("GET", "/media/gate/hls/segment-1.m4s")


async def test_the_query_of_a_playlist_is_passed_on(house: House) -> None:
    await house.ask("GET", "/media/gate/hls/video.m3u8?_HLS_msn=7")
    assert house.server.asked == [("file", "gate", "video.m3u8", "_HLS_msn=7")]


async def test_the_manifest_of_dash_is_a_file_beside_those_of_hls_and_the_only_one_of_its_folder(house: House) -> None:
    await house.ask("GET", "/media/gate/dash/manifest.mpd")
    assert house.server.asked == [("file", "gate", "manifest.mpd", "")]
    assert await code_of(house, "GET", "/media/gate/dash/segment-1.m4s") == (404, "not_found")
    assert await code_of(house, "GET", "/media/vault/dash/manifest.mpd") == (404, "not_found")


async def test_a_single_picture_has_an_address_of_its_own_with_the_same_rights(house: House) -> None:
    await house.ask("GET", "/media/gate/snapshot.jpg")
    await house.ask("GET", "/media/gate/sub/snapshot.jpg")
    assert house.server.asked == [("file", "gate", "snapshot.jpg", ""), ("file", "gate", "snapshot.jpg", "", "sub")]
    assert await code_of(house, "GET", "/media/vault/snapshot.jpg") == (404, "not_found")
    assert await code_of(house, "GET", "/media/gate/snapshot.jpg/x") == (404, "not_found")
    assert await code_of(house, "POST", "/media/gate/snapshot.jpg") == (405, "method_not_allowed")


async def test_a_proxy_may_ask_whether_somebody_may_watch(house: House) -> None:
    assert (await house.ask("GET", "/media/gate/rights"))[0] == 204
    assert await code_of(house, "GET", "/media/vault/rights") == (403, "forbidden")
    assert await code_of(house, "GET", "/media/gate/rights", cookie="mallory") == (401, "not_authenticated")
    assert house.server.asked == []


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


async def test_the_sub_stream_has_paths_of_its_own_with_the_same_rights(house: House) -> None:
    status, headers, _ = await house.ask("POST", "/media/gate/sub/whep", b"offer")
    assert (status, headers["location"]) == (201, "/media/gate/whep/s1")
    await house.ask("GET", "/media/gate/sub/hls/index.m3u8")
    assert house.server.asked == [("offer", "gate", "offer", "sub"), ("file", "gate", "index.m3u8", "", "sub")]
    assert await code_of(house, "POST", "/media/vault/sub/whep") == (404, "not_found")
    assert await code_of(house, "POST", "/media/gate/other/whep") == (404, "not_found")


async def test_a_session_of_the_sub_stream_ends_when_its_owner_may_not_watch_any_more(
    house: House, swept: None
) -> None:
    await house.ask("POST", "/media/gate/sub/whep", b"offer")
    house.roles = {}
    async with asyncio.timeout(10):
        while house.server.ended != [("gate", "s1")]:
            await asyncio.sleep(0.01)
