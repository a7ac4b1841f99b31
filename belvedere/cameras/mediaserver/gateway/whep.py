"""WHEP (draft-ietf-wish-whep): an offer in, an answer out, H.264 passed through. Sessions that die are cleared away."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription, rtcrtpsender
from aiortc.exceptions import InvalidAccessError, InvalidStateError
from aiortc.rtcrtpsender import RTCRtpSender
from aiortc.sdp import candidate_from_sdp

from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.gateway.viewer import PassThrough, Viewer
from belvedere.cameras.mediaserver.refusals import Refusal

# Two things of aiortc have no public switch; it is pinned, and the tests in a real browser hold us to them.
# A key frame of 400 KB is 310 packets; aiortc remembers 128 for sending again, and no picture would ever be whole.
HISTORY_PACKETS = 2048
_HISTORY, _ENCODER = "RTP_HISTORY_SIZE", "_RTCRtpSender__encoder"
setattr(rtcrtpsender, _HISTORY, HISTORY_PACKETS)

log = logging.getLogger(__name__)

MAX_VIEWERS = 64
CONNECT_SECONDS = 20.0
# What aiortc raises on offers that are none.
_BAD_OFFERS = (
    *(ValueError, KeyError, IndexError, AttributeError, AssertionError, RuntimeError),
    *(InvalidAccessError, InvalidStateError),
)
_H264 = re.compile(r"^a=rtpmap:\d+ H264/90000", re.MULTILINE)


class RefusedError(Exception):
    """A viewer gets no session."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal


@dataclass
class Session:
    """One viewer's connection."""

    id: str
    connection: RTCPeerConnection
    viewer: Viewer
    reaper: asyncio.TimerHandle | None = None


class Whep:
    """The WebRTC viewers of one camera."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._closing: set[asyncio.Task[bool]] = set()

    def __len__(self) -> int:
        return len(self._sessions)

    def ids(self) -> tuple[str, ...]:
        """Of the open sessions."""
        return tuple(self._sessions)

    def viewers(self) -> Iterator[Viewer]:
        """Everybody who wants pictures."""
        return (session.viewer for session in self._sessions.values())

    async def open(self, offer: str) -> tuple[str, str]:
        """Session id and answer. Raises RefusedError."""
        if len(self._sessions) >= MAX_VIEWERS:
            raise RefusedError(refusals.TOO_MANY_VIEWERS)
        if not _H264.search(offer):
            raise RefusedError(refusals.NO_H264_OFFERED if "m=video" in offer else refusals.BAD_OFFER)
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        session = Session(secrets.token_urlsafe(12), connection, Viewer())
        self._sessions[session.id] = session
        try:
            answer = await self._negotiate(session, offer)
        except _BAD_OFFERS as error:
            await self.close(session.id)
            raise RefusedError(refusals.BAD_OFFER) from error
        except BaseException:
            await self.close(session.id)
            raise
        return session.id, answer

    async def _negotiate(self, session: Session, offer: str) -> str:
        connection = session.connection
        sender = connection.addTrack(session.viewer)
        setattr(sender, _ENCODER, PassThrough())
        # Before the offer is taken: else VP8 is agreed on, and H.264 is sent under its name.
        codecs = [c for c in RTCRtpSender.getCapabilities("video").codecs if c.mimeType == "video/H264"]
        for transceiver in connection.getTransceivers():
            transceiver.setCodecPreferences(codecs)
        connection.on("connectionstatechange", lambda: self._changed(session))
        await connection.setRemoteDescription(RTCSessionDescription(sdp=_without_hidden_names(offer), type="offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        session.reaper = asyncio.get_running_loop().call_later(CONNECT_SECONDS, self._reap, session)
        return str(connection.localDescription.sdp)

    def _changed(self, session: Session) -> None:
        state = session.connection.connectionState
        if state == "connected" and session.reaper is not None:
            session.reaper.cancel()
        if state in ("failed", "closed"):
            self._reap(session)

    def _reap(self, session: Session) -> None:
        task = asyncio.ensure_future(self.close(session.id))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def trickle(self, session_id: str, fragment: str) -> None:
        """More candidates of the browser (RFC 8840). Raises RefusedError."""
        session = self._sessions.get(session_id)
        if session is None:
            raise RefusedError(refusals.NO_SESSION)
        mid = "0"
        for line in fragment.splitlines():
            name, _, value = line.strip().partition(":")
            if name == "a=mid":
                mid = value
            elif name == "a=candidate" and value and ".local " not in value:
                try:
                    candidate = candidate_from_sdp(value)
                except (AssertionError, ValueError, IndexError) as error:
                    raise RefusedError(refusals.BAD_OFFER) from error
                candidate.sdpMid = mid
                await session.connection.addIceCandidate(candidate)

    async def close(self, session_id: str) -> bool:
        """End a session; whether there was one."""
        session = self._sessions.pop(session_id, None)
        if session is None:
            return False
        if session.reaper is not None:
            session.reaper.cancel()
        session.viewer.stop()
        try:
            await session.connection.close()
        except AttributeError:  # aiortc, of a connection that broke off half made
            log.warning("session closed half made")
        return True

    async def stop(self) -> None:
        """End all."""
        await asyncio.gather(*(self.close(session_id) for session_id in list(self._sessions)), *self._closing)


def _without_hidden_names(offer: str) -> str:
    """The offer without the mDNS names browsers put in place of their addresses.

    Looking one up takes up to 1 s and is not needed: the browser calls us, and we see from where. The list is then
    open at its end, or "no candidate" would count as failure.
    """
    lines = offer.splitlines(keepends=True)
    hidden = [line for line in lines if line.startswith("a=candidate:") and ".local " in line]
    return "".join(line for line in lines if line not in hidden and not (hidden and "end-of-candidates" in line))
