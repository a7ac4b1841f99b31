"""The gateway's HTTP interface on its unix socket: desired cameras in; status, WHEP and HLS out.

Requests are authorised before they come here; the folder of the socket belongs to one user only.
"""

from __future__ import annotations

import asyncio
import ipaddress
from dataclasses import asdict, replace
from functools import partial
from typing import Any, TypeVar

from aiohttp import web

from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.gateway.camera import Camera
from belvedere.cameras.mediaserver.gateway.converter import Conversion, Converters
from belvedere.cameras.mediaserver.gateway.errors import SENTENCES, Fault
from belvedere.cameras.mediaserver.gateway.ffmpeg import find_ffmpeg
from belvedere.cameras.mediaserver.gateway.on_demand import OnDemand
from belvedere.cameras.mediaserver.gateway.outputs.files import PLAYLIST
from belvedere.cameras.mediaserver.gateway.outputs.hls import WaitFor
from belvedere.cameras.mediaserver.gateway.outputs.places import Places
from belvedere.cameras.mediaserver.gateway.outputs.publish import PublishOutput
from belvedere.cameras.mediaserver.gateway.outputs.variant import Beside
from belvedere.cameras.mediaserver.gateway.pull import Receiver
from belvedere.cameras.mediaserver.gateway.resolver import Rules
from belvedere.cameras.mediaserver.port import MAIN, MANIFEST, SUB, CameraSource, CameraStatus, Refused, Way
from belvedere.cameras.mediaserver.publishing import Target, path_of

_LASTING = ("video/mp4", "audio/mp4", "video/iso.segment")
# A name never means another file. Each request is authorised, so that only a cache that asks for the rights itself may
# hand one on to others: see docs/cameras.md.
_NEVER_CHANGES = "private, max-age=60, immutable"
_NO_CONVERTER = CameraStatus("offline", Fault.NO_CONVERTER.value, SENTENCES[Fault.NO_CONVERTER])
Pulled = TypeVar("Pulled", Camera, OnDemand)
MAX_BODY_BYTES = 4 * 1024 * 1024


