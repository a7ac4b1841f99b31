"""The gateway as seen from the server: starts its process and asks it over a unix socket. Implements MediaServer."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import ClientConnectionError

from belvedere.cameras.mediaserver.port import (
    CameraSource,
    CameraStatus,
    Capabilities,
    MediaAnswer,
    MediaRequest,
    MediaServerError,
)
from belvedere.cameras.source import Network

START_SECONDS = 15.0
STOP_SECONDS = 5.0
ASK_SECONDS = 10.0
CHUNK_BYTES = 64 * 1024
_BASE = "http://gateway"
_PASSED_ON = ("content-type", "location", "cache-control")
_STATUS_FIELDS = frozenset(field.name for field in fields(CameraStatus))


class GatewayClient:
    """One gateway process. After it has died, `start` starts another.

    allow: the administrator's exceptions. own: "address:port" of every place where this server listens.
    """

    capabilities = Capabilities(whep=True, hls=True)

    def __init__(self, allow: Sequence[Network] = (), own: Callable[[], Iterable[str]] = tuple) -> None:
        self._allow = [str(network) for network in allow]
        self._own = own
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._http: aiohttp.ClientSession | None = None

    @property
    def pid(self) -> int | None:
        """Of the running process."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process is not None else None

    async def start(self) -> None:
        """Start the process where there is none, wait until it answers. Raises MediaServerError."""
        if self.pid is not None:
            return
        await self.stop()
        self._folder = tempfile.TemporaryDirectory(prefix="belvedere-gateway-")  # made with mode 0700
        socket = Path(self._folder.name) / "socket"
        command = [sys.executable, "-m", "belvedere.cameras.mediaserver.gateway", "--socket", str(socket)]
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, start_new_session=True
        )
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=ASK_SECONDS, sock_read=ASK_SECONDS)
        self._http = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(path=str(socket), limit=0), timeout=timeout, auto_decompress=False
        )
        await self._until_it_answers()

    async def _until_it_answers(self) -> None:
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        while asyncio.get_running_loop().time() < deadline and self.pid is not None:
            with contextlib.suppress(MediaServerError):
                await self.statuses()
                return
            await asyncio.sleep(0.05)
        await self.stop()
        raise MediaServerError("the camera gateway does not start")

    async def stop(self) -> None:
        """SIGTERM, then SIGKILL for the whole group; nothing is left."""
        if self._http is not None:
            await self._http.close()
            self._http = None
        if self._process is not None:
            await _end(self._process)
            self._process = None  # only now: what a cancelled stop left over is for the next one
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    async def apply(self, cameras: Sequence[CameraSource]) -> None:
        """See MediaServer."""
        body = {"cameras": [asdict(camera) for camera in cameras], "allow": self._allow, "own": [*self._own()]}
        async with self._asked("PUT", "/cameras", json=body) as answer:
            if answer.status != 204:
                raise MediaServerError(f"the camera gateway answers {answer.status}")

    async def statuses(self) -> Mapping[str, CameraStatus]:
        """See MediaServer."""
        async with self._asked("GET", "/status") as answer:
            sent: dict[str, dict[str, Any]] = (await answer.json())["cameras"]
        return {camera: _status(row) for camera, row in sent.items()}

    async def forward(self, request: MediaRequest) -> MediaAnswer:
        """See MediaServer. The body must be read to its end, or closed."""
        stack = contextlib.AsyncExitStack()
        headers = {"Viewer": request.viewer, "Viewer-Address": request.address}
        headers["Content-Type"] = request.content_type or "application/octet-stream"
        path = f"/cameras/{request.camera}/{request.resource}" + (f"?{request.query}" if request.query else "")
        asked = self._asked(request.method, path, data=request.body, headers=headers)
        answer = await stack.enter_async_context(asked)
        kept = {name: answer.headers[name] for name in _PASSED_ON if name in answer.headers}
        if "Content-Length" in answer.headers:
            kept["content-length"] = answer.headers["Content-Length"]

        async def body() -> AsyncIterator[bytes]:
            async with stack:
                try:
                    async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
                        yield chunk
                except (aiohttp.ClientError, TimeoutError) as error:
                    raise MediaServerError("the camera gateway broke off") from error

        return MediaAnswer(answer.status, kept, body())

    async def end(self, camera: str, session: str) -> None:
        """See MediaServer."""
        async with self._asked("DELETE", f"/cameras/{camera}/whep/{session}"):
            pass

    @contextlib.asynccontextmanager
    async def _asked(self, method: str, path: str, **options: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        if self._http is None:
            raise MediaServerError("the camera gateway is not running")
        try:
            answer = await self._http.request(method, _BASE + path, **options)
        except (ClientConnectionError, TimeoutError, OSError) as error:
            raise MediaServerError("the camera gateway does not answer") from error
        async with answer:
            yield answer


def _status(row: dict[str, Any]) -> CameraStatus:
    known = {name: value for name, value in row.items() if name in _STATUS_FIELDS}
    return CameraStatus(**(known | {"sessions": tuple(row["sessions"])}))


async def _end(process: asyncio.subprocess.Process) -> None:
    for number, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await process.wait()
                break
    if process.stdin is not None:  # else the transport complains when the loop is gone
        process.stdin.close()
