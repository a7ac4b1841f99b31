"""The alerts socket: hello, then the site's log from where the client is, then whatever comes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import structlog
from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.db import DatabaseError

from belvedere.accounts.rights import Rights
from belvedere.alerts.guard import Guard
from belvedere.domain.provided import Provided
from belvedere.live.hub import Hub
from belvedere.live.socket import Socket
from belvedere.web_api.asgi import Receive, Scope, Send, credentials_of, refuse_socket
from belvedere.web_api.origin import check_origin
from belvedere.web_api.problems import Problem, not_authenticated, registry_failed, unknown_site

log = structlog.get_logger(__name__)

hub: Provided[Hub] = Provided("hub of sockets")
guard: Provided[Guard] = Provided("guard of sockets")


BAD_AFTER = "`after` is the number of the last event you have: 0 or more."
NO_SOCKET = "There is no socket at this address."


class AlertsConsumer(AsyncConsumer):  # type: ignore[misc]  # channels is not typed
    """`/ws/alerts/?site={site}&after={seq}`. What clients send is ignored."""

    # No member of the channel layer a socket: the hub is the one member of this process.
    channel_layer_alias = None

    socket: Socket | None = None

    async def websocket_connect(self, _message: Mapping[str, Any]) -> None:
        """Let in or refuse."""
        try:
            after, site, rights = await self._check()
        except Problem as problem:
            await refuse_socket(self.scope, self.base_send, problem)
            return
        await self.send({"type": "websocket.accept"})
        credentials = credentials_of(self.scope["headers"])
        self.socket = Socket(self.base_send, rights.site_ids[site], site, credentials, time.monotonic())
        await hub().join(self.socket, after)

    async def _check(self) -> tuple[int | None, str, Rights]:
        """After which event, of which site, and who listens. Raises Problem."""
        headers = self.scope["headers"]
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        site = query.get("site", [""])[0]
        after = query.get("after", [None])[0]
        check_origin(headers)
        if after is not None and not (after.isascii() and after.isdigit() and len(after) < 19):
            raise Problem(400, "invalid", BAD_AFTER)
        try:
            rights = await guard().find(headers, site)
        except DatabaseError as error:
            log.warning("rights_unknown", error=repr(error))
            raise registry_failed() from error
        if rights is None:
            raise not_authenticated()
        if site not in rights.roles:
            raise unknown_site()
        return None if after is None else int(after), site, rights

    async def websocket_receive(self, _message: Mapping[str, Any]) -> None:
        """Ignore it."""

    async def websocket_disconnect(self, _message: Mapping[str, Any]) -> None:
        """The connection is gone."""
        if self.socket is not None:
            hub().leave(self.socket)
        raise StopConsumer


async def refuse_unknown_address(scope: Scope, _receive: Receive, send: Send) -> None:
    """The application of every other address."""
    await refuse_socket(scope, send, Problem(404, "not_found", NO_SOCKET))