class Gateway:
    """The cameras that are wanted, and the routes to them."""

    def __init__(self) -> None:
        self._cameras: dict[str, Camera] = {}
        self._subs: dict[str, OnDemand] = {}
        self._rules = Rules()
        self._places = Places()
        self._converters = Converters()
        self._unmade: frozenset[str] = frozenset()  # whose sub stream there is no program for
        self._target: Target | None = None
        self._applying = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        """Return all routes of this process."""
        return [
            web.put("/cameras", self.put_cameras),
            web.get("/status", self.get_status),
            web.post("/cameras/{camera}/whep", self.post_whep),
            web.patch("/cameras/{camera}/whep/{session}", self.patch_whep),
            web.delete("/cameras/{camera}/whep/{session}", self.delete_whep),
            web.get("/cameras/{camera}/hls/{file}", self.get_hls),
            web.post("/cameras/{camera}/{source:sub}/whep", self.post_whep),
            web.get("/cameras/{camera}/{source:sub}/hls/{file}", self.get_hls),
            web.post("/cameras/{camera}/admit", self.post_admit),
            web.post("/cameras/{camera}/{source:sub}/admit", self.post_admit),
            web.put("/watched", self.put_watched),
        ]

    async def stop(self) -> None:
        """End every pull and every viewer."""
        sources: list[Camera | OnDemand] = [*self._cameras.values(), *self._subs.values()]
        self._cameras, self._subs = {}, {}
        await asyncio.gather(*(source.stop() for source in sources))

    async def put_cameras(self, request: web.Request) -> web.Response:
        """Take the whole desired state. Cameras that are unchanged are not touched."""
        sent = await request.json()
        rules = Rules(tuple(map(ipaddress.ip_network, sent["allow"])), frozenset(sent["own"]))
        target = Target(**sent["target"]) if sent.get("target") else None
        async with self._applying:
            await self.apply({row["id"]: CameraSource(**row) for row in sent["cameras"]}, rules, target)
        return web.Response(status=204)

    async def apply(self, wanted: dict[str, CameraSource], rules: Rules, target: Target | None) -> None:
        """Take the whole desired state, by camera id. One at a time."""
        changed = rules != self._rules or (target is None) != (self._target is None)
        self._rules, self._target = rules, target
        mains = {source.id: replace(source, sub_url="", make_sub=False) for source in wanted.values()}
        subs = {source.id: _make_sub(source) for source in wanted.values() if source.has_sub}
        self._unmade = frozenset(source.id for source in subs.values() if source.make_sub)
        if self._unmade and await asyncio.to_thread(find_ffmpeg) != "":
            self._unmade = frozenset()
        subs = {id_: source for id_, source in subs.items() if id_ not in self._unmade}
        gone: list[Camera | OnDemand] = [
            *_take_out(self._cameras, {} if changed else mains),
            *_take_out(self._subs, {} if changed else subs),
        ]
        await asyncio.gather(*(source.stop() for source in gone))
        for source in mains.values():
            if source.id not in self._cameras:
                publisher = self._make_publisher(source, MAIN)
                self._cameras[source.id] = camera = Camera(source, rules, self._places, publisher)
                camera.start()
        for source in subs.values():
            if source.id not in self._subs:
                make_publisher = partial(self._make_publisher, source, SUB)
                make_pull = partial(self._make_conversion, source.id) if source.make_sub else None
                self._subs[source.id] = OnDemand(source, rules, self._places, make_publisher, make_pull)

    def _make_conversion(self, id_: str, receiver: Receiver) -> Conversion:
        """Read from the main stream as it is then: it is made anew where its source changes."""
        return Conversion(id_, lambda output: self._cameras[id_].add_output(output), self._converters, receiver)

    def _make_publisher(self, camera: CameraSource, source: str) -> PublishOutput | None:
        """None for the viewers' own server, and for a camera that the other server has by itself."""
        if self._target is None or camera.way != Way.PULL:
            return None
        return PublishOutput(path_of(camera.id, source), lambda: self._target)

    async def get_status(self, _request: web.Request) -> web.Response:
        """Return a CameraStatus for each camera id."""
        return web.json_response({"cameras": {id_: asdict(self.status(id_)) for id_ in self._cameras}})

    def status(self, id_: str) -> CameraStatus:
        """Return what is seen of this camera."""
        status, sub = self._cameras[id_].status(), self._subs.get(id_)
        if sub is None:
            return replace(status, sub=_NO_CONVERTER) if id_ in self._unmade else status
        seen = sub.status()
        sessions, viewers = status.sessions + seen.sessions, status.viewers + seen.viewers
        return replace(status, sub=seen, sessions=sessions, viewers=viewers)

    def _find_camera(self, request: web.Request) -> Camera:
        camera = self._cameras.get(request.match_info["camera"])
        if camera is None:
            raise Refused(refusals.UNKNOWN_CAMERA)
        return camera

    def _find_source(self, request: web.Request) -> Camera | OnDemand:
        camera = self._find_camera(request)
        if "source" not in request.match_info:
            return camera
        sub = self._subs.get(camera.wanted.id)
        if sub is None:
            raise Refused(refusals.NO_SUB)
        return sub

    async def post_whep(self, request: web.Request) -> web.Response:
        """Open a WebRTC session."""
        viewer, address = request.headers.get("Viewer", ""), request.headers.get("Viewer-Address", "")
        session, answer = await self._find_source(request).open_session(await request.text(), viewer, address)
        headers = {"Location": f"whep/{session}", "Content-Type": "application/sdp"}
        return web.Response(status=201, text=answer, headers=headers)

    async def post_admit(self, request: web.Request) -> web.Response:
        """Say whether another server may show it, and what of the offer it may answer."""
        return web.Response(text=await self._find_source(request).admit(await request.text()))

    async def put_watched(self, request: web.Request) -> web.Response:
        """Somebody watches these streams by another server."""
        for camera, source in await request.json():
            if source == SUB and camera in self._subs:
                self._subs[camera].mark_watched()
            elif source == MAIN and (publisher := self._cameras[camera].publisher if camera in self._cameras else None):
                publisher.mark_watched()
        return web.Response(status=204)

    async def patch_whep(self, request: web.Request) -> web.Response:
        """Accept further candidates of a viewer. They are not used, see whep.py."""
        if request.match_info["session"] not in self.status(self._find_camera(request).wanted.id).sessions:
            raise Refused(refusals.NO_SESSION)
        return web.Response(status=204)

    async def delete_whep(self, request: web.Request) -> web.Response:
        """End a WebRTC session."""
        camera, session = self._find_camera(request), request.match_info["session"]
        sub = self._subs.get(camera.wanted.id)
        if not await camera.whep.close(session) and not (sub is not None and await sub.close(session)):
            raise Refused(refusals.NO_SESSION)
        return web.Response(status=204)

    async def get_hls(self, request: web.Request) -> web.Response:
        """Return a playlist or a segment."""
        name, viewer = request.match_info["file"], request.headers.get("Viewer", "")
        source, asked = self._find_source(request), WaitFor.read(request.query)
        sub = self._subs.get(source.wanted.id)
        if isinstance(source, Camera) and sub is not None:
            asked = replace(asked, beside=await _find_beside(source, sub, name))
        data, content_type = await source.file(name, viewer, asked)
        caching = _NEVER_CHANGES if content_type in _LASTING else "no-store"
        return web.Response(body=data, headers={"Content-Type": content_type, "Cache-Control": caching})


async def _find_beside(camera: Camera, sub: OnDemand, name: str) -> Beside | None:
    """Return the sub stream where this file of the main one lets players choose.

    A playlist is read once and its other choice connected when a player takes that. A manifest lists the segments of
    both, so who plays by it has both connected.
    """
    if name == PLAYLIST:
        return await sub.look()
    if name != MANIFEST:
        return None
    beside = await sub.keep()
    stretches = [segment.period_ts for segment in beside.segmenter.segments] if beside and beside.segmenter else []
    camera.hls.segmenter.beside_ts = stretches[-1] if stretches else None
    return beside


def _make_sub(source: CameraSource) -> CameraSource:
    """Return the source of the sub stream: its own address, or the main stream of which it is made."""
    if source.sub_url:
        return replace(source, url=source.sub_url, sub_url="", make_sub=False)
    return source


def _take_out(known: dict[str, Pulled], wanted: dict[str, CameraSource]) -> list[Pulled]:
    """Remove what is not wanted, or not as it is."""
    gone = [source for source in known.values() if wanted.get(source.wanted.id) != source.wanted]
    for source in gone:
        del known[source.wanted.id]
    return gone


@web.middleware
async def answer_refusals(request: web.Request, handler: Any) -> web.StreamResponse:
    """Answer Refused with {"code", "detail"} and its status."""
    try:
        answer: web.StreamResponse = await handler(request)
    except Refused as error:
        body = {"code": error.refusal.code, "detail": error.refusal.sentence}
        return web.json_response(body, status=error.refusal.status)
    return answer


def application(gateway: Gateway) -> web.Application:
    """Return the aiohttp application of a gateway."""
    app = web.Application(middlewares=[answer_refusals], client_max_size=MAX_BODY_BYTES)
    app.add_routes(gateway.routes())
    return app
