"""The rules between the clients of one device: sessions and their take-over, wills, the retained status, presence."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from belvedere.pipeline.ingest.mqtt.client import Client
from belvedere.pipeline.ingest.mqtt.limits import Limits
from belvedere.pipeline.ingest.mqtt.packets import Publish, ReasonCode
from belvedere.pipeline.ingest.mqtt.session import Session, Subscription
from belvedere.pipeline.ingest.mqtt.topics import ROOT, STATUS
from belvedere.pipeline.ingest.mqtt.window import Window
from belvedere.pipeline.ingest.port import Presence
from belvedere.pipeline.stream.port import DeviceHandle

ONLINE, OFFLINE, CLEARED = b"online", b"offline", b""
STATUS_WORDS = (ONLINE, OFFLINE, CLEARED)


class Credential(NamedTuple):
    """The credential that a client logged in with; a new device of that id, or a new secret, gives another one."""

    data_key: str
    digest: str


def credential_of(device: DeviceHandle | None) -> Credential | None:
    """The credential that is valid now; None without a device. That of a revoked device equals no client's."""
    return None if device is None else Credential(device.data_key, device.digest)


class Broker:
    """The clients that are connected, and what is kept of those that were. Event loop only.

    Two clients of one device may be connected at once (a person watches with another client id): the device is
    online while one of them is. The same client id again takes the session over. announce: tells other endpoints of
    a client that has connected, where there are any.
    """

    def __init__(
        self,
        presence: Presence,
        limits: Limits,
        monotonic: Callable[[], float],
        announce: Callable[[Client], None] | None = None,
    ) -> None:
        self._presence = presence
        self._announce = announce
        self._limits = limits
        self._monotonic = monotonic
        self._credentials: dict[str, Credential] = {}  # of all clients and sessions of a device
        self._clients: dict[str, list[Client]] = {}
        self._sessions: dict[str, dict[str, Session]] = {}
        self._windows: dict[str, Window] = {}
        self._left_at: dict[str, float] = {}
        self._statuses: dict[str, bytes] = {}
        self._away: set[str] = set()  # connected devices that said `offline`

    def find_window(self, device: DeviceHandle) -> Window:
        """The window of this device, a new one where the id belonged to a deleted device before."""
        window = self._windows.get(device.id)
        if window is None or window.data_key != device.data_key:
            window = self._windows[device.id] = Window(device.data_key)
        return window

    # --- connecting and disconnecting ---

    def connect(self, client: Client, credential: Credential, clean_start: bool, expiry_seconds: int) -> bool:
        """Give the client its session, and end an older connection that had it; whether the session existed before."""
        self.check_credential(client.device_id, credential)
        self._credentials[client.device_id] = credential
        for older in list(self._clients.get(client.device_id, ())):
            if older.client_id == client.client_id:
                self._remove(older)
                older.end(ReasonCode.SESSION_TAKEN_OVER)
        sessions = self._sessions.setdefault(client.device_id, {})
        session = sessions.pop(client.client_id, None)
        present = session is not None and not clean_start and session.outlives(self._monotonic())
        if session is None or not present:
            session = Session(client.device_id, client.client_id, self._limits.outgoing_per_session)
        session.expires_at = None
        session.expiry_seconds = expiry_seconds
        sessions[client.client_id] = session  # last, so the first ones are those that were not used for longest
        client.session = session
        self._clients.setdefault(client.device_id, []).append(client)
        self._left_at.pop(client.device_id, None)
        self._away.discard(client.device_id)
        client.presence_number = self._presence.mark_connected(client.device_id, client.protocol)
        self._bound_sessions(sessions)
        if self._announce is not None:
            self._announce(client)
        return present

    def disconnect(self, client: Client, will: Publish | None) -> None:
        """The connection is closed: publish its will. Nothing where another one took its session over."""
        if not self._remove(client):
            return
        session = client.session
        if session.expiry_seconds:
            session.expires_at = self._monotonic() + session.expiry_seconds
        else:
            self._forget_session(session)
        self._leave(client)
        if will is not None and not self._clients.get(client.device_id):
            self._publish_status(client.device_id, will, None)

    def find_clients(self, device_id: str, client_id: str) -> list[Client]:
        """The connection of this device with this client id, if there is one."""
        return [client for client in self._clients.get(device_id, ()) if client.client_id == client_id]

    def end_taken_over(self, client: Client) -> None:
        """End a connection whose session another endpoint has now: without its will, as `connect` does here."""
        if self._remove(client):
            self._forget_session(client.session)
            self._leave(client)
            client.end(ReasonCode.SESSION_TAKEN_OVER)

    def _leave(self, client: Client) -> None:
        """The client is removed: who of its device is left decides whether the device is online."""
        others = self._clients.get(client.device_id)
        if not others:
            self._away.discard(client.device_id)
            self._left_at[client.device_id] = self._monotonic()
            self._presence.mark_disconnected(client.device_id, client.presence_number)
        elif max(other.presence_number for other in others) < client.presence_number:
            others[-1].presence_number = self._presence.mark_connected(client.device_id, others[-1].protocol)

    def _remove(self, client: Client) -> bool:
        clients = self._clients.get(client.device_id, [])
        if client not in clients:
            return False
        clients.remove(client)
        if not clients:
            del self._clients[client.device_id]
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

    def check_credential(self, device_id: str, valid: Credential | None) -> None:
        """End connections and forget sessions that another credential than the valid one opened."""
        if self._credentials.get(device_id, valid) == valid:
            return
        del self._credentials[device_id]
        self.end_connections(device_id, ReasonCode.NOT_AUTHORIZED)
        self._sessions.pop(device_id, None)
        self._statuses.pop(device_id, None)

    def end_connections(self, device_id: str, reason: ReasonCode) -> None:
        """End every connection of the device; MQTT 5 clients are sent the reason."""
        for client in list(self._clients.get(device_id, ())):
            client.end(reason)

    def sweep(self) -> None:
        """Forget sessions that expired, and packet ids of devices that have not been connected for long."""
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

    # --- the status of a device ---

    def publish_status(self, client: Client, message: Publish) -> bool:
        """Handle a PUBLISH on the status topic; False where the word is neither `online`, `offline` nor empty."""
        if message.payload not in STATUS_WORDS:
            return False
        clients = self._clients.get(client.device_id, [client])
        if message.payload == OFFLINE:
            self._away.add(client.device_id)
            self._presence.mark_disconnected(client.device_id, max(one.presence_number for one in clients))
            for one in clients:
                one.watch_next_reading()
        elif message.payload == ONLINE:
            self.mark_back(client)
        self._publish_status(client.device_id, message, client)
        return True

    def mark_back(self, client: Client) -> None:
        """Set a connected device online again: it said `online`, or sent a reading after it had said `offline`."""
        if client.device_id in self._away:
            self._away.discard(client.device_id)
            client.presence_number = self._presence.mark_connected(client.device_id, client.protocol)

    def _publish_status(self, device_id: str, message: Publish, sender: Client | None) -> None:
        if message.retain and message.payload:
            self._statuses[device_id] = message.payload
        elif message.retain:
            self._statuses.pop(device_id, None)
        for client in list(self._clients.get(device_id, ())):
            subscription = client.session.find_subscription(STATUS)
            if subscription and not (subscription.no_local and client is sender):
                retain = message.retain and subscription.retain_as_published
                self._send_status(client, message.payload, subscription, retain)

    def send_retained_status(self, client: Client, subscription: Subscription) -> None:
        """Answer a new subscription to the status topic."""
        payload = self._statuses.get(client.device_id)
        if payload is not None:
            self._send_status(client, payload, subscription, retain=True)

    def _send_status(self, client: Client, payload: bytes, subscription: Subscription, retain: bool) -> None:
        topic = f"{ROOT}/{client.device_id}/{STATUS}".encode()
        message = Publish(topic, payload, subscription.qos, False, retain, 0)
        if not subscription.qos:
            client.send_message(message)
        elif client.session.queue(message):
            client.send_queued()
