"""WHEP (draft-ietf-wish-whep): answers offers and passes video through. Sessions whose browser is gone are closed.

The browser's candidates are not used: an offer could name any address, and this machine would send to it. The browser
connects to us with the password of the answer, which shows its address (RFC 8445 §7.3.1.3).
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass, field

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.exceptions import InvalidAccessError, InvalidStateError
from aiortc.rtcrtpsender import RTCRtpSender

from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.h264.codec import H264
from belvedere.cameras.mediaserver.gateway.outputs.aiortc_private import ask_for_no_estimates, know_h265
from belvedere.cameras.mediaserver.gateway.outputs.group import Group
from belvedere.cameras.mediaserver.gateway.outputs.listeners import Listeners, SoundTrack
from belvedere.cameras.mediaserver.gateway.outputs.moments import Moments
from belvedere.cameras.mediaserver.gateway.outputs.picture import PACKETIZERS, Picture
from belvedere.cameras.mediaserver.gateway.outputs.places import Place, Places
from belvedere.cameras.mediaserver.gateway.outputs.sender import Sender
from belvedere.cameras.mediaserver.gateway.outputs.track import PictureTrack
from belvedere.cameras.mediaserver.gateway.rtsp.sdp import Media
from belvedere.cameras.mediaserver.gateway.sound.frames import Frame
from belvedere.cameras.mediaserver.gateway.video import Video
from belvedere.cameras.mediaserver.offers import offers_sound, repeat_format, take_offer
from belvedere.cameras.mediaserver.port import Refused

know_h265()
ask_for_no_estimates()

log = logging.getLogger(__name__)

CONNECT_SECONDS = 20.0
# What aiortc raises on offers that are none.
_BAD_OFFERS = (
    *(ValueError, KeyError, IndexError, AttributeError, AssertionError, RuntimeError),
    *(InvalidAccessError, InvalidStateError),
)


@dataclass
class Session:
    """One viewer's connection."""

    id: str
    connection: RTCPeerConnection
    track: PictureTrack
    sound: SoundTrack | None = None
    reaper: asyncio.TimerHandle | None = None
    moments: Moments = field(default_factory=Moments)


class WhepOutput:
    """The WebRTC viewers of one camera. Implements Output."""

    def __init__(self, camera: str = "", places: Places | None = None) -> None:
        self._camera = camera
        self._places = places or Places()
        self._sessions: dict[str, Session] = {}
        self._group = Group()
        self._key_frame_seconds: float | None = None
        self._codec = H264.name
        self._listeners = Listeners()
        self._closing: set[asyncio.Task[bool]] = set()
        self._dropped = 0

    def session_ids(self) -> tuple[str, ...]:
        """Return the ids of the open sessions."""
        return tuple(self._sessions)

    def count_dropped(self) -> int:
        """Return how many pictures were left out for viewers that fell behind."""
        return self._dropped + sum(session.track.dropped for session in self._sessions.values())

    def restart(self) -> None:
        """See Output."""
        self._group.clear()
        for session in self._sessions.values():
            session.track.restart()

    def take(self, unit: AccessUnit, video: Video) -> None:
        """See Output."""
        if video.codec.name != self._codec:
            self._change_codec(video.codec.name)
        picture = Picture(unit, PACKETIZERS[self._codec])
        self._group.add(picture)
        self._key_frame_seconds = video.probe.key_frame_seconds
        for session in self._sessions.values():
            session.track.push(picture)

    def begin_sound(self, media: Media | None) -> None:
        """A new connection of the camera, and the sound that it sends."""
        if self._listeners.begin(media):
            for session in self._sessions.values():
                self._close_later(session)

    def hear(self, frame: Frame) -> None:
        """Hand on a frame of sound."""
        self._listeners.hear(frame)

    def _change_codec(self, codec: str) -> None:
        """End the sessions: the other codec would be sent under the name of the one that was agreed on."""
        self._codec = codec
        self._group.clear()
        for session in self._sessions.values():
            self._close_later(session)

    def _replay(self) -> list[Picture]:
        return self._group.replay(self._key_frame_seconds)

    def count_viewers(self) -> int:
        """See Output."""
        return len(self._sessions)

    async def open(self, offer: str, viewer: str = "", address: str = "", profile: int = 0) -> tuple[str, str]:
        """Open a session; its id and the answer. Raises Refused.

        viewer, address: whose place it takes; profile: of the camera's video.
        """
        offer = take_offer(offer, self._codec, profile)
        session_id = secrets.token_urlsafe(12)
        refusal = self._places.take(session_id, Place(self._camera, viewer, address))
        if refusal is not None:
            raise Refused(refusal)
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        session = Session(session_id, connection, PictureTrack(self._replay))
        self._sessions[session.id] = session
        try:
            answer = await self._negotiate(session, offer)
        except _BAD_OFFERS as error:
            await self.close(session.id)
            raise Refused(refusals.BAD_OFFER) from error
        except BaseException:  # a cancelled request too: a session that nobody was told of would keep its place
            await self.close(session.id)
            raise
        return session.id, answer

    async def _negotiate(self, session: Session, offer: str) -> str:
        connection = session.connection
        Sender(connection.addTrack(session.track), session.track, session.moments)
        # Before the offer is taken: else VP8 is agreed on, and the camera's codec is sent under its name.
        codecs = [c for c in RTCRtpSender.getCapabilities("video").codecs if c.mimeType == f"video/{self._codec}"]
        for transceiver in connection.getTransceivers():
            transceiver.setCodecPreferences(codecs)
        self._add_sound(session, offer)
        connection.on("connectionstatechange", lambda: self._on_state_change(session))
        await connection.setRemoteDescription(RTCSessionDescription(sdp=offer, type="offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        session.reaper = asyncio.get_running_loop().call_later(CONNECT_SECONDS, self._close_later, session)
        return repeat_format(offer, str(connection.localDescription.sdp))

    def _add_sound(self, session: Session, offer: str) -> None:
        """Add the camera's sound, where it has some and the viewer can hear it."""
        mime_type = self._listeners.mime_type
        if not mime_type or not offers_sound(offer, mime_type):
            return
        session.sound = self._listeners.open()
        Sender(session.connection.addTrack(session.sound), session.sound, session.moments)
        codecs = [c for c in RTCRtpSender.getCapabilities("audio").codecs if c.mimeType == mime_type]
        session.connection.getTransceivers()[-1].setCodecPreferences(codecs)

    def _on_state_change(self, session: Session) -> None:
        state = session.connection.connectionState
        if state == "connected" and session.reaper is not None:
            session.reaper.cancel()
        if state in ("failed", "closed"):
            self._close_later(session)

    def _close_later(self, session: Session) -> None:
        task = asyncio.ensure_future(self.close(session.id))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self, session_id: str) -> bool:
        """End a session; return whether there was one."""
        session = self._sessions.pop(session_id, None)
        self._places.give_back(session_id)
        if session is None:
            return False
        self._dropped += session.track.dropped
        if session.reaper is not None:
            session.reaper.cancel()
        session.track.stop()
        self._listeners.close(session.sound)
        try:
            await session.connection.close()
        except AttributeError:  # aiortc, of a connection that broke off half made
            log.warning("session closed half made")
        return True

    async def stop(self) -> None:
        """See Output."""
        await asyncio.gather(*(self.close(session_id) for session_id in list(self._sessions)), *self._closing)
