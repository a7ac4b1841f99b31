"""A MediaMTX of our own: a child process on loopback that asks us about each who wants in."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import msgspec

from belvedere.cameras.mediaserver.answers import unusable
from belvedere.cameras.mediaserver.mediamtx.callback import Callback, Question
from belvedere.cameras.mediaserver.mediamtx.configuration import LOOPBACK, Listeners, is_everywhere, write_configuration
from belvedere.cameras.mediaserver.mediamtx.guests import Guests, MayDo
from belvedere.cameras.mediaserver.mediamtx.http import Http, Unexpected, decode
from belvedere.cameras.mediaserver.mediamtx.passes import Passes
from belvedere.cameras.mediaserver.mediamtx.place import Endpoints
from belvedere.cameras.mediaserver.mediamtx.process import MediaMtxProcess, find_free_port
from belvedere.cameras.mediaserver.mediamtx.version import Version
from belvedere.cameras.mediaserver.port import Refused, Way
from belvedere.cameras.mediaserver.publishing import Target

START_SECONDS = 15.0
MAX_SESSIONS = 10_000
_PUBLISHER = "gateway"


class _Session(msgspec.Struct):
    id: str


class _Sessions(msgspec.Struct):
    items: list[_Session]


class _Connection(msgspec.Struct):
    id: str
    session: str | None = None


class _Connections(msgspec.Struct):
    items: list[_Connection]


_SESSIONS = {"rtsp": "rtspsessions", "webrtc": "webrtcsessions"}


async def nobody_may(_secret: str, _camera: str) -> bool:
    """Nobody reads by RTSP, or publishes."""
    return False


class OwnMediaMtx:
    """Implements Place.

    rtsp, media: where it listens for RTSP (TCP) and WebRTC's media (UDP), `host:port`, port 0 for any free one.
    hosts: further names that browsers find `media` at. may_read: whether a token reads a camera by RTSP;
    may_publish: whether a secret publishes one.
    """

    ways = (Way.PUSH,)

    def __init__(
        self,
        program: Path,
        version: Version,
        rtsp: str,
        media: str,
        hosts: Sequence[str] = (),
        may_read: MayDo = nobody_may,
        may_publish: MayDo = nobody_may,
    ) -> None:
        self._version = version
        self._rtsp, self._media, self._hosts = rtsp, media, hosts
        self._process = MediaMtxProcess(program)
        self._callback = Callback(self._is_allowed)
        self._passes = Passes()
        self._endpoints: Endpoints | None = None
        self._starting = asyncio.Lock()
        self._may_read, self._may_publish = may_read, may_publish
        self._guests = Guests(self)
        self._api_secret = secrets.token_urlsafe(32)
        self._publish_secret = secrets.token_urlsafe(32)

    @property
    def pid(self) -> int | None:
        """Of the running process."""
        return self._process.pid

    async def start(self) -> Endpoints:
        """See Place. A second call waits for the first."""
        async with self._starting:
            if self._endpoints is None or self.pid is None:
                self._endpoints = None  # also where the start fails
                self._endpoints = await self._start()
            return self._endpoints

    async def _start(self) -> Endpoints:
        await self._callback.start()
        listeners = self._choose_listeners()
        await self._process.start(write_configuration(listeners, self._callback.url, self._version, self._hosts))
        host, _, port = listeners.rtsp.rpartition(":")
        endpoints = Endpoints(
            f"http://{listeners.api}",
            f"http://{listeners.whep}",
            f"http://{listeners.hls}",
            f"Bearer {self._api_secret}",
            Target(LOOPBACK if is_everywhere(host) else host.strip("[]"), int(port), _PUBLISHER, self._publish_secret),
        )
        await self._wait_for_answer(endpoints)
        return endpoints

    def _choose_listeners(self) -> Listeners:
        api, hls, whep = (f"{LOOPBACK}:{find_free_port()}" for _ in range(3))
        media = fill_port(self._media, socket.SOCK_DGRAM)
        return Listeners(api, hls, whep, fill_port(self._rtsp, socket.SOCK_STREAM), media)

    async def _wait_for_answer(self, endpoints: Endpoints) -> None:
        deadline = time.monotonic() + START_SECONDS
        http = Http(endpoints.authorization)
        try:
            while time.monotonic() < deadline and self.pid is not None:
                with contextlib.suppress(Refused):
                    await http.ask("GET", f"{endpoints.api}/v3/info", 200)
                    return
                await asyncio.sleep(0.05)
        finally:
            await http.close()
        why = self._process.last_lines
        await self._process.stop()
        raise unusable(f"MediaMTX does not start: {why}")

    async def stop(self) -> None:
        """See Place."""
        await self._guests.stop()
        await self._process.stop()
        await self._callback.stop()

    async def prepare(self, paths: Mapping[str, str]) -> None:
        """See Place. Each path is there while the gateway or its camera publishes it, and nobody else can."""

    def authorize(self, path: str, protocol: str) -> str:
        """See Place."""
        return f"Bearer {self._passes.issue(path, protocol, time.monotonic())}"

    async def list_sessions(self, protocol: str) -> Collection[str]:
        """See OpenSessions."""
        sent = await self._ask("GET", f"/v3/{_SESSIONS[protocol]}/list?itemsPerPage={MAX_SESSIONS}")
        sessions = {session.id for session in decode(sent, _Sessions).items}
        return sessions | (await self._find_sessions_of_connections()).keys() if protocol == "rtsp" else sessions

    async def kick_session(self, protocol: str, session: str) -> None:
        """See OpenSessions."""
        if protocol == "rtsp":
            session = (await self._find_sessions_of_connections()).get(session, session)
        try:
            await self._ask("POST", f"/v3/{_SESSIONS[protocol]}/kick/{session}")
        except Unexpected as error:
            if error.status != 404:
                raise

    async def _find_sessions_of_connections(self) -> dict[str, str]:
        """Connection -> session: of who reads by RTSP, MediaMTX before 1.19.3 tells us the name of the connection."""
        sent = await self._ask("GET", f"/v3/rtspconns/list?itemsPerPage={MAX_SESSIONS}")
        return {each.id: each.session for each in decode(sent, _Connections).items if each.session is not None}

    async def _ask(self, method: str, path: str) -> bytes:
        if self._endpoints is None:
            raise unusable("MediaMTX is not running")
        http = Http(self._endpoints.authorization)
        try:
            _, sent = await http.ask(method, self._endpoints.api + path, 200)
        finally:
            await http.close()
        return sent

    async def _is_allowed(self, question: Question) -> bool:
        """Answer MediaMTX: we alone use the API, a camera publishes with its secret, a viewer has a token of ours."""
        if question.action == "api":
            return secrets.compare_digest(question.token.encode(), self._api_secret.encode())
        if question.action == "publish":
            return await self._is_publisher(question)
        if question.action == "read" and question.protocol == "rtsp":
            return await self._guests.admit("rtsp", question.id or "", question.token, question.path, self._may_read)
        if question.action == "read":
            session = question.id or ""
            return self._passes.redeem(question.token, question.path, question.protocol, session, time.monotonic())
        return False

    async def _is_publisher(self, question: Question) -> bool:
        """The gateway by RTSP, a camera by RTSP with its secret as password, or by WebRTC with it as token."""
        if question.protocol == "rtsp" and question.user == _PUBLISHER:
            return secrets.compare_digest(question.password.encode(), self._publish_secret.encode())
        secret = {"rtsp": question.password, "webrtc": question.token}.get(question.protocol, "")
        session = question.id or ""
        return await self._guests.admit(question.protocol, session, secret, question.path, self._may_publish)


def fill_port(address: str, kind: socket.SocketKind) -> str:
    """Return the address with a free port in place of port 0."""
    host, _, port = address.rpartition(":")
    return f"{host}:{find_free_port(kind) if port == '0' else port}"
