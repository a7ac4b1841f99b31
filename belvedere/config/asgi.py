"""Who answers what: the hot paths beside Django, everything else in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from channels.routing import URLRouter
from django.core.asgi import get_asgi_application
from django.db import DatabaseError

from belvedere.accounts import problems
from belvedere.config.bounds import bounded

if TYPE_CHECKING:
    from belvedere.config.wiring import Embedded

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

log = structlog.get_logger(__name__)

OPERATIONS = ("/livez", "/readyz", "/metrics")


def application(program: Embedded) -> App:
    """The ASGI application of a wired program."""
    from belvedere.alerts.routing import websocket_urlpatterns

    django = bounded(get_asgi_application())
    sockets = URLRouter(websocket_urlpatterns)

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        try:
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
        except DatabaseError as error:  # of who looked up rights, before anything was sent; Django answers its own
            if scope["type"] != "http":
                raise
            log.error("registry_failed", error=repr(error))
            await _send_problem(send, problems.registry_failed())

    return dispatch


async def _send_problem(send: Send, problem: problems.Problem) -> None:
    body = msgspec.json.encode(problems.body(problem.status_code, problem.code, str(problem.detail)))
    headers = [(b"content-type", problems.CONTENT_TYPE.encode()), (b"content-length", b"%d" % len(body))]
    headers += [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    await send({"type": "http.response.start", "status": problem.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": body})
