"""Which connections and sessions there are, and the rules between those of one device: take-over, wills, presence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from belvedere.pipeline.ingest.mqtt.limits import Limits
from belvedere.pipeline.ingest.mqtt.packets import Publish, ReasonCode
from belvedere.pipeline.ingest.mqtt.session import Session, Subscription
from belvedere.pipeline.ingest.mqtt.topics import ROOT, STATUS
from belvedere.pipeline.ingest.mqtt.window import Window
from belvedere.pipeline.ingest.port import Presence
from belvedere.pipeline.stream.port import DeviceHandle

ONLINE, OFFLINE, CLEARED = b"online", b"offline", b""
STATUS_WORDS = (ONLINE, OFFLINE, CLEARED)


class Guest(Protocol):
    """One authenticated connection. Implemented by connection.py."""

    device_id: str
    client_id: str
    protocol: str
    session: Session
    number: int

    def end(self, reason: ReasonCode) -> None:
        """Say why, where the protocol allows it, and close."""

    def look_out(self) -> None:
        """The device said that it goes: call `came_back` with its next reading."""

    def flush_commands(self) -> None:
        """Send what its session has to send."""

    def send_message(self, message: Publish) -> None:
        """A QoS 0 message to the device."""


class Roster:
    """All that is known of devices that are or were connected. Event loop only.

    Two clients of one device may be connected at once (a person looks on with another client id): the device is
    online while one of them is. The same client id again takes the session over.
    """

    def __init__(self, presence: Presence, limits: Limits, monotonic: Callable[[], float]) -> None:
        self._presence = presence
        self._limits = limits
        self._monotonic = monotonic
        self._guests: dict[str, list[Guest]] = {}
        self._sessions: dict[str, dict[str, Session]] = {}
        self._windows: dict[str, Window] = {}
        self._left_at: dict[str, float] = {}
        self._statuses: dict[str, bytes] = {}
        self._away: set[str] = set()  # devices that said `offline` and are connected

    def guests(self) -> Iterator[Guest]:
        for guests in list(self._guests.values()):
            yield from list(guests)

    def window(self, device: DeviceHandle) -> Window:
        """Of this very device, not of a deleted one that had its id."""
        window = self._windows.get(device.id)
        if window is None or window.data_key != device.data_key:
            window = self._windows[device.id] = Window(device.data_key)
        return window

    # --- coming and going ---

    def enter(self, guest: Guest, clean_start: bool, expiry_seconds: int) -> bool:
        """Give the guest its session, ending an older connection that had it; whether the session was there before."""
        for older in list(self._guests.get(guest.device_id, ())):
            if older.client_id == guest.client_id:
                self._remove(older)
                older.end(ReasonCode.SESSION_TAKEN_OVER)
        sessions = self._sessions.setdefault(guest.device_id, {})
        session = sessions.pop(guest.client_id, None)
        present = session is not None and not clean_start and session.outlives(self._monotonic())
        if session is None or not present:
            session = Session(guest.device_id, guest.client_id, self._limits.commands_per_session)
        session.expires_at = None
        session.expiry_seconds = expiry_seconds
        sessions[guest.client_id] = session  # last, so the first ones are those that were not used for longest
        guest.session = session
        self._guests.setdefault(guest.device_id, []).append(guest)
        self._left_at.pop(guest.device_id, None)
        self._away.discard(guest.device_id)
        guest.number = self._presence.connected(guest.device_id, guest.protocol)
        self._bound_sessions(sessions)
        return present

    def leave(self, guest: Guest, will: Publish | None) -> None:
        """The connection is gone. Nothing where another took over: then its will is void too."""
        if not self._remove(guest):
            return
        session = guest.session
        if session.expiry_seconds:
            session.expires_at = self._monotonic() + session.expiry_seconds
        else:
            self._forget_session(session)
        others = self._guests.get(guest.device_id)
        if not others:
            self._away.discard(guest.device_id)
            self._left_at[guest.device_id] = self._monotonic()
            self._presence.disconnected(guest.device_id, guest.number)
            if will is not None:
                self._publish_status(guest.device_id, will, None)
        elif max(other.number for other in others) < guest.number:
            others[-1].number = self._presence.connected(guest.device_id, others[-1].protocol)

    def _remove(self, guest: Guest) -> bool:
        guests = self._guests.get(guest.device_id, [])
        if guest not in guests:
            return False
        guests.remove(guest)
        if not guests:
            del self._guests[guest.device_id]
        return True

    def _forget_session(self, session: Session) -> None:
        sessions = self._sessions.get(session.device_id, {})
        if sessions.get(session.client_id) is session:
            del sessions[session.client_id]
        if not sessions:
            self._sessions.pop(session.device_id, None)

    def _bound_sessions(self, sessions: dict[str, Session]) -> None:
        away = [session for session in sessions.values() if session.expires_at is not None]
        for session in away[: max(0, len(sessions) - self._limits.sessions_per_device)]:
            self._forget_session(session)

    def revoke(self, device_id: str) -> None:
        """The credential holds no more: the connections end, nothing is kept for them."""
        self.disconnect(device_id, ReasonCode.NOT_AUTHORIZED)
        self._sessions.pop(device_id, None)
        self._statuses.pop(device_id, None)

    def disconnect(self, device_id: str, reason: ReasonCode) -> None:
        for guest in list(self._guests.get(device_id, ())):
            guest.end(reason)

    def sweep(self) -> None:
        """Forget sessions whose time is over, and packet ids of devices that have been away for long."""
        now = self._monotonic()
        for sessions in list(self._sessions.values()):
            for session in list(sessions.values()):
                if session.expires_at is not None and session.expires_at <= now:
                    self._forget_session(session)
        for device_id, left_at in list(self._left_at.items()):
            window = self._windows.get(device_id)
            if window is None or (now - left_at > self._limits.window_kept_seconds and not window.pending):
                del self._left_at[device_id]
                self._windows.pop(device_id, None)

    # --- messages to devices ---

    def publish_status(self, guest: Guest, message: Publish) -> bool:
        """A device says `online` or `offline` of itself; False for any other word."""
        if message.payload not in STATUS_WORDS:
            return False
        guests = self._guests.get(guest.device_id, [guest])
        if message.payload == OFFLINE:
            self._away.add(guest.device_id)
            self._presence.disconnected(guest.device_id, max(one.number for one in guests))
            for one in guests:
                one.look_out()
        elif message.payload == ONLINE:
            self.came_back(guest)
        self._publish_status(guest.device_id, message, guest)
        return True

    def came_back(self, guest: Guest) -> None:
        """A connected device says `online`, or sends a reading after it said `offline`: readings speak louder."""
        if guest.device_id in self._away:
            self._away.discard(guest.device_id)
            guest.number = self._presence.connected(guest.device_id, guest.protocol)

    def _publish_status(self, device_id: str, message: Publish, sender: Guest | None) -> None:
        if message.retain and message.payload:
            self._statuses[device_id] = message.payload
        elif message.retain:
            self._statuses.pop(device_id, None)
        for guest in list(self._guests.get(device_id, ())):
            subscription = guest.session.subscribed(STATUS)
            if subscription and not (subscription.no_local and guest is sender):
                self._hand(guest, message.payload, subscription, message.retain and subscription.retain_as_published)

    def send_retained_status(self, guest: Guest, subscription: Subscription) -> None:
        """What a new subscription to the status topic gets first."""
        payload = self._statuses.get(guest.device_id)
        if payload is not None:
            self._hand(guest, payload, subscription, retain=True)

    def _hand(self, guest: Guest, payload: bytes, subscription: Subscription, retain: bool) -> None:
        topic = f"{ROOT}/{guest.device_id}/{STATUS}".encode()
        message = Publish(topic, payload, subscription.qos, False, retain, 0)
        if not subscription.qos:
            guest.send_message(message)
        elif guest.session.queue(message):
            guest.flush_commands()

    def deliver(self, device_id: str, suffix: str, payload: bytes, qos: int) -> bool:
        """Send to every session of the device that subscribed; whether one took it.

        With QoS 1 a session that is kept but not connected takes it too, and gives it out after the reconnect.
        """
        topic = f"{ROOT}/{device_id}/{suffix}".encode()
        connected = {guest.client_id: guest for guest in self._guests.get(device_id, ())}
        taken = False
        for session in list(self._sessions.get(device_id, {}).values()):
            subscription = session.subscribed(suffix)
            guest = connected.get(session.client_id)
            if subscription is None:
                continue
            if not min(qos, subscription.qos):
                if guest is not None:
                    guest.send_message(Publish(topic, payload, 0, False, False, 0))
                    taken = True
            elif session.queue(Publish(topic, payload, 1, False, False, 0)):
                taken = True
                if guest is not None:
                    guest.flush_commands()
        return taken
