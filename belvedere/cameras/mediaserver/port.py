"""What a media server does for us. Implementers: gateway/client.py (mediamtx/ comes later).

A server says what it can do in `capabilities`; `streams[]` of a camera lists nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Capabilities:
    """What a media server can do. whep, hls, ...: ways to watch; rtsp_out: programs such as VLC by RTSP."""

    whep: bool = False
    hls: bool = False
    llhls: bool = False
    dash: bool = False
    rtsp_out: bool = False
    publishers: bool = False
    recording: bool = False
    snapshots: bool = False
    talk: bool = False


@dataclass(frozen=True)
class CameraSource:
    """A camera that is wanted. url: without user and password before the host; some hold a log-in further on."""

    id: str
    url: str = field(repr=False)
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class CameraStatus:
    """What the server sees of one camera.

    state: connecting, live or offline; reason: a sentence why not live, code: the same, stable.
    key_frame_seconds: distance of the last two key frames; None, like codec, size and b_frames: not known yet.
    sessions: of WebRTC; viewers: these and those of HLS.
    """

    state: str = "connecting"
    code: str = ""
    reason: str = ""
    since_ms: int = 0
    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    key_frame_seconds: float | None = None
    b_frames: bool | None = None
    audio: str = ""
    viewers: int = 0
    sessions: tuple[str, ...] = ()


@dataclass(frozen=True)
class MediaRequest:
    """A viewer's request, already authorised. resource: `whep`, `whep/{session}` or `hls/{file}`.

    viewer: the account, address: of the browser; each has a share of the places.
    """

    method: str
    camera: str
    resource: str
    body: bytes = b""
    content_type: str = ""
    query: str = ""
    viewer: str = ""
    address: str = ""


@dataclass(frozen=True)
class MediaAnswer:
    """The server's answer, streamed."""

    status: int
    headers: Mapping[str, str]
    body: AsyncIterator[bytes]


class MediaServerError(Exception):
    """The media server cannot be asked just now; it is being started again."""

    permanent = False


class MediaServer(Protocol):
    """Pulls cameras and hands their pictures to viewers."""

    @property
    def capabilities(self) -> Capabilities:
        """What `streams[]` may offer."""

    async def start(self) -> None:
        """Ready to be asked when this returns. Raises MediaServerError."""

    async def stop(self) -> None:
        """Nothing of it is left running when this returns."""

    async def apply(self, cameras: Sequence[CameraSource]) -> None:
        """Pull exactly these cameras; those that are unchanged are not touched. Raises MediaServerError."""

    async def statuses(self) -> Mapping[str, CameraStatus]:
        """By camera id. Raises MediaServerError."""

    async def forward(self, request: MediaRequest) -> MediaAnswer:
        """Carry a viewer's request out. Raises MediaServerError."""

    async def end(self, camera: str, session: str) -> None:
        """Cut a viewer's session; unknown ones are fine."""
