"""Who answers what: the hot paths beside Django, everything else in it."""

from __future__ import annotations

from typing import Protocol

import structlog
from channels.routing import URLRouter
from django.core.asgi import get_asgi_application
from django.db import DatabaseError

from belvedere.config.bounds import bound_bodies
from belvedere.web_api.asgi import App, Receive, Scope, Send, send_problem
from belvedere.web_api.problems import Problem, registry_failed

log = structlog.get_logger(__name__)

OPERATIONS = ("/livez", "/readyz", "/metrics")


class Answers(Protocol):
    """The applications of a program beside Django."""

    @property
    def snapshot(self) -> App: ...

    @property
    def ingest(self) -> App: ...

    @property
    def media(self) -> App: ...

    @property
    def health(self) -> App: ...


def operations(health: App) -> App:
    """The ASGI application of a role that only operators ask."""

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in OPERATIONS:
            await health(scope, receive, send)
        else:
            await send_problem(send, Problem(404, "not_found", "Nothing is here."))

    return dispatch


def application(program: Answers) -> App:
    """The ASGI application of a wired program."""
    from belvedere.alerts.routing import websocket_urlpatterns

    django = bound_bodies(get_asgi_application())
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
            await send_problem(send, registry_failed())

    return dispatch
