"""`/media/{camera}/...`: the viewers' side of the media server. Checks rights, then asks it through its port.

Plain ASGI beside Django.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Awaitable, Callable

import structlog
from django.conf import settings

from belvedere.accounts.authentication import READ_ONLY
from belvedere.accounts.rights import Rights, RightsSource
from belvedere.cameras import publishers
from belvedere.cameras.ice import make_ice_servers
from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.port import MAIN, MANIFEST, SNAPSHOT, MediaFile, Refused, Viewer
from belvedere.cameras.selectors import WantedCamera
from belvedere.cameras.sessions import Cameras, Sessions
from belvedere.web_api.asgi import (
    Headers,
    Receive,
    Scope,
    Send,
    read_body,
    send_head,
    send_json,
    send_problem,
    send_whole,
)
from belvedere.web_api.origin import SAFE_METHODS, check_origin
from belvedere.web_api.problems import Problem, method_not_allowed, not_authenticated, unknown_address

log = structlog.get_logger(__name__)

MAX_OFFER_BYTES = 64 * 1024
MAX_QUERY_BYTES = 256
ICE_PATH = "/media/ice"
NO_SITE = "You are a member of no site."
TOO_LARGE = "An offer has at most 64 KiB."

_RESOURCE = re.compile(
    r"^/media/(?P<camera>[\w-]{1,64})(?:/(?P<source>sub))?/(?P<kind>whep|whip|hls|dash|snapshot\.jpg|rights)(?:/(?P<name>[\w.-]{1,64}))?\Z",
    re.ASCII,
)
_METHODS = {
    ("whep", False): ("POST",),
    ("whep", True): ("PATCH", "DELETE"),
    ("whip", False): ("POST",),
    ("whip", True): ("DELETE",),
    ("hls", True): ("GET",),
    ("dash", True): ("GET",),
    (SNAPSHOT, False): ("GET",),
    ("rights", False): ("GET",),
}


class MediaApp:
    """The ASGI application. may_publish: whether a secret publishes a camera."""

    def __init__(
        self,
        rights: RightsSource,
        cameras: Cameras,
        may_publish: Callable[[str, str], Awaitable[bool]] = publishers.may_publish,
    ) -> None:
        self._rights = rights
        self._cameras = cameras
        self._may_publish = may_publish
        self.sessions = Sessions(rights, cameras)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        try:
            await self._answer(scope, receive, send)
        except Problem as problem:
            await send_problem(send, problem)
        except Refused as refused:
            await send_problem(send, _make_problem(refused))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises Problem and Refused, both before anything is sent."""
        if scope["path"] == ICE_PATH:
            await self._send_ice_servers(scope, send)
            return
        match = _RESOURCE.match(scope["path"])
        methods = _METHODS.get((match["kind"], match["name"] is not None)) if match else None
        if match is None or methods is None or (match["kind"] == "dash" and match["name"] != MANIFEST):
            raise unknown_address()
        if scope["method"] not in methods:
            raise method_not_allowed(*methods)
        if match["kind"] == "whip":
            if match["source"]:
                raise unknown_address()
            await self._answer_publisher(scope, match["camera"], match["name"] or "", receive, send)
            return
        if match["kind"] == "rights":
            await self._send_rights(scope, match["camera"], send)
            return
        rights, camera = await self._check_rights(scope, match["camera"])
        source = match["source"] or MAIN
        name, viewer = match["name"] or "", Viewer(str(rights.user_id), str((scope.get("client") or ("",))[0]))
        if match["kind"] != "whep":
            query = scope["query_string"][:MAX_QUERY_BYTES].decode("latin-1")
            file = await self._cameras.server.file(camera.id, name or match["kind"], query, viewer, source)
            await _send_file(file, scope["path"], send)
        elif scope["method"] == "DELETE":
            await self._cameras.server.end(camera.id, name)
            self.sessions.forget(camera.id, name)
            await send_whole(send, 204, {})
        else:
            body = (await read_body(receive, MAX_OFFER_BYTES, TOO_LARGE)).decode(errors="replace")
            if scope["method"] == "PATCH":
                await self._cameras.server.trickle(camera.id, name, body)
                await send_whole(send, 204, {})
            else:
                await self._open_session(camera.id, source, body, viewer, scope, send)

    async def _send_ice_servers(self, scope: Scope, send: Send) -> None:
        """The STUN and TURN servers, for whoever may watch some camera."""
        if scope["method"] != "GET":
            raise method_not_allowed("GET")
        rights = await self._rights.find(scope["headers"])
        if rights is None:
            raise not_authenticated()
        if not rights.roles:
            raise Problem(403, "forbidden", NO_SITE)
        env = settings.ENV
        servers = make_ice_servers(env.ice_servers, env.turn_secret, rights.user_id, time.time())
        await send_json(send, 200, {"iceServers": servers})

    async def _send_rights(self, scope: Scope, camera_id: str, send: Send) -> None:
        """Whether who asks may watch, for a proxy that keeps segments: 204, 401 or 403, the codes that it knows."""
        try:
            await self._check_rights(scope, camera_id)
        except Refused as refused:
            raise Problem(403, "forbidden", refused.refusal.sentence) from refused
        await send_whole(send, 204, {"cache-control": "no-store"})

    async def _check_rights(self, scope: Scope, camera_id: str) -> tuple[Rights, WantedCamera]:
        """Who asks, and for which camera. Raises Problem where they may not."""
        rights = await self._rights.find(scope["headers"])
        if rights is None:
            raise not_authenticated()
        if rights.read_only and scope["method"] != "GET":
            raise Problem(403, "read_only_token", READ_ONLY)
        if scope["method"] not in SAFE_METHODS:
            check_origin(scope["headers"])
        camera = self._cameras.wanted(camera_id)
        if camera is None:
            await self._cameras.catch_up()  # it may have just been made
            camera = self._cameras.wanted(camera_id)
        if camera is None or not camera.is_open_to(rights):
            raise Refused(refusals.UNKNOWN_CAMERA)
        return rights, camera

    async def _answer_publisher(self, scope: Scope, camera: str, session: str, receive: Receive, send: Send) -> None:
        """A camera brings its picture by WHIP, or ends that. It shows its secret as a bearer token."""
        secret = _bearer_of(scope["headers"])
        if not secret or not await self._may_publish(secret, camera):
            raise not_authenticated()
        if scope["method"] == "DELETE":
            await self._cameras.server.end_publishing(camera, session)
            await send_whole(send, 204, {})
            return
        offer = (await read_body(receive, MAX_OFFER_BYTES, TOO_LARGE)).decode(errors="replace")
        answer = await self._cameras.server.publish(camera, offer, secret)
        headers = {"content-type": "application/sdp", "location": f"/media/{camera}/whip/{answer.session}"}
        await send_whole(send, 201, headers, answer.sdp.encode())

    async def _open_session(
        self, camera_id: str, source: str, sdp: str, viewer: Viewer, scope: Scope, send: Send
    ) -> None:
        answer = await self._cameras.server.offer(camera_id, sdp, viewer, source)
        self.sessions.add(camera_id, answer.session, scope["headers"])
        headers = {"content-type": "application/sdp", "location": f"/media/{camera_id}/whep/{answer.session}"}
        await send_whole(send, 201, headers, answer.sdp.encode())


def _bearer_of(headers: Headers) -> str:
    """The bearer token of a request, "" for none."""
    sent = dict(headers).get(b"authorization", b"")
    return sent[7:].strip().decode("latin-1") if sent[:7].lower() == b"bearer " else ""


def _make_problem(refused: Refused) -> Problem:
    refusal = refused.refusal
    if refusal.code == refusals.SERVER_DOWN.code:
        log.info("media_server_down", reason=str(refused))
    retry = None if refused.permanent else {"Retry-After": "2"}
    return Problem(refusal.status, refusal.code, refusal.sentence, headers=retry)


async def _send_file(file: MediaFile, path: str, send: Send) -> None:
    headers = {"content-type": file.content_type, "cache-control": file.cache_control}
    if file.size is not None:
        headers["content-length"] = str(file.size)
    async with contextlib.aclosing(file.body) as chunks:
        await send_head(send, 200, headers)
        try:
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except Refused as refused:
            log.warning("media_broke_off", path=path, reason=str(refused))
            return  # without the end of the body, so that nobody takes the part for the whole
    await send({"type": "http.response.body", "body": b""})
