"""A MediaMTX that somebody else runs, known by the address of its API. Implements Place.

Its listeners are found by its API; paths that are missing there are added, anew after each restart, because it keeps
what was added in memory only.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit

import msgspec

from belvedere.cameras.mediaserver.answers import unusable
from belvedere.cameras.mediaserver.mediamtx.http import Http, Unexpected, decode
from belvedere.cameras.mediaserver.mediamtx.place import PUBLISHER, Endpoints
from belvedere.cameras.mediaserver.mediamtx.version import Unfit, check_version
from belvedere.cameras.mediaserver.port import SUB, Way
from belvedere.cameras.mediaserver.publishing import Target

MAX_PATHS = 10_000


class _Info(msgspec.Struct):
    version: str


class _Listeners(msgspec.Struct, rename="camel"):
    """The parts of its configuration that matter."""

    rtsp: bool
    rtsp_address: str
    rtsp_encryption: str
    hls: bool
    hls_address: str
    hls_encryption: bool
    webrtc: bool
    webrtc_address: str
    webrtc_encryption: bool


class _Path(msgspec.Struct):
    name: str
    source: str = PUBLISHER


class _Paths(msgspec.Struct):
    items: list[_Path]


class ForeignMediaMtx:
    """url: of its API, with user and password of somebody who may use the API, publish and read."""

    ways = (Way.SERVER_PULL,)

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._username, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._host = parts.hostname or ""
        netloc = f"[{self._host}]" if ":" in self._host else self._host
        self._netloc = netloc
        self._api = f"{parts.scheme}://{netloc}:{parts.port or 9997}"
        login = b64encode(f"{self._username}:{self._password}".encode()).decode()
        self._authorization = f"Basic {login}"
        self._http: Http | None = None
        self._added: set[str] = set()

    async def start(self) -> Endpoints:
        """See Place. It may have been started anew with other listeners, or as another version."""
        if self._http is None:
            self._http = Http(self._authorization)
        try:
            check_version(decode(await self._get("/v3/info"), _Info).version)
        except Unfit as error:
            raise unusable(str(error)) from error
        found = decode(await self._get("/v3/config/global/get"), _Listeners)
        for name, is_on in (("rtsp", found.rtsp), ("hls", found.hls), ("webrtc", found.webrtc)):
            if not is_on:
                raise unusable(f"MediaMTX has {name} switched off: it is needed")
        if found.rtsp_encryption == "strict" or found.hls_encryption or found.webrtc_encryption:
            raise unusable("MediaMTX has encrypted listeners: Belvedere asks it for plain RTSP and HTTP only")
        return Endpoints(
            self._api,
            f"http://{self._netloc}:{_port_of(found.webrtc_address)}",
            f"http://{self._netloc}:{_port_of(found.hls_address)}",
            self._authorization,
            Target(self._host, _port_of(found.rtsp_address), self._username, self._password),
        )

    async def stop(self) -> None:
        """See Place. The paths that were added stay until it is started anew; nothing is published there any more."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def prepare(self, paths: Mapping[str, str]) -> None:
        """See Place. A path that is there with another source, as an earlier run may have left it, is replaced."""
        known = decode(await self._get(f"/v3/config/paths/list?itemsPerPage={MAX_PATHS}"), _Paths)
        sources = {path.name: path.source for path in known.items}
        for path in sorted(paths):
            if path not in sources:
                await self._change("POST", f"/v3/config/paths/add/{quote(path)}", json=_settings_of(path, paths[path]))
                self._added.add(path)
            elif sources[path] != paths[path]:
                await self._change(
                    "POST", f"/v3/config/paths/replace/{quote(path)}", json=_settings_of(path, paths[path])
                )
                self._added.add(path)
        for path in sorted((self._added & sources.keys()) - paths.keys()):
            await self._change("DELETE", f"/v3/config/paths/delete/{quote(path)}")
            self._added.discard(path)

    def authorize(self, _path: str, _protocol: str) -> str:
        """See Place. Its own log-in; viewers never see it, because they ask us and not it."""
        return self._authorization

    async def _get(self, path: str) -> bytes:
        if self._http is None:
            raise unusable("MediaMTX is not asked any more")
        _, sent = await self._http.ask("GET", self._api + path, 200)
        return sent

    async def _change(self, method: str, path: str, **options: object) -> None:
        if self._http is None:
            raise unusable("MediaMTX is not asked any more")
        try:
            await self._http.ask(method, self._api + path, 200, **options)
        except Unexpected as error:
            raise unusable(f"{method} {path}: {error}") from error


def _settings_of(path: str, source: str) -> dict[str, object]:
    """Of a path. A sub stream is pulled while somebody watches it."""
    if source == PUBLISHER:
        return {"source": source, "overridePublisher": True}
    return {"source": source, "sourceOnDemand": path.endswith(f"/{SUB}"), "rtspTransport": "tcp"}


def _port_of(address: str) -> int:
    port = address.rpartition(":")[2]
    if not port.isdigit():
        raise unusable(f"MediaMTX has a listener without a port: {address!r}")
    return int(port)
