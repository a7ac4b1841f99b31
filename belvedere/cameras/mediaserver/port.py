"""What the rest of the program asks of a media server. Implementers: gateway/client.py, mediamtx/client.py.

Nothing here depends on how a server is reached or what its answers look like: an implementer turns each of them into
these shapes, and everything else (no answer, an error page, an answer that cannot be read) into `Refused`.
`tests/contract/test_media_server.py` holds every implementer to that.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from belvedere.cameras.mediaserver.refusals import Refusal

MAIN, SUB = "main", "sub"  # a camera's streams: the whole picture, and a smaller one of the same
MANIFEST = "manifest.mpd"  # of DASH: a file beside those of HLS
SNAPSHOT = "snapshot.jpg"  # the newest key frame: another one


class Way(StrEnum):
    """Who connects to whom, for a camera's picture to come."""

    PULL = "pull"  # Belvedere connects to the camera
    SERVER_PULL = "server_pull"  # the media server does, where that is one that can; else as PULL
    PUSH = "push"  # the camera publishes to the media server


@dataclass(frozen=True)
class Capabilities:
    """What a server can do for any camera at all. whep, hls, dash: ways to watch; `streams` judges them for one camera.

    Who does HLS does it with low latency too. snapshots: single pictures.
    """

    whep: bool = False
    hls: bool = False
    dash: bool = False
    snapshots: bool = False


@dataclass(frozen=True)
class CameraSource:
    """A camera that is wanted. url: without user and password before the host; some hold a log-in further on.

    sub_url: of a second, smaller stream of the same server, with the same log-in; "" where there is none. make_sub:
    make that one of the main stream, where there is no address.
    way: with PUSH there is no address.
    """

    id: str
    url: str = field(repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    sub_url: str = field(default="", repr=False)
    way: str = Way.PULL
    make_sub: bool = False

    @property
    def has_sub(self) -> bool:
        """Return whether there is a smaller stream, or one is to be made; the media server itself makes none."""
        return bool(self.sub_url) or (self.make_sub and self.way == Way.PULL)


@dataclass(frozen=True)
class CameraStatus:
    """What the server sees of one camera.

    state: connecting, live or offline; reason: a sentence why not live, code: the same, stable. All is of the main
    stream. sub: the same of the sub stream, None where there is none; while nobody watches it, its state is `idle` and
    the rest is what was seen last.
    key_frame_seconds: distance of the last two key frames; None, like codec, size and b_frames: not known yet.
    sessions: of WebRTC, of both streams; viewers: these and those of HLS. arriving: its video comes, whether or not it
    can be shown yet. dropped: pictures that were left out for WebRTC viewers who fell behind, since the stream began.
    audio: codec of its sound; sound: some comes. By which stream it is heard: see Stream.
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
    arriving: bool = False
    dropped: int = 0
    sound: bool = False
    sub: CameraStatus | None = None


@dataclass(frozen=True)
class Stream:
    """One way to watch a camera. kind: webrtc, llhls, hls, dash; refusal: why it shows no picture, None where it does.

    source: MAIN or SUB. sound: whether its picture comes with sound.
    """

    kind: str
    refusal: Refusal | None = None
    source: str = MAIN
    sound: bool = False


@dataclass(frozen=True)
class Viewer:
    """Who watches. account: an id of ours, address: of the browser; each may hold a share of the server's places."""

    account: str = ""
    address: str = ""


@dataclass(frozen=True)
class Answer:
    """What a WHEP offer is answered with. session: the server's name for it, letters, digits and `._-`."""

    session: str
    sdp: str


@dataclass(frozen=True)
class MediaFile:
    """A playlist or a segment. size: in bytes, None where it is not known before the end.

    body: raises Refused where the server breaks off; iterate inside `contextlib.aclosing`, for it holds a connection.
    """

    content_type: str
    cache_control: str
    size: int | None
    body: AsyncGenerator[bytes, None]


class Refused(Exception):
    """The media server does not do what it was asked. why: for the log, where the refusal's sentence says too little.

    permanent: asking the same again changes nothing.
    """

    def __init__(self, refusal: Refusal, why: str = "") -> None:
        super().__init__(why or refusal.sentence)
        self.refusal = refusal
        self.permanent = refusal.permanent


class MediaServer(Protocol):
    """Pulls cameras and hands their pictures to viewers. Every method but `stop` and `streams` raises Refused."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do at all."""

    async def start(self) -> None:
        """Ready to be asked when this returns; a server that runs is left alone, one that has died is started anew."""

    async def stop(self) -> None:
        """Nothing of it is left running when this returns."""

    async def apply(self, cameras: Sequence[CameraSource]) -> None:
        """Pull exactly these cameras; those that are unchanged are not touched.

        The main stream is pulled all the time, the sub stream while somebody watches it: two connections at most.
        """

    async def statuses(self) -> Mapping[str, CameraStatus]:
        """By camera id."""

    def streams(self, camera: CameraStatus) -> Sequence[Stream]:
        """The ways to watch such a camera, best first, each with why it shows no picture. Any thread, asks nobody."""

    async def offer(self, camera: str, sdp: str, viewer: Viewer, source: str = MAIN) -> Answer:
        """Open a WebRTC session: a WHEP offer in, the answer out. Refused with `no_sub` where there is none."""

    async def trickle(self, camera: str, session: str, fragment: str) -> None:
        """Further candidates of a viewer (RFC 8840)."""

    async def end(self, camera: str, session: str) -> None:
        """Cut a viewer's session. Refused with `no_session` where there is none."""

    async def publish(self, camera: str, sdp: str, secret: str) -> Answer:
        """Open a WebRTC session that brings a camera's picture: a WHIP offer in, the answer out.

        secret: of the camera. Refused with `needs_mediamtx`, or `needs_own_mediamtx` behind somebody else's, where no
        camera publishes to this server.
        """

    async def end_publishing(self, camera: str, session: str) -> None:
        """End such a session. Refused with `no_session` where there is none."""

    async def file(self, camera: str, name: str, query: str, viewer: Viewer, source: str = MAIN) -> MediaFile:
        """A file of the HLS stream, or MANIFEST, or SNAPSHOT.

        query: the player's, with the directives of RFC 8216bis (`_HLS_msn`), or `parts=no` for a plain playlist.
        """
