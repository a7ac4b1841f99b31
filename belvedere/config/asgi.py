"""Who answers what: the hot paths beside Django, everything else in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from channels.routing import URLRouter
from django.core.asgi import get_asgi_application

from belvedere.config.bounds import bounded

if TYPE_CHECKING:
    from belvedere.config.wiring import Embedded

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

OPERATIONS = ("/livez", "/readyz", "/metrics")


def application(program: Embedded) -> App:
    """The ASGI application of a wired program."""
    from belvedere.alerts.routing import websocket_urlpatterns

    django = bounded(get_asgi_application())
    sockets = URLRouter(websocket_urlpatterns)

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if scope["type"] == "websocket":
            await sockets(scope, receive, send)
        elif path.endswith("/snapshot") and path.startswith("/api/v1/sites/"):
            await program.snapshot(scope, receive, send)
        elif path == "/api/v1/ingest":
            await program.ingest(scope, receive, send)
        elif path.startswith("/media/"):
            await program.media(scope, receive, send)
        elif path in OPERATIONS:
            await program.health(scope, receive, send)
        else:
            await django(scope, receive, send)

    return dispatch
