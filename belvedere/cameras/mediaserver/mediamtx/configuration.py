"""The configuration of our own MediaMTX: loopback, one way in, every viewer asked about. Pure.

It is whole, so that no default of another version opens anything, and is written anew for each start. Cameras are not
in it: a path is there while the gateway publishes it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from belvedere.cameras.mediaserver.mediamtx.version import WITH_MOQ, Version

LOOPBACK = "127.0.0.1"
_PATHS = "~^[A-Za-z0-9_-]{1,64}(/sub)?$"


# What no server of ours has otherwise. The API asks about each who wants in, as every way in does.
_FIXED: dict[str, Any] = {
    "logLevel": "warn",
    "logDestinations": ["stdout"],
    "authMethod": "http",
    "authHTTPExclude": [],
    "api": True,
    "apiAllowOrigins": [],
    "metrics": False,
    "pprof": False,
    "playback": False,
    "rtsp": True,
    "rtspTransports": ["tcp"],
    "rtspEncryption": "no",
    "rtspAuthMethods": ["basic"],
    "rtmp": False,
    "srt": False,
    "hls": True,
    "hlsAllowOrigins": [],
    "hlsAlwaysRemux": False,
    "hlsVariant": "lowLatency",
    "hlsSegmentCount": 7,
    "hlsSegmentDuration": "1s",
    "hlsPartDuration": "200ms",
    "webrtc": True,
    "webrtcAllowOrigins": [],
    "webrtcLocalTCPAddress": "",
    "pathDefaults": {"source": "publisher", "overridePublisher": True, "record": False},
    "paths": {_PATHS: {}},
}


@dataclass(frozen=True)
class Listeners:
    """Where it listens, each `host:port`. api, hls, whep: HTTP, on loopback; rtsp: TCP; media: UDP of WebRTC."""

    api: str
    hls: str
    whep: str
    rtsp: str
    media: str


def write_configuration(listeners: Listeners, auth_url: str, version: Version, hosts: Sequence[str] = ()) -> str:
    """Return the file. auth_url: asked about each who wants in; hosts: further names that browsers find `media` at.

    It is JSON, which is YAML too.
    """
    host, _, _ = listeners.media.rpartition(":")
    everywhere = is_everywhere(host)
    own_hosts = [] if everywhere else [host.strip("[]")]
    settings = _FIXED | {
        "authHTTPAddress": auth_url,
        "apiAddress": listeners.api,
        "rtspAddress": listeners.rtsp,
        "hlsAddress": listeners.hls,
        "webrtcAddress": listeners.whep,
        "webrtcLocalUDPAddress": listeners.media,
        "webrtcIPsFromInterfaces": everywhere,
        "webrtcAdditionalHosts": [*own_hosts, *hosts],
    }
    if version >= WITH_MOQ:
        settings["moq"] = False
    return json.dumps(settings, indent=1)


def is_everywhere(host: str) -> bool:
    """Return whether who listens at this host does so at all addresses of the machine."""
    return host in ("0.0.0.0", "[::]", "")  # noqa: S104  (compared, not listened at)
