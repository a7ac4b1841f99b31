"""The alerts socket: hello, then the site's log from where the client is, then whatever comes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar, NamedTuple
from urllib.parse import parse_qs

import msgspec
import structlog
from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.db import DatabaseError

from belvedere.accounts import problems
from belvedere.alerts.guard import Guard, is_same_origin
from belvedere.live.hub import Hub
from belvedere.live.socket import Socket
from belvedere.live.wire import Send

log = structlog.get_logger(__name__)


class Refusal(NamedTuple):
    """Why there will be no socket; answered in place of the handshake."""

    status: int
    code: str
    detail: str


BAD_ORIGIN = Refusal(403, "bad_origin", "Open this socket from the dashboard's own address, or with a bearer token.")
BAD_AFTER = Refusal(400, "invalid", "`after` is the number of the last event you have: 0 or more.")
NOBODY = Refusal(401, "not_authenticated", "Sign in, or send a bearer token.")
NOT_NOW = Refusal(503, "try_again", "The server cannot look up who you are just now: try again.")
NO_SOCKET = Refusal(404, "not_found", "There is no socket at this address.")
NO_SITE = Refusal(404, "not_found", "There is no such site, or it is not yours to see.")


class AlertsConsumer(AsyncConsumer):  # type: ignore[misc]  # channels is not typed
    """`/ws/alerts/?site={site}&after={seq}`. What clients send is ignored."""

    # No member of the channel layer a socket: the hub is the one member of this process.
    channel_layer_alias = None

    hub: ClassVar[Hub]
    guard: ClassVar[Guard]

    @classmethod
    def provide(cls, hub: Hub, guard: Guard) -> None:
        """Set the hub and the guard that the consumers of this process use."""
        cls.hub, cls.guard = hub, guard

    socket: Socket | None = None

    async def websocket_connect(self, _message: Mapping[str, Any]) -> None:
        """Let in or refuse."""
        headers = self.scope["headers"]
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        site = query.get("site", [""])[0]
        after = query.get("after", [None])[0]
        if not is_same_origin(headers):
            return await self._refuse(BAD_ORIGIN)
        if after is not None and not (after.isascii() and after.isdigit() and len(after) < 19):
            return await self._refuse(BAD_AFTER)
        try:
            rights = await self.guard.of(headers)
        except DatabaseError as error:
            log.warning("rights_unknown", error=repr(error))
            return await self._refuse(NOT_NOW)
        if rights is None:
            return await self._refuse(NOBODY)
        if site not in rights.roles:
            return await self._refuse(NO_SITE)
        await self.send({"type": "websocket.accept"})
        self.socket = Socket(self.base_send, rights.site_ids[site], site, _pick_credentials(headers), time.monotonic())
        return await self.hub.join(self.socket, None if after is None else int(after))

    async def websocket_receive(self, _message: Mapping[str, Any]) -> None:
        """Ignore it."""

    async def websocket_disconnect(self, _message: Mapping[str, Any]) -> None:
        """The connection is gone."""
        if self.socket is not None:
            self.hub.leave(self.socket)
        raise StopConsumer

    async def _refuse(self, why: Refusal) -> None:
        await refuse(self.scope, self.base_send, why)


async def refuse_unknown_address(scope: Mapping[str, Any], _receive: Any, send: Send) -> None:
    """The application of every other address."""
    await refuse(scope, send, NO_SOCKET)


async def refuse(scope: Mapping[str, Any], send: Send, why: Refusal) -> None:
    """Answer the handshake with a problem, or with a plain close where the server has no such extension."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 4400 + why.status % 100})
        return
    kind = [(b"content-type", problems.CONTENT_TYPE.encode())]
    await send({"type": "websocket.http.response.start", "status": why.status, "headers": kind})
    body = msgspec.json.encode(problems.body(HTTPStatus(why.status), why.code, why.detail))
    await send({"type": "websocket.http.response.body", "body": body})


def _pick_credentials(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers by which rights are checked while the socket is open."""
    return [pair for pair in headers if pair[0] in (b"authorization", b"cookie")]
