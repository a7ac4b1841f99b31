"""The media app in front of a media server that is a script, for the tests of who gets a picture."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from belvedere.accounts.rights import MISSING
from belvedere.cameras.media import MediaApp
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

    async def publish(self, camera: str, sdp: str, secret: str) -> Answer:
        self._answer("publish", camera, sdp, secret)
        return Answer("p1", "answer")

    async def end_publishing(self, camera: str, session: str) -> None:
        self._answer("end_publishing", camera, session)

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
        self.just_made: dict[str, str] = {}  # by another process
        self.barred: frozenset[int] = frozenset()
        self.looks = 0
        self.sessions: tuple[str, ...] = ("s1",)
        self.app = MediaApp(self, self, self.may_publish)

    async def may_publish(self, secret: str, camera: str) -> bool:
        return (secret, camera) == ("good-secret", "camera_yard")

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

    async def catch_up(self) -> None:
        self.sites |= self.just_made

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


async def code_of(house: House, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
    status, sent, data = await house.ask(method, path, body, **headers)
    assert sent["content-type"] == "application/problem+json"
    return status, json.loads(data)["code"]
