"""MediaMTX as a media server: the gateway pulls and publishes to it, it serves viewers. Implements MediaServer.

Cameras that publish by themselves, or that a foreign MediaMTX pulls, come to it without the gateway (paths.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import aiohttp
import msgspec

from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.answers import unusable
from belvedere.cameras.mediaserver.mediamtx.http import Http, Unexpected, decode, read_chunks
from belvedere.cameras.mediaserver.mediamtx.paths import Path, Paths, ServedCamera, make_paths
from belvedere.cameras.mediaserver.mediamtx.place import Endpoints, Place
from belvedere.cameras.mediaserver.mediamtx.version import Unfit, check_version
from belvedere.cameras.mediaserver.offers import take_publisher
from belvedere.cameras.mediaserver.port import (
    MAIN,
    SUB,
    Answer,
    CameraSource,
    CameraStatus,
    Capabilities,
    MediaFile,
    Refused,
    Stream,
    Viewer,
    Way,
)
from belvedere.cameras.mediaserver.publishing import Publisher, path_of
from belvedere.cameras.mediaserver.refusals import Refusal
from belvedere.domain.times import now_ms

WATCHING_SECONDS = 10.0  # whoever asked for a file in these counts as a viewer
MASTER_PLAYLIST = "index.m3u8"
HLS_START_SECONDS = 10.0
HLS_RETRY_SECONDS = 0.2
MAX_SESSIONS = 10_000  # of a list: more than its machine could serve
_FILE = re.compile(r"[\w.-]{1,64}\.(?:m3u8|mp4|mp)\Z", re.ASCII)
_PUBLISHING = "publish"  # the state of a session that brings a picture
_SILENT_CODEC = "MPEG4-GENERIC"  # WebRTC has no AAC, and MediaMTX converts none


class _Info(msgspec.Struct):
    version: str


class _Session(msgspec.Struct):
    id: str
    path: str
    state: str


class _Sessions(msgspec.Struct):
    items: list[_Session]


class MediaMtxClient:
    """publisher: the gateway. place: where MediaMTX is."""

    capabilities = Capabilities(whep=True, hls=True)

    def __init__(self, publisher: Publisher, place: Place) -> None:
        self._publisher = publisher
        self._place = place
        self._http: Http | None = None
        self._endpoints: Endpoints | None = None
        self._served: dict[str, ServedCamera] = {}
        self._seen: dict[tuple[str, str, str], float] = {}  # camera, source and account, and when it took a file

    async def start(self) -> None:
        """See MediaServer. Where one of the two has died, the other stays."""
        await self._publisher.start()
        endpoints = await self._place.start()
        if endpoints != self._endpoints:
            await self._disconnect()
            self.connect(endpoints)

    def connect(self, endpoints: Endpoints) -> None:
        """Ask there from now on, and have cameras published there from the next `apply` on."""
        self._http = Http(endpoints.authorization)
        self._endpoints = endpoints
        self._publisher.target = endpoints.target

    async def _disconnect(self) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = self._endpoints = None

    async def stop(self) -> None:
        """See MediaServer."""
        await asyncio.gather(self._publisher.stop(), self._place.stop())
        await self._disconnect()

    async def apply(self, cameras: Sequence[CameraSource]) -> None:
        """See MediaServer."""
        await self._check_version()
        served = {camera.id: camera for camera in cameras if camera.way in self._place.ways}
        now = time.monotonic()
        for id_, source in served.items():
            if id_ not in self._served or self._served[id_].source != source:
                self._served[id_] = ServedCamera(source, now, now_ms())
        for id_ in self._served.keys() - served.keys():
            del self._served[id_]
        await self._place.prepare(make_paths(cameras, served))
        others = [_pull(camera) for camera in cameras if camera.id not in served]
        missing = [camera.source for camera in self._served.values() if camera.is_missing(now)]
        await self._publisher.apply(others + missing)

    async def _check_version(self) -> None:
        _, sent = await self._ask("GET", "/v3/info", 200)
        try:
            check_version(decode(sent, _Info).version)
        except Unfit as error:
            raise unusable(str(error)) from error

    async def statuses(self) -> Mapping[str, CameraStatus]:
        """See MediaServer."""
        asked = self._publisher.statuses(), self._list_sessions(), self._list_paths()
        seen, sessions, paths = await asyncio.gather(*asked)
        now = time.monotonic()
        served = {id_: camera.observe(paths, seen.get(id_), now, now_ms()) for id_, camera in self._served.items()}
        statuses = {**seen, **served}
        since = time.monotonic() - WATCHING_SECONDS
        self._seen = {viewer: at for viewer, at in self._seen.items() if at > since}
        await self._keep_watched(statuses, sessions)
        return {camera: self._add_sessions(camera, status, sessions) for camera, status in statuses.items()}

    async def _list_sessions(self) -> Mapping[str, Sequence[str]]:
        """Return the viewers' sessions of WebRTC by path."""
        by_path: dict[str, list[str]] = defaultdict(list)
        for session in await self._ask_sessions():
            if session.state != _PUBLISHING:
                by_path[session.path].append(session.id)
        return by_path

    async def _ask_sessions(self) -> list[_Session]:
        _, sent = await self._ask("GET", f"/v3/webrtcsessions/list?itemsPerPage={MAX_SESSIONS}", 200)
        return decode(sent, _Sessions).items

    async def _list_paths(self) -> dict[str, Path]:
        """Return what it has, where cameras come to it without the gateway."""
        if not self._served:
            return {}
        _, sent = await self._ask("GET", f"/v3/paths/list?itemsPerPage={MAX_SESSIONS}", 200)
        return {path.name: path for path in decode(sent, Paths).items}

    async def _keep_watched(self, statuses: Iterable[str], sessions: Mapping[str, Sequence[str]]) -> None:
        """Tell the gateway which streams are watched here, so that it does not end the pull of a sub stream."""
        streams = [(camera, source) for camera in statuses for source in (MAIN, SUB)]
        seen = {(camera, source) for camera, source, _ in self._seen}
        watched = [stream for stream in streams if path_of(*stream) in sessions or stream in seen]
        if watched:
            await self._publisher.mark_watched(watched)

    def _add_sessions(self, camera: str, status: CameraStatus, sessions: Mapping[str, Sequence[str]]) -> CameraStatus:
        open_ = (*sessions.get(path_of(camera, MAIN), ()), *sessions.get(path_of(camera, SUB), ()))
        files = sum(each == camera for each, _, _ in self._seen)
        return replace(status, sessions=open_, viewers=len(open_) + files)

    def streams(self, camera: CameraStatus) -> Sequence[Stream]:
        """See MediaServer. As the gateway, without DASH; a player of plain HLS leaves out what it does not know."""
        silent = {
            source
            for source, status in ((MAIN, camera), (SUB, camera.sub))
            if status is not None and status.audio == _SILENT_CODEC
        }
        return [
            replace(stream, sound=False) if stream.kind == "webrtc" and stream.source in silent else stream
            for stream in self._publisher.streams(camera)
            if stream.kind != "dash"
        ]

    async def offer(self, camera: str, sdp: str, viewer: Viewer, source: str = MAIN) -> Answer:  # noqa: ARG002  (MediaMTX has no shares)
        """See MediaServer."""
        endpoints = self._find_endpoints()
        offer = await self._admit(camera, sdp, source)
        path = path_of(camera, source)
        token = self._place.authorize(path, "webrtc")
        try:
            return await self._open(f"{endpoints.whep}/{path}/whep", token, offer)
        except Unexpected as error:
            raise _choose_error(error, refusals.NOT_READY) from error

    async def _admit(self, camera: str, offer: str, source: str) -> str:
        """Return the offer as it is to be negotiated; "" for HLS. Raises Refused where no picture would come."""
        served = self._served.get(camera)
        if served is not None:
            return served.admit(offer, source)
        return await self._publisher.admit(camera, offer, source)

    async def publish(self, camera: str, sdp: str, secret: str) -> Answer:
        """See MediaServer. MediaMTX asks us about the secret, and again every 2 s (guests.py)."""
        served = self._served.get(camera)
        if served is None or served.source.way != Way.PUSH:
            raise Refused(refusals.UNKNOWN_CAMERA if Way.PUSH in self._place.ways else refusals.NEEDS_OWN_MEDIAMTX)
        return await self._open(f"{self._find_endpoints().whep}/{camera}/whip", f"Bearer {secret}", take_publisher(sdp))

    async def end_publishing(self, camera: str, session: str) -> None:
        """See MediaServer."""
        wanted = session, camera, _PUBLISHING
        if not any((each.id, each.path, each.state) == wanted for each in await self._ask_sessions()):
            raise Refused(refusals.NO_SESSION)
        await self._kick(session)

    async def _open(self, url: str, authorization: str, offer: str) -> Answer:
        """Open a session of WebRTC."""
        headers, sent = await self._require_http().ask(
            "POST",
            url,
            201,
            authorization=authorization,
            headers={"Content-Type": "application/sdp"},
            data=offer.encode(),
        )
        session = headers.get("ID", "")
        if not _is_uuid(session) or not sent.startswith(b"v="):
            raise unusable("the answer to an offer is none")
        return Answer(session, sent.decode(errors="replace"))

    async def trickle(self, camera: str, session: str, fragment: str) -> None:  # noqa: ARG002  (see below)
        """See MediaServer. Candidates of viewers are not used, here as in the gateway: see gateway/outputs/whep.py."""
        sessions = await self._list_sessions()
        if not any(session in sessions.get(path_of(camera, source), ()) for source in (MAIN, SUB)):
            raise Refused(refusals.NO_SESSION)

    async def end(self, camera: str, session: str) -> None:
        """See MediaServer."""
        await self.trickle(camera, session, "")
        await self._kick(session)

    async def _kick(self, session: str) -> None:
        try:
            await self._ask("POST", f"/v3/webrtcsessions/kick/{session}", 200)
        except Unexpected as error:
            raise _choose_error(error, refusals.NO_SESSION) from error

    async def file(self, camera: str, name: str, query: str, viewer: Viewer, source: str = MAIN) -> MediaFile:
        """See MediaServer. The master playlist opens a session of MediaMTX, whose name is in the addresses in it."""
        if _FILE.match(name) is None:
            raise Refused(refusals.NO_FILE)
        endpoints, path = self._find_endpoints(), path_of(camera, source)
        if name == MASTER_PLAYLIST:
            await self._admit(camera, "", source)
            query = "cookieCheck=1"  # else it redirects there first
        stack = contextlib.AsyncExitStack()
        url = f"{endpoints.hls}/{path}/{name}" + (f"?{query}" if query else "")
        try:
            if name == MASTER_PLAYLIST:
                answer = await self._begin_hls(stack, url, path)
            else:
                request = self._require_http().request("GET", url, 200, authorization="Bearer none")
                answer = await stack.enter_async_context(request)
        except Unexpected as error:
            if name != MASTER_PLAYLIST and error.status in (401, 404):  # 401: of a session that is gone
                raise Refused(refusals.NO_FILE) from error
            raise _choose_error(error, refusals.NOT_READY) from error
        self._seen[camera, source, viewer.account] = time.monotonic()

        async def read() -> AsyncGenerator[bytes, None]:
            async with stack:
                async for chunk in read_chunks(answer):
                    yield chunk

        return MediaFile(answer.headers.get("Content-Type", ""), "no-store", answer.content_length, read())

    async def _begin_hls(self, stack: contextlib.AsyncExitStack, url: str, path: str) -> aiohttp.ClientResponse:
        """Open the master playlist. MediaMTX 1.18 answers 500 while a stream of HLS begins; later ones wait."""
        until = time.monotonic() + HLS_START_SECONDS
        while True:
            token = self._place.authorize(path, "hls") or "Bearer none"  # it opens one session
            try:
                return await stack.enter_async_context(
                    self._require_http().request("GET", url, 200, authorization=token)
                )
            except Unexpected as error:
                if error.status != 500 or time.monotonic() >= until:
                    raise
            await asyncio.sleep(HLS_RETRY_SECONDS)

    async def _ask(self, method: str, path: str, expected: int) -> tuple[Mapping[str, str], bytes]:
        return await self._require_http().ask(method, self._find_endpoints().api + path, expected)

    def _require_http(self) -> Http:
        if self._http is None:
            raise unusable("MediaMTX is not running")
        return self._http

    def _find_endpoints(self) -> Endpoints:
        if self._endpoints is None:
            raise unusable("MediaMTX is not running")
        return self._endpoints


def _pull(camera: CameraSource) -> CameraSource:
    """Return the camera as the gateway pulls it where MediaMTX does not; one that publishes has nowhere to do so."""
    return camera if camera.way == Way.PUSH else replace(camera, way=Way.PULL)


def _choose_error(error: Unexpected, refusal: Refusal) -> Refused:
    """Return this refusal where MediaMTX says that there is no such thing, else the error."""
    return Refused(refusal, str(error)) if error.status == 404 and error.is_explained else error


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
