"""`/media/{camera}/...`: the viewers' side of the media server. Checks rights, then passes bytes through.

Plain ASGI beside Django. A WebRTC session flows without us once it is open, so its rights are looked at again every
2 s: it ends within 5 s of a sign-out, like everything else.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.http.request import split_domain_port, validate_host

from belvedere.accounts import problems
from belvedere.accounts.authentication import READ_ONLY
from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.port import (
    CameraStatus,
    MediaAnswer,
    MediaRequest,
    MediaServer,
    MediaServerError,
)
from belvedere.cameras.selectors import WantedCamera

log = structlog.get_logger(__name__)

Scope = dict[str, Any]
Headers = list[tuple[bytes, bytes]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

MAX_OFFER_BYTES = 64 * 1024
MAX_QUERY_BYTES = 256
SWEEP_SECONDS = 2.0
NEW_SESSION_SECONDS = 60.0  # the supervisor's list of sessions is a poll old, on a stalled machine many

_RESOURCE = re.compile(r"^/media/(?P<camera>[\w-]{1,64})/(?P<kind>whep|hls)(?:/(?P<name>[\w.-]{1,64}))?\Z", re.ASCII)
_METHODS = {("whep", False): ("POST",), ("whep", True): ("PATCH", "DELETE"), ("hls", True): ("GET",)}


class SiteRights(Protocol):
    """What is asked of accounts.rights."""

    @property
    def user_id(self) -> int: ...
    @property
    def roles(self) -> Mapping[str, Any]: ...
    @property
    def read_only(self) -> bool: ...


class RightsSource(Protocol):
    """accounts.rights.RightsCache."""

    async def of(self, headers: Iterable[tuple[bytes, bytes]], /) -> SiteRights | None: ...


class Cameras(Protocol):
    """cameras.supervisor.CameraSupervisor."""

    @property
    def server(self) -> MediaServer: ...
    def wanted(self, camera_id: str) -> WantedCamera | None: ...
    def status_of(self, camera_id: str) -> CameraStatus | None: ...


class _ProblemError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.body = json.dumps(problems.body(status, code, detail)).encode()
        self.headers = dict(headers or {})


@dataclass(frozen=True)
class _Grant:
    """Whose WebRTC session it is."""

    headers: Headers
    site: str
    opened_at: float


class MediaApp:
    """The ASGI application."""

    def __init__(self, rights: RightsSource, cameras: Cameras) -> None:
        self._rights = rights
        self._cameras = cameras
        self._grants: dict[tuple[str, str], _Grant] = {}
        self._sweeper: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        try:
            answer = await self._answer(scope, receive)
        except _ProblemError as problem:
            headers = {"content-type": problems.CONTENT_TYPE, "cache-control": "no-store"} | problem.headers
            await _send_head(send, problem.status, headers | {"content-length": str(len(problem.body))})
            await send({"type": "http.response.body", "body": problem.body})
            return
        await _send_head(send, answer.status, answer.headers)
        try:
            async for chunk in answer.body:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except MediaServerError:
            log.warning("media_broke_off", path=scope["path"])
            return  # without the end of the body, so that nobody takes the part for the whole
        await send({"type": "http.response.body", "body": b""})

    async def _answer(self, scope: Scope, receive: Receive) -> MediaAnswer:
        """Raises _ProblemError."""
        match = _RESOURCE.match(scope["path"])
        methods = _METHODS.get((match["kind"], match["name"] is not None)) if match else None
        if match is None or methods is None:
            raise _ProblemError(404, "not_found", "There is nothing at this address.")
        if scope["method"] not in methods:
            allow = {"allow": ", ".join(methods)}
            raise _ProblemError(405, "method_not_allowed", f"Only {', '.join(methods)}.", allow)
        rights = await self._rights.of(scope["headers"])
        if rights is None:
            raise _ProblemError(401, "not_authenticated", "Sign in, or send a bearer token.")
        if rights.read_only and scope["method"] != "GET":
            raise _ProblemError(403, "read_only_token", READ_ONLY)
        _check_origin(scope)
        camera = self._cameras.wanted(match["camera"])
        if camera is None or camera.site_slug not in rights.roles:
            raise _ProblemError(404, refusals.UNKNOWN_CAMERA.code, refusals.UNKNOWN_CAMERA.sentence)
        resource = match["kind"] + (f"/{match['name']}" if match["name"] else "")
        body = await _body(receive) if scope["method"] in ("POST", "PATCH") else b""
        kind, query = _header(scope, b"content-type"), scope["query_string"][:MAX_QUERY_BYTES].decode("latin-1")
        viewer, address = str(rights.user_id), str((scope.get("client") or ("",))[0])
        request = MediaRequest(scope["method"], camera.id, resource, body, kind, query, viewer, address)
        return self._noted(camera, request, scope["headers"], await self._forward(request))

    async def _forward(self, request: MediaRequest) -> MediaAnswer:
        try:
            answer = await self._cameras.server.forward(request)
            if answer.status < 400:
                return answer
            sent = json.loads(b"".join([chunk async for chunk in answer.body]))
        except (MediaServerError, ValueError) as error:
            detail = "The camera service is being started again."
            raise _ProblemError(503, "media_server_down", detail, {"retry-after": "2"}) from error
        retry = {"retry-after": "2"} if answer.status == 503 else None
        raise _ProblemError(answer.status, sent["code"], sent["detail"], retry)

    def _noted(self, camera: WantedCamera, request: MediaRequest, headers: Headers, answer: MediaAnswer) -> MediaAnswer:
        """The answer as the browser should see it; sessions are remembered with their owner."""
        kept = dict(answer.headers)
        if request.method == "POST":
            session = kept.get("location", "").rpartition("/")[2]
            kept["location"] = f"/media/{camera.id}/whep/{session}"
            owner = [(name, value) for name, value in headers if name in (b"authorization", b"cookie")]
            self._grants[camera.id, session] = _Grant(owner, camera.site_slug, time.monotonic())
            if self._sweeper is None or self._sweeper.done():
                self._sweeper = asyncio.create_task(self._sweep(), name="media rights")
        elif request.method == "DELETE":
            self._grants.pop((camera.id, request.resource.rpartition("/")[2]), None)
        return MediaAnswer(answer.status, kept, answer.body)

    async def _sweep(self) -> None:
        """Until no session is left: end those whose owner may not watch any more, forget those that have ended."""
        while self._grants:
            await asyncio.sleep(SWEEP_SECONDS)
            for (camera_id, session), grant in list(self._grants.items()):
                try:
                    if await self._is_over(camera_id, session, grant):
                        self._grants.pop((camera_id, session), None)
                except Exception:  # one look-up that fails must not leave every session open for ever
                    log.exception("media_rights_unknown", camera=camera_id)

    async def _is_over(self, camera_id: str, session: str, grant: _Grant) -> bool:
        """Ends it where its owner may not watch any more."""
        if not self._is_open(camera_id, session, grant):
            return True
        if await self._is_allowed(camera_id, grant):
            return False
        try:
            await self._cameras.server.end(camera_id, session)
        except MediaServerError:
            return False  # ended at the next sweep; a server that was started anew does not list it
        return True

    def _is_open(self, camera_id: str, session: str, grant: _Grant) -> bool:
        status = self._cameras.status_of(camera_id)
        young = time.monotonic() - grant.opened_at < NEW_SESSION_SECONDS
        return young or (status is not None and session in status.sessions)

    async def _is_allowed(self, camera_id: str, grant: _Grant) -> bool:
        rights = await self._rights.of(grant.headers)
        camera = self._cameras.wanted(camera_id)
        return rights is not None and camera is not None and camera.site_slug in rights.roles


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _check_origin(scope: Scope) -> None:
    """Cookies travel by themselves: what changes something must come from our own page, or carry a bearer token."""
    if scope["method"] == "GET" or _header(scope, b"authorization").lower().startswith("bearer "):
        return
    host = _header(scope, b"host").lower()
    origin = urlsplit(_header(scope, b"origin")).netloc.lower()
    if not host or origin != host or not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        raise _ProblemError(403, "bad_origin", "This request does not come from the dashboard's own page.")


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _ProblemError(400, "invalid", "The request broke off.")
        body += message.get("body", b"")
        if len(body) > MAX_OFFER_BYTES:
            raise _ProblemError(413, "too_large", "An offer has at most 64 KiB.")
        if not message.get("more_body"):
            return bytes(body)


async def _send_head(send: Send, status: int, headers: Mapping[str, str]) -> None:
    sent = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": sent})
