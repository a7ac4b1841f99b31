"""The gateway as a media server: asks its process over HTTP on a unix socket. Implements MediaServer.

Whatever does not answer as control.py does (an error page, an empty or cut body, another JSON, nothing at all) is
Refused with `media_server_down`.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.answers import AnswerReader, unusable
from belvedere.cameras.mediaserver.gateway.errors import Fault
from belvedere.cameras.mediaserver.gateway.process import GatewayProcess
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
from belvedere.cameras.mediaserver.publishing import Target
from belvedere.cameras.mediaserver.refusals import Refusal
from belvedere.cameras.source import Network

if TYPE_CHECKING:
    import aiohttp

    from belvedere.cameras.mediaserver.http import HttpClient

START_SECONDS = 15.0
_BASE = "http://gateway"
_HTTP_CLIENT = "belvedere.cameras.mediaserver.http"
_SESSION = re.compile(r"whep/([\w.-]{1,64})\Z", re.ASCII)

_answers = AnswerReader("the camera gateway")


class _Statuses(msgspec.Struct):
    cameras: dict[str, CameraStatus]


class _RefusalBody(msgspec.Struct):
    code: str
    detail: str


class GatewayClient:
    """One gateway process. After it has died, `start` starts another.

    allow: the administrator's exceptions. own: "address:port" of every place where this server listens. Implements
    Publisher too; target: None while viewers are served here.
    """

    capabilities = Capabilities(whep=True, hls=True, dash=True, snapshots=True)

    def __init__(self, allow: Sequence[Network] = (), own: Callable[[], Iterable[str]] = tuple) -> None:
        self._allow = [str(network) for network in allow]
        self._own = own
        self._process = GatewayProcess()
        self._starting = asyncio.Lock()
        self._http: HttpClient | None = None
        self._publishing: frozenset[str] = frozenset()
        self.target: Target | None = None

    @property
    def pid(self) -> int | None:
        """Of the running process."""
        return self._process.pid

    async def start(self) -> None:
        """Start the process where there is none, and wait until it answers; a second call waits for the first."""
        async with self._starting:
            if self.pid is not None:
                return
            await self.stop()
            # Loading it takes a fifth of a second: beside the process's own start, and not on the event loop.
            socket, _ = await asyncio.gather(self._process.start(), asyncio.to_thread(import_module, _HTTP_CLIENT))
            self.connect(socket)
            await self._wait_for_answer()

    def connect(self, socket: Path) -> None:
        """Ask at this socket from now on."""
        import aiohttp  # with the first camera; see AnswerReader.read_chunks

        from belvedere.cameras.mediaserver.http import HttpClient

        self._http = HttpClient(_answers, _read_refusal, aiohttp.UnixConnector(path=str(socket), limit=0))

    async def _wait_for_answer(self) -> None:
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        while asyncio.get_running_loop().time() < deadline and self.pid is not None:
            with contextlib.suppress(Refused):
                await self.statuses()
                return
            await asyncio.sleep(0.05)
        await self.stop()
        raise unusable("the camera gateway does not start")

    async def stop(self) -> None:
        """End the process; nothing is left."""
        if self._http is not None:
            await self._http.close()
            self._http = None
        await self._process.stop()

    async def apply(self, cameras: Sequence[CameraSource]) -> None:
        """See MediaServer. Cameras that publish have nowhere to do so."""
        target = asdict(self.target) if self.target else None
        self._publishing = frozenset(camera.id for camera in cameras if camera.way == Way.PUSH)
        wanted = [asdict(camera) for camera in cameras if camera.way != Way.PUSH]
        body = {"cameras": wanted, "allow": self._allow, "own": [*self._own()], "target": target}
        await self._ask("PUT", "/cameras", 204, json=body)

    async def statuses(self) -> Mapping[str, CameraStatus]:
        """See MediaServer."""
        _, sent = await self._ask("GET", "/status", 200)
        # One of our own takes cameras that publish: where they are left to the gateway, it is somebody else's.
        why = refusals.NEEDS_OWN_MEDIAMTX if self.target else refusals.NEEDS_MEDIAMTX
        nowhere = CameraStatus("offline", why.code, why.sentence)
        return _answers.decode(sent, _Statuses).cameras | dict.fromkeys(self._publishing, nowhere)

    def streams(self, camera: CameraStatus) -> Sequence[Stream]:
        """See MediaServer. Video is passed through; whether a browser can show H.265 is found out for each."""
        return [
            stream
            for source, status in ((MAIN, camera), (SUB, camera.sub))
            if status is not None and status.code != Fault.NO_CONVERTER
            for stream in (
                Stream("webrtc", refusals.webrtc_refusal(status.codec, status.b_frames), source, status.sound),
                *(
                    Stream(kind, refusals.codec_refusal(status.codec), source, status.sound)
                    for kind in ("llhls", "hls", "dash")
                ),
            )
        ]

    async def offer(self, camera: str, sdp: str, viewer: Viewer, source: str = MAIN) -> Answer:
        """See MediaServer."""
        headers, sent = await self._ask(
            "POST", f"{_make_path(camera, source)}/whep", 201, data=sdp.encode(), headers=_make_headers(viewer)
        )
        session = _SESSION.search(headers.get("Location", ""))
        if session is None or not sent.startswith(b"v="):
            raise unusable("the answer to an offer is none")
        return Answer(session[1], sent.decode(errors="replace"))

    async def admit(self, camera: str, offer: str, source: str = MAIN) -> str:
        """See Publisher."""
        _, sent = await self._ask("POST", f"{_make_path(camera, source)}/admit", 200, data=offer.encode())
        return sent.decode(errors="replace")

    async def mark_watched(self, sources: Iterable[tuple[str, str]]) -> None:
        """See Publisher."""
        await self._ask("PUT", "/watched", 204, json=[*sources])

    async def trickle(self, camera: str, session: str, fragment: str) -> None:
        """See MediaServer."""
        await self._ask("PATCH", f"/cameras/{camera}/whep/{session}", 204, data=fragment.encode())

    async def end(self, camera: str, session: str) -> None:
        """See MediaServer."""
        await self._ask("DELETE", f"/cameras/{camera}/whep/{session}", 204)

    async def publish(self, camera: str, sdp: str, secret: str) -> Answer:  # noqa: ARG002  (it takes none)
        """See MediaServer."""
        raise Refused(refusals.NEEDS_MEDIAMTX)

    async def end_publishing(self, camera: str, session: str) -> None:  # noqa: ARG002  (it takes none)
        """See MediaServer."""
        raise Refused(refusals.NO_SESSION)

    async def file(self, camera: str, name: str, query: str, viewer: Viewer, source: str = MAIN) -> MediaFile:
        """See MediaServer."""
        stack = contextlib.AsyncExitStack()
        url = f"{_BASE}{_make_path(camera, source)}/hls/{name}" + (f"?{query}" if query else "")
        request = self._require_http().request("GET", url, 200, headers=_make_headers(viewer))
        answer = await stack.enter_async_context(request)

        async def read() -> AsyncGenerator[bytes, None]:
            async with stack:
                async for chunk in _answers.read_chunks(answer):
                    yield chunk

        kind, caching = answer.headers.get("Content-Type", ""), answer.headers.get("Cache-Control", "no-store")
        return MediaFile(kind, caching, answer.content_length, read())

    async def _ask(self, method: str, path: str, expected: int, **options: Any) -> tuple[Mapping[str, str], bytes]:
        return await self._require_http().ask(method, _BASE + path, expected, **options)

    def _require_http(self) -> HttpClient:
        if self._http is None:
            raise unusable("the camera gateway is not running")
        return self._http


def _make_path(camera: str, source: str) -> str:
    return f"/cameras/{camera}/sub" if source == SUB else f"/cameras/{camera}"


def _make_headers(viewer: Viewer) -> dict[str, str]:
    return {"Viewer": viewer.account, "Viewer-Address": viewer.address}


async def _read_refusal(answer: aiohttp.ClientResponse) -> Refused:
    """What the gateway refuses, as control.py says it; another error is no refusal but a broken server."""
    if not 400 <= answer.status < 600:
        return unusable(f"the camera gateway answers {answer.status}")
    try:
        body = _answers.decode(await _answers.read(answer), _RefusalBody)
    except Refused:
        return unusable(f"the camera gateway answers {answer.status} without a reason")
    return Refused(Refusal(body.code, body.detail, answer.status))
